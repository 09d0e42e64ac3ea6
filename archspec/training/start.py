"""From what a user asks for to a training: a new one, or one that goes on."""

from __future__ import annotations

import os
import platform
import sys
from contextlib import ExitStack, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
import yaml

from archspec.backends.torch.source import source
from archspec.datasets import Dataset, open_dataset, synthetic
from archspec.recipe.load import WrittenRecipe, load_recipe
from archspec.training.finish import Outcome
from archspec.training.fitting.memory import require_memory
from archspec.training.fitting.spec import classes_of, fit
from archspec.training.fitting.trained import picture_shape
from archspec.training.learning.undecorated import undecorated
from archspec.training.prepare import Setting, pipeline, prepare, shape_of
from archspec.training.processes import Processes, processes, restarts
from archspec.training.request import TrainingRequest
from archspec.training.resume import go_on, resumed
from archspec.training.run_folder import RECIPE, RUN, SPEC, RunFolder
from archspec.training.session import Session
from archspec.training.watching.watchers import Several, Silent, TensorBoard, Watcher
from archspec.workspace.standalone import files_of_parts, standalone
from archspec.workspace.workspace import Workspace


def train(request: TrainingRequest, watcher: Watcher) -> Outcome:
    """Train what is asked for. Raises SpecError."""
    with processes(request.device) as group, ExitStack() as held:
        shown = watcher if group.is_main else Silent()
        folder = RunFolder(Path(request.resume or request.out or ""))
        if request.tensorboard and group.is_main:
            shown = Several(shown, TensorBoard(folder.path / "tensorboard"))
        resumes = request.resume is not None or (restarts() > 0 and folder.is_run())
        setting = resumed(request, folder, group) if resumes else setting_of(request, group)
        if not setting.force:
            require_memory(setting.graph, setting.recipe, group)
        if not setting.recipe.compile:
            held.enter_context(undecorated())
        parts = prepare(setting)
        group.on_main(lambda: _open(request, setting, folder, held, resumes=resumes))
        session = Session(setting, parts, folder, shown)
        for note in parts.notes:
            shown.note(note)
        if resumes:
            go_on(session, folder, shown)
        shown.begins(session.title, parts.course.steps, parts.trainee.step)
        stopped = session.run()
        return Outcome(folder.path, stopped) if stopped else session.finish()


def setting_of(
    request: TrainingRequest, group: Processes, dataset: Dataset | None = None
) -> Setting:
    """What a new run is made of; the data set is opened unless it is there. Raises SpecError."""
    assert request.spec is not None
    assert request.recipe is not None
    written = load_recipe(request.recipe, request.of_recipe)
    dataset = dataset or _dataset(request, written)
    shape = pipeline(written, train=False).output_shape(shape_of(dataset))
    fitted = fit(request.spec, request.of_spec, request.input, shape, len(dataset.classes))
    return Setting(
        fitted,
        written,
        dataset,
        group,
        request.workers,
        request.weights,
        request.force,
    )


def _dataset(request: TrainingRequest, written: WrittenRecipe) -> Dataset:
    """The pictures; synthetic ones are as the network wants them."""
    if written.recipe.data != "synthetic":
        return open_dataset(written.recipe.data, request.data, ("train", "test"))
    assert request.spec is not None
    graph = Workspace().graph(request.spec, request.of_spec, request.input)
    return synthetic(picture_shape(graph), classes_of(graph))


# The folder.


def _open(
    request: TrainingRequest, setting: Setting, folder: RunFolder, held: ExitStack, *, resumes: bool
) -> None:
    """Make the folder and its first files, or go on with those that are there."""
    if not resumes:
        folder.create()
    held.enter_context(folder.locked())
    folder.remove_leftovers()
    if resumes:
        return
    for name, part in files_of_parts(setting.fitted.program).items():
        folder.write_text(name, part)
    folder.write_text(SPEC, standalone(setting.fitted.program))
    folder.write_text(RECIPE, yaml.safe_dump(setting.recipe.to_data(), sort_keys=False))
    text = source(setting.graph, memory_efficient=setting.recipe.memory_efficient)
    folder.write_text("model.py", text)
    folder.write_json("environment.json", environment(setting))
    folder.write_json(RUN, _run(request, setting))


def _run(request: TrainingRequest, setting: Setting) -> dict[str, Any]:
    """What was asked for, and what it was taken for."""
    dataset, recipe = setting.dataset, setting.recipe
    return {
        "spec": request.spec,
        "recipe": request.recipe,
        "settings": {name: value.value for name, value in request.settings.items()},
        "input_option": request.input,
        "network": setting.graph.name,
        "dataset": dataset.name,
        "data_folder": request.data,
        "classes": list(dataset.classes),
        "input": list(setting.graph.inputs[0].output.shape),
        "normalize": recipe.normalize.model_dump(mode="json"),
        "weights": request.weights,
        "processes": setting.processes.count,
        "archspec": version("archspec-nn"),
        "torch": torch.__version__,
        "command": " ".join(["archspec", *sys.argv[1:]]),
    }


def environment(setting: Setting) -> dict[str, Any]:
    """The machine and the versions, by which numbers can be understood later."""
    names = ("archspec-nn", "torch", "torchvision", "numpy", "pillow", "pydantic")
    found = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    device = setting.processes.device
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": str(device),
        "gpu": gpu,
        "workers": setting.workers,
        "packages": found,
    }

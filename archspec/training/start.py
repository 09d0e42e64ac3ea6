"""From what a user asks for to a training: a new one, or one that goes on."""

from __future__ import annotations

import difflib
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import torch
import yaml

from archspec.backends.torch.source import source
from archspec.datasets import Dataset, open_dataset, synthetic
from archspec.diagnostics import Diagnostic, SpecError, failure
from archspec.elaborate import elaborate
from archspec.recipe.load import WrittenRecipe, load_recipe
from archspec.training.finish import Outcome
from archspec.training.fitting.memory import require_memory
from archspec.training.fitting.spec import Fitted, classes_of, fit, input_of
from archspec.training.prepare import Setting, pipeline, prepare
from archspec.training.processes import Processes, processes, restarts
from archspec.training.request import TrainingRequest
from archspec.training.run_folder import RunFolder
from archspec.training.session import Session
from archspec.training.watching.watchers import Several, Silent, TensorBoard, Watcher
from archspec.workspace.settings import settings_of
from archspec.workspace.standalone import standalone
from archspec.workspace.workspace import Workspace

SPEC, RECIPE, RUN = "spec.yaml", "recipe.yaml", "run.json"
FORCE: Final = "--force ignores that, and goes on with '{}'"


def train(request: TrainingRequest, watcher: Watcher) -> Outcome:
    """Train what is asked for. Raises SpecError."""
    with processes(request.device) as group, ExitStack() as held:
        shown = watcher if group.is_main else Silent()
        folder = RunFolder(Path(request.resume or request.out or ""))
        if request.tensorboard and group.is_main:
            shown = Several(shown, TensorBoard(folder.path / "tensorboard"))
        resumes = request.resume is not None or (restarts() > 0 and folder.is_run())
        setting = _resumed(request, folder, group) if resumes else _new(request, group)
        if not setting.force:
            require_memory(setting.graph, setting.recipe, group)
        parts = prepare(setting)
        group.on_main(lambda: _open(request, setting, folder, held, resumes=resumes))
        session = Session(setting, parts, folder, shown)
        for note in parts.notes:
            shown.note(note)
        if resumes:
            _go_on(session, folder, shown)
        shown.begins(session.title, parts.course.steps, parts.trainee.step)
        stopped = session.run()
        return Outcome(folder.path, stopped) if stopped else session.finish()


def _new(request: TrainingRequest, group: Processes) -> Setting:
    """What a new run is made of."""
    assert request.spec is not None
    assert request.recipe is not None
    written = load_recipe(request.recipe, request.of_recipe)
    dataset = _dataset(request, written)
    shape = pipeline(written, train=False).output_shape(_shape(dataset))
    fitted = fit(request.spec, request.of_spec, request.input, shape, len(dataset.classes))
    return Setting(
        fitted, written, dataset, group, _workers(request, dataset), request.weights, request.force
    )


def _resumed(request: TrainingRequest, folder: RunFolder, group: Processes) -> Setting:
    """What an old run is made of, by its own files. Raises SpecError if the user's say otherwise."""
    run = folder.read_json(RUN)
    written = load_recipe(str(folder.path / RECIPE))
    if written.recipe.data == "synthetic":
        channels, height, width = run["input"]
        dataset = synthetic((channels, height, width), len(run["classes"]))
    else:
        folder_of_data = request.data or run["data_folder"]
        dataset = open_dataset(written.recipe.data, folder_of_data, ("train", "test"))
    program = Workspace().program(str(folder.path / SPEC))
    fitted = Fitted(elaborate(program), program)
    if not request.force:
        group.on_main(lambda: _require_unchanged(request, folder, run, dataset, group))
    return Setting(fitted, written, dataset, group, _workers(request, dataset))


def _dataset(request: TrainingRequest, written: WrittenRecipe) -> Dataset:
    """The pictures; synthetic ones are as the network wants them."""
    if written.recipe.data != "synthetic":
        return open_dataset(written.recipe.data, request.data, ("train", "test"))
    assert request.spec is not None
    graph = Workspace().graph(request.spec, request.of_spec, request.input)
    channels, height, width = input_of(graph)
    return synthetic((channels, height, width), classes_of(graph))


def _shape(dataset: Dataset) -> tuple[int, int, int] | None:
    assert dataset.train is not None
    return dataset.train.images.shape


def _workers(request: TrainingRequest, dataset: Dataset) -> int:
    """Pictures in memory are ready at once; files are decoded by all cores but one."""
    if request.workers is not None:
        return request.workers
    return 0 if _shape(dataset) is not None else max(1, (os.cpu_count() or 2) - 1)


# The folder.


def _open(
    request: TrainingRequest, setting: Setting, folder: RunFolder, held: ExitStack, *, resumes: bool
) -> None:
    """Make the folder and its first files, or go on with those that are there."""
    if not resumes:
        folder.create()
    held.enter_context(folder.locked())
    if resumes:
        folder.remove_leftovers()
        return
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


# Going on.


def _go_on(session: Session, folder: RunFolder, watcher: Watcher) -> None:
    """Load the newest state that is whole."""
    group = session.setting.processes
    state, broken = folder.latest()
    for path in broken:
        watcher.note(f"'{path}' is damaged, and is passed over")
    if state is None:
        watcher.note("no state had been saved: the run begins again")
        group.on_main(lambda: folder.forget_after(0))
        return
    group.on_main(lambda: folder.mend_best(state))
    session.resume(state)
    watcher.note(f"goes on after step {state['step']:,}")


def _require_unchanged(
    request: TrainingRequest,
    folder: RunFolder,
    run: Mapping[str, Any],
    dataset: Dataset,
    group: Processes,
) -> None:
    """Raises SpecError if the spec or the recipe has become another one since the run began."""
    if run.get("processes") != group.count and restarts() == 0:
        raise failure(
            "bad-run",
            f"the run has {run.get('processes')} processes, and now there are {group.count}",
            help="with another number the weights become others; --force goes on all the same",
        )
    found: list[Diagnostic] = []
    for name, now in _written_now(request, run, dataset):
        found += [
            Diagnostic("bad-run", change, help=FORCE.format(folder.path / name))
            for change in _changes(folder.read_text(name), now, Path(name).stem)
        ]
    if found:
        raise SpecError(found)


def _written_now(
    request: TrainingRequest, run: Mapping[str, Any], dataset: Dataset
) -> Iterator[tuple[str, str]]:
    """The spec and the recipe as the user's files have them now, as far as they are still there."""
    settings = {**settings_of(run["settings"]), **request.settings}
    asked = replace(
        request,
        spec=request.spec or run["spec"],
        recipe=request.recipe or run["recipe"],
        settings=settings,
        input=request.input or run["input_option"],
    )
    assert asked.spec is not None
    assert asked.recipe is not None
    with _unless_gone(request.recipe):
        written = load_recipe(asked.recipe, asked.of_recipe)
        yield RECIPE, yaml.safe_dump(written.recipe.to_data(), sort_keys=False)
    with _unless_gone(request.spec):
        shape = pipeline(written, train=False).output_shape(_shape(dataset))
        fitted = fit(asked.spec, asked.of_spec, asked.input, shape, len(dataset.classes))
        yield SPEC, standalone(fitted.program)


@contextmanager
def _unless_gone(asked: str | None) -> Iterator[None]:
    """A file of the first call may be gone; one that is named now may not."""
    try:
        yield
    except SpecError as error:
        if asked is not None or {each.code for each in error.diagnostics} != {"not-found"}:
            raise


def _changes(old: str, new: str, what: str) -> Iterator[str]:
    """Each stretch of lines that has changed, in a sentence."""
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for _, a, b, c, d in (each for each in matcher.get_opcodes() if each[0] != "equal"):
        was, now = (_on_one_line(lines) for lines in (before[a:b], after[c:d]))
        if was and now:
            yield f"the {what} has changed since the run began: '{was}' is now '{now}'"
        elif now:
            yield f"the {what} has changed since the run began: '{now}' is new"
        else:
            yield f"the {what} has changed since the run began: '{was}' is gone"


def _on_one_line(lines: Sequence[str]) -> str:
    return "; ".join(line.strip() for line in lines)

"""A training as it went: its layers in each state that was saved, and what the next step changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from archspec.diagnostics import SpecError, failure
from archspec.graph import Graph
from archspec.training.fitting.memory import FLOAT_BYTES, free_bytes, gibibytes
from archspec.training.loop import Course, Trainee, gradients, train_mode, update
from archspec.training.pictures.batches import Batch, loader
from archspec.training.prepare import Parts, Setting, prepare
from archspec.training.probing.choice import Wanted, everything
from archspec.training.probing.layers import Loss, probe_layers
from archspec.training.probing.noise import NoiseLoss, initial, noise, usual_samples
from archspec.training.probing.numbers import LayerNumbers
from archspec.training.processes import DeviceName, Processes, processes
from archspec.training.request import TrainingRequest
from archspec.training.resume import resumed
from archspec.training.run_folder import BEST, CHECKPOINTS, RUN, RunFolder, load_state
from archspec.training.start import setting_of
from archspec.weights import load

Choose = Callable[[Graph], Wanted]
"""Says what is wanted of a network. Raises SpecError."""


@final
@dataclass(frozen=True)
class ProbedState:
    """The layers of a network after so many steps."""

    step: int
    epoch: float
    layers: tuple[LayerNumbers, ...]


@final
@dataclass(frozen=True)
class Probe:
    """What was found out about one network."""

    name: str
    """Of the network, or of the folder of its training."""
    graph: Graph
    batch: str
    """What it was probed on, in words."""
    states: tuple[ProbedState, ...]
    notes: tuple[str, ...] = ()


def probe_initial(
    graph: Graph,
    device: DeviceName = "auto",
    *,
    weights: str | None = None,
    samples: int | None = None,
    seed: int = 0,
    choose: Choose = everything,
) -> Probe:
    """A network with its initial weights, or with those of a file, on noise. Raises SpecError."""
    wanted, samples = choose(graph), samples or usual_samples(graph)
    with processes(device) as group:
        _require_memory(graph, samples, group)
        module = initial(graph, seed)
        notes = () if weights is None else (str(load(module, graph, weights)),)
        module = module.to(group.device)
        inputs = [x.to(group.device) for x in noise(graph, samples, seed)]
    torch.manual_seed(seed)  # of what layers draw
    layers = probe_layers(graph, module, inputs, NoiseLoss(graph, seed), wanted=wanted)
    words = f"{samples:,} samples of noise with mean 0 and variance 1"
    return Probe(graph.name, graph, words, (ProbedState(0, 0, layers),), notes)


def probe_beginning(request: TrainingRequest, choose: Choose = everything) -> Probe:
    """A network as a training begins: on its first batch, with the update of its first step. Raises
    SpecError."""
    with processes(request.device) as group:
        setting = setting_of(request, group)
        wanted = choose(setting.graph)
        _require_memory(setting.graph, setting.recipe.batch_size, group)
        parts = prepare(setting)
    return Probe(
        setting.graph.name,
        setting.graph,
        _words(setting),
        (_probed(setting, parts, wanted),),
        parts.notes,
    )


def _require_memory(graph: Graph, samples: int, group: Processes) -> None:
    """Raises SpecError if the outputs of all layers, which are kept, surely need more than is free."""
    each = FLOAT_BYTES * sum(node.output.numel for node in graph.nodes.values())
    free = free_bytes(group)
    if samples * each > free:
        message = (
            f"the outputs of {graph.name} for {samples:,} samples need {gibibytes(samples * each)}, "
            f"and {gibibytes(free)} are free"
        )
        fits = max(1, free // (2 * each))
        help = f"--samples {fits} of noise, or --set batch_size={fits} of a recipe"
        raise failure("does-not-fit", message, help=help)


def _nothing(done: int) -> None: ...


def probe_run(
    request: TrainingRequest,
    choose: Choose = everything,
    after_state: Callable[[int], None] = _nothing,
) -> Probe:
    """A training, from its beginning to its newest state. Raises SpecError."""
    folder = RunFolder(Path(request.resume or ""))
    with processes(request.device) as group:
        setting = resumed(replace(request, force=True), folder, group)
    wanted = choose(setting.graph)
    begins_with = folder.read_json(RUN)["weights"]
    setting = replace(setting, weights=begins_with)
    notes: list[str] = []
    states: list[ProbedState] = []
    parts, beginning = _parts(setting, begins_with, notes)
    if beginning:
        states.append(_probed(setting, parts, wanted))
    for number, path in enumerate(saved_states(folder.path)):
        state = load_state(path)
        if state is None:
            notes.append(f"'{path}' is damaged, and is passed over")
        elif all(each.step != state["step"] for each in states):
            parts.trainee.load(state)
            states.append(_probed(setting, parts, wanted))
        after_state(number + 1)
    states.sort(key=lambda each: each.step)
    return Probe(
        folder.path.resolve().name, setting.graph, _words(setting), tuple(states), tuple(notes)
    )


def _parts(setting: Setting, weights: str | None, notes: list[str]) -> tuple[Parts, bool]:
    """The parts of a run, and whether they are as at its beginning: a file of weights may be gone."""
    try:
        return prepare(setting), True
    except SpecError:
        if weights is None:
            raise
        notes.append(f"the beginning is left out: '{weights}' cannot be read any more")
        return prepare(replace(setting, weights=None)), False


def saved_states(run: str | Path) -> list[Path]:
    """The files of a training's states, the oldest first, and that of the best one."""
    folder = RunFolder(Path(run))
    best = folder.path / CHECKPOINTS / BEST
    return [*folder.checkpoints(), *([best] if best.exists() else [])]


def _words(setting: Setting) -> str:
    count = setting.recipe.batch_size
    return (
        f"the first {count:,} training images of {setting.dataset.title}, as the recipe draws them"
    )


def _probed(setting: Setting, parts: Parts, wanted: Wanted) -> ProbedState:
    """The layers on the first batch of the run, and how much the next step changes them."""
    course, trainee = parts.course, parts.trainee
    step, module = trainee.step, trainee.module
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    changes = _next_step(course, trainee, before) if step < course.steps else {}
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(before[name])
    x, loss = _first_batch(course)
    torch.manual_seed(setting.recipe.seed)  # of what layers draw
    layers = probe_layers(setting.graph, module, [x], loss, changes, wanted)
    return ProbedState(step, step / course.per_epoch, layers)


def _next_step(course: Course, trainee: Trainee, before: Mapping[str, Tensor]) -> dict[str, float]:
    """The norm of what the run's next step adds to each parameter."""
    train_mode(course, trainee.module)
    gradients(course, trainee, trainee.module, _batches(course, trainee.step))
    update(course, trainee)
    return {
        name: float((p.detach() - before[name]).norm())
        for name, p in trainee.module.named_parameters()
        if p.requires_grad
    }


def _first_batch(course: Course) -> tuple[Tensor, Loss]:
    images, labels = next(_batches(course, 0))
    x, targets = course.objective.mixed(course.to_input(images), labels.to(course.processes.device))
    return x, lambda outputs: course.objective(outputs, targets)[0]


def _batches(course: Course, step: int) -> Iterator[Batch]:
    """Those of one step."""
    course.order.first, course.order.last = step, step + 1
    return iter(loader(course.pictures, course.order, course.workers, course.processes.device))

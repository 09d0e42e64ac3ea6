"""The parts of a training, made of a network, a recipe and data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, final

import numpy as np
import torch
from torch import nn

from archspec.backends.torch.nn_module import build
from archspec.datasets import Dataset, Split
from archspec.diagnostics import SpecError, failure
from archspec.graph import Graph, Node
from archspec.recipe.load import WrittenRecipe
from archspec.recipe.model import Folds, OpSchedule, Recipe
from archspec.training.evaluation import Evaluation, Tally, fill, most_confident
from archspec.training.fitting.spec import Fitted
from archspec.training.learning.objective import Objective
from archspec.training.learning.optimization import (
    LearningRates,
    freeze,
    make_optimizer,
    parameter_groups,
)
from archspec.training.learning.undecorated import undecorated_step
from archspec.training.loop import Course, Meter, Trainee
from archspec.training.pictures.augment import Pipeline
from archspec.training.pictures.batches import (
    InOrder,
    Order,
    Pictures,
    ToInput,
    hold_out,
    loader,
    workers_for,
)
from archspec.training.pictures.trial import try_pictures
from archspec.training.seeds import derive
from archspec.weights import load

if TYPE_CHECKING:
    from archspec.training.processes import Processes

Held = Literal["validation", "test"]


@final
@dataclass(frozen=True)
class Setting:
    """What a run is made of."""

    fitted: Fitted
    written: WrittenRecipe
    dataset: Dataset
    processes: Processes
    asked_workers: int | None = None
    weights: str | None = None
    """A file of weights to begin with."""
    force: bool = False
    """Begin even if the memory seems too small."""

    @property
    def recipe(self) -> Recipe:
        return self.written.recipe

    @property
    def graph(self) -> Graph:
        return self.fitted.graph

    @property
    def workers(self) -> int:
        """Processes that read pictures."""
        assert self.dataset.train is not None
        return workers_for(self.dataset.train.images, self.asked_workers)


@final
@dataclass(frozen=True)
class Parts:
    """All that a run needs."""

    course: Course
    trainee: Trainee
    evaluators: Mapping[Held, Evaluator]
    """On the pictures that are held out, and on the test pictures, as far as there are some."""
    notes: tuple[str, ...] = ()
    """What was done that the user may want to know."""


def prepare(setting: Setting) -> Parts:
    """The parts of a run at its beginning. Raises SpecError."""
    recipe, graph, processes = setting.recipe, setting.graph, setting.processes
    train = setting.dataset.train
    assert train is not None
    learned, held = _learned_and_held(setting, train)
    order = Order(
        learned,
        recipe.batch_size,
        recipe.seed,
        rank=processes.rank,
        processes=processes.count,
        accumulate=recipe.accumulate,
    )
    if order.steps_per_epoch == 0:
        raise _too_few(setting.written, len(learned), processes.count)
    steps = recipe.steps or (recipe.epochs or 1) * order.steps_per_epoch
    _try_pictures(setting, train)
    module, notes = initial_module(setting)
    frozen = freeze(module, graph, setting.written)
    groups = parameter_groups(module, graph, setting.written)
    to_input = ToInput.of(recipe.normalize, processes.device, channels_last=recipe.channels_last)
    course = Course(
        recipe,
        Pictures(train, pipeline(setting.written, train=True)),
        order,
        to_input,
        Objective(graph, setting.written, [p for group in groups for p in group["params"]]),
        processes,
        steps,
        setting.workers,
        frozen,
        [layer for layer in module.modules() if hasattr(layer, "progress")],
        list(_schedules(module, graph, setting.written)),
    )
    trainee = _trainee(module, groups, recipe, steps, order.steps_per_epoch, processes)
    evaluators = _evaluators(setting, train, held, to_input)
    return Parts(course, trainee, evaluators, (*setting.fitted.notes, *notes))


def _try_pictures(setting: Setting, train: Split) -> None:
    written, test = setting.written, setting.dataset.test
    key = "transform" if setting.recipe.augment is None else "augment"
    images = train.images
    try_pictures(images, pipeline(written, train=True), setting.graph, written.at(key))
    if test is not None:
        images, at = test.images, written.at("transform")
        try_pictures(images, pipeline(written, train=False), setting.graph, at)


def pipeline(written: WrittenRecipe, *, train: bool) -> Pipeline:
    """What training pictures go through, or what others do."""
    recipe = written.recipe
    steps = recipe.augment if train and recipe.augment is not None else recipe.transform
    return Pipeline([(type(step).__name__, dict(step)) for step in steps], recipe.seed)


def initial_module(setting: Setting) -> tuple[nn.Module, tuple[str, ...]]:
    """The network with the initial weights of the recipe's seed, the same in every process, or with
    those of a file, and what is to be said about these."""
    recipe = setting.recipe
    notes: tuple[str, ...] = ()
    torch.manual_seed(derive(recipe.seed, "weights"))
    module = build(setting.graph, memory_efficient=recipe.memory_efficient)
    if setting.weights is not None:
        notes = (str(load(module, setting.graph, setting.weights, partial=True)),)
    module = module.to(setting.processes.device)
    if recipe.channels_last:
        module = module.to(memory_format=torch.channels_last)
    return module, notes


def _trainee(
    module: nn.Module,
    groups: list[dict[str, Any]],
    recipe: Recipe,
    steps: int,
    per_epoch: int,
    processes: Processes,
) -> Trainee:
    optimizer = make_optimizer(recipe, groups)
    return Trainee(
        module,
        optimizer,
        LearningRates(optimizer, recipe, steps, per_epoch),
        optimizer.step if recipe.compile else undecorated_step(optimizer),
        torch.amp.GradScaler(processes.device.type, enabled=recipe.precision == "float16"),
        _average(module, recipe.ema),
        Meter(processes.device),
    )


def _average(module: nn.Module, decay: float | None) -> Any:
    if decay is None:
        return None
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    averaging = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]
    return AveragedModel(module, multi_avg_fn=averaging, use_buffers=True)


def _learned_and_held(setting: Setting, train: Split) -> tuple[Any, Any]:
    """The numbers of the pictures to learn from, and of those that are held out."""
    validation, count = setting.recipe.validation, len(train)
    if isinstance(validation, int) and validation >= count:
        at = setting.written.at("validation")
        raise failure(
            "bad-recipe",
            f"{validation:,} of {count:,} training pictures cannot be held out",
            at=at.value if at else None,
        )
    fold = (validation.fold, validation.folds) if isinstance(validation, Folds) else validation
    learned, held = hold_out(count, fold, setting.recipe.seed)
    wanted = setting.recipe.train_size
    if wanted is not None and wanted > len(learned):
        at = setting.written.at("train_size")
        raise failure(
            "bad-recipe",
            f"{wanted:,} training pictures to learn from are wanted, and there are {len(learned):,}",
            at=at.value if at else None,
        )
    return learned[:wanted], held


def _too_few(written: WrittenRecipe, count: int, processes: int) -> SpecError:
    recipe, at = written.recipe, written.at("batch_size")
    wanted = recipe.batch_size * recipe.accumulate * processes
    return failure(
        "bad-recipe",
        f"a step takes {wanted:,} pictures, and there are {count:,} to learn from",
        at=at.value if at else None,
        help=f"--set batch_size={max(1, count // (recipe.accumulate * processes))}",
    )


def _schedules(
    module: nn.Module, graph: Graph, written: WrittenRecipe
) -> Iterator[tuple[nn.Module, OpSchedule]]:
    """The layers with an argument that changes. Raises SpecError for layers that have none such."""
    for schedule in written.recipe.op_schedules:
        nodes = [node for node in graph.layers if _selects(schedule, node)]
        layers = [module.get_submodule(n.path) for n in nodes if _has_module(module, n.path)]
        fitting = [layer for layer in layers if _is_number(layer, schedule.argument)]
        if not fitting:
            at = written.at("op_schedules")
            what = schedule.op or f"layer '{schedule.path}'"
            raise failure(
                "bad-recipe",
                f"{graph.name} has no {what} with a number '{schedule.argument}'",
                at=at.value if at else None,
            )
        yield from ((layer, schedule) for layer in fitting)


def _selects(schedule: OpSchedule, node: Node) -> bool:
    return schedule.op in (None, node.op_name) and fnmatchcase(node.path, schedule.path or "*")


def _has_module(module: nn.Module, path: str) -> bool:
    try:
        module.get_submodule(path)
    except AttributeError:
        return False
    return True


def _is_number(layer: nn.Module, name: str) -> bool:
    value = getattr(layer, name, None)
    return isinstance(value, int | float) and not isinstance(value, bool)


def shape_of(dataset: Dataset) -> tuple[int, int, int] | None:
    assert dataset.train is not None
    return dataset.train.images.shape


# Evaluation.


@final
class Evaluator:
    """Measures a module on pictures that it has not learned from."""

    def __init__(self, setting: Setting, split: Split, indices: Any, to_input: ToInput) -> None:
        self.processes, self.to_input = setting.processes, to_input
        self.classes = len(setting.dataset.classes)
        self.smallest_wins = setting.graph.smallest_wins
        self.workers = setting.workers
        self.pictures = Pictures(split, pipeline(setting.written, train=False))
        self.order = InOrder(
            indices,
            setting.recipe.batch_size,
            rank=self.processes.rank,
            processes=self.processes.count,
        )

    def __call__(self, module: nn.Module) -> Evaluation:
        processes, device = self.processes, self.processes.device
        tally = Tally(self.classes, smallest_wins=self.smallest_wins, device=device)
        if processes.is_distributed:
            for buffer in module.buffers():  # the statistics of the first process count
                torch.distributed.broadcast(buffer, 0)
        batches = loader(self.pictures, self.order, self.workers, device)
        inputs = (
            (self.to_input(images), labels, torch.from_numpy(places))
            for (images, labels), (_, places) in zip(batches, self.order, strict=True)
        )
        fill(tally, module, inputs, device)
        for sums in tally.sums:
            processes.add_up(sums)
        tally.mistakes = most_confident(processes.join(tally.mistakes))
        return tally.evaluation()


def _evaluators(
    setting: Setting, train: Split, held: Any, to_input: ToInput
) -> dict[Held, Evaluator]:
    found: dict[Held, Evaluator] = {}
    test = setting.dataset.test
    if len(held):
        found["validation"] = Evaluator(setting, train, np.sort(held), to_input)
    if test is not None:
        found["test"] = Evaluator(setting, test, np.arange(len(test)), to_input)
    return found

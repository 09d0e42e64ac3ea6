"""The training loop."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, final

import torch
from torch import Tensor, nn

from archspec.training.pictures.batches import Order, Pictures, ToInput, loader
from archspec.training.seeds import derive

if TYPE_CHECKING:
    from archspec.recipe.model import OpSchedule, Recipe
    from archspec.training.learning.objective import Objective
    from archspec.training.learning.optimization import LearningRates
    from archspec.training.processes import Processes


@final
@dataclass
class Meter:
    """Sums over the batches of one process since they were last taken."""

    device: torch.device
    loss: Tensor = field(init=False)
    correct: Tensor = field(init=False)
    images: int = 0
    since: float = field(default_factory=perf_counter)

    def __post_init__(self) -> None:
        self.loss = torch.zeros((), device=self.device, dtype=torch.float64)
        self.correct = torch.zeros((), device=self.device, dtype=torch.int64)

    def add(self, loss: Tensor, scores: Tensor, labels: Tensor) -> None:
        self.loss += loss.detach() * len(labels)
        self.correct += (scores.detach().argmax(1) == labels).sum()
        self.images += len(labels)

    def state(self) -> dict[str, Any]:
        """The sums, which a run that goes on begins with."""
        return {name: getattr(self, name) for name in ("loss", "correct", "images")}

    def load(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value.to(self.device) if isinstance(value, Tensor) else value)

    def take(self) -> dict[str, float]:
        """Mean loss, accuracy in percent and speed since the last time."""
        now, images = perf_counter(), max(1, self.images)
        taken = {
            "loss": self.loss.item() / images,
            "top1": 100 * int(self.correct.item()) / images,
            "images_per_second": round(self.images / max(1e-9, now - self.since), 1),
        }
        self.loss.zero_()
        self.correct.zero_()
        self.images = 0
        self.since = now
        return taken


@final
@dataclass
class Trainee:
    """All that changes while a network is trained; ``state`` and ``load`` are its checkpoint."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    rates: LearningRates
    make_step: Callable[[], Any]
    """A step of the optimizer."""
    scaler: torch.amp.GradScaler
    average: torch.optim.swa_utils.AveragedModel | None
    meter: Meter
    step: int = 0
    """Steps that have been made."""
    best: float | None = None
    """The lowest error so far, in percent."""

    @property
    def evaluated(self) -> nn.Module:
        """The module whose weights count: the averaged one, if there is one."""
        return self.module if self.average is None else self.average.module

    def state(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "best": self.best,
            "model": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rates": self.rates.state_dict(),
            "scaler": self.scaler.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "meter": self.meter.state(),
        }

    def load(self, state: dict[str, Any]) -> None:
        self.step, self.best = state["step"], state["best"]
        self.module.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rates.load_state_dict(state["rates"])
        self.scaler.load_state_dict(state["scaler"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        self.meter.load(state["meter"])


@final
@dataclass(frozen=True)
class Course:
    """What does not change while a network is trained."""

    recipe: Recipe
    pictures: Pictures
    order: Order
    to_input: ToInput
    objective: Objective
    processes: Processes
    steps: int
    """Length of the run."""
    workers: int = 0
    frozen: Sequence[nn.Module] = ()
    """Layers that keep their statistics."""
    progressing: Sequence[nn.Module] = ()
    """Layers that know how far the training is."""
    schedules: Sequence[tuple[nn.Module, OpSchedule]] = ()
    """Layers with an argument that changes over the run."""

    @property
    def per_epoch(self) -> int:
        return self.order.steps_per_epoch


class NotFiniteError(Exception):
    """The loss is no number any more."""

    def __init__(self, step: int, images: Tensor | None) -> None:
        what = "the loss is not finite" if images is not None else "weights are not finite"
        super().__init__(f"{what} at step {step + 1:,}")
        self.step, self.images = step, images


NOT_FINITE: Final = 1000
"""A flag beside the numbers of signals."""
STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def noticing_signals() -> Iterator[Callable[[], int]]:
    """A function that gives the number of a signal that asks to stop; 0 until there is one.
    A second signal stops at once."""
    received = [0]

    def note(number: int, frame: object) -> None:
        received[0] = number
        signal.signal(number, before[number])

    before: dict[int, Any] = {number: signal.signal(number, note) for number in STOPPING}
    try:
        yield lambda: received[0]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@final
@dataclass(frozen=True)
class Hooks:
    """What is done beside the steps."""

    after_step: Callable[[Meter, float], None]
    """After each step, with the sums so far and the learning rate that it had."""
    after_epoch: Callable[[], tuple[float, bool]]
    """Evaluates, and gives the error in percent, and whether it is the lowest so far."""
    save: Callable[[bool], None]
    """Saves the state; says whether it is the best so far."""


def train(course: Course, trainee: Trainee, hooks: Hooks, stopped: Callable[[], int]) -> int:
    """Make the steps that are left. Returns the signal that stopped it, or 0.

    Raises NotFiniteError before the step whose loss is not finite.
    """
    processes = course.processes
    forward = _forward(course, trainee.module)
    course.order.first, course.order.last = trainee.step, course.steps
    batches = iter(loader(course.pictures, course.order, course.workers, processes.device))
    meter = trainee.meter
    meter.since = perf_counter()
    train_mode(course, trainee.module)
    while trainee.step < course.steps:
        x, loss = gradients(course, trainee, forward, batches)
        flag = processes.any(stopped() if math.isfinite(loss.item()) else NOT_FINITE)
        if flag == NOT_FINITE:
            raise NotFiniteError(trainee.step, x)
        update(course, trainee)
        rate = trainee.rates.first
        trainee.step += 1
        hooks.after_step(meter, rate)
        trainee.rates.after_step()
        if trainee.step % course.per_epoch == 0 or trainee.step == course.steps:
            error, is_best = hooks.after_epoch()
            trainee.rates.after_epoch(error)
            train_mode(course, trainee.module)
            meter.since = perf_counter()
        else:
            is_best = False
        if flag or is_best or _is_due(course, trainee.step):
            hooks.save(is_best)
        if flag:
            return flag
    return 0


def gradients(
    course: Course, trainee: Trainee, forward: nn.Module, batches: Iterator[tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor]:
    """Those of the next step, in the parameters. Returns its last batch, as the network read it, and
    the loss of that."""
    recipe, device = course.recipe, course.processes.device
    _begin_step(course, trainee)
    for k in range(recipe.accumulate):
        images, labels = next(batches)
        x, labels = course.to_input(images), labels.to(device, non_blocking=True)
        with _gradients_at_the_end(forward, k == recipe.accumulate - 1):
            loss = _backward(course, trainee, forward, x, labels, first=k == 0)
    return x, loss


def _begin_step(course: Course, trainee: Trainee) -> None:
    """Random numbers are a function of the step, so a run goes on with those it would have had."""
    torch.manual_seed(derive(course.recipe.seed, "step", trainee.step, course.processes.rank))
    apply_schedules(course, trainee.step / max(1, course.steps))


def _backward(
    course: Course, trainee: Trainee, forward: nn.Module, x: Tensor, labels: Tensor, *, first: bool
) -> Tensor:
    """The gradients of one batch, added to those before it in its step."""
    x, targets = course.objective.mixed(x, labels)
    with _autocast(course):
        outputs = forward(x)
    loss, scores = course.objective(outputs, targets)
    scaled: Tensor = trainee.scaler.scale(loss / course.recipe.accumulate)
    if first:  # 2 % faster here than after the step before, as measured
        trainee.optimizer.zero_grad()
    scaled.backward()  # type: ignore[no-untyped-call]
    trainee.meter.add(loss, scores, labels)
    return loss.detach()


def update(course: Course, trainee: Trainee) -> None:
    """Change the weights by their gradients."""
    recipe, optimizer = course.recipe, trainee.optimizer
    if recipe.clip_norm or recipe.clip_value:
        trainee.scaler.unscale_(optimizer)
        parameters = list(trainee.module.parameters())
        if recipe.clip_value:
            nn.utils.clip_grad_value_(parameters, recipe.clip_value)
        if recipe.clip_norm:
            nn.utils.clip_grad_norm_(parameters, recipe.clip_norm)
    if trainee.scaler.is_enabled():
        trainee.scaler.step(optimizer)
        trainee.scaler.update()
    else:
        trainee.make_step()
    if trainee.average is not None:
        trainee.average.update_parameters(trainee.module)


def _forward(course: Course, module: nn.Module) -> nn.Module:
    """The module as it is run: compiled, and with the gradients of all processes averaged."""
    if course.recipe.compile:
        module = torch.compile(module)  # type: ignore[assignment]
    if not course.processes.is_distributed:
        return module
    # Without this flag the gradients' buckets are rebuilt after the first step, so that a resumed run
    # would add up in another order.
    return nn.parallel.DistributedDataParallel(module, find_unused_parameters=True)


def _gradients_at_the_end(forward: nn.Module, last: bool) -> AbstractContextManager[Any]:
    """Processes exchange gradients after the last batch of a step only."""
    if last or not isinstance(forward, nn.parallel.DistributedDataParallel):
        return nullcontext()
    return forward.no_sync()


def _autocast(course: Course) -> AbstractContextManager[Any]:
    if course.recipe.precision == "float32":
        return nullcontext()
    dtype = getattr(torch, course.recipe.precision)
    return torch.autocast(course.processes.device.type, dtype=dtype)


def train_mode(course: Course, module: nn.Module) -> None:
    """All layers but the frozen ones."""
    module.train()
    for layer in course.frozen:
        layer.eval()


def apply_schedules(course: Course, progress: float) -> None:
    """Layers whose probabilities grow over the run, and the recipe's own schedules."""
    for layer in course.progressing:
        layer.progress = progress  # type: ignore[assignment]
    for layer, schedule in course.schedules:
        value = schedule.start + progress * (schedule.end - schedule.start)
        setattr(layer, schedule.argument, value)


def _is_due(course: Course, step: int) -> bool:
    """Whether the state is to be saved after a step."""
    every = course.recipe.checkpoint
    steps = every.steps or (every.epochs or 1) * course.per_epoch
    return step % steps == 0 or step == course.steps

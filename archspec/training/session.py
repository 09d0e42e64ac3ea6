"""One training, step by step into its folder."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final, final

import torch

from archspec.diagnostics import SpecError, failure
from archspec.training.evaluation import Evaluation
from archspec.training.finish import Outcome, save_weights
from archspec.training.loop import Hooks, Meter, NotFiniteError, noticing_signals, train
from archspec.training.prepare import Held, Parts, Setting
from archspec.training.run_folder import NOT_FINITE, RunFolder
from archspec.training.watching.statistics import LayerValues, layer_values
from archspec.training.watching.watchers import Watcher

RECORDS: Final = 20
"""Metrics of training that are written in an epoch."""


@final
class Session:
    """Trains, writes the metrics, and saves the states."""

    def __init__(self, setting: Setting, parts: Parts, folder: RunFolder, watcher: Watcher) -> None:
        self.setting, self.parts, self.folder, self.watcher = setting, parts, folder, watcher
        self.is_main = setting.processes.is_main
        self._started = perf_counter()
        self._before = 0.0
        self._last: tuple[Held, int, Evaluation] | None = None
        """What was measured last, and after which step."""

    def run(self) -> int:
        """Train to the end. Returns the signal that stopped it, or 0. Raises SpecError."""
        self._started = perf_counter()
        hooks = Hooks(self._after_step, self._after_epoch, self._save)
        with noticing_signals() as stopped:
            try:
                return train(self.parts.course, self.parts.trainee, hooks, stopped)
            except NotFiniteError as error:
                raise self._not_finite(error) from None

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from a state."""
        self.parts.trainee.load(state)
        self._before = state["seconds"]
        self.setting.processes.on_main(lambda: self.folder.forget_after(state["step"]))

    @property
    def title(self) -> str:
        """What is trained on what, in a line."""
        graph, processes = self.setting.graph, self.setting.processes
        several = f", {processes.count} processes" if processes.is_distributed else ""
        return (
            f"{graph.name}: {graph.total_params:,} parameters; {self.setting.dataset}; "
            f"{self.parts.course.steps:,} steps on {processes.device}{several}"
        )

    @property
    def seconds(self) -> float:
        """That were spent on this run, interruptions left out."""
        return self._before + perf_counter() - self._started

    def finish(self) -> Outcome:
        """Write the final weights, and evaluate them. Doing it again changes nothing."""
        path = self.folder.path
        self.setting.processes.on_main(lambda: save_weights(self.parts, path))
        evaluators: tuple[Held, Held] = ("test", "validation")
        held = next((name for name in evaluators if name in self.parts.evaluators), None)
        if held is None:
            return Outcome(path)
        return Outcome(path, 0, self._evaluate(held), self.parts.evaluators[held].pictures.split)

    def _evaluate(self, held: Held) -> Evaluation:
        """Measured once after a step, also where an epoch is the last."""
        trainee = self.parts.trainee
        if self._last is None or self._last[:2] != (held, trainee.step):
            found = self.parts.evaluators[held](trainee.evaluated)
            self._last = held, trainee.step, found
        return self._last[2]

    # What is done beside the steps.

    def _after_step(self, meter: Meter, rate: float) -> None:
        course, step = self.parts.course, self.parts.trainee.step
        within = step % course.per_epoch
        if within % max(1, course.per_epoch // RECORDS) != 0 and step != course.steps:
            self.watcher.stepped(step, course.steps, {})
            return
        record = self._record("train", step, **meter.take(), lr=rate)
        if self.is_main:
            self.folder.log(record)
        self.watcher.stepped(step, course.steps, record)

    def _after_epoch(self) -> tuple[float, bool]:
        """Evaluate, and give the error that the schedule and the best state go by."""
        trainee, step = self.parts.trainee, self.parts.trainee.step
        held = next(iter(self.parts.evaluators), None)
        if held is None:
            return 100.0, False
        found = self._evaluate(held)
        record = self._record(held, step, loss=found.loss, top1=found.top1, top5=found.top5)
        if self.is_main:
            self.folder.log(record)
        self.watcher.evaluated(record)
        error = 100 - found.top1
        is_best = trainee.best is None or error < trainee.best
        if is_best:
            trainee.best = error
        return error, is_best

    def _save(self, is_best: bool) -> None:
        trainee, recipe = self.parts.trainee, self.setting.recipe
        if not _is_finite(trainee.module):
            raise NotFiniteError(trainee.step, None)

        def write() -> None:
            state = {**trainee.state(), "seconds": self.seconds}
            path = self.folder.save(state, recipe.checkpoint.keep)
            if is_best:
                self.folder.keep_best(path)

        self.setting.processes.on_main(write)

    def _record(self, kind: str, step: int, **numbers: Any) -> dict[str, Any]:
        epoch = step / self.parts.course.per_epoch
        rounded = {name: _finite(number) for name, number in numbers.items()}
        return {
            "kind": kind,
            "step": step,
            "epoch": round(epoch, 4),
            **rounded,
            "seconds": round(self.seconds, 2),
        }

    def _not_finite(self, error: NotFiniteError) -> SpecError:
        """Which layer it was, on the screen and in the folder."""
        values: list[LayerValues] = []
        if error.images is not None:
            values = layer_values(self.parts.trainee.module, self.setting.graph, error.images)
        if self.is_main:
            data = [value.as_data() for value in values]
            self.folder.write_json(NOT_FINITE, {"step": error.step, "layers": data})
            self.watcher.layers(values)
        first = next((value for value in values if not value.is_finite), None)
        where = f", first in the layer '{first.layer}'" if first else ""
        saved = self.folder.checkpoints()
        kept = f"the last good state is '{saved[-1]}'" if saved else "no state had been saved yet"
        return failure(
            "not-finite",
            f"{error}{where}",
            help=f"{kept}; a lower learning rate, a warm-up or clip_norm often helps",
        )


def _is_finite(module: torch.nn.Module) -> bool:
    return all(bool(p.isfinite().all()) for p in module.parameters())


def _finite(number: Any) -> Any:
    """JSON has no word for a number that is none."""
    return None if isinstance(number, float) and number != number else number

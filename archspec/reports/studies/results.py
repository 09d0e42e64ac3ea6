"""What the trainings of a study came to, as its folder holds them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Final, Literal, final

from archspec.diagnostics import SpecError
from archspec.reports.run.runs import Run, read_run
from archspec.training.studies.folder import RowRecord, StudyFolder, StudyRecord, ending

RunState = Literal["finished", "diverged", "running", "interrupted", "failed", "waiting"]
LOWER_IS_BETTER: Final = ("error", "loss")
"""Words in the names of figures that are the better the lower they are."""


@final
@dataclass(frozen=True, slots=True)
class RunResult:
    """One training of a row. Accuracies are percent; what was not measured is not a number."""

    seed: int
    fold: int | None
    state: RunState
    accuracy: float = math.nan
    """Of the final weights, on test pictures if there are some, else on those held out."""
    loss: float = math.nan
    train_accuracy: float = math.nan
    """Over the last epoch, while it was learned."""
    validation_accuracy: float = math.nan
    """Of the final weights, on the pictures held out."""
    seconds: float = math.nan


@final
@dataclass(frozen=True)
class RowResults:
    """A row with its trainings."""

    record: RowRecord
    runs: tuple[RunResult, ...]

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def finished(self) -> tuple[RunResult, ...]:
        return tuple(run for run in self.runs if run.state == "finished")

    @property
    def diverged(self) -> int:
        return sum(run.state == "diverged" for run in self.runs)

    def values(self, quantity: str) -> list[float]:
        """What the finished trainings measured."""
        found = [getattr(run, quantity) for run in self.finished]
        return [value for value in found if math.isfinite(value)]

    def mean(self, quantity: str) -> float:
        values = self.values(quantity)
        return fmean(values) if values else math.nan

    def deviation(self, quantity: str) -> float:
        """The standard deviation of single trainings, estimated from at least two."""
        values = self.values(quantity)
        return stdev(values) if len(values) > 1 else math.nan


@final
@dataclass(frozen=True)
class StudyResults:
    """A study with all of its trainings."""

    record: StudyRecord
    rows: tuple[RowResults, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """The names of all published figures, in the order in which they first come."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.record.published))

    @property
    def figure(self) -> str | None:
        """The published figure that measured accuracies are compared with: of accuracies, else of
        errors, else the first, the one that most rows have."""
        return max(self.figures, key=self._rank, default=None)

    def _rank(self, name: str) -> tuple[bool, bool, int]:
        rows = sum(published(row, name) is not None for row in self.rows)
        return "accuracy" in name and rows > 0, "error" in name and rows > 0, rows

    @property
    def complete(self) -> bool:
        return all(run.state in ("finished", "diverged") for row in self.rows for run in row.runs)


def published(row: RowResults, name: str) -> float | None:
    """A published number of a row."""
    value = row.record.published.get(name)
    return float(value) if isinstance(value, int | float) else None


def lower_is_better(figure: str) -> bool:
    return any(word in figure for word in LOWER_IS_BETTER)


def read_results(place: str) -> StudyResults:
    """The results in the folder of a study. Raises SpecError if it is none."""
    folder = StudyFolder(Path(place))
    record = folder.record()
    folds: Sequence[int | None] = range(record.folds) if record.folds else (None,)
    return StudyResults(
        record,
        tuple(
            RowResults(
                row,
                tuple(
                    run_result(folder.run(row.folder, seed, fold), seed, fold)
                    for seed in row.seeds
                    for fold in folds
                ),
            )
            for row in record.rows
        ),
    )


def run_result(path: Path, seed: int, fold: int | None) -> RunResult:
    """One training, from its folder."""
    try:
        run = read_run(path)
    except SpecError:
        return RunResult(seed, fold, "waiting")
    if ending(path) == "diverged":
        return RunResult(seed, fold, "diverged", seconds=run.seconds)
    if run.evaluation is None:
        return RunResult(seed, fold, run.state, seconds=run.seconds)
    held = run.measured("validation")
    return RunResult(
        seed,
        fold,
        "finished",
        run.evaluation.top1,
        run.evaluation.loss,
        _over_last_epoch(run),
        held[-1].top1 if held else math.nan,
        run.seconds,
    )


def _over_last_epoch(run: Run) -> float:
    """The accuracy in percent over the pictures of the last epoch, weighted by their steps."""
    measured = run.measured("train")
    if not measured:
        return math.nan
    first = math.ceil(measured[-1].epoch - 1e-9) - 1
    total = weight = 0.0
    before = 0
    for each in measured:
        if each.epoch > first + 1e-9 and math.isfinite(each.top1):
            total += each.top1 * (each.step - before)
            weight += each.step - before
        before = each.step
    return total / weight if weight else math.nan


def as_number(value: float) -> Any:
    """JSON and CSV have no numbers that are none."""
    return value if math.isfinite(value) else None

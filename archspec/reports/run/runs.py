"""Trainings as their folders hold them: what they are, what was measured, how they ended."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, final

from pydantic import BaseModel, ConfigDict, ValidationError

from archspec.diagnostics import SpecError, failure
from archspec.reports.run.evaluation_report import read_evaluation
from archspec.training.evaluation import Evaluation
from archspec.training.run_folder import EVALUATION, LOCK, METRICS, NOT_FINITE, RUN

Kind = Literal["train", "validation", "test"]
KINDS: Final[tuple[Kind, ...]] = ("train", "validation", "test")
State = Literal["finished", "running", "interrupted", "failed"]


@final
class RunNormalization(BaseModel):
    """What is subtracted from a picture's channels, and what they are divided by."""

    model_config = ConfigDict(frozen=True)

    mean: tuple[float, ...]
    std: tuple[float, ...]


@final
class RunRecord(BaseModel):
    """What a training wrote down about itself at its start."""

    model_config = ConfigDict(frozen=True)

    network: str
    spec: str = ""
    recipe: str = ""
    dataset: str = ""
    data_folder: str | None = None
    weights: str | None = None
    """The file of weights that it began with."""
    classes: tuple[str, ...] = ()
    input: tuple[int, ...] = ()
    normalize: RunNormalization | None = None
    processes: int = 1
    archspec: str = ""
    torch: str = ""
    command: str | tuple[str, ...] = ""


@final
@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of the metrics: of some training steps, or of an evaluation after an epoch."""

    kind: Kind
    step: int
    epoch: float
    loss: float
    top1: float
    """Percent."""
    top5: float
    lr: float
    images_per_second: float
    seconds: float


@final
@dataclass(frozen=True)
class Run:
    """A training: what it is, what was measured, how it ended."""

    path: Path
    record: RunRecord
    metrics: tuple[Measurement, ...]
    evaluation: Evaluation | None
    state: State
    notes: tuple[str, ...] = ()
    """What of the folder could not be read."""

    def measured(self, kind: Kind) -> list[Measurement]:
        return [each for each in self.metrics if each.kind == kind]

    @property
    def judged(self) -> list[Measurement]:
        """The measurements by which runs compare: on test images, else those held out."""
        return self.measured("test") or self.measured("validation")

    @property
    def epochs(self) -> float:
        return max((each.epoch for each in self.metrics), default=0)

    @property
    def seconds(self) -> float:
        found = [each.seconds for each in self.metrics if math.isfinite(each.seconds)]
        return max(found, default=math.nan)

    @property
    def best(self) -> float:
        """The best accuracy in percent after any epoch."""
        found = [each.top1 for each in self.judged if math.isfinite(each.top1)]
        return max(found, default=math.nan)

    @property
    def final(self) -> float:
        """The last accuracy in percent: of the weights that were kept."""
        if self.evaluation is not None:
            return self.evaluation.top1
        return self.judged[-1].top1 if self.judged else math.nan

    @property
    def loss(self) -> float:
        if self.evaluation is not None:
            return self.evaluation.loss
        measured = self.judged or self.metrics
        return measured[-1].loss if measured else math.nan


def read_run(folder: Path) -> Run:
    """A training from its folder. Raises SpecError if that is none; what else is broken is a note."""
    record = read_record(folder)
    metrics, notes = _metrics(folder / METRICS)
    evaluation = None
    try:
        evaluation = read_evaluation((folder / EVALUATION).read_text("utf-8"))
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        notes.append(f"{EVALUATION} cannot be read")
    state = _state(folder, evaluation, metrics)
    return Run(folder, record, tuple(metrics), evaluation, state, tuple(notes))


def read_record(folder: Path) -> RunRecord:
    """What a training says of itself. Raises SpecError."""
    path = folder / RUN
    try:
        return RunRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        what = f"is no folder of a training: it has no {RUN}"
        message = f"'{folder}' {what if folder.is_dir() else 'does not exist'}"
    except OSError as error:
        message = f"'{path}' cannot be read: {(error.strerror or str(error)).lower()}"
    except ValidationError as error:
        message = f"'{path}' is broken: {_first_error(error)}"
    raise failure("bad-run", message, help="archspec train --out FOLDER makes such folders")


def _first_error(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    words = first["msg"][:1].lower() + first["msg"][1:]
    return f"{place}: {words}" if place else words


def _metrics(path: Path) -> tuple[list[Measurement], list[str]]:
    """The measurements, and what is wrong with the file."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [f"{METRICS} cannot be read: {(error.strerror or str(error)).lower()}"]
    read = [_measurement(line) for line in lines if line.strip()]
    broken = sum(1 for each in read if each == "broken")
    notes = [f"{METRICS}: {_lines(broken)} cannot be read"] if broken else []
    return list(
        _without_repetitions([each for each in read if isinstance(each, Measurement)])
    ), notes


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def _measurement(line: bytes) -> Measurement | Literal["broken", "other"]:
    """What a line says; the last one of a process that was killed may be torn."""
    try:
        data = json.loads(line)
        if data["kind"] not in KINDS:
            return "other"
        numbers = {
            name: _number(data.get(name))
            for name in ("epoch", "loss", "top1", "top5", "lr", "images_per_second", "seconds")
        }
        found = Measurement(data["kind"], int(data["step"]), **numbers)
        return found if math.isfinite(found.epoch) else "broken"
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return "broken"


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _without_repetitions(found: Sequence[Measurement]) -> Iterator[Measurement]:
    """The measurements without those whose steps a resumed training did once more."""
    kept: list[Measurement] = []
    last: dict[str, int] = {}
    for each in found:
        if each.step <= last.get(each.kind, -1):
            kept = [other for other in kept if other.step < each.step]
            last = {other.kind: other.step for other in kept}
        kept.append(each)
        last[each.kind] = each.step
    yield from kept


def _state(folder: Path, evaluation: Evaluation | None, metrics: Sequence[Measurement]) -> State:
    """How a training ended, or that it has not."""
    if evaluation is not None:
        return "finished"
    if _is_locked(folder):
        return "running"
    lost = bool(metrics) and not math.isfinite(metrics[-1].loss)
    return "failed" if lost or (folder / NOT_FINITE).exists() else "interrupted"


def _is_locked(folder: Path) -> bool:
    """Whether a process that lives is writing there."""
    lock = folder / LOCK
    if not lock.exists():
        return False
    try:
        from filelock import FileLock, Timeout
    except ImportError:  # nothing here can train
        return False
    try:
        with FileLock(lock).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False


def find_runs(places: Sequence[str]) -> tuple[list[Run], list[SpecError]]:
    """The trainings in some folders and in the folders below them, and what cannot be read."""
    found: dict[Path, Run] = {}
    broken: list[SpecError] = []
    for place in places:
        folder = Path(place)
        below = sorted(path.parent for path in folder.rglob(RUN)) if folder.is_dir() else []
        for path in below or [folder]:
            try:
                found.setdefault(path.resolve(), read_run(path))
            except SpecError as error:
                broken.append(error)
    return list(found.values()), broken

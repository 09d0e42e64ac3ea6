"""One training of a study, as plain data, and what it ends with."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, final

from archspec.diagnostics import SpecError
from archspec.training.processes import DeviceName
from archspec.training.request import TrainingRequest
from archspec.training.run_folder import RECIPE, SPEC, RunFolder
from archspec.training.studies.folder import ending
from archspec.workspace.settings import settings_of

if TYPE_CHECKING:
    from archspec.training.finish import Outcome

ERROR: Final = "error.txt"
"""What a training ended with that nobody expected."""
PATIENCE: Final = 60.0
"""Seconds to wait for a training of the same folder whose study has died."""


@final
@dataclass(frozen=True, slots=True)
class Task:
    """What another process, perhaps on another machine, needs to know of a training."""

    name: str
    """As it is called on the screen."""
    row: str
    """The folder with the spec and the recipe."""
    run: str
    """The folder of the training."""
    seed: int
    fold: int | None
    folds: int | None
    data: str | None
    steps: int
    device: DeviceName = "auto"
    threads: int = 1
    workers: int | None = None
    force: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        held = {"validation": {"folds": self.folds, "fold": self.fold}} if self.folds else {}
        return {"seed": self.seed, **held}


@final
@dataclass(frozen=True, slots=True)
class Ended:
    """How a training ended."""

    task: Task
    state: Literal["finished", "diverged", "stopped", "failed"]
    problem: str = ""


Work = Callable[[Task], Ended]
"""Trains, and writes what is to be read of it. An executor sends it to other processes by its name."""


def train_task(task: Task, report: Callable[[Outcome], None]) -> Ended:
    """Begin a training, or go on with it. What goes wrong is the end of this one only."""
    import torch

    from archspec.training.start import train
    from archspec.training.watching.watchers import Silent

    torch.set_num_threads(task.threads)
    try:
        outcome = train(_request(task), Silent())
        if outcome.stopped:
            return Ended(task, "stopped")
        report(outcome)
    except SpecError as error:
        message = error.diagnostics[0].message
        diverged = any(each.code == "not-finite" for each in error.diagnostics)
        return Ended(task, "diverged" if diverged else "failed", message)
    except Exception as error:
        _write_traceback(task)
        return Ended(task, "failed", f"{type(error).__name__}: {str(error).partition(chr(10))[0]}")
    return Ended(task, "finished")


def _request(task: Task) -> TrainingRequest:
    """A new training, or one that goes on. Raises SpecError if another process holds the folder."""
    run, row = RunFolder(Path(task.run)), Path(task.row)
    resumes = run.is_run()
    if resumes:
        with run.locked(PATIENCE):
            pass
    elif run.path.exists() and ending(run.path) is None:
        shutil.rmtree(run.path)  # it had not begun
    return TrainingRequest(
        spec=str(row / SPEC),
        recipe=str(row / RECIPE),
        data=task.data,
        out=task.run,
        resume=task.run if resumes else None,
        settings=settings_of(task.settings),
        workers=task.workers,
        device=task.device,
        force=task.force,
    )


def _write_traceback(task: Task) -> None:
    folder = Path(task.run)
    if folder.is_dir():
        (folder / ERROR).write_text(traceback.format_exc(), "utf-8")

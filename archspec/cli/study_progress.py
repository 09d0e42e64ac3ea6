"""How a study goes, while it goes: a bar over all of its steps on a terminal, lines elsewhere."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from archspec.cli.training_progress import progress_bar
from archspec.diagnostics.render.terminal import escape
from archspec.reports.numbers import duration

if TYPE_CHECKING:
    from archspec.training.studies.start import StudyWatcher
    from archspec.training.studies.task import Ended, Task


@contextmanager
def study_progress(*, quiet: bool) -> "Iterator[StudyWatcher]":
    """Whoever shows the study: nobody, or standard error."""
    if quiet:
        yield Quiet()
    elif sys.stderr.isatty():
        with progress_bar() as bar:
            yield StudyBar(bar)
    else:
        yield StudyLines()


@final
class Quiet:
    """Shows nothing."""

    def checks(self, row: str) -> None: ...
    def begins(self, title: str, tasks: "Sequence[Task]") -> None: ...
    def goes_on(self, steps: int) -> None: ...
    def ended(self, ended: "Ended") -> None: ...
    def note(self, text: str) -> None: ...


@final
class StudyLines:
    """A line for each training that ends, on standard error."""

    def __init__(self) -> None:
        self._count = Count()

    def checks(self, row: str) -> None: ...

    def begins(self, title: str, tasks: "Sequence[Task]") -> None:
        for line in self._count.begins(title, tasks):
            self.note(line)

    def goes_on(self, steps: int) -> None: ...

    def ended(self, ended: "Ended") -> None:
        self.note(self._count.line(ended))

    def note(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


@final
class StudyBar:
    """A bar over the steps of all trainings; those that end stay above it."""

    def __init__(self, bar: Any) -> None:
        self._bar, self._count = bar, Count()
        self._task = bar.add_task("", total=None)

    def checks(self, row: str) -> None:
        from rich.markup import escape as without_markup

        self._bar.update(self._task, description=without_markup(escape(f"checks {row}")))

    def begins(self, title: str, tasks: "Sequence[Task]") -> None:
        for line in self._count.begins(title, tasks):
            self.note(line)
        total = sum(task.steps for task in tasks)
        self._bar.reset(self._task, total=total, description=self._count.text)

    def goes_on(self, steps: int) -> None:
        self._bar.update(self._task, completed=steps, description=self._count.text)

    def ended(self, ended: "Ended") -> None:
        self.note(self._count.line(ended))

    def note(self, text: str) -> None:
        self._bar.print(text, markup=False)


@final
class Count:
    """How many trainings have ended, of how many, and how."""

    def __init__(self) -> None:
        self.done = self.all = 0

    @property
    def text(self) -> str:
        return f"{self.done} of {self.all} trainings"

    def begins(self, title: str, tasks: "Sequence[Task]") -> Iterator[str]:
        from archspec.training.studies.folder import ending

        self.all = len(tasks)
        self.done = sum(ending(Path(task.run)) is not None for task in tasks)
        yield f"{title}: {self.all} {'training' if self.all == 1 else 'trainings'}"
        if self.done:
            yield f"goes on: {self.done} of them have ended before"

    def line(self, ended: "Ended") -> str:
        """``relu, seed 0: 91.20 %, 12 s (3 of 18)``."""
        self.done += ended.state in ("finished", "diverged")
        what = {"stopped": "stopped and saved", "failed": f"failed: {ended.problem}"}.get(
            ended.state
        )
        return escape(f"{ended.task.name}: {what or _measured(ended)} ({self.done} of {self.all})")


def _measured(ended: "Ended") -> str:
    from archspec.reports.studies.results import run_result

    found = run_result(Path(ended.task.run), ended.task.seed, ended.task.fold)
    if found.state != "finished":
        return f"diverged: {ended.problem}"
    return f"{found.accuracy:.2f} %, {duration(found.seconds)}"

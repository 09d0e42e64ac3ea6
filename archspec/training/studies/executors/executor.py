"""What an executor is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from archspec.training.studies.task import Ended, Task, Work

TICK: Final = 0.25
"""Seconds between two looks at what is running."""
MAX_RETRIES: Final = 2
"""How often a training is begun again, or goes on, whose process was lost."""


class Executor(Protocol):
    """Runs trainings."""

    def run(
        self, tasks: Sequence[Task], work: Work, stopped: Callable[[], int]
    ) -> Iterator[Ended | None]:
        """The end of each training, when it comes; None now and then. Once ``stopped`` gives a
        number, none is begun, and those that run save their state and stop."""
        ...

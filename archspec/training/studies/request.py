"""What a user asks of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, final

from archspec.language.program import Written
from archspec.training.processes import DeviceName

ExecutorName = Literal["local", "ray"]
Settings = Mapping[str, Written[Any]]
Grid = Mapping[str, Sequence[Written[Any]]]
"""Keys of the recipe or parameters of the spec, each with the values that it takes."""


@final
@dataclass(frozen=True)
class StudyRequest:
    """What a user asks for; what is None is as the study's file says."""

    spec: str
    out: str
    recipe: str | None = None
    data: str | None = None
    seeds: int | None = None
    folds: int | None = None
    settings: Settings = field(default_factory=dict)
    vary: Grid = field(default_factory=dict)
    only: Sequence[str] = ()
    """Globs of the names of rows."""
    executor: ExecutorName = "local"
    jobs: int | None = None
    """Trainings side by side."""
    threads: int = 1
    """Of each training."""
    workers: int | None = None
    """Processes of each training that read pictures."""
    device: DeviceName = "auto"
    force: bool = False
    """Begin even if the memory seems too small."""

"""What trainings reached over what their networks cost: the points of a scatter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from archspec.analyses.published import Point, Scatter
from archspec.analyses.search.family import metric_of
from archspec.analyses.stats import stats
from archspec.diagnostics import SpecError, failure, near
from archspec.reports.run.runs import Run, find_runs
from archspec.reports.run.runs_report import run_names
from archspec.training.run_folder import SPEC
from archspec.workspace.locate import find
from archspec.workspace.workspace import Workspace

_Measure = tuple[Callable[[Run], float], str, str]
"""The number of a run, its unit, and what it is."""
MEASURES: Final[Mapping[str, _Measure]] = MappingProxyType(
    {
        "accuracy": (
            lambda run: run.final, "%", "of the final weights, on test images if there are some"
        ),
        "error": (
            lambda run: 100 - run.final, "%", "of the final weights, on test images if there are some"
        ),
        "best_accuracy": (
            lambda run: run.best, "%", "the highest after an epoch, on held out images if there are some"
        ),
        "loss": (
            lambda run: run.loss, "", "of the final weights, on test images if there are some"
        ),
    }
)  # fmt: skip
"""What trainings are compared by."""


def measured_scatter(
    folders: Sequence[str], figure: str | None = None, metric: str = "params"
) -> Scatter:
    """Trainings by a count of their network and what was measured; by default the accuracy.

    Networks of one spec are a family. Raises SpecError if there is no training, none with such a
    number, or no figure of that name.
    """
    key, name = metric_of(metric), (figure or "accuracy").replace(" ", "_")
    if name not in MEASURES:
        help = near(name, MEASURES) or f"of trainings there are {', '.join(MEASURES)}"
        raise failure("bad-option", f"trainings have no figure '{name:.60}'", help=help)
    runs, broken = find_runs(folders)
    if broken:
        raise SpecError([each for error in broken for each in error.diagnostics])
    measure, unit, words = MEASURES[name]
    named = list(zip(_names(runs), runs, strict=True))
    points = [
        Point(label, _family(run), _cost(run, key), round(measure(run), 4))
        for label, run in named
        if math.isfinite(measure(run))
    ]
    if not points:
        message = f"none of {len(runs)} trainings has measured its {name.replace('_', ' ')} yet"
        raise failure("bad-run", message, help="archspec runs shows how far they are")
    missing = tuple(label for label, run in named if not math.isfinite(measure(run)))
    return Scatter(key, name, tuple(points), missing, words, unit)


def _names(runs: Sequence[Run]) -> list[str]:
    """The networks' names where they tell trainings apart, else those of the folders."""
    names = [run.record.network for run in runs]
    return names if len(set(names)) == len(names) else run_names(runs)


def _family(run: Run) -> str:
    """The file of its spec, or the network of the zoo."""
    spec = run.record.spec or run.record.network
    try:
        return find(spec)[0].stem
    except SpecError:  # not there any more
        return Path(spec.partition(":")[0]).stem


def _cost(run: Run, metric: str) -> int:
    """Of the network that was trained, with the classes and the size of its pictures."""
    graph = Workspace().graph(str(run.path / SPEC))
    return int(getattr(stats(graph), metric))

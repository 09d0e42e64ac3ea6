"""Rows against each other: whether their order is the published one, and which of them to choose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from statistics import fmean, stdev, variance
from typing import TYPE_CHECKING, Any, Final, final

from archspec.reports.studies.results import (
    RowResults,
    StudyResults,
    lower_is_better,
    published,
)

if TYPE_CHECKING:
    import numpy as np

SAMPLES: Final = 1000
"""Of the bootstrap."""
COVERED: Final = 95.0
"""Percent of the bootstrap's samples in an interval."""
LEAST_ROWS: Final = 3
"""Rows of which an order can be compared."""


@final
@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """How alike two orders of rows are: 1 if they are the same, -1 if one is the other reversed."""

    figure: str
    """What was published, compared with the mean measured accuracy."""
    rows: int
    best_of_each: bool
    """Of rows that differ in what is varied only, the best one counts."""
    spearman: float
    spearman_interval: tuple[float, float]
    kendall: float
    kendall_interval: tuple[float, float]


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """The row with the highest mean validation accuracy over folds and seeds, and how sure that is.
    Accuracies are percent."""

    row: str
    validation: float
    other: str | None = None
    """The next best row."""
    margin: float = math.nan
    """Mean of the paired differences to it."""
    error: float = math.nan
    """Standard error of the margin, corrected for trainings that share pictures."""
    p: float = math.nan
    """How probable such a margin is, in either direction, of rows that are equally good."""
    pairs: int = 0
    seed_deviation: float = math.nan
    """Of the row's mean over the folds, from seed to seed."""
    test: float = math.nan
    """What is to be reported of the row: its mean accuracy on the test pictures."""
    test_deviation: float = math.nan


@final
@dataclass(frozen=True, slots=True)
class RowComparison:
    """What the rows say together, as far as there is something to say."""

    order: RankCorrelation | None
    chosen: Choice | None


def compare_rows(results: StudyResults) -> RowComparison:
    """Compare the rows with what was published, and with each other."""
    return RowComparison(rank_correlation(results), choice(results))


def rank_correlation(results: StudyResults) -> RankCorrelation | None:
    """Of the published figure and the measured means; None with fewer than three rows, or where all
    of them are alike. Intervals are of a bootstrap over the rows and over the trainings of each."""
    figure = results.figure
    rows, best = _compared(results, figure) if figure else ([], False)
    if figure is None or len(rows) < LEAST_ROWS:
        return None
    stats = import_module("scipy.stats")
    sign = -1.0 if lower_is_better(figure) else 1.0
    known = [sign * (published(row, figure) or 0.0) for row in rows]
    measured = [row.values("accuracy") for row in rows]
    means = [fmean(values) for values in measured]
    if len({*known}) < 2 or len({*means}) < 2:
        return None
    samples = _bootstrap(known, measured)
    intervals = [
        _interval([float(rank(*each).statistic) for each in samples])
        for rank in (stats.spearmanr, stats.kendalltau)
    ]
    return RankCorrelation(
        figure,
        len(rows),
        best,
        float(stats.spearmanr(known, means).statistic),
        intervals[0],
        float(stats.kendalltau(known, means).statistic),
        intervals[1],
    )


def _compared(results: StudyResults, figure: str) -> tuple[list[RowResults], bool]:
    """Rows that were measured and published, of those of one network the best; and whether there
    were such."""
    found: dict[str, RowResults] = {}
    rows = [
        row for row in results.rows if row.values("accuracy") and published(row, figure) is not None
    ]
    for row in rows:
        other = found.setdefault(row.record.network, row)
        if row.mean("accuracy") > other.mean("accuracy"):
            found[row.record.network] = row
    return list(found.values()), len(found) < len(rows)


def _bootstrap(
    known: Sequence[float], measured: Sequence[Sequence[float]]
) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Published figures and measured means of rows drawn again, each with its trainings drawn again;
    draws in which all are alike have no order, and are left out."""
    import numpy as np

    generator = np.random.default_rng(0)
    found = []
    for _ in range(SAMPLES):
        drawn = np.array([generator.choice(values, len(values)).mean() for values in measured])
        rows = generator.integers(len(known), size=len(known))
        figures, means = np.array(known)[rows], drawn[rows]
        if len(np.unique(figures)) > 1 and len(np.unique(means)) > 1:
            found.append((figures, means))
    return found


def _interval(values: Sequence[float]) -> tuple[float, float]:
    import numpy as np

    low, high = np.percentile(values, [(100 - COVERED) / 2, (100 + COVERED) / 2])
    return float(low), float(high)


def choice(results: StudyResults) -> Choice | None:
    """The row that cross-validation chooses; None without folds, or before anything was measured."""
    folds = results.record.folds
    rows = [row for row in results.rows if row.values("validation_accuracy")]
    if folds is None or not rows:
        return None
    rows.sort(key=lambda row: -row.mean("validation_accuracy"))
    best = rows[0]
    found = Choice(
        best.name,
        best.mean("validation_accuracy"),
        seed_deviation=_over_seeds(best),
        test=best.mean("accuracy"),
        test_deviation=best.deviation("accuracy"),
    )
    return _against(found, best, rows[1], folds) if len(rows) > 1 else found


def _against(found: Choice, best: RowResults, other: RowResults, folds: int) -> Choice:
    """The margin to the next row, by the corrected resampled t-test (Nadeau and Bengio 2003, for
    repeated cross-validation Bouckaert and Frank 2004): trainings of two folds share most pictures,
    so the variance of n differences is not divided by n but multiplied by 1/n + 1/(folds - 1)."""
    pairs = _differences(best, other)
    if len(pairs) < 2:
        return replace(found, other=other.name, pairs=len(pairs))
    margin = fmean(pairs)
    error = math.sqrt((1 / len(pairs) + 1 / (folds - 1)) * variance(pairs))
    p = math.nan
    if error > 0:
        stats = import_module("scipy.stats")
        p = 2 * float(stats.t.sf(abs(margin) / error, len(pairs) - 1))
    return replace(found, other=other.name, margin=margin, error=error, p=p, pairs=len(pairs))


def _differences(one: RowResults, other: RowResults) -> list[float]:
    """Of validation accuracies on the same pictures: those of one seed and fold."""
    there = {(run.seed, run.fold): run.validation_accuracy for run in other.finished}
    return [
        run.validation_accuracy - there[run.seed, run.fold]
        for run in one.finished
        if (run.seed, run.fold) in there
    ]


def _over_seeds(row: RowResults) -> float:
    by_seed: dict[int, list[float]] = {}
    for run in row.finished:
        by_seed.setdefault(run.seed, []).append(run.validation_accuracy)
    means = [fmean(values) for values in by_seed.values()]
    return stdev(means) if len(means) > 1 else math.nan

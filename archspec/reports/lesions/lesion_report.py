"""Lesion studies: a table for each experiment, JSON and CSV with the same integers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean, median, stdev
from typing import Any, Final

from archspec.analyses.lesions import (
    NOUNS,
    LesionOutcome,
    LesionStudy,
    PathGradients,
    Unit,
    Units,
    kendall_tau,
)
from archspec.escaping import json_text
from archspec.reports.numbers import large, share
from archspec.reports.table import Column, Table, csv

MAX_KEPT: Final = 4
"""Layers that are not deleted, of which a table names so many."""
HEADER: Final = (
    *("network", "experiment", "units", "pairs", "tau", "images", "errors", "error"),
    *("length", "paths", "gradient", "share"),
)


def lesion_tables(studies: Sequence[LesionStudy], subtitle: str) -> Iterator[Table]:
    """For every network a table of each experiment that was made."""
    for study in studies:
        if study.each:
            yield _each_table(study, subtitle)
        if study.random:
            yield _random_table(study, subtitle)
        if study.shuffled:
            yield _shuffle_table(study, subtitle)
        if study.gradients is not None:
            yield _gradients_table(study, study.gradients)


def _each_table(study: LesionStudy, subtitle: str) -> Table:
    noun = NOUNS[study.units.kind]
    rows = tuple(
        (unit.path, maps(unit), *_errors(study, each.errors))
        for each in study.each
        for unit in each.lesion.deleted
    )
    return Table(
        (Column(noun.rpartition(" ")[2]), Column("maps"), *_numbers("errors", "error", "more")),
        rows,
        ("none", "", *_errors(study, study.errors)),
        f"{study.network}: each {noun} deleted alone",
        f"{subtitle}; by chance {study.chance:.3g} % are wrong",
        (
            ("errors", "", "images whose most probable class is not theirs"),
            ("more", "", "points of error more than with all of them"),
            *kept_notes(study.units),
        ),
    )


def _numbers(*titles: str) -> tuple[Column, ...]:
    return tuple(Column(title, right=True) for title in titles)


def _errors(study: LesionStudy, errors: int) -> tuple[str, str, str]:
    more = study.percent(errors - study.errors)
    return f"{errors:,}", f"{study.percent(errors):.2f}%", f"{more:+.2f}" if errors else ""


def maps(unit: Unit) -> str:
    """What a unit makes of what."""
    return f"{unit.reads} → {unit.gives}" if unit.changes_shape else str(unit.gives)


def kept_notes(units: Units) -> Iterator[tuple[str, ...]]:
    """What was not deleted, with the reasons."""
    by_reason: dict[str, list[str]] = {}
    for kept in units.kept:
        by_reason.setdefault(kept.reason, []).append(kept.path)
    for reason, paths in by_reason.items():
        more = f" and {len(paths) - MAX_KEPT} more" if len(paths) > MAX_KEPT else ""
        yield (f"not deleted: {', '.join(paths[:MAX_KEPT])}{more}: {reason}",)


def _random_table(study: LesionStudy, subtitle: str) -> Table:
    by_count = _grouped(study.random, lambda each: len(each.lesion.deleted))
    rows = tuple((str(count), *_spread(study, found)) for count, found in by_count.items())
    return Table(
        _numbers("deleted", "trials", "median", "mean", "least", "most"),
        rows,
        title=f"{study.network}: random {NOUNS[study.units.kind]}s deleted together",
        subtitle=f"{subtitle}; with all {len(study.units.units)}: {study.error:.2f} %",
        notes=(("deleted", "", "units at once"), ("median", "", "error over the trials")),
    )


def _shuffle_table(study: LesionStudy, subtitle: str) -> Table:
    by_count = _grouped(study.shuffled, lambda each: each.lesion.pairs)
    rows = tuple(
        (
            str(count),
            f"{mean(kendall_tau(study.units, each.lesion) for each in found):.3f}",
            *_spread(study, found),
        )
        for count, found in by_count.items()
    )
    return Table(
        _numbers("pairs", "tau", "trials", "median", "mean", "least", "most"),
        rows,
        title=f"{study.network}: pairs of equal {NOUNS[study.units.kind]}s change places",
        subtitle=f"{subtitle}; in the order of the training: {study.error:.2f} %",
        notes=(
            ("pairs", "", "that changed places, one after the other"),
            ("tau", "", "Kendall's rank correlation of the orders, the mean over the trials"),
            ("median", "", "error over the trials"),
        ),
    )


def _grouped(outcomes: Sequence[LesionOutcome], key: Any) -> dict[int, list[LesionOutcome]]:
    groups: dict[int, list[LesionOutcome]] = {}
    for each in outcomes:
        groups.setdefault(key(each), []).append(each)
    return groups


def _spread(study: LesionStudy, found: Sequence[LesionOutcome]) -> tuple[str, ...]:
    errors = [study.percent(each.errors) for each in found]
    numbers = (median(errors), mean(errors), min(errors), max(errors))
    return str(len(errors)), *(f"{number:.2f}%" for number in numbers)


def _gradients_table(study: LesionStudy, found: PathGradients) -> Table:
    first, last = found.effective
    rows = tuple(
        (
            str(length),
            large(found.count(length)),
            f"{found.mean(length):.2e}",
            f"{stdev(norms):.1e}" if len(norms) > 1 else "",
            share(max(1, round(10**9 * found.shares[length])), 10**9),
        )
        for length, norms in found.norms.items()
    )
    return Table(
        _numbers("units", "paths", "gradient", "deviation", "share"),
        rows,
        title=f"{study.network}: the gradient at the input along single paths",
        subtitle=f"{first} to {last} of {found.units} units carry 95 % of it · each leaves "
        f"{found.decay:.2f} of it · along all paths together it is {found.whole:.2e}",
        notes=(
            ("units", "", "on a path, which takes the shortcuts of all others"),
            ("gradient", "", f"its norm for one image; mean over {found.images} images and paths"),
            ("deviation", "", "standard deviation over the paths"),
            ("share", "", "number of paths times gradient, of the sum over all lengths"),
        ),
    )


# For programs.


def lesion_json(studies: Sequence[LesionStudy], head: dict[str, Any]) -> str:
    data = {**head, "networks": [_study_data(study) for study in studies]}
    return json_text(data, indent=2)


def _study_data(study: LesionStudy) -> dict[str, Any]:
    units = study.units
    return {
        "name": study.network,
        "kind": NOUNS[units.kind],
        "units": [
            {
                "path": unit.path,
                "reads": list(unit.reads.shape),
                "gives": list(unit.gives.shape),
                "layers": list(unit.layers),
            }
            for unit in units.units
        ],
        "kept": [{"path": kept.path, "reason": kept.reason} for kept in units.kept],
        "errors": study.errors,
        "chance": study.chance,
        "each": [_outcome_data(study, each) for each in study.each],
        "random": [_outcome_data(study, each) for each in study.random],
        "shuffled": [_outcome_data(study, each) for each in study.shuffled],
        "gradients": study.gradients and _gradients_data(study.gradients),
    }


def _outcome_data(study: LesionStudy, each: LesionOutcome) -> dict[str, Any]:
    if not each.lesion.pairs:
        return {"deleted": [unit.path for unit in each.lesion.deleted], "errors": each.errors}
    return {
        "pairs": each.lesion.pairs,
        "tau": kendall_tau(study.units, each.lesion),
        "moved": {place.path: unit.path for place, unit in each.lesion.moved},
        "errors": each.errors,
    }


def _gradients_data(found: PathGradients) -> dict[str, Any]:
    return {
        "images": found.images,
        "whole": found.whole,
        "decay": found.decay,
        "effective": list(found.effective),
        "lengths": [
            {
                "units": length,
                "paths": found.count(length),
                "norms": list(norms),
                "share": found.shares[length],
            }
            for length, norms in found.norms.items()
        ],
    }


def lesion_csv(studies: Sequence[LesionStudy]) -> str:
    """A row for every trial, and for every path along which a gradient was measured."""
    return csv(HEADER, (row for study in studies for row in _rows(study)))


def _rows(study: LesionStudy) -> Iterator[tuple[Any, ...]]:
    nothing = ("",) * 4
    yield study.network, "none", "", "", "", *_counted(study, study.errors), *nothing
    for experiment, outcomes in (("each", study.each), ("random", study.random)):
        for each in outcomes:
            names = " ".join(unit.path for unit in each.lesion.deleted)
            yield study.network, experiment, names, "", "", *_counted(study, each.errors), *nothing
    for each in study.shuffled:
        order = " ".join(f"{place.path}={unit.path}" for place, unit in each.lesion.moved)
        tau = kendall_tau(study.units, each.lesion)
        counted = _counted(study, each.errors)
        yield study.network, "shuffled", order, each.lesion.pairs, tau, *counted, *nothing
    found = study.gradients
    for length, norms in found.norms.items() if found is not None else ():
        assert found is not None
        for norm in norms:
            what = (length, found.count(length), norm, found.shares[length])
            yield study.network, "gradients", "", "", "", found.images, "", "", *what


def _counted(study: LesionStudy, errors: int) -> tuple[Any, ...]:
    return study.images, errors, study.percent(errors)

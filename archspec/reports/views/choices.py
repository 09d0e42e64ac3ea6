"""Choices of a view that do not exist, or have no effect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archspec.analyses.stats import Stats
from archspec.analyses.views.measures import MEASURES, Measure
from archspec.diagnostics import SpecError, failure, near
from archspec.reports.views.units import Units


def measures(names: str | Iterable[str], known: Iterable[str] = MEASURES) -> list[Measure]:
    """Columns by their names, or by a list in one text. Raises SpecError."""
    listed = names.split(",") if isinstance(names, str) else names
    found = [name.strip().replace(" ", "_") for name in listed]
    allowed = set(known)
    for name in found:
        if name not in allowed:
            raise unknown(name, allowed)
        if found.count(name) > 1:
            raise failure("bad-option", f"the column '{name}' is there twice")
    return [MEASURES[name] for name in found]


def unknown(name: str, known: Iterable[str]) -> SpecError:
    """The error for a column that is not there."""
    allowed = [key for key in MEASURES if key in set(known)]
    if name in MEASURES:
        return failure(
            "bad-option",
            f"the column '{name}' is one of single layers",
            help=f"for these rows there are {', '.join(allowed)}",
        )
    return failure(
        "bad-option",
        f"there is no column '{name}'",
        help=near(name, allowed) or f"the columns are {', '.join(allowed)}",
    )


def require_effects(stats: Stats, columns: Sequence[Measure], units: Units) -> None:
    """Raises SpecError for options that change nothing in these columns."""
    kinds = {measure.kind for measure in columns}
    keys = {measure.key for measure in columns}
    of_bytes = bool(kinds & {"bytes", "ratio"})
    of_batch = of_bytes or bool(keys & {"macs", "flops", "elementwise"})
    of_saved = "saved_bytes" in keys
    asked = (
        (units != "exact", bool(kinds & {"count", "bytes"}), f"units {units}"),
        (stats.dtype != "float32", of_bytes, f"dtype {stats.dtype}"),
        (stats.batch > 1, of_batch, f"a batch of {stats.batch:,}"),
        (bool(stats.frozen), of_saved, "freeze"),
        (stats.memory_efficient, of_saved, "memory_efficient"),
    )
    for is_asked, has_effect, option in asked:
        if is_asked and not has_effect:
            shown = ", ".join(measure.key for measure in columns)
            help = "leave it out, or choose a column on which it has one, such as saved_bytes"
            raise failure("bad-option", f"{option} has no effect on {shown}", help=help)
    if of_saved and not stats.precision.trains:
        help = "a dtype that trains, such as bfloat16, or other columns"
        raise failure("bad-option", f"nothing is trained in {stats.dtype}", help=help)


def require_sortable(measure: Measure) -> None:
    """Raises SpecError for a column of texts."""
    if not measure.is_number:
        numbers: Sequence[str] = [each.key for each in MEASURES.values() if each.is_number]
        raise failure(
            "bad-option",
            f"rows cannot be sorted by '{measure.key}', which is no number",
            help=f"by {', '.join(numbers)}",
        )

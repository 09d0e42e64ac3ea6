"""A view of one network: rows of the columns that somebody asked for, as a table and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from archspec.analyses.stats import Stats
from archspec.analyses.views.measures import MEASURES, Measure, Measured, Value
from archspec.diagnostics import failure
from archspec.escaping import json_text
from archspec.reports.stats_report import circumstances, in_and_out
from archspec.reports.table import Column, Table, csv, html, plain
from archspec.reports.views.cells import cell, plain_value, title
from archspec.reports.views.choices import measures, require_effects, require_sortable
from archspec.reports.views.rows import GROUPINGS, SCATTERED, By, ViewRow, folded
from archspec.reports.views.units import UNITS, Units

USUAL: Final = ("operation", "output", "params", "params_share", "macs", "macs_share")
USUAL_TOGETHER: Final = ("layers", "params", "params_share", "macs", "macs_share", "elementwise")
"""Columns of layers that do not stand together."""


@final
@dataclass(frozen=True, slots=True)
class View:
    """Some rows and columns of the counts of a network: ``print`` shows them as a table."""

    stats: Stats
    columns: tuple[Measure, ...]
    lines: tuple[tuple[ViewRow, tuple[Value, ...]], ...]
    """The rows with their values, in the order of the columns."""
    units: Units
    by: By | None = None
    """What a row is of; None for the rows of the usual table."""
    rest: int = 0
    """How many rows were left out behind these."""

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """A mapping for each row, for example for a data frame."""
        keys = [measure.key for measure in self.columns]
        return tuple(
            {"name": row.name, "count": row.count, **dict(zip(keys, values, strict=True))}
            for row, values in self.lines
            if row.layers
        )

    @property
    def totals(self) -> dict[str, Value]:
        """The sums over the whole network of the columns that have one."""
        measured = Measured(self.stats)
        return {
            measure.key: measure.of(measured, self.stats.graph.layers)
            for measure in self.columns
            if measure.is_sum or measure.kind == "ratio"
        }

    def __repr__(self) -> str:
        keys = ", ".join(measure.key for measure in self.columns)
        return f"<View of {self.stats.name}: {len(self.lines)} rows of {keys}>"

    def __str__(self) -> str:
        return plain(self.table())

    def _repr_html_(self) -> str:
        return html(self.table())

    def table(self) -> Table:
        """The view as a table."""
        folds = any(row.count > 1 for row, _ in self.lines)
        columns = [Column(self.by or "layer"), Column("", rank=0 if folds else 1)]
        columns += [
            Column(
                title(measure, self.units),
                right=measure.kind != "text" or measure.key == "receptive_stride",
                wraps=measure.key == "operation",
            )
            for measure in self.columns
        ]
        totals = self.totals
        total = ("total", "", *(self._total(measure, totals) for measure in self.columns))
        table = Table(
            tuple(columns),
            tuple(self._row(row, values) for row, values in self.lines),
            total,
            f"{self.stats.name}: {in_and_out(self.stats)}",
            self.stats.description,
            tuple(self._notes()),
        )
        return table if folds else table.without(1)

    def _row(self, row: ViewRow, values: Sequence[Value]) -> tuple[str, ...]:
        name, count = "  " * row.indent + row.name, f"×{row.count}" if row.count > 1 else ""
        if not row.layers:
            texts = [row.operation or "" if m.key == "operation" else "" for m in self.columns]
            return (name, count, *texts)
        pairs = zip(values, self.columns, strict=True)
        return (name, count, *(cell(value, measure, self.units) for value, measure in pairs))

    def _total(self, measure: Measure, totals: dict[str, Value]) -> str:
        if measure.key not in totals or measure.kind == "share":
            return ""
        return cell(totals[measure.key], measure, self.units)

    def _notes(self) -> Iterator[tuple[str, ...]]:
        for measure in self.columns:
            if measure.kind == "share":
                yield (
                    f"{measure.key.split('_')[0].replace('macs', 'MACs')} share",
                    "",
                    measure.definition,
                )
            else:
                yield (measure.title, "", measure.definition)
        if any(row.count > 1 for row, _ in self.lines):
            yield ("×N: a row is the sum over its N copies",)
        if self.rest:
            yield (f"{self.rest:,} more rows are not shown",)
        yield from circumstances(self.stats)

    def csv(self) -> str:
        """One line a row, the numbers exact."""
        keys = [measure.key for measure in self.columns]
        rows = (
            (row.name, row.count, *map(plain_value, values))
            for row, values in self.lines
            if row.layers
        )
        return csv(("name", "count", *keys), rows)

    def json(self) -> str:
        """The rows and the totals, the numbers exact."""
        head = {
            "name": self.stats.name,
            "mode": self.stats.mode,
            "batch": self.stats.batch,
            "dtype": self.stats.dtype,
            "totals": self.totals,
            "definitions": {measure.key: measure.definition for measure in self.columns},
        }
        lines = [f"  {json_text(key)}: {json_text(value)}," for key, value in head.items()]
        rows = ",\n".join(f"    {json_text(row)}" for row in self.rows)
        return "\n".join(["{", *lines, '  "rows": [', rows, "  ]", "}"])


def view_of(
    stats: Stats,
    *,
    columns: str | Iterable[str] | None = None,
    by: By | None = None,
    sort: str | None = None,
    top: int | None = None,
    units: Units = "exact",
    depth: int | None = None,
    expand: bool = False,
) -> View:
    """The columns and rows that somebody asked for. Raises SpecError."""
    _check(by, top, units, depth, expand=expand)
    if by is None and (sort is not None or top is not None) and depth is None and not expand:
        by = "layer"
    known = [key for key, each in MEASURES.items() if _fits(each, by)]
    usual = USUAL_TOGETHER if by in SCATTERED else USUAL
    chosen = measures(usual if columns is None else columns, known)
    if sort is not None:
        (key,) = measures([sort], known)
        require_sortable(key)
        chosen += [] if key in chosen else [key]
    require_effects(stats, chosen, units)
    measured = Measured(stats)
    rows = GROUPINGS[by](stats.graph) if by else folded(stats.graph, depth, expand=expand)
    lines = [(row, tuple(_value(row, each, measured) for each in chosen)) for row in rows]
    if sort is not None:
        at = chosen.index(key)
        lines = sorted(lines, key=lambda line: -(line[1][at] or 0))  # type: ignore[operator]
    kept = lines if top is None else lines[:top]
    return View(stats, tuple(chosen), tuple(kept), units, by, len(lines) - len(kept))


def _fits(measure: Measure, by: By | None) -> bool:
    """Whether rows have the column: layers that do not stand together have no shape."""
    return by not in SCATTERED or measure.kind not in ("shape", "text")


def _value(row: ViewRow, measure: Measure, measured: Measured) -> Value:
    if not row.layers:
        return None
    if measure.key == "operation" and row.operation is not None:
        return row.operation
    if measure.key == "output" and row.output is not None:
        return row.output
    return measure.of(measured, row.layers)


def _check(
    by: By | None, top: int | None, units: Units, depth: int | None, *, expand: bool
) -> None:
    for name, value, allowed in (("by", by, GROUPINGS), ("units", units, UNITS)):
        if value is not None and value not in allowed:
            raise failure(
                "bad-option", f"{name} cannot be {value!r:.60}", help=f"one of {', '.join(allowed)}"
            )
    if top is not None and (type(top) is not int or top < 1):
        raise failure("bad-option", f"top cannot be {top!r:.60}", help="a number of rows from 1 on")
    if by is not None and (depth is not None or expand):
        option = "expand" if expand else "depth"
        raise failure(
            "bad-option",
            f"'{option}' has no effect on rows by {by}",
            help=f"leave out one of '{option}' and 'by'",
        )

"""Several networks with the columns that somebody asked for: a row each, or side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from archspec.analyses.stats import Stats
from archspec.analyses.views.measures import MEASURES, Measure, Measured, Value
from archspec.diagnostics import failure
from archspec.escaping import json_text
from archspec.reports.comparison_report import left_out_notes
from archspec.reports.numbers import shape
from archspec.reports.stats_report import circumstances
from archspec.reports.table import Column, Table, csv, html, plain
from archspec.reports.views.cells import cell, plain_value, title
from archspec.reports.views.choices import measures, require_effects, require_sortable
from archspec.reports.views.rows import GROUPINGS, By, at_depth
from archspec.reports.views.units import Units

OF_NETWORKS: Final = ("input", "output", *(
    key for key, each in MEASURES.items() if each.kind in ("count", "bytes", "ratio")
))  # fmt: skip
"""Columns that a whole network has."""
USUAL_OF_NETWORKS: Final = ("params", "macs", "elementwise", "saved_bytes")
SIDE_BY_SIDE: Final = tuple(
    key for key, each in MEASURES.items() if each.kind in ("count", "bytes", "ratio", "share")
)
USUAL_SIDE_BY_SIDE: Final = ("params", "macs")


@final
@dataclass(frozen=True, slots=True)
class ComparedView:
    """Networks and their parts with some columns: ``print`` shows a table."""

    networks: tuple[Stats, ...]
    columns: tuple[Measure, ...]
    lines: tuple[tuple[str, tuple[Value, ...]], ...]
    """A name and its values: of a network in the order of the columns; side by side those of each
    network, one network after the other. None where a network has no such part."""
    units: Units
    side_by_side: bool
    by: By | None = None
    rest: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the values of a line."""
        if not self.side_by_side:
            return tuple(measure.key for measure in self.columns)
        return tuple(f"{stats.name}.{m.key}" for m in self.columns for stats in self.networks)

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """A mapping for each row, for example for a data frame."""
        return tuple(
            {"name": name, **dict(zip(self.keys, values, strict=True))}
            for name, values in self.lines
        )

    def __repr__(self) -> str:
        return f"<ComparedView of {', '.join(stats.name for stats in self.networks)}>"

    def __str__(self) -> str:
        return plain(self.table())

    def _repr_html_(self) -> str:
        return html(self.table())

    def table(self) -> Table:
        """The view as a table."""
        repeated = len(self.networks) if self.side_by_side else 1
        shown = [measure for measure in self.columns for _ in range(repeated)]
        names = [f"{stats.name} " for stats in self.networks] if self.side_by_side else [""]
        titles = [f"{name}{title(m, self.units)}" for m in self.columns for name in names]
        columns = [Column((self.by or "layer") if self.side_by_side else "network")]
        columns += [
            Column(text, right=measure.kind != "text")
            for text, measure in zip(titles, shown, strict=True)
        ]
        rows = [
            (name, *(cell(v, m, self.units) for v, m in zip(values, shown, strict=True)))
            for name, values in self.lines
        ]
        notes = [(m.title, "", m.definition) for m in self.columns]
        more = [(f"{self.rest:,} more rows are not shown",)] if self.rest else []
        about = [*circumstances(self.networks[0]), *left_out_notes(self.networks)]
        return Table(tuple(columns), tuple(rows), self._total(shown), notes=(*notes, *more, *about))

    def _total(self, shown: Sequence[Measure]) -> tuple[str, ...] | None:
        if not self.side_by_side:
            return None
        each = [Measured(stats) for stats in self.networks]
        totals = (
            "" if m.kind == "share" else cell(m.of(one, one.graph.layers), m, self.units)
            for m in self.columns
            for one in each
        )
        return ("total", *totals)

    def csv(self) -> str:
        """One line a row, the numbers exact."""
        return csv(
            ("name", *self.keys), ((name, *map(plain_value, values)) for name, values in self.lines)
        )

    def json(self) -> str:
        """The rows, the numbers exact."""
        rows = ",\n".join(f"  {json_text(row)}" for row in self.rows)
        return f"[\n{rows}\n]"


def compared(
    networks: Sequence[Stats],
    *,
    columns: str | Iterable[str] | None = None,
    by: By | None = None,
    sort: str | None = None,
    top: int | None = None,
    units: Units = "exact",
    depth: int | None = None,
) -> ComparedView:
    """Several networks: a row each, or side by side where rows are asked for. Raises SpecError."""
    beside = by is not None or depth is not None
    known = SIDE_BY_SIDE if beside else OF_NETWORKS
    usual = USUAL_SIDE_BY_SIDE if beside else USUAL_OF_NETWORKS
    chosen = measures(usual if columns is None else columns, known)
    if sort is not None:
        (key,) = measures([sort], known)
        require_sortable(key)
        chosen += [] if key in chosen else [key]
    for stats in networks:
        require_effects(stats, chosen, units)
    lines = _aligned(networks, chosen, by, depth) if beside else _one_each(networks, chosen)
    if sort is not None:
        at = chosen.index(key) * (len(networks) if beside else 1)
        lines = sorted(lines, key=lambda line: -_number(line[1][at]))
    kept = lines if top is None else lines[:top]
    rest = len(lines) - len(kept)
    return ComparedView(tuple(networks), tuple(chosen), tuple(kept), units, beside, by, rest)


def _number(value: Value) -> float:
    return value if isinstance(value, int | float) else 0


def _one_each(
    networks: Sequence[Stats], columns: Sequence[Measure]
) -> list[tuple[str, tuple[Value, ...]]]:
    lines = []
    for stats in networks:
        measured = Measured(stats)
        shapes = {"input": stats.inputs, "output": stats.outputs}
        values = tuple(
            ", ".join(map(shape, shapes[measure.key].values()))
            if measure.key in shapes
            else measure.of(measured, stats.graph.layers)
            for measure in columns
        )
        lines.append((stats.name, values))
    return lines


def _aligned(
    networks: Sequence[Stats], columns: Sequence[Measure], by: By | None, depth: int | None
) -> list[tuple[str, tuple[Value, ...]]]:
    """Parts by their names, in the order of the first network that has them."""
    if by is not None and depth is not None:
        raise failure("bad-option", f"'depth' has no effect on rows by {by}", help="leave one out")
    found: list[dict[str, tuple[Value, ...]]] = []
    names: list[str] = []
    for stats in networks:
        rows = GROUPINGS[by](stats.graph) if by else at_depth(stats.graph, depth or 0)
        measured = Measured(stats)
        found.append({row.name: tuple(m.of(measured, row.layers) for m in columns) for row in rows})
        names = _merged(names, [row.name for row in rows])
    return [
        (
            name,
            tuple(
                one[name][k] if name in one else None for k in range(len(columns)) for one in found
            ),
        )
        for name in names
    ]


def _merged(names: list[str], others: Sequence[str]) -> list[str]:
    """Names with those of another list, each behind the one that it stands behind there."""
    merged, known, at = list(names), set(names), 0
    for name in others:
        if name in known:
            at = max(at, merged.index(name) + 1)
        else:
            merged.insert(at, name)
            known.add(name)
            at += 1
    return merged

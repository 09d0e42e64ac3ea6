"""What a network costs for many values of its parameters."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, final

from archspec.analyses.search.family import Family
from archspec.analyses.search.values import product_size
from archspec.diagnostics import SpecError, failure
from archspec.display import made_by, show_by
from archspec.elaborate.expand.nodes import MAX_LAYERS

MAX_ROWS: Final = 1_000
"""Networks of one sweep."""


@final
@dataclass(frozen=True, slots=True)
class SweepRow:
    """One network of a sweep."""

    values: Mapping[str, Any]
    """The parameters, with its values."""
    counts: Mapping[str, int] | None
    """Every count of ``archspec stats``; None if there is no such network."""
    problem: str = ""
    """Why there is none."""


@final
@dataclass(frozen=True)
class Sweep:
    """A row for every choice of values: ``print`` shows the table of ``archspec sweep``."""

    name: str
    """Name of the network."""
    varied: tuple[str, ...]
    """The parameters that take several values."""
    rows: tuple[SweepRow, ...]

    def draw(self, path: str | os.PathLike[str], metric: str = "params", **choices: Any) -> None:
        """Draw a count over the first parameter, a curve for each choice of the others; the choices
        are those of ``archspec.draw`` that are for any style. Raises SpecError."""
        function = "archspec.figures.charts.sweep_chart.draw_sweep"
        made_by(function, self, path=path, metric=metric, **choices)

    def __repr__(self) -> str:
        return f"<Sweep of {self.name}: {len(self.rows):,} networks>"

    def __str__(self) -> str:
        return show_by("archspec.reports.analyses.search_report.sweep_text", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.analyses.search_report.sweep_html", self)


def sweep(
    reference: str | os.PathLike[str],
    /,
    *,
    input: Any = None,
    max_layers: int = MAX_LAYERS,
    **choices: Iterable[Any],
) -> Sweep:
    """Count a network for every choice of values: ``sweep("resnet50", base_width=[32, 64, 128])``.
    Raises SpecError if no choice gives a network, or if there are too many."""
    return sweep_of(
        os.fspath(reference), {k: list(v) for k, v in choices.items()}, input, max_layers
    )


def sweep_of(
    reference: str,
    choices: Mapping[str, list[Any]],
    input: Any = None,
    max_layers: int = MAX_LAYERS,
) -> Sweep:
    """The same, with the values of each parameter in a mapping."""
    many = product_size([*choices.values()])
    if many > MAX_ROWS or not many:
        what = f"more than {MAX_ROWS:,}" if many else "none"
        message = f"the sweep asks for {many:,} networks, {what}"
        raise failure("limit", message, help="take fewer values or larger steps")
    varied = tuple(name for name, values in choices.items() if len(values) > 1)
    if not varied:
        help = "--set width=16:128:16, --set depth=1..8, or --set width=16,32,64"
        raise failure("bad-option", "a sweep needs a parameter with several values", help=help)
    family = Family(reference, {}, input, max_layers)
    for name in choices:
        family.value(name)
    rows = [
        _row(family, dict(zip(choices, values, strict=True)))
        for values in product(*choices.values())
    ]
    if all(row.counts is None for row in rows):
        family.counts(rows[0].values)  # raises what is wrong with it
    return Sweep(family.base.name, varied, tuple(rows))


def _row(family: Family, values: Mapping[str, Any]) -> SweepRow:
    try:
        return SweepRow(values, family.counts(values))
    except SpecError as error:
        return SweepRow(values, None, error.diagnostics[0].message)

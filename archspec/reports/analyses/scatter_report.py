"""Networks by what they cost and what was published: a table, JSON and CSV."""

from __future__ import annotations

from archspec.analyses.published import Scatter
from archspec.analyses.stats import DEFINITIONS
from archspec.describe.values import number
from archspec.escaping import json_text
from archspec.reports.numbers import readable
from archspec.reports.table import Column, Table, csv, html, plain


def scatter_table(found: Scatter) -> Table:
    """A row a network."""
    notes: list[tuple[str, ...]] = [
        ("family", "", "the file of the spec: its variants are one family"),
        (readable(found.metric), "", DEFINITIONS[found.metric]),
        (found.title, "", found.origin),
    ]
    if found.missing:
        names = ", ".join(found.missing[:5]) + (", …" if len(found.missing) > 5 else "")
        notes.append((f"{len(found.missing)} have no such number: {names}",))
    columns = (
        Column("network"),
        Column("family"),
        Column(readable(found.metric), right=True),
        Column(found.title, right=True),
    )
    rows = tuple(
        (point.name, point.family, f"{point.cost:,}", number(point.figure))
        for point in found.points
    )
    return Table(columns, rows, notes=tuple(notes))


def scatter_json(found: Scatter) -> str:
    data = {
        "metric": found.metric,
        "figure": found.figure,
        "networks": [
            {
                "name": point.name,
                "family": point.family,
                found.metric: point.cost,
                found.figure: point.figure,
            }
            for point in found.points
        ],
        "missing": found.missing,
    }
    return json_text(data, indent=2)


def scatter_csv(found: Scatter) -> str:
    rows = ((point.name, point.family, point.cost, point.figure) for point in found.points)
    return csv(("name", "family", found.metric, found.figure), rows)


def scatter_text(found: Scatter) -> str:
    return plain(scatter_table(found))


def scatter_html(found: Scatter) -> str:
    return html(scatter_table(found))

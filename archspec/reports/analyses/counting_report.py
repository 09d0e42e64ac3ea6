"""A number as another tool prints it, beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.analyses.stats import Stats
from archspec.analyses.views.counting import Counting, functions_of
from archspec.escaping import json_text
from archspec.reports.table import Column, Table, csv


def counting_table(networks: Sequence[Stats], counting: Counting) -> Table:
    """A row a network: the tool's number, ours, and the difference."""
    ours = _ours(counting)
    rows = [
        (row["name"], f"{row['number']:,}", f"{row[ours]:,}", f"{row['difference']:+,}")
        for row in counting_rows(networks, counting)
    ]
    columns = (
        Column("network"),
        Column(f"{counting.tool} {counting.word}", right=True),
        Column("params" if ours == "params" else "MACs", right=True),
        Column("difference", right=True),
    )
    notes = [(f"{counting.tool}: {counting.why}",)]
    notes += [
        (f"{stats.name}: as torchvision's, which computes {_names(stats)} by functions",)
        for stats in networks
        if functions_of(stats)
    ]
    return Table(columns, tuple(rows), notes=tuple(notes))


def _names(stats: Stats) -> str:
    return " and ".join(sorted(functions_of(stats)))


def counting_rows(networks: Sequence[Stats], counting: Counting) -> list[dict[str, Any]]:
    """The numbers of each network."""
    ours = _ours(counting)
    found = []
    for stats in networks:
        number, own = counting.count(stats), getattr(stats, ours)
        found.append(
            {
                "name": stats.name,
                "counting": counting.tool,
                "word": counting.word,
                "number": number,
                ours: own,
                "difference": number - own,
            }
        )
    return found


def _ours(counting: Counting) -> str:
    return "macs" if counting.per_batch else "params"


def counting_json(networks: Sequence[Stats], counting: Counting) -> str:
    rows = ",\n".join(
        f"  {json_text({**row, 'why': counting.why})}" for row in counting_rows(networks, counting)
    )
    return f"[\n{rows}\n]"


def counting_csv(networks: Sequence[Stats], counting: Counting) -> str:
    rows = counting_rows(networks, counting)
    return csv(tuple(rows[0]), (tuple(row.values()) for row in rows))

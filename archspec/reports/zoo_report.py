"""The networks of the zoo: a table, JSON and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from archspec.escaping import json_text
from archspec.reports.table import Column, Table, csv

if TYPE_CHECKING:
    from archspec.workspace.zoo import ZooEntry
from archspec.reports.numbers import readable


def zoo_table(found: Sequence[ZooEntry]) -> Table:
    """A row a network, with what was published beside what is counted."""
    columns = (
        Column("name"),
        Column(readable("params"), right=True),
        Column(readable("macs"), right=True),
        Column("published", wraps=True, rank=0 if any(map(_published_text, found)) else 3),
        Column("file", rank=1, missed="files"),
        Column("description", wraps=True, rank=2, missed="descriptions"),
    )
    rows = tuple(
        (
            entry.name,
            f"{entry.params:,}",
            f"{entry.macs:,}",
            _published_text(entry),
            entry.file,
            entry.description,
        )
        for entry in found
    )
    notes = [(entry.name, str(entry.published["note"])) for entry in found if _noted(entry)]
    table = Table(columns, rows, notes=(*notes, (f"{len(found)} networks",)))
    return table if any(map(_published_text, found)) else table.without(3)


def _noted(entry: ZooEntry) -> bool:
    return "note" in entry.published


def _published_text(entry: ZooEntry) -> str:
    """``params 6.8 M, top5 error 6.67``."""
    return ", ".join(
        f"{readable(name)} {figure}"
        for name, figure in entry.published.items()
        if name not in ("source", "note")
    )


def zoo_csv(found: Sequence[ZooEntry]) -> str:
    def cells(entry: ZooEntry) -> list[Any]:
        return [
            _published_text(entry) if name == "published" else getattr(entry, name)
            for name in ZOO_FIELDS
        ]

    return csv(ZOO_FIELDS, map(cells, found))


def zoo_json(found: Sequence[ZooEntry]) -> str:
    def fields(entry: ZooEntry) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in ZOO_FIELDS}

    return "[\n  " + ",\n  ".join(json_text(fields(entry)) for entry in found) + "\n]"


ZOO_FIELDS: Final = ("name", "params", "macs", "published", "file", "description")

"""A study, a row for each network: counts, changes, published results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from archspec.analyses.diff import Change, summary
from archspec.escaping import json_text
from archspec.reports.table import Column, Table, csv

if TYPE_CHECKING:
    from archspec.analyses.study import Study, StudyRow
from archspec.reports.numbers import readable


def study_table(study: Study) -> Table:
    """A row a network: its counts, what it changes, and what was published about it."""
    columns = (
        Column("network"),
        Column(readable("params"), right=True),
        Column("± base", right=True),
        Column(readable("macs"), right=True),
        *(Column(readable(name), right=True) for name in study.figures),
        Column("changes", wraps=True),
    )
    notes = [(row.name, row.note) for row in study.rows if row.note]
    if any(len(summary(row.changes)) > MAX_CHANGES for row in study.rows):
        notes.append(("+ − ~", "layers added, removed, changed"))
    decimals = {name: _decimals(study, name) for name in study.figures}
    return Table(
        columns,
        tuple(_study_cells(row, study, decimals) for row in study.rows),
        None,
        f"{study.name}: {study.description}" if study.description else study.name,
        study.cite,
        tuple(notes),
    )


def _study_cells(row: StudyRow, study: Study, decimals: Mapping[str, int]) -> tuple[str, ...]:
    difference = row.params - study.base.params
    return (
        row.name,
        f"{row.params:,}",
        f"{difference:+,}" if difference else "",
        f"{row.macs:,}",
        *(_figure(row.figures.get(name), decimals[name]) for name in study.figures),
        _changes_text(row.changes),
    )


MAX_CHANGES: Final = 3
"""Kinds of changes that a row of a study lists; of more it only counts the layers."""


def _changes_text(changes: Sequence[Change]) -> str:
    found = summary(changes)
    if len(found) <= MAX_CHANGES:
        return ", ".join(map(str, found))
    counts = {"+": 0, "−": 0, "~": 0}
    for change in found:
        counts[change.what[0] if change.what[0] in counts else "~"] += len(change.paths)
    return " ".join(f"{sign}{count}" for sign, count in counts.items() if count)


def _figure(figure: float | str | None, decimals: int) -> str:
    if figure is None or isinstance(figure, str):
        return figure or ""
    return f"{figure:,.{decimals}f}"


def _decimals(study: Study, name: str) -> int:
    """Digits behind the point that a column of published figures has."""
    figures = (row.figures.get(name) for row in study.rows)
    return max(len(str(f).partition(".")[2]) if isinstance(f, float) else 0 for f in figures)


def study_json(study: Study) -> str:
    rows = [
        {
            "name": row.name,
            "params": row.params,
            "macs": row.macs,
            "published": dict(row.figures),
            "note": row.note,
            "changes": [
                {"change": change.text, "layers": list(change.paths)} for change in row.changes
            ],
        }
        for row in study.rows
    ]
    head = {"name": study.name, "description": study.description, "cite": study.cite}
    return json_text({**head, "networks": rows}, indent=2)


def study_csv(study: Study) -> str:
    header = ("name", "params", "macs", *study.figures, "changes")
    return csv(
        header,
        (
            (
                row.name,
                row.params,
                row.macs,
                *(row.figures.get(name, "") for name in study.figures),
                "; ".join(map(str, row.changes)),
            )
            for row in study.rows
        ),
    )

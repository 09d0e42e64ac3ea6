"""The remarks on networks: as text at their places in the spec, as tables, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archspec.analyses.lint import Finding, Remarks
from archspec.diagnostics.render.terminal import remarks_text
from archspec.escaping import json_text
from archspec.reports.table import Column, Table, csv, html, plain

LINT_DEFINITIONS = {
    "level": "warning: most probably not meant; note: worth knowing",
    "remark": "its name, for archspec explain NAME, and for lint: {ignore: [NAME]} in the spec",
    "layers": "how many it is on",
    "first": "the first of them",
}
"""What is shown, in one line each."""


def findings_text(remarks: Sequence[Remarks], *, color: bool, width: int | None) -> str:
    """Every remark with the line it is on."""
    found = [finding.diagnostic for each in remarks for finding in each.findings]
    return remarks_text(found, color=color, width=width) if found else "no remarks"


def remarks_table(remarks: Sequence[Remarks]) -> Table:
    """A row a remark."""
    several = len(remarks) > 1
    columns = (
        *((Column("network"),) if several else ()),
        Column("remark"),
        Column("level"),
        Column("layers", right=True),
        Column("first"),
        Column("what", wraps=True),
    )
    notes: list[tuple[str, ...]] = [(name, "", words) for name, words in LINT_DEFINITIONS.items()]
    notes += [
        (f"{each.name} ignores {', '.join(each.ignored)}",) for each in remarks if each.ignored
    ]
    title = None if several else f"{remarks[0].name}: {_how_many(remarks[0])}"
    return Table(columns, tuple(_rows(remarks, several)), title=title, notes=tuple(notes))


def _how_many(remarks: Remarks) -> str:
    number = len(remarks.findings)
    return f"{number or 'no'} remark{'s' if number != 1 else ''}"


def _rows(remarks: Sequence[Remarks], several: bool) -> Iterator[tuple[str, ...]]:
    for each in remarks:
        for found in each.findings:
            name = (each.name,) if several else ()
            count = str(len(found.layers))
            yield (*name, found.rule.name, found.level, count, found.layers[0], found.message)


def remarks_json(remarks: Sequence[Remarks]) -> str:
    """A list with an object for each network."""
    return json_text([_data(each) for each in remarks], indent=2)


def _data(remarks: Remarks) -> dict[str, Any]:
    return {
        "name": remarks.name,
        "ignored": remarks.ignored,
        "remarks": [_finding_data(found) for found in remarks.findings],
    }


def _finding_data(found: Finding) -> dict[str, Any]:
    span = found.origin.key if found.origin else None
    return {
        "remark": found.rule.name,
        "level": found.level,
        "message": found.message,
        "help": found.help,
        "reference": found.rule.reference,
        "layers": found.layers,
        "file": span.source.name if span else None,
        "line": span.line + 1 if span else None,
    }


def remarks_csv(remarks: Sequence[Remarks]) -> str:
    """A row for every layer that a remark is on."""
    header = ("network", "remark", "level", "layer", "message", "help", "reference")
    return csv(
        header,
        (
            (each.name, found.rule.name, found.level, layer, found.message, found.help, where)
            for each in remarks
            for found in each.findings
            for where in (found.rule.reference,)
            for layer in found.layers
        ),
    )


def remarks_plain(remarks: Remarks) -> str:
    return plain(remarks_table([remarks]))


def remarks_html(remarks: Remarks) -> str:
    return html(remarks_table([remarks]))

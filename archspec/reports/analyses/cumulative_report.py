"""Costs of networks over their depth: a table, JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archspec.analyses.cumulative import Cumulative, Growth
from archspec.analyses.stats import DEFINITIONS
from archspec.escaping import json_text
from archspec.reports.numbers import readable, share
from archspec.reports.table import Column, Table, csv, html, plain

MAX_ROWS: Final = 24
"""Of a table, about; deeper networks are shown in larger steps."""


def cumulative_table(found: Cumulative) -> Table:
    """A row a depth: what each network has cost up to there, and which part of the whole that is."""
    ends = {growth.depth for growth in found.networks}
    step = max(ends) // MAX_ROWS + 1
    depths = sorted({*range(0, max(ends), step), *ends})
    alone = len(found.networks) == 1
    columns = [Column("depth", right=True)]
    for growth in found.networks:
        for metric in found.metrics:
            title = readable(metric) if alone else f"{growth.name} {readable(metric)}"
            columns += [Column(title, right=True), Column("", right=True, rank=1, missed="shares")]
    rows = (
        (str(depth), *(cell for growth in found.networks for cell in _cells(growth, found, depth)))
        for depth in depths
    )
    notes: list[tuple[str, ...]] = [
        ("depth", "", "weight layers on the longest path to a layer, itself among them"),
        *((readable(metric), "", DEFINITIONS[metric]) for metric in found.metrics),
    ]
    if step > 1:
        notes.append((f"every {step} layers; CSV and JSON have all",))
    names = ", ".join(growth.name for growth in found.networks)
    return Table(
        tuple(columns), tuple(rows), title=f"{names}: cumulative over the depth", notes=tuple(notes)
    )


def _cells(growth: Growth, found: Cumulative, depth: int) -> Iterator[str]:
    for metric in found.metrics:
        sums = growth.upto[metric]
        if depth > growth.depth:
            yield from ("", "")
        else:
            yield from (f"{sums[depth]:,}", share(sums[depth], sums[-1]))


def cumulative_json(found: Cumulative) -> str:
    """The sums of each network at depth 0, 1, …"""
    rows = [json_text({"name": growth.name, **growth.upto}) for growth in found.networks]
    return "[\n  " + ",\n  ".join(rows) + "\n]"


def cumulative_csv(found: Cumulative) -> str:
    """A line for each network and depth."""
    rows = (
        (growth.name, depth, *(growth.upto[metric][depth] for metric in found.metrics))
        for growth in found.networks
        for depth in range(growth.depth + 1)
    )
    return csv(("name", "depth", *found.metrics), rows)


def cumulative_text(found: Cumulative) -> str:
    return plain(cumulative_table(found))


def cumulative_html(found: Cumulative) -> str:
    return html(cumulative_table(found))

"""Several networks, a row each: a table, JSON and CSV."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.analyses.stats import Stats
from archspec.reports.numbers import TOTALS, readable, shape
from archspec.reports.stats_report import (
    circumstances,
    definition,
    memory_note,
    stats_json,
    totals_of,
    training_only_note,
)
from archspec.reports.table import Column, Table, csv


def all_json(networks: Sequence[Stats]) -> str:
    return "[\n" + ",\n".join(map(stats_json, networks)) + "\n]"


def comparison_table(networks: Sequence[Stats]) -> Table:
    """A row a network; an input that all have in common is shown once, below."""
    inputs = [", ".join(map(shape, stats.inputs.values())) for stats in networks]
    totals = totals_of(networks[0])
    columns = (Column("network"), *(Column(readable(key), right=True) for key in totals))
    rows = tuple(
        (stats.name, *(f"{getattr(stats, key):,}" for key in totals)) for stats in networks
    )
    notes: list[tuple[str, ...]] = [
        (readable(key), "", definition(key, networks[0])) for key in totals
    ]
    notes += circumstances(networks[0])
    notes += left_out_notes(networks)
    if len(set(inputs)) == 1:
        return Table(columns, rows, notes=(("input", "", inputs[0]), *notes))
    name, *numbers = columns
    columns = (name, Column("input", right=True), *numbers)
    rows = tuple(
        (name, shape, *counts) for (name, *counts), shape in zip(rows, inputs, strict=True)
    )
    return Table(columns, rows, notes=tuple(notes))


def left_out_notes(networks: Sequence[Stats]) -> list[tuple[str, ...]]:
    """What is not counted of the networks, or counted as somebody asked for."""
    notes: list[tuple[str, ...]] = [
        (f"{stats.name}: {training_only_note(stats, stats.training_only)}",)
        for stats in networks
        if stats.training_only is not None
    ]
    notes += [
        (f"{stats.name}: {memory_note(stats)}",) for stats in networks if stats.memory_efficient
    ]
    return notes


def comparison_csv(networks: Sequence[Stats]) -> str:
    rows = (
        (
            stats.name,
            " ".join("x".join(map(str, sizes)) for sizes in stats.inputs.values()),
            " ".join("x".join(map(str, sizes)) for sizes in stats.outputs.values()),
            *(getattr(stats, key) for key in TOTALS),
            stats.mode,
            *((extra.params, extra.macs) if (extra := stats.training_only) else (0, 0)),
        )
        for stats in networks
    )
    training_only = ("training_only_params", "training_only_macs")
    return csv(("name", "input", "output", *TOTALS, "mode", *training_only), rows)

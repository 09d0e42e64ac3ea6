"""What one network costs: a table, JSON and CSV with the same integers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archspec.analyses.stats import DEFINITIONS, LayerStats, Stats, Totals, saved_bytes
from archspec.escaping import json_text
from archspec.reports.numbers import SHARES, TOTALS, only_one, readable, shape, share
from archspec.reports.stats_rows import StatsRow, stats_rows
from archspec.reports.table import MAX_WIDTH, Column, Table, csv, html
from archspec.transforms.recompute import NOTHING


def stats_table(
    stats: Stats, *, depth: int | None = None, expand: bool = False, width: int | None = MAX_WIDTH
) -> Table:
    """The table of ``archspec stats``; ops have their short names if the long ones do not fit."""
    rows = stats_rows(stats.graph, depth=depth, expand=expand)
    table = _stats_table(stats, rows, short=False)
    return (
        table
        if width is None or table.natural_width <= width
        else _stats_table(stats, rows, short=True)
    )


def _stats_table(stats: Stats, rows: Sequence[StatsRow], *, short: bool) -> Table:
    folds = any(row.count > 1 for row in rows)
    columns = [
        Column("layer"),
        Column("", rank=0 if folds else 4),
        Column("operation", wraps=True),
        Column("output", right=True),
        Column(readable("params"), right=True),
        Column("", right=True, rank=2, missed=SHARES),
        Column(readable("macs"), right=True),
        Column("", right=True, rank=1, missed=SHARES),
    ]
    total = ("total", "", "", "", f"{stats.params:,}", "", f"{stats.macs:,}", "")
    table = Table(
        tuple(columns),
        tuple(_cells(row, stats, short) for row in rows),
        total,
        f"{stats.name}: {_in_and_out(stats)}",
        stats.description,
        tuple(_notes(stats, rows)),
    )
    return table if folds else table.without(4)


def _cells(row: StatsRow, stats: Stats, short: bool) -> tuple[str, ...]:
    cells = (
        "  " * row.indent + row.name,
        f"×{row.count}" if row.count > 1 else "",
        row.short_operation if short else row.operation,
    )
    if row.totals is None:
        return (*cells, "", "", "", "", "")
    params, macs = row.totals.params, row.totals.macs
    return (
        *cells,
        shape(row.output),
        f"{params:,}",
        share(params, stats.params),
        f"{macs:,}",
        share(macs, stats.macs),
    )


def _in_and_out(stats: Stats) -> str:
    def text(shapes: Mapping[str, tuple[int, ...]]) -> str:
        if len(shapes) == 1:
            return shape(next(iter(shapes.values())))
        return ", ".join(f"{name} {shape(sizes)}" for name, sizes in shapes.items())

    return f"{text(stats.inputs)} → {text(stats.outputs)}"


def _notes(stats: Stats, rows: Sequence[StatsRow]) -> Iterator[tuple[str, ...]]:
    for key in TOTALS:
        yield (readable(key), f"{getattr(stats, key):,}", DEFINITIONS[key])
    legends = dict.fromkeys(row.legend for row in rows if row.legend)
    if legends:
        yield (f"values of blocks: {'; '.join(legends)}",)
    if any(row.count > 1 for row in rows):
        yield ("×N: a row is the sum over its N copies",)
    if not all(row.is_even for row in rows):
        yield ("the copies in some rows have different outputs: that of the last one is shown",)
    if stats.memory_efficient:
        yield (memory_note(stats),)
    if stats.training_only is not None:
        yield (training_only_note(stats, stats.training_only),)


def memory_note(stats: Stats) -> str:
    """What a memory-efficient network saves, beside what it would save otherwise."""
    whole = saved_bytes(stats.graph)
    if whole == stats.saved_bytes:
        return NOTHING
    part = share(stats.saved_bytes, whole)
    return f"memory-efficient: {part} of the {whole:,} bytes that autograd keeps otherwise"


def training_only_note(stats: Stats, extra: Totals) -> str:
    return (
        f"{'not ' if stats.mode == 'inference' else ''}counted: branches that exist in training "
        f"only, with {extra.params:,} params and {extra.macs:,} MACs"
    )


def stats_html(stats: Stats) -> str:
    return html(stats_table(stats))


def stats_csv(stats: Stats) -> str:
    """One row a layer."""
    header = ("name", "op", "output", "params", "macs", "elementwise", "weights")
    return csv(header, (_layer_cells(layer) for layer in stats.layers))


def _layer_cells(layer: LayerStats) -> tuple[Any, ...]:
    output = "x".join(map(str, layer.output))
    counts = (layer.params, layer.macs, layer.elementwise)
    return (layer.name, layer.op, output, *counts, layer.weights)


def stats_json(stats: Stats) -> str:
    """All there is to know, one line a layer."""
    head = {
        "name": stats.name,
        "description": stats.description,
        "cite": stats.cite,
        "mode": stats.mode,
        "memory_efficient": stats.memory_efficient,
        "input": only_one(stats.inputs),
        "output": only_one(stats.outputs),
        **{key: getattr(stats, key) for key in TOTALS},
        "training_only": _totals(stats.training_only) if stats.training_only else None,
        "definitions": DEFINITIONS,
        "by_op": {op: _totals(totals) for op, totals in stats.by_op.items()},
    }
    lines = [f"  {json_text(key)}: {json_text(value)}," for key, value in head.items()]
    layers = ",\n".join(f"    {json_text(_layer(layer))}" for layer in stats.layers)
    return "\n".join(["{", *lines, '  "layers": [', layers, "  ]", "}"])


def _totals(totals: Any) -> dict[str, int]:
    return {key: getattr(totals, key) for key in ("layers", "params", "macs", "elementwise")}


def _layer(layer: LayerStats) -> dict[str, Any]:
    fields = {
        "name": layer.name,
        "op": layer.op,
        "arguments": dict(layer.arguments),
        "inputs": layer.inputs,
        "output": layer.output,
        "params": layer.params,
        "macs": layer.macs,
        "elementwise": layer.elementwise,
    }
    return {**fields, "weights": layer.weights} if layer.weights else fields

"""What one network costs: a table, JSON and CSV with the same integers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from archspec.analyses.stats import DEFINITIONS, LayerStats, Stats, Totals, saved_bytes
from archspec.analyses.views.measures import MEASURES, Measure, Measured
from archspec.escaping import json_text
from archspec.reports.numbers import OF_TRAINING, SHARES, TOTALS, only_one, readable, shape, share
from archspec.reports.stats_rows import StatsRow, stats_rows
from archspec.reports.table import MAX_WIDTH, Column, Table, csv, html
from archspec.reports.views.cells import plain_value
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
        f"{stats.name}: {in_and_out(stats)}",
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
    params, macs = row.totals.params, stats.batch * row.totals.macs
    return (
        *cells,
        shape(row.output),
        f"{params:,}",
        share(params, stats.params),
        f"{macs:,}",
        share(macs, stats.macs),
    )


def in_and_out(stats: Stats) -> str:
    def text(shapes: Mapping[str, tuple[int, ...]]) -> str:
        if len(shapes) == 1:
            return shape(next(iter(shapes.values())))
        return ", ".join(f"{name} {shape(sizes)}" for name, sizes in shapes.items())

    times = f"{stats.batch:,} × " if stats.batch > 1 else ""
    return f"{times}{text(stats.inputs)} → {text(stats.outputs)}"


def _notes(stats: Stats, rows: Sequence[StatsRow]) -> Iterator[tuple[str, ...]]:
    for key in totals_of(stats):
        yield (readable(key), f"{getattr(stats, key):,}", definition(key, stats))
    legends = dict.fromkeys(row.legend for row in rows if row.legend)
    if legends:
        yield (f"values of blocks: {'; '.join(legends)}",)
    if any(row.count > 1 for row in rows):
        yield ("×N: a row is the sum over its N copies",)
    if not all(row.is_even for row in rows):
        yield ("the copies in some rows have different outputs: that of the last one is shown",)
    yield from circumstances(stats)
    if stats.memory_efficient:
        yield (memory_note(stats),)
    if stats.training_only is not None:
        yield (training_only_note(stats, stats.training_only),)


def totals_of(stats: Stats) -> list[str]:
    """The numbers of a network that its precision has: none of a training where none is possible."""
    return [key for key in TOTALS if stats.precision.trains or key not in OF_TRAINING]


def definition(key: str, stats: Stats) -> str:
    """What a number is, of so many samples in a precision."""
    text = DEFINITIONS[key]
    if stats.batch > 1:
        text = text.replace("one sample", f"{stats.batch:,} samples").replace(
            "one float32 sample", f"{stats.batch:,} float32 samples"
        )
    return text.replace("float32", "mixed-precision" if stats.dtype == "mixed" else stats.dtype)


def circumstances(stats: Stats) -> Iterator[tuple[str, ...]]:
    """Of how many samples and in which precision the numbers are, where that is not the usual."""
    if stats.batch > 1:
        yield (f"operations and bytes are those of a batch of {stats.batch:,}",)
    if stats.dtype == "mixed":
        yield ("bytes in mixed precision: float32 weights and statistics, 16-bit activations",)
    elif stats.dtype != "float32":
        yield (f"bytes in {stats.dtype}",)
    if stats.frozen:
        yield (f"{len(stats.frozen):,} layers with weights do not learn",)


def memory_note(stats: Stats) -> str:
    """What a memory-efficient network saves, beside what it would save otherwise."""
    whole = saved_bytes(stats.graph, stats.batch, stats.precision, stats.frozen)
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
    """One row a layer, with every column."""
    first = ("name", "op", "output", "params", "macs", "elementwise", "weights")
    further = _further(first)
    measured = Measured(stats)
    rows = (
        (*_layer_cells(layer), *(plain_value(each.of(measured, (node,))) for each in further))
        for layer, node in zip(stats.layers, stats.graph.layers, strict=True)
    )
    return csv((*first, *(each.key for each in further)), rows)


def _layer_cells(layer: LayerStats) -> tuple[Any, ...]:
    output = "x".join(map(str, layer.output))
    counts = (layer.params, layer.macs, layer.elementwise)
    return (layer.name, layer.op, output, *counts, layer.weights)


def _further(known: Collection[str]) -> list[Measure]:
    """Columns of layers beside those that are there: one layer is not counted."""
    return [each for each in MEASURES.values() if each.key not in (*known, "layers")]


def stats_json(stats: Stats) -> str:
    """All there is to know, one line a layer."""
    head = {
        "name": stats.name,
        "description": stats.description,
        "cite": stats.cite,
        "mode": stats.mode,
        "memory_efficient": stats.memory_efficient,
        "batch": stats.batch,
        "dtype": stats.dtype,
        "input": only_one(stats.inputs),
        "output": only_one(stats.outputs),
        **{key: getattr(stats, key) for key in TOTALS},
        "training_only": _totals(stats.training_only) if stats.training_only else None,
        "definitions": {key: definition(key, stats) for key in DEFINITIONS},
        "by_op": {op: _totals(totals) for op, totals in stats.by_op.items()},
    }
    lines = [f"  {json_text(key)}: {json_text(value)}," for key, value in head.items()]
    measured, further = Measured(stats), _further(("output", "params", "macs", "elementwise"))
    layers = ",\n".join(
        f"    {json_text(_layer(layer) | {each.key: each.of(measured, (node,)) for each in further})}"
        for layer, node in zip(stats.layers, stats.graph.layers, strict=True)
    )
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

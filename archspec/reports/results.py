"""Results as tables, JSON and CSV: the same integers in every form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from archspec.analyses.diff import Change, summary
from archspec.analyses.stats import DEFINITIONS, LayerStats, Stats, Totals
from archspec.describe.layers import arguments
from archspec.escaping import json_text
from archspec.reports.stats_rows import StatsRow, stats_rows
from archspec.reports.table import MAX_WIDTH, TIED, Column, Table, csv, html

if TYPE_CHECKING:
    from archspec.analyses.study import Study, StudyRow
    from archspec.graph import Graph, Node
    from archspec.workspace.zoo import ZooEntry

TOTALS: Final = ("params", "macs", "elementwise", "train_macs", "saved_bytes", "weight_layers")
"""The numbers of a network, in the order of every form. In Python, JSON and CSV they have these
names; tables have them with spaces."""
SHARES: Final = "shares of params and MACs"


def readable(key: str) -> str:
    """A number's name in tables: ``train MACs`` for ``train_macs``."""
    return key.replace("_", " ").replace("gmacs", "GMACs").replace("macs", "MACs")


# One network.


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


def share(part: int, whole: int) -> str:
    """``16.3%``, and nothing of nothing."""
    if not part:
        return ""
    return "<0.1%" if 1000 * part < whole else f"{100 * part / whole:.1f}%"


def shape(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes))


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
    if stats.training_only is not None:
        yield (_told_training_only(stats, stats.training_only),)


def _told_training_only(stats: Stats, extra: Totals) -> str:
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
        "input": _only(stats.inputs),
        "output": _only(stats.outputs),
        **{key: getattr(stats, key) for key in TOTALS},
        "training_only": _totals(stats.training_only) if stats.training_only else None,
        "definitions": DEFINITIONS,
        "by_op": {op: _totals(totals) for op, totals in stats.by_op.items()},
    }
    lines = [f"  {json_text(key)}: {json_text(value)}," for key, value in head.items()]
    layers = ",\n".join(f"    {json_text(_layer(layer))}" for layer in stats.layers)
    return "\n".join(["{", *lines, '  "layers": [', layers, "  ]", "}"])


def _only(shapes: Mapping[str, tuple[int, ...]]) -> Any:
    """The shape if there is just one and it has no name of its own, else all by name."""
    (name, shape), *others = shapes.items()
    return shape if not others and name in ("input", "output") else shapes


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


# Several networks.


def all_json(networks: Sequence[Stats]) -> str:
    return "[\n" + ",\n".join(map(stats_json, networks)) + "\n]"


def comparison_table(networks: Sequence[Stats]) -> Table:
    """A row a network; an input that all have in common is shown once, below."""
    inputs = [", ".join(map(shape, stats.inputs.values())) for stats in networks]
    columns = (Column("network"), *(Column(readable(key), right=True) for key in TOTALS))
    rows = tuple(
        (stats.name, *(f"{getattr(stats, key):,}" for key in TOTALS)) for stats in networks
    )
    notes: list[tuple[str, ...]] = [(readable(key), "", DEFINITIONS[key]) for key in TOTALS]
    notes += [
        (f"{stats.name}: {_told_training_only(stats, stats.training_only)}",)
        for stats in networks
        if stats.training_only is not None
    ]
    if len(set(inputs)) == 1:
        return Table(columns, rows, notes=(("input", "", inputs[0]), *notes))
    name, *numbers = columns
    columns = (name, Column("input", right=True), *numbers)
    rows = tuple(
        (name, shape, *counts) for (name, *counts), shape in zip(rows, inputs, strict=True)
    )
    return Table(columns, rows, notes=tuple(notes))


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


# Every layer with where it was written.


def layers_table(graph: Graph) -> Table:
    """The network as it was understood: every layer, its arguments, its shape, its line."""
    rows, previous = [], ""
    for node in graph.nodes.values():
        rows.append((node.path, _call(node, previous), shape(node.output.shape), _place(node)))
        previous = node.path
    columns = (
        Column("layer"),
        Column("operation", wraps=True),
        Column("output", right=True),
        Column("written at"),
    )
    return Table(columns, tuple(rows), title=graph.name, subtitle=graph.description)


def _call(node: Node, previous: str) -> str:
    """``Conv2d out_channels: 8``, and what it reads unless that is just the layer above."""
    given = arguments(node.op).replace(": ", f":{TIED}") if node.sources else ""
    parts = [f"{node.op_name} {given}".rstrip()]
    if node.sources and node.sources != (previous,):
        parts.append(f"from {', '.join(node.sources)}")
    if node.weights:
        parts.append(f"weights of {node.weights}")
    return " · ".join(parts)


def _place(node: Node) -> str:
    """``resnet50.yaml:44``: the file's folder would take the room of the arguments."""
    span = node.origin.key if node.origin else None
    return f"{PurePath(span.source.name).name}:{span.line + 1}" if span else ""


def layers_json(graph: Graph) -> str:
    layers = ",\n".join(f"    {json_text(_described(node))}" for node in graph.layers)
    head = {
        "name": graph.name,
        "description": graph.description,
        "cite": graph.cite,
        "params": {name: _plain_value(value) for name, value in graph.params.items()},
        "input": _only({node.path: node.output.shape for node in graph.inputs}),
        "outputs": {
            output.name: {"layer": output.source, "training_only": output.training_only}
            for output in graph.outputs
        },
    }
    lines = [f"  {json_text(key)}: {json_text(value)}," for key, value in head.items()]
    return "\n".join(["{", *lines, '  "layers": [', layers, "  ]", "}"])


def _described(node: Node) -> dict[str, Any]:
    span = node.origin.key if node.origin else None
    return {
        "name": node.path,
        "op": node.op_name,
        "arguments": node.op.arguments(),
        "inputs": node.sources,
        "output": node.output.shape,
        "weights": node.weights,
        "file": span.source.name if span else None,
        "line": span.line + 1 if span else None,
    }


def _plain_value(value: Any) -> Any:
    """A parameter's value as JSON; an op by its name."""
    if isinstance(value, list):
        return [_plain_value(item) for item in value]
    return value if isinstance(value, (bool, int, float)) else str(value)


# The zoo.


def zoo_table(found: Sequence[ZooEntry]) -> Table:
    """A row a network, with what was published beside what is counted."""
    columns = (
        Column("name"),
        Column(readable("params"), right=True),
        Column(readable("macs"), right=True),
        Column("published", wraps=True, rank=0 if any(map(_told_published, found)) else 3),
        Column("file", rank=1, missed="files"),
        Column("description", wraps=True, rank=2, missed="descriptions"),
    )
    rows = tuple(
        (
            entry.name,
            f"{entry.params:,}",
            f"{entry.macs:,}",
            _told_published(entry),
            entry.file,
            entry.description,
        )
        for entry in found
    )
    notes = [(entry.name, str(entry.published["note"])) for entry in found if _noted(entry)]
    table = Table(columns, rows, notes=(*notes, (f"{len(found)} networks",)))
    return table if any(map(_told_published, found)) else table.without(3)


def _noted(entry: ZooEntry) -> bool:
    return "note" in entry.published


def _told_published(entry: ZooEntry) -> str:
    """``params 6.8 M, top5 error 6.67``."""
    return ", ".join(
        f"{readable(name)} {figure}"
        for name, figure in entry.published.items()
        if name not in ("source", "note")
    )


def zoo_csv(found: Sequence[ZooEntry]) -> str:
    def cells(entry: ZooEntry) -> list[Any]:
        return [
            _told_published(entry) if name == "published" else getattr(entry, name)
            for name in ZOO_FIELDS
        ]

    return csv(ZOO_FIELDS, map(cells, found))


def zoo_json(found: Sequence[ZooEntry]) -> str:
    def fields(entry: ZooEntry) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in ZOO_FIELDS}

    return "[\n  " + ",\n  ".join(json_text(fields(entry)) for entry in found) + "\n]"


ZOO_FIELDS: Final = ("name", "params", "macs", "published", "file", "description")


# Studies.


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
        _told_changes(row.changes),
    )


MAX_CHANGES: Final = 3
"""Kinds of changes that a row of a study lists; of more it only counts the layers."""


def _told_changes(changes: Sequence[Change]) -> str:
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

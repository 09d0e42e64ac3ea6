"""Every layer with its arguments, shape and origin: a table and JSON."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from archspec.describe.layers import arguments
from archspec.escaping import json_text
from archspec.reports.table import TIED, Column, Table

if TYPE_CHECKING:
    from archspec.graph import Graph, Node
from archspec.reports.numbers import only_one, shape


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
    parts += (f"{tensor} of {path}" for tensor, path in node.tied.items())
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
        "input": only_one({node.path: node.output.shape for node in graph.inputs}),
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
        **({"tied": dict(node.tied)} if node.tied else {}),
        "file": span.source.name if span else None,
        "line": span.line + 1 if span else None,
    }


def _plain_value(value: Any) -> Any:
    """A parameter's value as JSON; an op by its name."""
    if isinstance(value, list):
        return [_plain_value(item) for item in value]
    return value if isinstance(value, (bool, int, float)) else str(value)

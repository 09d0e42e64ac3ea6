"""The last rows of a table, and what is said below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archspec.describe.layers import paper_name
from archspec.describe.values import count
from archspec.figures.styles.table.cells import Cell, CellBlock, CellLine, CellPart, TableRow
from archspec.figures.styles.table.path_items import ARROW, Size
from archspec.figures.styles.table.steps import UNLISTED, Step, is_unlisted, left_out
from archspec.graph import Graph
from archspec.op.base import Role


def weight_layers(graph: Graph) -> dict[str, int]:
    """For every layer: how many convolutions and linear layers are on the longest way to it."""
    depths: dict[str, int] = {}
    for node in graph.nodes.values():
        before = max((depths[source] for source in node.operands), default=0)
        depths[node.path] = before + (node.op.role in (Role.CONV, Role.LINEAR))
    return depths


def totals(graphs: Sequence[Graph], more: tuple[str, ...]) -> list[TableRow]:
    depths = [str(max(weight_layers(graph).values(), default=0)) for graph in graphs]
    rows = {name: found for role, name in UNLISTED.items() if (found := _differing(graphs, role))}
    rows |= {
        "weight layers": depths,
        "parameters": [count(graph.total_params) for graph in graphs],
        "MACs": [count(graph.total_macs) for graph in graphs],
    }
    return [
        TableRow((name, *more), (tuple(Cell((CellLine(text),)) for text in texts),))
        for name, texts in rows.items()
    ]


def _differing(graphs: Sequence[Graph], role: Role) -> list[str]:
    """What every network has of a role that rows do not show; nothing if all have the same."""
    texts = []
    for graph in graphs:
        unlisted = (node for node in graph.layers if node.op.role is role and is_unlisted(node))
        words = dict.fromkeys(paper_name(node.op) for node in unlisted)
        texts.append(", ".join(words) or "none")
    return texts if len(set(texts)) > 1 else []


def notes(
    graphs: Sequence[Graph],
    rows: Sequence[TableRow],
    columns: Sequence[Sequence[tuple[Size, list[Step]]]],
) -> list[str]:
    parts = [part for row in rows for band in row.bands for cell in band for part in cell.parts]
    marks = any(
        part.bold or any(line.bold for line in part.lines)
        if isinstance(part, CellBlock)
        else part.bold
        for part in parts
    )
    texts = {text for role in UNLISTED for text in _differing(graphs, role)}
    hidden: dict[str, None] = {}
    for graph, column in zip(graphs, columns, strict=True):
        hidden |= left_out(graph, [step for _, steps in column for step in steps])
    hidden = {word: None for word in hidden if not any(word in text.split(", ") for text in texts)}
    notes = ["Bold: what differs from the column to the left."] if marks else []
    notes += branches_note(parts)
    notes += [f"Not shown: {', '.join(hidden)}."] if hidden else []
    return [*notes, macs_note(graphs)]


def macs_note(graphs: Sequence[Graph]) -> str:
    shapes = {" and ".join(str(node.output) for node in graph.inputs) for graph in graphs}
    of = f"an input of {shapes.pop()}" if len(shapes) == 1 else "an input of the network's own size"
    return f"MACs: multiply-accumulates for {of}."


def branches_note(parts: Iterable[CellPart]) -> list[str]:
    blocks = [part for part in parts if isinstance(part, CellBlock)]
    has_arrows = any(ARROW in line.text for block in blocks for line in block.lines)
    return (
        [f"In brackets with{ARROW}every line is a branch.".replace("  ", " ")] if has_arrows else []
    )

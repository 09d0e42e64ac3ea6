"""One network as a table: a row for every step of its main path, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archspec.describe.layers import paper_name
from archspec.describe.values import count
from archspec.escaping import clean
from archspec.figures.styles.table.cells import (
    ArchitectureTable,
    Cell,
    CellBlock,
    CellLine,
    CellPart,
    TableRow,
)
from archspec.figures.styles.table.path_reader import main_path
from archspec.figures.styles.table.steps import Step, left_out, names, stages
from archspec.figures.styles.table.totals import branches_note, macs_note, weight_layers
from archspec.graph import Graph, Node
from archspec.op.base import Meaning

COLUMNS: Final = ("type", "layers", "output size", "weight layers", "parameters", "MACs")
NUMERIC: Final = frozenset({3, 4, 5})


def alone(graph: Graph) -> ArchitectureTable:
    steps = [step for _, stage in stages(main_path(graph)) for step in stage]
    named = names(graph, [[step] for step in steps])
    depths = weight_layers(graph)
    rows = [
        TableRow((name,), (_cells(graph, step, depths),))
        for name, step in zip(named, steps, strict=True)
    ]
    total = _texts(
        "", "", "", max(depths.values(), default=0), graph.total_params, graph.total_macs
    )
    hidden = left_out(graph, steps)
    notes = branches_note(step.part for step in steps)
    notes += [f"Not shown: {', '.join(hidden)}."] if hidden else []
    return ArchitectureTable(
        title=clean(graph.name),
        heads=("layer",) if any(named) else (),
        columns=COLUMNS,
        rows=tuple(rows if any(named) else [TableRow((), row.bands) for row in rows]),
        totals=(TableRow(("total",) if any(named) else (), (total,)),),
        notes=(*notes, macs_note([graph])),
        numeric=NUMERIC,
        ruled=False,
    )


def _cells(graph: Graph, step: Step, depths: Mapping[str, int]) -> tuple[Cell, ...]:
    nodes = list(step.nodes)
    paths = {node.path for node in nodes}
    before = [depths[source] for node in nodes for source in node.operands if source not in paths]
    depth = max(depths[path] for path in paths) - max(before, default=0)
    word = _word(step)
    numbers = (sum(node.params for node in nodes), sum(node.cost.macs for node in nodes))
    shape = str(step.items[-1].output)
    cells = _texts(word, "", shape, max(depth, 0), *numbers)
    return (cells[0], Cell((_without(step.part, word),)), *cells[2:])


def _texts(word: str, layers: str, shape: str, *numbers: int) -> tuple[Cell, ...]:
    texts = (word, layers, shape, *(count(number) if number else "" for number in numbers))
    return tuple(Cell((CellLine(text),) if text else ()) for text in texts)


def _word(step: Step) -> str:
    """``conv``, ``max pool``, the name of the block."""
    found = {_word_of(item.first) for item in step.items if not item.block}
    block = step.items[0].block
    if block:
        return clean(block.block or "block")
    return found.pop() if len(found) == 1 else ""


def _word_of(first: object) -> str:
    assert isinstance(first, Node)
    word = paper_name(first.op)
    is_global = first.op.value_of(Meaning.OUTPUT_SIZE) in (1, (1, 1))
    return f"global {word}" if is_global else word


def _without(part: CellPart, word: str) -> CellPart:
    """A part that does not repeat the word of its row."""
    if isinstance(part, CellBlock):
        return CellBlock(tuple(CellLine(_rest(line.text, word)) for line in part.lines), part.count)
    return CellLine(_rest(part.text, word))


def _rest(text: str, word: str) -> str:
    return text.removeprefix(word).lstrip(" ,")

"""Several networks side by side: a column each, rows aligned by the size of the output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise, takewhile

from archspec.escaping import clean
from archspec.figures.styles.table.cells import (
    ArchitectureTable,
    Cell,
    CellBlock,
    CellLine,
    CellPart,
    TableRow,
)
from archspec.figures.styles.table.path_items import Size
from archspec.figures.styles.table.path_reader import main_path
from archspec.figures.styles.table.steps import Step, names, stages
from archspec.figures.styles.table.totals import notes, totals
from archspec.graph import Graph

Band = tuple[Cell, ...]


def side_by_side(graphs: Sequence[Graph]) -> ArchitectureTable:
    """What differs from the column to the left is bold."""
    columns = [stages(main_path(graph)) for graph in graphs]
    sizes: list[Size] = []
    for column in columns:
        sizes = _merged(sizes, [size for size, _ in column])
    cells = [_placed(column, sizes) for column in columns]
    rows = [[column[k] for column in cells] for k in range(len(sizes))]
    heads = _heads(graphs, rows)
    table = [TableRow(head, _bands(row)) for head, row in zip(heads, rows, strict=True)]
    named = len(heads[0]) == 2 if heads else False
    return ArchitectureTable(
        title=", ".join(clean(graph.name) for graph in graphs),
        heads=("layer name", "output size") if named else ("output size",),
        columns=tuple(clean(graph.name) for graph in graphs),
        rows=tuple(table),
        totals=tuple(totals(graphs, ("",) if named else ())),
        notes=tuple(notes(graphs, table, columns)),
    )


# Rows.


def _merged(first: Sequence[Size], second: Sequence[Size]) -> list[Size]:
    """The shortest list that has both in it; what is in one only goes by its size."""
    merged: list[Size] = []
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for tag, begin, end, start, stop in matcher.get_opcodes():
        if tag == "equal":
            merged += first[begin:end]
        else:
            merged += _interleaved(first[begin:end], second[start:stop])
    return merged


def _interleaved(first: Sequence[Size], second: Sequence[Size]) -> list[Size]:
    """The larger first, neither list turned around."""
    waiting, others = list(first), list(second)
    merged: list[Size] = []
    while waiting and others:
        merged.append((waiting if waiting[0] >= others[0] else others).pop(0))
    return [*merged, *waiting, *others]


def _placed(column: Sequence[tuple[Size, list[Step]]], sizes: Sequence[Size]) -> list[list[Step]]:
    """The stages of one network in the rows of all."""
    waiting = list(column)
    return [waiting.pop(0)[1] if waiting and waiting[0][0] == size else [] for size in sizes]


def _heads(graphs: Sequence[Graph], rows: Sequence[Sequence[list[Step]]]) -> list[tuple[str, ...]]:
    """Name and size of every row; no names if the networks agree in fewer than half of them."""
    named = [names(graph, [row[k] for row in rows]) for k, graph in enumerate(graphs)]
    agreed = [
        _agreed(row, names) for row, names in zip(rows, zip(*named, strict=True), strict=True)
    ]
    sizes = [_output_size(row) for row in rows]
    if 2 * sum(map(bool, agreed)) < len(rows):
        return [(size,) for size in sizes]
    return list(zip(agreed, sizes, strict=True))


def _agreed(row: Sequence[list[Step]], names: Sequence[str]) -> str:
    """What two or more networks call a row, and none otherwise."""
    found = [name for steps, name in zip(row, names, strict=True) if steps]
    return found[0] if len(found) > 1 and len(set(found)) == 1 else ""


def _output_size(row: Sequence[list[Step]]) -> str:
    outputs = [item.output for steps in row for step in steps for item in step.items]
    if not any(output.is_map for output in outputs):
        return "vector"
    return "×".join(map(str, next(output.spatial for output in outputs if output.is_map)))


# Cells.


def _bands(row: Sequence[list[Step]]) -> tuple[Band, ...]:
    """What all networks have in common goes across the columns: a row without blocks, pooling
    above, layers below blocks."""
    if _is_same([[step.part for step in steps] for steps in row]) and _all_lines(row[0]):
        return (_across(row[0]),)
    above = _in_common(row, lambda step: step.is_pool)
    rest = [steps[above:] for steps in row]
    below = _in_common([steps[::-1] for steps in rest], lambda step: step.is_line)
    if any(_all_lines(steps) for steps in rest):
        below = 0
    inner = [steps[: len(steps) - below] for steps in rest]
    bands = [_across(row[0][:above]), _marked(inner, row), _across(row[0][len(row[0]) - below :])]
    return tuple(band for band in bands if any(cell.parts for cell in band))


def _in_common(row: Sequence[Sequence[Step]], is_meant: Callable[[Step], bool]) -> int:
    """How many steps all columns begin with."""
    begun = zip(*row, strict=False)
    shared = takewhile(lambda at: is_meant(at[0]) and _is_same([step.part for step in at]), begun)
    return sum(1 for _ in shared)


def _is_same(parts: Sequence[object]) -> bool:
    return all(part == parts[0] for part in parts)


def _all_lines(steps: Sequence[Step]) -> bool:
    return all(step.is_line for step in steps)


def _across(steps: Sequence[Step]) -> Band:
    return (Cell(tuple(step.part for step in steps)),)


def _marked(inner: Sequence[Sequence[Step]], row: Sequence[Sequence[Step]]) -> Band:
    """A cell for each network; one is compared if the network to its left is in the row."""
    columns = [[step.part for step in steps] for steps in inner]
    compared = [
        _compared(left, right) if whole else right
        for whole, (left, right) in zip(row, pairwise(columns), strict=False)
    ]
    return tuple(Cell(tuple(parts)) for parts in (columns[0], *compared))


def _compared(left: Sequence[CellPart], right: Sequence[CellPart]) -> list[CellPart]:
    """The parts of a cell, bold where its left neighbour has others."""
    matcher = SequenceMatcher(None, _lines(left), _lines(right), autojunk=False)
    compared = [_bold(part) for part in right]
    for old, new, size in matcher.get_matching_blocks():
        for k in range(size):
            compared[new + k] = _counted(left[old + k], right[new + k])
    return compared


def _lines(parts: Sequence[CellPart]) -> list[tuple[CellLine, ...]]:
    """Equal for parts that differ in how often they come only."""
    return [part.lines if isinstance(part, CellBlock) else (part,) for part in parts]


def _bold(part: CellPart) -> CellPart:
    if isinstance(part, CellLine):
        return CellLine(part.text, True)
    return CellBlock(tuple(CellLine(line.text, True) for line in part.lines), part.count, True)


def _counted(left: CellPart, right: CellPart) -> CellPart:
    """Equal parts: only how often a block comes may differ."""
    if isinstance(left, CellBlock) and isinstance(right, CellBlock) and left.count != right.count:
        return CellBlock(right.lines, right.count, True)
    return right

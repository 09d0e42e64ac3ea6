"""The style ``text``: the folded figure in characters, for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final, final

from archspec.describe.values import count
from archspec.escaping import clean as visible
from archspec.figures.outline.build import Inset, Outline, outline
from archspec.figures.outline.diagram import Diagram, Lanes, Leaf, Parallel, chain, leaves
from archspec.figures.request import Options
from archspec.figures.styles.module import find_inset
from archspec.figures.styles.text_graph import (
    BRIDGE,
    DASHED,
    DOWN,
    INTO,
    LEFT,
    MARK,
    RIGHT,
    THROUGH,
    UP,
    TextRow,
    graph_rows,
    with_headings,
)
from archspec.graph import Graph
from archspec.op.base import Role
from archspec.screen import Screen, cell_width, only_ascii, wrap_text

ACCEPTS: Final = frozenset({"fold", "depth", "open", "close", "rename", "labels", "title"})
TAKES_SEVERAL: Final = False


WIDTH: Final = 100
NARROWEST: Final = 20
GAP: Final = "  "
MIN_TEXT: Final = 20
"""Columns that titles take before numbers do."""
MIN_UNDER: Final = 16
"""Columns of what is under a title, if it stands beside it."""

_LINES: Final = dict(
    zip(
        (UP | DOWN, LEFT | RIGHT, DOWN | RIGHT, DOWN | LEFT, UP | RIGHT, UP | LEFT),
        "│─╭╮╰╯",
        strict=True,
    )
) | {
    0: " ",
    UP: "╵",
    DOWN: "╷",
    LEFT: "─",
    RIGHT: "─",
    UP | DOWN | RIGHT: "├",
    UP | DOWN | LEFT: "┤",
    DOWN | LEFT | RIGHT: "┬",
    UP | LEFT | RIGHT: "┴",
    UP | DOWN | LEFT | RIGHT: "┼",
}
_DASHED_LINE: Final = str.maketrans("┆", ":")
"""In ASCII, a colon looks unlike the other lines."""


@final
@dataclass(frozen=True, slots=True)
class _TextLine:
    """One line: the graph, its texts, and the numbers to the right."""

    graph: str
    title: str
    under: str = ""
    numbers: tuple[str, ...] = ()
    passing: str = ""
    """The lines of the graph that lead to the next line."""


def clean(text: str) -> str:
    """One line of visible characters: there is room for all of them."""
    return visible(text, sys.maxsize)


def render(graph: Graph, options: Options, screen: Screen) -> str:
    """A network as text, or what is inside of a block of it. Raises SpecError."""
    if options.style == "module":
        return inset_as_text(find_inset(graph, options), screen.width, screen.ascii)
    outlined = outline(graph, options, flat=True)
    return as_text(outlined, screen.width, screen.ascii, titled=options.title)


def as_text(
    shown: Outline, width: int | None = WIDTH, ascii: bool = False, *, titled: bool = True
) -> str:
    """Lines of at most ``width`` columns, or as long as they are; with ``ascii``, no other
    characters."""
    width = sys.maxsize if width is None else max(width, NARROWEST)
    lanes = min(width, WIDTH) // 5
    head = _TextLine("", "", "", ("output", "parameters", "MACs"))
    rows = graph_rows(shown.diagram, lanes, starts=True, ends=True)
    table = [head, *_text_lines([*with_headings(rows, shown.flattened)])]
    first, *others = _align(table, width, ascii)
    lines = [first, *others]
    if titled:
        lines = [*_heading(shown.graph.at("inference"), width), "", *lines]
    if missed := [name for name in head.numbers if name not in first]:
        lines += ["", *wrap_text(f"a wider screen also shows {' and '.join(missed)}", width)]
    for inset in shown.insets:
        lines += ["", *_inset(inset, width, lanes, ascii)]
    return _joined(lines, width, ascii)


def inset_as_text(inset: Inset, width: int | None = WIDTH, ascii: bool = False) -> str:
    """What a block is inside, in such lines."""
    width = sys.maxsize if width is None else max(width, NARROWEST)
    return _joined([*_inset(inset, width, min(width, WIDTH) // 5, ascii)], width, ascii)


def _joined(lines: Sequence[str], width: int, ascii: bool) -> str:
    """The lines as a text, with what a mark means if it is there."""
    if any("◇" in line for line in lines):
        lines = [*lines, "", *wrap_text("◇ not in every copy, or in training only", width, GAP)]
    return "".join(f"{_encode(line, ascii).rstrip()}\n" for line in lines)


def _heading(graph: Graph, width: int) -> list[str]:
    shapes = ", ".join(str(node.output) for node in graph.inputs)
    facts = [f"{graph.total_params:,} parameters", f"{count(graph.total_macs)} MACs", shapes]
    lines = [clean(graph.name)]
    for fact in facts:
        longer = f"{lines[-1]} · {fact}"
        lines[-1:] = [longer] if cell_width(longer) <= width else [lines[-1], fact]
    return lines


def _inset(inset: Inset, width: int, lanes: int, ascii: bool) -> Iterator[str]:
    named = f" ({', '.join(map(clean, inset.parameters))})" if inset.parameters else ""
    yield from wrap_text(clean(inset.heading) + named, width, GAP)
    starts = any(leaf.is_entry for leaf in leaves(inset.diagram))
    inside = _text_lines(graph_rows(inset.diagram, lanes, starts=starts), numbers=False)
    if _begins_with_branches(inset.diagram) and not starts:
        inside = [_TextLine("○", "in", passing="│"), *inside]
    yield from _align(inside, width, ascii)
    if inset.table:
        yield ""
        yield from _grid(inset.table, width, ascii)


def _begins_with_branches(diagram: Diagram) -> bool:
    return isinstance(chain(diagram)[0], Parallel | Lanes)


def _cut(text: str, width: int) -> str:
    """A text without its middle, if it is too long."""
    head = width // 2
    return text if cell_width(text) <= width else text[: head - 2] + ".." + text[head - width :]


def _grid(table: Sequence[Sequence[str]], width: int, ascii: bool) -> Iterator[str]:
    """Names to the left, values to the right, in several grids where there is no room for one."""
    cells = ((_encode(clean(cell), ascii) for cell in row) for row in table)
    first, *others = zip(*cells, strict=True)
    columns = [[_cut(cell, width - len(GAP)) for cell in first], *others]
    names, *values = [(column, max(map(cell_width, column))) for column in columns]
    widest = max((size for _, size in values), default=0)
    beside = len(GAP) + names[1] + len(GAP) + widest <= width
    start = GAP + " " * names[1] if beside else GAP
    while values:
        room, shown = width - len(start), 0
        while shown < len(values) and (not shown or room >= len(GAP) + values[shown][1]):
            room -= len(GAP) + values[shown][1]
            shown += 1
        for k, name in enumerate(names[0]):
            cells_text = "".join(GAP + _right(column[k], size) for column, size in values[:shown])
            if not beside and name:
                yield GAP + name
            yield (GAP + _left(name, names[1]) if beside else GAP) + cells_text
        values = values[shown:]
        if values:
            yield ""


# Lines.


def _text_lines(rows: Sequence[TextRow], *, numbers: bool = True) -> list[_TextLine]:
    below = [*rows[1:], TextRow(())]
    return [
        replace(_text_line(row, numbers=numbers), passing=_passing(row, after))
        for row, after in zip(rows, below, strict=True)
    ]


def _passing(row: TextRow, after: TextRow) -> str:
    """The lines from a row to the one after it: ``│ ┆``."""
    characters = []
    for cell, below in zip(row.cells, after.cells, strict=False):
        leads = cell & (DOWN | MARK) and below & (UP | MARK)
        dashed = cell & below & DASHED
        characters.append(("┆" if dashed else "│") if leads else " ")
    return " ".join(characters).rstrip()


def _text_line(row: TextRow, *, numbers: bool = True) -> _TextLine:
    graph, leaf, indent = draw_row(row), row.leaf, GAP * row.indent
    if leaf is None:
        return _TextLine(graph, indent + clean(row.note))
    if leaf.role == Role.INPUT.value and not leaf.feed:
        return _TextLine(graph, indent + clean(leaf.title), "", (clean(_under(leaf)), "", ""))
    times = f" ×{leaf.count}" if leaf.count > 1 else ""
    title = "" if leaf.form == "circle" else clean(leaf.title) + times
    counts = (leaf.shape or "", *(count(n) if n else "" for n in (leaf.params, leaf.macs)))
    return _TextLine(graph, indent + title, clean(_under(leaf)), counts if numbers else ())


def _under(leaf: Leaf) -> str:
    """What stands under a title, notes with it."""
    return " · ".join(filter(None, (leaf.under, " ".join(leaf.mark.note))))


def draw_row(row: TextRow) -> str:
    """``│ ●─╯``"""
    characters = []
    for cell in row.cells:
        right = "◂" if cell & INTO else "─" if cell & RIGHT else " "
        characters += [_character(cell, row.leaf), right]
    return "".join(characters).rstrip()


def _character(cell: int, leaf: Leaf | None) -> str:
    if cell & MARK and leaf:
        return _mark(leaf)
    if cell & BRIDGE:
        return "│"
    if cell & DASHED and cell & ~DASHED == THROUGH:
        return "┆"
    return _LINES[cell & ~(DASHED | MARK | INTO)]


def _mark(leaf: Leaf) -> str:
    if leaf.form == "circle":
        return {"+": "⊕", "×": "⊗"}.get(leaf.title, "●")
    if leaf.dashed or leaf.optional:
        return "◇"
    return {"block": "■", Role.INPUT.value: "○"}.get(leaf.role, "●")


def _align(lines: Sequence[_TextLine], width: int, ascii: bool) -> Iterator[str]:
    """The graph, then titles, then what is under them, each wrapped where there is no room; numbers
    to the right, as far as there is room for them."""
    graph = max(cell_width(line.graph) for line in lines) + len(GAP)
    titles = max(cell_width(_encode(line.title, ascii)) for line in lines)
    unders = max(cell_width(_encode(line.under, ascii)) for line in lines)
    right = _number_widths(lines)
    while right and graph + min(titles, MIN_TEXT) + sum(right) + len(GAP) * len(right) > width:
        right.pop()
    numbers = sum(right) + len(GAP) * len(right)
    room = max(width - graph - numbers, 1)
    beside = room - titles - len(GAP) >= min(unders, MIN_UNDER)
    titles = min(titles, room)
    text = min(titles + len(GAP) + unders, room) if unders else titles
    for line in lines:
        title, under = _encode(line.title, ascii), _encode(line.under, ascii)
        values = zip((*line.numbers, *[""] * len(right)), right, strict=False)
        numbers_text = "".join(GAP + _right(value, size) for value, size in values)
        first, *others = (
            _beside(title, under, titles, text) if beside else _below(title, under, text)
        )
        yield f"{_left(line.graph, graph)}{_left(first, text)}{numbers_text}".rstrip()
        yield from (f"{_left(line.passing, graph)}{other}" for other in others)


def _beside(title: str, under: str, titles: int, text: int) -> list[str]:
    """The lines of a title, and beside it of what is under it."""
    left = _below(title, "", titles)
    right = wrap_text(under, max(text - titles - len(GAP), 1))
    return [
        f"{_left(a, titles)}{GAP}{b}".rstrip() for a, b in zip_longest(left, right, fillvalue="")
    ]


def _below(title: str, under: str, text: int) -> list[str]:
    indent = " " * (len(title) - len(title.lstrip()) + len(GAP))
    return [
        *wrap_text(title, text, indent),
        *(wrap_text(indent + under, text, indent) if under else ()),
    ]


def _number_widths(lines: Sequence[_TextLine]) -> list[int]:
    columns = max(len(line.numbers) for line in lines)
    padded = [(*line.numbers, *[""] * (columns - len(line.numbers))) for line in lines]
    return [max(map(cell_width, column)) for column in zip(*padded, strict=True)]


# Characters.


def _left(text: str, width: int) -> str:
    return text + " " * (width - cell_width(text))


def _right(text: str, width: int) -> str:
    return " " * (width - cell_width(text)) + text


def _encode(text: str, ascii: bool) -> str:
    return only_ascii(text.translate(_DASHED_LINE)) if ascii else text

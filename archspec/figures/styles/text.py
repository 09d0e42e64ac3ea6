"""The style ``text``: the folded figure in characters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.figures.diagram import Diagram, Lanes, Leaf, Parallel, Series
from archspec.figures.labels import clean, short
from archspec.figures.outline import Inset, Outline
from archspec.figures.styles.text_graph import (
    DASHED,
    DOWN,
    LEFT,
    MARK,
    RIGHT,
    THROUGH,
    UP,
    Row,
    rows,
)
from archspec.graph import Graph
from archspec.op import Role
from archspec.terminal import cell_width

WIDTH: Final = 100
NARROWEST: Final = 20
GAP: Final = "  "
ELLIPSIS: Final = "…"

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
_ASCII: Final = str.maketrans(
    {
        **dict.fromkeys("╭╮╰╯├┤┬┴┼", "+"),
        **dict.fromkeys("│╵╷", "|"),
        "─": "-",
        "┆": ":",
        "●": "*",
        "■": "#",
        "○": "o",
        "◇": "?",
        "⊕": "+",
        "⊗": "x",
        "×": "x",
        "·": "-",
        "–": "-",
        "→": "->",
        "…": "~",
        "⌊": "floor(",
        "⌋": ")",
    }
)


@final
@dataclass(frozen=True, slots=True)
class _Told:
    """One line: the graph, what is said, and what stands to the right."""

    graph: str
    title: str
    under: str = ""
    numbers: tuple[str, ...] = ()


def as_text(outline: Outline, width: int = WIDTH, ascii: bool = False) -> str:
    """At most ``width`` columns; with ``ascii``, no other characters."""
    width = max(width, NARROWEST)
    graph = outline.graph.at("inference")
    head = ("", "", "", ("output", "parameters", "MACs"))
    told = [_Told(*head), *(_told(row) for row in rows(outline.diagram, width // 5, whole=True))]
    lines = [*_heading(graph, width), "", *_aligned(told, width, ascii)]
    for inset in outline.insets:
        lines += ["", *_inset(inset, width, ascii)]
    if any("◇" in line for line in lines):
        lines += ["", "◇ not in every copy, or in training only"]
    written = (_written(line, ascii) for line in lines)
    return "".join(f"{_cut(line, width).rstrip()}\n" for line in written)


def _heading(graph: Graph, width: int) -> list[str]:
    shapes = ", ".join(str(node.output) for node in graph.inputs)
    facts = [f"{graph.total_params:,} parameters", f"{short(graph.total_macs)} MACs", shapes]
    lines = [clean(graph.name)]
    for fact in facts:
        longer = f"{lines[-1]} · {fact}"
        lines[-1:] = [longer] if cell_width(longer) <= width else [lines[-1], fact]
    return lines


def _inset(inset: Inset, width: int, ascii: bool) -> Iterator[str]:
    named = f" ({', '.join(map(clean, inset.parameters))})" if inset.parameters else ""
    yield clean(inset.name) + named
    told = [_told(row, numbers=False) for row in rows(inset.diagram, width // 5)]
    if _begins_with_branches(inset.diagram):
        told = [_Told("○", "in"), *told]
    yield from _aligned(told, width, ascii)
    if inset.table:
        yield ""
        yield from _grid(inset.table)


def _begins_with_branches(diagram: Diagram) -> bool:
    first = diagram.parts[0] if isinstance(diagram, Series) else diagram
    return isinstance(first, Parallel | Lanes)


def _grid(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Names to the left, values to the right."""
    cells = [[clean(cell) for cell in row] for row in table]
    widths = [max(map(cell_width, column)) for column in zip(*cells, strict=True)]
    for first, *others in cells:
        values = (_right(cell, size) for cell, size in zip(others, widths[1:], strict=True))
        yield GAP + GAP.join((_left(first, widths[0]), *values))


# Lines.


def _told(row: Row, *, numbers: bool = True) -> _Told:
    drawn, leaf, indent = _drawn(row), row.leaf, GAP * row.indent
    if leaf is None:
        return _Told(drawn, indent + clean(row.note))
    if leaf.role == Role.INPUT.value:
        return _Told(drawn, indent + clean(leaf.title), "", (clean(leaf.under), "", ""))
    times = f" ×{leaf.count}" if leaf.count > 1 else ""
    title = "" if leaf.form == "circle" else clean(leaf.title) + times
    counts = (leaf.shape or "", *(short(n) if n else "" for n in (leaf.params, leaf.macs)))
    return _Told(drawn, indent + title, clean(leaf.under), counts if numbers else ())


def _drawn(row: Row) -> str:
    """``│ ●─╯``"""
    characters = []
    for cell in row.cells:
        characters += [_character(cell, row.leaf), "─" if cell & RIGHT else " "]
    return "".join(characters).rstrip()


def _character(cell: int, leaf: Leaf | None) -> str:
    if cell & MARK and leaf:
        return _mark(leaf)
    if cell & DASHED and cell & ~DASHED == THROUGH:
        return "┆"
    return _LINES[cell & ~(DASHED | MARK)]


def _mark(leaf: Leaf) -> str:
    if leaf.form == "circle":
        return {"+": "⊕", "×": "⊗"}.get(leaf.title, "●")
    if leaf.dashed:
        return "◇"
    return {"block": "■", Role.INPUT.value: "○"}.get(leaf.role, "●")


def _aligned(told: Sequence[_Told], width: int, ascii: bool) -> Iterator[str]:
    """The graph, then titles, then what is under them; numbers to the right, if there is room."""
    graph = max(cell_width(line.graph) for line in told) + len(GAP)
    titles = max(cell_width(_written(line.title, ascii)) for line in told)
    unders = max(cell_width(_written(line.under, ascii)) for line in told)
    right = _number_widths(told)
    while right and graph + titles + sum(right) + len(GAP) * len(right) > width:
        right.pop()
    numbers = sum(right) + len(GAP) * len(right)
    room = width - graph - numbers
    titles = min(titles, max(room, 0))
    text = titles + len(GAP) + unders if unders and room > titles + 2 * len(GAP) else titles
    text = min(text, room)
    for line in told:
        title, under = _written(line.title, ascii), _written(line.under, ascii)
        words = f"{_left(_cut(title, titles), titles)}{GAP}{under}" if under else title
        values = zip((*line.numbers, *[""] * len(right)), right, strict=False)
        told_numbers = "".join(GAP + _right(value, size) for value, size in values)
        yield f"{_left(line.graph, graph)}{_left(_cut(words, text), text)}{told_numbers}".rstrip()


def _number_widths(told: Sequence[_Told]) -> list[int]:
    columns = max(len(line.numbers) for line in told)
    padded = [(*line.numbers, *[""] * (columns - len(line.numbers))) for line in told]
    return [max(map(cell_width, column)) for column in zip(*padded, strict=True)]


# Characters.


def _left(text: str, width: int) -> str:
    return text + " " * (width - cell_width(text))


def _right(text: str, width: int) -> str:
    return " " * (width - cell_width(text)) + text


def _cut(text: str, width: int) -> str:
    """As much as fits, with an ellipsis if that is not all."""
    if cell_width(text) <= width:
        return text
    sign = "~" if text.isascii() else ELLIPSIS
    while text and cell_width(text) > width - 1:
        text = text[:-1]
    return text + sign if width > 0 else ""


def _written(text: str, ascii: bool) -> str:
    if not ascii:
        return text
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")

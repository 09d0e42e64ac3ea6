"""A table of architectures as a figure: thin horizontal rules, and brackets around blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archspec.figures.fonts.metrics import text_width
from archspec.figures.request import Options
from archspec.figures.scene import Anchor, Item, Line, Scene, Text
from archspec.figures.styles.table.cells import ArchitectureTable, Cell, CellBlock, TableRow
from archspec.figures.styles.table.grid import (
    BETWEEN,
    BRACKET,
    LEADING,
    MARGIN,
    PAD,
    Grid,
    band_height,
    bracket_width,
    cell_height,
    fitting,
    gap_between,
    lines_of,
    part_width,
    row_height,
    spread,
)

HEAVY: Final = 1.0
LIGHT: Final = 0.5


def place(table: ArchitectureTable, options: Options) -> Scene:
    """In the room that the options give; wider, if it would need smaller text."""
    grid = fitting(table, options)
    title = Text(MARGIN, MARGIN + options.sizes.title, table.title, options.sizes.title, bold=True)
    is_titled = options.title and not table.ruled
    needed = max(grid.width, title.width if is_titled else 0) + 2 * MARGIN
    width = max(needed, options.room if options.width else 0)
    grid = spread(grid, width - 2 * MARGIN)
    items: list[Item] = [title] if is_titled else []
    y = title.y + 2 * PAD if is_titled else MARGIN
    items += [_rule(y, grid, HEAVY), *_headings(grid, y)]
    y += grid.leading + 2 * PAD
    for number, row in enumerate((*table.rows, *table.totals)):
        is_stage = table.ruled and number < len(table.rows)
        if is_stage or number in (0, len(table.rows)):
            items.append(_rule(y, grid, LIGHT))
        height = row_height(row, grid) + (2 * PAD if is_stage else PAD)
        items += _row(row, grid, y, height)
        y += height
    items.append(_rule(y, grid, HEAVY))
    y += PAD
    for line in _wrapped(table.notes, options.sizes.small, grid.width):
        y += options.sizes.small * LEADING
        items.append(Text(MARGIN, y, line, options.sizes.small, color="pale"))
    return Scene(width, y + MARGIN, tuple(items), table.title, " ".join(table.notes), "table")


def _rule(y: float, grid: Grid, thickness: float) -> Line:
    ends = ((MARGIN, y), (MARGIN + grid.width, y))
    return Line(ends, color="ink", thickness=thickness, arrow=False, radius=0)


def _headings(grid: Grid, top: float) -> Iterator[Text]:
    y = _baseline(top + PAD, grid)
    for k, title in enumerate(grid.table.heads):
        yield Text(grid.left(k), y, title, grid.size, bold=True)
    for k, title in enumerate(grid.table.columns):
        x, anchor = _anchored(grid, k)
        yield Text(x, y, title, grid.size, anchor, bold=True)


def _baseline(top: float, grid: Grid) -> float:
    """Of the line of text that begins at the top."""
    return top + grid.leading / 2 + grid.size * 0.36


def _anchored(grid: Grid, column: int) -> tuple[float, Anchor]:
    left, width = grid.left(grid.first_cell + column), grid.widths[grid.first_cell + column]
    if column in grid.table.numeric:
        return left + width, "end"
    return left + width / 2, "middle"


def _row(row: TableRow, grid: Grid, top: float, height: float) -> Iterator[Item]:
    for k, text in enumerate(row.heads):
        middle = top + height / 2 - grid.leading / 2
        yield Text(grid.left(k), _baseline(middle, grid), text, grid.size)
    y = top + (height - row_height(row, grid)) / 2
    for band in row.bands:
        tall = band_height(band, grid)
        for k, cell in enumerate(band):
            x, anchor = _anchored(grid, k)
            if len(band) < len(grid.table.columns):
                x, anchor = (grid.left(grid.first_cell) + MARGIN + grid.width) / 2, "middle"
            yield from _cell(cell, grid, x, y + (tall - cell_height(cell, grid)) / 2, anchor)
        y += tall + BETWEEN


def _cell(cell: Cell, grid: Grid, x: float, y: float, anchor: Anchor) -> Iterator[Item]:
    for above, part in zip((None, *cell.parts), cell.parts, strict=False):
        y += gap_between(above, part) if above else 0
        if isinstance(part, CellBlock):
            yield from _block(part, grid, x, y)
        else:
            yield Text(x, _baseline(y, grid), part.text, grid.size, anchor, part.bold)
        y += lines_of(part) * grid.leading


def _block(block: CellBlock, grid: Grid, middle: float, top: float) -> Iterator[Item]:
    """In brackets around a middle, ×N behind them."""
    left = middle - part_width(block, grid.size) / 2
    right = left + bracket_width(block, grid.size)
    bottom = top + len(block.lines) * grid.leading
    for x, inwards in ((left, BRACKET), (right, -BRACKET)):
        corners = ((x + inwards, top), (x, top), (x, bottom), (x + inwards, bottom))
        yield Line(corners, color="ink", thickness=0.7, arrow=False, radius=0)
    for k, line in enumerate(block.lines):
        y = _baseline(top + k * grid.leading, grid)
        yield Text((left + right) / 2, y, line.text, grid.size, "middle", line.bold)
    if block.times:
        y = _baseline((top + bottom - grid.leading) / 2, grid)
        gap = text_width(" ", grid.size)
        yield Text(right + gap, y, block.times, grid.size, "start", block.bold)


def _wrapped(notes: Sequence[str], size: float, width: float) -> Iterator[str]:
    """Lines of the notes, one after the other."""
    line = ""
    for word in " ".join(notes).split():
        longer = f"{line} {word}".lstrip()
        if line and text_width(longer, size) > width:
            yield line
            longer = word
        line = longer
    if line:
        yield line

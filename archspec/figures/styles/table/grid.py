"""Widths and heights of a table of architectures, before anything has a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from archspec.figures.fonts.metrics import text_width
from archspec.figures.request import Options
from archspec.figures.styles.table.cells import (
    ArchitectureTable,
    Cell,
    CellBlock,
    CellPart,
    TableRow,
)

MARGIN: Final = 12.0
GAP: Final = 12.0
"""Between columns; less than the smallest is never left."""
SMALLEST_GAP: Final = 7.0
LEADING: Final = 1.32
"""From line to line, in sizes of the text."""
PAD: Final = 4.0
"""Above and below a row."""
BETWEEN: Final = 3.0
"""Between a block and what is above it."""
BRACKET: Final = 2.6
"""How far the ends of a bracket reach inwards."""


@final
@dataclass(frozen=True, slots=True)
class Grid:
    """Sizes of everything, before anything has a place."""

    table: ArchitectureTable
    size: float
    gap: float
    widths: tuple[float, ...]
    """Of the columns, those of the heads first."""

    @property
    def width(self) -> float:
        return sum(self.widths) + self.gap * (len(self.widths) - 1)

    @property
    def leading(self) -> float:
        return self.size * LEADING

    @property
    def first_cell(self) -> int:
        return len(self.table.heads)

    def left(self, column: int) -> float:
        return MARGIN + sum(self.widths[:column]) + self.gap * column


def fitting(table: ArchitectureTable, options: Options) -> Grid:
    """The largest text and gap with which the table has room; else the smallest."""
    room, sizes = options.room - 2 * MARGIN, options.sizes
    grid = _grid(table, sizes.text, GAP)
    for size, gap in ((sizes.text, SMALLEST_GAP), (sizes.small, GAP), (sizes.small, SMALLEST_GAP)):
        if grid.width > room:
            grid = _grid(table, size, gap)
    return grid


def _grid(table: ArchitectureTable, size: float, gap: float) -> Grid:
    rows = (*table.rows, *table.totals)
    heads = [
        max([text_width(title, size, True), *(text_width(row.heads[k], size) for row in rows)])
        for k, title in enumerate(table.heads)
    ]
    columns = [
        max([text_width(title, size, True), *_cell_widths(rows, k, size)])
        for k, title in enumerate(table.columns)
    ]
    grid = Grid(table, size, gap, (*heads, *columns))
    across = [
        cell_width(band[0], size)
        for row in rows
        for band in row.bands
        if len(band) < len(table.columns)
    ]
    needed = max(across, default=0) - (sum(columns) + gap * (len(columns) - 1))
    return _wider(grid, len(heads), needed) if needed > 0 else grid


def _cell_widths(rows: Sequence[TableRow], column: int, size: float) -> Iterator[float]:
    for row in rows:
        for band in row.bands:
            if len(band) > 1:
                yield cell_width(band[column], size)


def _wider(grid: Grid, first: int, more: float) -> Grid:
    each = more / (len(grid.widths) - first)
    widths = tuple(w + (each if k >= first else 0) for k, w in enumerate(grid.widths))
    return Grid(grid.table, grid.size, grid.gap, widths)


def spread(grid: Grid, room: float) -> Grid:
    """The gaps take what is left."""
    gaps = len(grid.widths) - 1
    if not gaps or room <= grid.width:
        return grid
    return Grid(grid.table, grid.size, grid.gap + (room - grid.width) / gaps, grid.widths)


def cell_width(cell: Cell, size: float) -> float:
    return max((part_width(part, size) for part in cell.parts), default=0)


def part_width(part: CellPart, size: float) -> float:
    if not isinstance(part, CellBlock):
        return text_width(part.text, size, part.bold)
    return bracket_width(part, size) + text_width(f" {part.times}".rstrip(), size, part.bold)


def bracket_width(block: CellBlock, size: float) -> float:
    return max(text_width(line.text, size, line.bold) for line in block.lines) + 4 * BRACKET


def row_height(row: TableRow, grid: Grid) -> float:
    bands = sum(band_height(band, grid) for band in row.bands)
    return max(bands + BETWEEN * (len(row.bands) - 1), grid.leading)


def band_height(band: Sequence[Cell], grid: Grid) -> float:
    return max(cell_height(cell, grid) for cell in band)


def cell_height(cell: Cell, grid: Grid) -> float:
    gaps = sum(gap_between(above, below) for above, below in pairwise(cell.parts))
    return gaps + sum(lines_of(part) for part in cell.parts) * grid.leading


def gap_between(above: CellPart, below: CellPart) -> float:
    return BETWEEN if isinstance(above, CellBlock) or isinstance(below, CellBlock) else 0


def lines_of(part: CellPart) -> int:
    return len(part.lines) if isinstance(part, CellBlock) else 1

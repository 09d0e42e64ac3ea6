"""What a table of architectures says, before it becomes a picture, Markdown, HTML or LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

REPEATED: Final = "×"


@final
@dataclass(frozen=True, slots=True)
class CellLine:
    """``3×3, 64``"""

    text: str
    bold: bool = False


@final
@dataclass(frozen=True, slots=True)
class CellBlock:
    """Lines in brackets, and how often they come."""

    lines: tuple[CellLine, ...]
    count: int = 1
    bold: bool = False
    """Of the count."""

    @property
    def times(self) -> str:
        return f"{REPEATED}{self.count}" if self.count > 1 else ""


CellPart = CellLine | CellBlock


@final
@dataclass(frozen=True, slots=True)
class Cell:
    """Lines and blocks, one below the other."""

    parts: tuple[CellPart, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class TableRow:
    """A stage: what is said once, and bands of cells."""

    heads: tuple[str, ...]
    bands: tuple[tuple[Cell, ...], ...]
    """Each with a cell for every column, or with one cell for all of them."""


@final
@dataclass(frozen=True, slots=True)
class ArchitectureTable:
    title: str
    heads: tuple[str, ...]
    """Headings of what is said once for a row."""
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    totals: tuple[TableRow, ...]
    """The last rows, below a rule."""
    notes: tuple[str, ...] = ()
    numeric: frozenset[int] = frozenset()
    """Columns whose cells stand to the right."""
    ruled: bool = True
    """A rule between the rows."""


def in_one(row: TableRow, columns: int) -> tuple[Cell, ...]:
    """A row for what has no cells across columns: they are repeated in every one."""
    return tuple(
        Cell(tuple(part for band in row.bands for part in band[k if len(band) > 1 else 0].parts))
        for k in range(columns)
    )

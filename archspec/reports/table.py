"""Table: rows of text in columns, as text for a terminal, Markdown, HTML and CSV."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TextIO, final

from archspec.escaping import markdown_line, markdown_text, spreadsheet_cell
from archspec.screen import cell_width, in_ascii, longest_word, one_line, screen, wrap_text

MAX_WIDTH: Final = 100
"""Columns of a table unless more are requested, and of a line of prose."""
MIN_TEXT: Final = 24
"""Columns of a text beside others; with fewer it is printed below its row."""
ROOM_OF_TEXT: Final = 40
"""Columns that a long text may claim before columns with a rank are dropped for it."""
GAP: Final = "  "
BELOW: Final = "    "
"""Indent of a text below its row."""
TIED: Final = "\N{NO-BREAK SPACE}"
"""A space at which a text is not wrapped."""

StyledLine = list[tuple[str, str]]
"""Texts with their styles."""


@final
@dataclass(frozen=True, slots=True)
class Column:
    title: str
    right: bool = False
    """For numbers: aligned to the right."""
    wraps: bool = False
    """Whether a long text continues on the next line. Names are never wrapped."""
    rank: int = 0
    """Columns with a rank above 0 are dropped where there is no room for them, the highest first."""
    missed: str = ""
    """What the column shows, named below the table when it is dropped."""


@final
@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    """The first has the names of the rows."""
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] | None = None
    title: str | None = None
    subtitle: str | None = None
    notes: tuple[tuple[str, ...], ...] = ()
    """Lines below the table: a name, perhaps a number, and words."""

    @property
    def natural_width(self) -> int:
        return sum(_natural(self)) + len(GAP) * (len(self.columns) - 1)

    def without(self, rank: int) -> Table:
        """The table without the columns of a rank."""
        kept = [k for k, column in enumerate(self.columns) if column.rank != rank]

        def pick(row: Sequence[str]) -> tuple[str, ...]:
            return tuple(row[k] for k in kept)

        return replace(
            self,
            columns=tuple(self.columns[k] for k in kept),
            rows=tuple(map(pick, self.rows)),
            total=pick(self.total) if self.total else None,
        )

    def map_text(self, write: Callable[[str], str]) -> Table:
        """The table with every text of it mapped by a function."""

        def texts(row: Sequence[str]) -> tuple[str, ...]:
            return tuple(map(write, row))

        return replace(
            self,
            columns=tuple(replace(column, title=write(column.title)) for column in self.columns),
            rows=tuple(map(texts, self.rows)),
            total=self.total and texts(self.total),
            title=self.title and write(self.title),
            subtitle=self.subtitle and write(self.subtitle),
            notes=tuple(map(texts, self.notes)),
        )


def print_table(table: Table, stream: TextIO | None = None) -> None:
    """Write a table to standard output: in colour and at most as wide as it, if it is a terminal."""
    stream = sys.stdout if stream is None else stream
    shown = screen(stream)
    content = lines(table.map_text(in_ascii) if shown.ascii else table, shown.width)
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        text = "".join(f"{_plain(line)}\n" for line in content)
        stream.write(in_ascii(text) if shown.ascii else text)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    for line in content:
        styled = Text.assemble(*line)
        styled.rstrip()
        console.print(styled, soft_wrap=True)


def lines(table: Table, width: int | None = MAX_WIDTH) -> Iterator[StyledLine]:
    """The table as lines of styled text, of any length without a width."""
    table = table.map_text(in_one_line)
    prose = None if width is None else min(width, MAX_WIDTH)
    if table.title:
        yield from ([(line, "bold")] for line in wrap_text(table.title, prose, GAP))
    if table.subtitle:
        yield from ([(line, "dim")] for line in wrap_text(table.subtitle, prose))
    if table.title or table.subtitle:
        yield []
    fitted = table if width is None else _fit(table, width)
    yield from _grids(fitted, width)
    if fitted.notes:
        yield []
        yield from _notes(fitted.notes, prose)


def plain(table: Table, width: int | None = MAX_WIDTH) -> str:
    """The table as text without colour."""
    return "\n".join(_plain(line) for line in lines(table, width))


def _plain(line: StyledLine) -> str:
    return "".join(text for text, _ in line).rstrip()


# Layout.


@final
@dataclass(frozen=True, slots=True)
class _Grid:
    """Columns of a table that fit side by side, and those whose texts stand below the rows."""

    columns: tuple[int, ...]
    widths: tuple[int, ...]
    below: tuple[int, ...] = ()


def _fit(table: Table, width: int) -> Table:
    """The table without the columns for which there is no room, and with a note that names them."""
    missed: list[str] = []
    while _wanted_width(table) > width and any(column.rank for column in table.columns):
        rank = max(column.rank for column in table.columns)
        missed += [column.missed for column in table.columns if column.rank == rank]
        table = table.without(rank)
    named = " and ".join(dict.fromkeys(filter(None, missed)))
    note = ((f"a wider screen, or a pipe, also shows the {named}",),) if named else ()
    return replace(table, notes=(*table.notes, *note))


def _wanted_width(table: Table) -> int:
    sizes = [
        min(size, ROOM_OF_TEXT) if column.wraps else size
        for size, column in zip(_natural(table), table.columns, strict=True)
    ]
    return _total(sizes)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _natural(table: Table) -> list[int]:
    return [max(map(cell_width, cells)) for cells in _cells(table)]


def _least(table: Table) -> list[int]:
    """Least widths: of a text its longest word; of other columns their cells, under a wrapped title."""
    return [
        min(max(map(cell_width, cells)), max(MIN_TEXT, *map(longest_word, cells)))
        if column.wraps
        else max(longest_word(cells[0]), *map(cell_width, cells[1:]), 0)
        for column, cells in zip(table.columns, _cells(table), strict=True)
    ]


def _cells(table: Table) -> Iterator[tuple[str, ...]]:
    """The cells of each column, with its title and its total."""
    rows = [tuple(column.title for column in table.columns), *table.rows]
    return zip(*rows, *([table.total] if table.total else []), strict=True)


def _layout(table: Table, width: int) -> list[_Grid]:
    """Grids one below the other. Where there is no room, texts move below their rows, then long names
    get lines of their own, and then further columns a grid of their own."""
    natural, least = _natural(table), _least(table)
    beside, below = list(range(len(natural))), list[int]()
    while _total([least[k] for k in beside]) > width:
        texts = [k for k in beside[1:] if table.columns[k].wraps]
        if not texts:
            break
        beside.remove(texts[-1])
        below.insert(0, texts[-1])
    if _total([least[k] for k in beside]) > width:
        natural[0] = least[0] = min(least[0], max(width // 3, MIN_TEXT))
    grids = _balance(beside, least, width)
    return [
        _Grid(tuple(grid), _share(grid, natural, least, width), () if n else tuple(below))
        for n, grid in enumerate(grids)
    ]


def _balance(columns: Sequence[int], least: Sequence[int], width: int) -> list[list[int]]:
    """The columns in as few grids as fit, about equally wide, each with the first column."""
    grids = _divide(columns, least, width)
    while len(grids) > 1 and len(closer := _divide(columns, least, width - 1)) == len(grids):
        grids, width = closer, width - 1
        if width == 0:
            break
    return grids


def _divide(columns: Sequence[int], least: Sequence[int], width: int) -> list[list[int]]:
    first, *others = columns
    grids = [[first]]
    for k in others:
        if len(grids[-1]) > 1 and _total([least[j] for j in (*grids[-1], k)]) > width:
            grids.append([first])
        grids[-1].append(k)
    return grids


def _share(
    columns: Sequence[int], natural: Sequence[int], least: Sequence[int], width: int
) -> tuple[int, ...]:
    """The widths of columns; texts shrink until the line fits, the longest first."""
    widths = {k: natural[k] for k in columns}
    excess = _total(list(widths.values())) - width
    while excess > 0:
        longest = max(columns, key=lambda k: (widths[k] > least[k], widths[k]))
        if widths[longest] <= least[longest]:
            break
        others = [widths[k] for k in columns if k != longest and widths[k] > least[k]]
        step = max(1, widths[longest] - max([least[longest], *others]))
        step = min(excess, step, widths[longest] - least[longest])
        widths[longest] -= step
        excess -= step
    return tuple(widths.values())


def _grids(table: Table, width: int | None) -> Iterator[StyledLine]:
    if width is None:
        everything = tuple(range(len(table.columns)))
        yield from _grid(table, _Grid(everything, tuple(_natural(table))), width)
        return
    for number, grid in enumerate(_layout(table, width)):
        if number:
            yield []
        yield from _grid(table, grid, width)


def _grid(table: Table, grid: _Grid, width: int | None) -> Iterator[StyledLine]:
    rule = [("─" * _total(grid.widths), "dim")]
    yield from _titles(table, grid, width)
    yield rule
    for row in table.rows:
        yield from _row(row, table, grid, width)
    if table.total:
        yield rule
        yield from _row(table.total, table, grid, width, "bold")


def _titles(table: Table, grid: _Grid, width: int | None) -> Iterator[StyledLine]:
    """Titles may take several lines, aligned to the rule below them."""
    titles = [column.title for column in table.columns]
    lines = [wrap_text(titles[k], size) for k, size in zip(grid.columns, grid.widths, strict=True)]
    height = max(map(len, lines))
    for number in range(height):
        shown = [""] * len(titles)
        for k, title in zip(grid.columns, lines, strict=True):
            shown[k] = title[number - height] if number >= height - len(title) else ""
        last = number == height - 1
        for k in grid.below:
            shown[k] = titles[k] if last else ""
        yield from _row(shown, table, grid, width, "bold")


def _row(
    cells: Sequence[str], table: Table, grid: _Grid, width: int | None, style: str = ""
) -> Iterator[StyledLine]:
    """One row; of several lines if one of its texts is wrapped, or its name stands alone."""
    columns = [table.columns[k] for k in grid.columns]
    shown = [cells[k] for k in grid.columns]
    if cell_width(shown[0]) > grid.widths[0] and not columns[0].wraps:
        yield [(shown[0], style)]
        shown[0] = ""
    texts = [
        _wrap(cell, size) if column.wraps else [cell]
        for cell, column, size in zip(shown, columns, grid.widths, strict=True)
    ]
    for k in range(max(map(len, texts))):
        line: StyledLine = []
        for text, column, size in zip(texts, columns, grid.widths, strict=True):
            cell = text[k] if k < len(text) else ""
            space = " " * (size - cell_width(cell))
            padded = space + cell if column.right else cell + space
            line += [(padded, style or _style(cell, column)), (GAP, "")]
        yield line[:-1]
    for k in grid.below:
        if cells[k]:
            room = None if width is None else width - len(BELOW)
            yield from ([(BELOW + line, style)] for line in _wrap(cells[k], room))


def _style(cell: str, column: Column) -> str:
    if column.right:
        return "dim" if cell == "0" or cell.endswith("%") else ""
    return "magenta" if cell.startswith("×") else ""


def _wrap(text: str, width: int | None) -> list[str]:
    return [line.replace(TIED, " ") for line in wrap_text(text, width, GAP)]


def _notes(notes: Sequence[tuple[str, ...]], width: int | None) -> Iterator[StyledLine]:
    """Notes of a name, a number and words are aligned in columns; the others are plain lines."""
    aligned = [note for note in notes if len(note) == 3]
    name_width = max((cell_width(note[0]) for note in aligned), default=0)
    number_width = max((len(note[1]) for note in aligned), default=0)
    for note in notes:
        if len(note) == 3:
            number = f"{note[1]:>{number_width}}{GAP}" if number_width else ""
            head = f"{note[0]}{' ' * (name_width - cell_width(note[0]))}{GAP}"
            yield from _aligned_note(head, number, note[2], width)
        else:
            yield from ([(line, "dim")] for line in _wrap(": ".join(note), width))


def _aligned_note(head: str, number: str, words: str, width: int | None) -> Iterator[StyledLine]:
    """The words beside the number, or below it if there is no room."""
    room = None if width is None else width - cell_width(head) - len(number)
    if room is not None and width is not None and room < min(MIN_TEXT, cell_width(words)):
        yield [(head, "bold"), (number, "")]
        yield from ([(BELOW + line, "dim")] for line in wrap_text(words, width - len(BELOW)))
        return
    first, *others = wrap_text(words, room)
    yield [(head, "bold"), (number, ""), (first, "dim")]
    blank = " " * (cell_width(head) + len(number))
    yield from ([(blank + line, "dim")] for line in others)


def in_one_line(text: str) -> str:
    """A text on one line, without what would move the cursor or change the colour of a terminal."""
    if text.isprintable():
        return text
    text = one_line(text)
    return "".join(c if c.isprintable() or c == TIED else "�" for c in text)


# Other forms.


def markdown(table: Table) -> str:
    """A table of GitHub's Markdown, with the notes as a list."""
    table = table.map_text(in_one_line)

    def row(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    rows = [
        row(markdown_text(column.title) for column in table.columns),
        "|" + "|".join(" ---: " if column.right else " --- " for column in table.columns) + "|",
        *(row(map(_markdown_cell, cells)) for cells in table.rows),
    ]
    if table.total:
        rows.append(row(f"**{_markdown_cell(cell)}**" if cell else "" for cell in table.total))
    if table.title:
        rows = [f"**{markdown_text(table.title)}**", "", *rows]
    if table.notes:
        rows += ["", *(f"- {markdown_line(_note_text(note))}" for note in table.notes)]
    return "\n".join(rows)


def _note_text(note: Sequence[str]) -> str:
    """``params 25,557,032: learnable numbers``"""
    *head, words = note
    return ": ".join(filter(None, (" ".join(filter(None, head)), words)))


def _markdown_cell(cell: str) -> str:
    indent = "&emsp;" * ((len(cell) - len(cell.lstrip(" "))) // 2)
    return indent + markdown_text(cell)


def html(table: Table) -> str:
    """A table for a notebook."""
    from html import escape

    def row(cells: Iterable[str], tag: str) -> str:
        parts = [
            f'<{tag} style="text-align: {"right" if column.right else "left"}; white-space: pre">'
            f"{escape(cell)}</{tag}>"
            for cell, column in zip(cells, table.columns, strict=True)
        ]
        return f"<tr>{''.join(parts)}</tr>"

    body = [row(cells, "td") for cells in table.rows]
    foot = [row(table.total, "th")] if table.total else []
    notes = [f"<br>{escape(_note_text(note))}" for note in table.notes]
    return "\n".join(
        [
            "<table>",
            f"<caption>{escape(table.title or '')}</caption>",
            f"<thead>{row((column.title for column in table.columns), 'th')}</thead>",
            "<tbody>",
            *body,
            "</tbody>",
            f"<tfoot>{''.join(foot)}</tfoot>",
            "</table>",
            f"<small>{''.join(notes).removeprefix('<br>')}</small>",
        ]
    )


def csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Comma-separated values: numbers as they are, nothing for None, no text that is a formula."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_csv_cell, header))
    writer.writerows(map(_csv_cell, row) for row in rows)
    return text.getvalue().removesuffix("\n")


def _csv_cell(value: Any) -> Any:
    return spreadsheet_cell(in_one_line(value)) if isinstance(value, str) else value

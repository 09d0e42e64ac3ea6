"""Table: rows of text in columns, for the terminal, Markdown, HTML and CSV."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TextIO, final

from archspec.terminal import cell_width

MAX_WIDTH: Final = 100
"""Columns of a table on a terminal."""
MIN_TEXT: Final = 8
"""What is left at least of a column whose text is cut."""
GAP: Final = "  "
TIED: Final = "\N{NO-BREAK SPACE}"
"""A space where a text does not go on in the next line."""

Line = list[tuple[str, str]]
"""Stretches of text with their styles."""


@final
@dataclass(frozen=True, slots=True)
class Column:
    title: str
    right: bool = False
    """Numbers stand to the right and are never cut."""
    wraps: bool = False
    """A text that is too long goes on in the next line, instead of being cut."""
    rank: int = 0
    """Columns of a rank above 0 go where there is no room for them, the highest first."""


@final
@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
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


def print_table(table: Table, stream: TextIO | None = None) -> None:
    """Write a table to standard output: in colour and at most as wide as it, if it is a terminal."""
    stream = sys.stdout if stream is None else stream
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        stream.write("".join(f"{_plain(line)}\n" for line in lines(table, MAX_WIDTH)))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    for line in lines(table, min(console.width, MAX_WIDTH)):
        console.print(Text.assemble(*line), soft_wrap=True)


def lines(table: Table, width: int = MAX_WIDTH) -> Iterator[Line]:
    """The table as lines of styled text."""
    if table.title:
        yield [(_cut(table.title, width), "bold")]
    if table.subtitle:
        yield [(_cut(table.subtitle, width), "dim")]
    if table.title or table.subtitle:
        yield []
    yield from _grid(_fitting(table, width), width)
    if table.notes:
        yield []
        yield from _notes(table.notes, width)


def plain(table: Table, width: int = MAX_WIDTH) -> str:
    """The table as text without colour."""
    return "\n".join(_plain(line) for line in lines(table, width))


def _plain(line: Line) -> str:
    return "".join(text for text, _ in line).rstrip()


# Layout.


def _fitting(table: Table, width: int) -> Table:
    """The table without the columns for which there is no room."""
    while table.natural_width > width and any(column.rank for column in table.columns):
        rank = max(column.rank for column in table.columns)
        table = table.without(rank)
    return table


def _natural(table: Table) -> list[int]:
    rows = [tuple(column.title for column in table.columns), *table.rows]
    if table.total:
        rows.append(table.total)
    return [max(map(cell_width, cells)) for cells in zip(*rows, strict=True)]


def _widths(table: Table, width: int) -> list[int]:
    """Of each column; texts give way until the line fits, the longest first."""
    widths = _natural(table)
    texts = [k for k, column in enumerate(table.columns) if not column.right]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - width
    while excess > 0 and texts:
        longest = max(texts, key=lambda k: widths[k])
        if widths[longest] <= MIN_TEXT:
            break
        others = [widths[k] for k in texts if k != longest]
        step = min(excess, max(1, widths[longest] - max([MIN_TEXT, *others])))
        widths[longest] -= step
        excess -= step
    return widths


def _grid(table: Table, width: int) -> Iterator[Line]:
    widths = _widths(table, width)
    rule = [("─" * (sum(widths) + len(GAP) * (len(widths) - 1)), "dim")]
    titles = tuple(column.title for column in table.columns)
    yield from _row(titles, table.columns, widths, "bold")
    yield rule
    for row in table.rows:
        yield from _row(row, table.columns, widths)
    if table.total:
        yield rule
        yield from _row(table.total, table.columns, widths, "bold")


def _row(
    cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int], style: str = ""
) -> Iterator[Line]:
    """One row; of several lines if one of its texts goes on."""
    texts = [
        _wrapped(cell, width) if column.wraps else [_cut(cell, width)]
        for cell, column, width in zip(cells, columns, widths, strict=True)
    ]
    for k in range(max(map(len, texts))):
        line: Line = []
        for text, column, width in zip(texts, columns, widths, strict=True):
            cell = text[k] if k < len(text) else ""
            space = " " * (width - cell_width(cell))
            padded = space + cell if column.right else cell + space
            line += [(padded, style or _style(cell, column)), (GAP, "")]
        yield line[:-1]


def _style(cell: str, column: Column) -> str:
    if column.right:
        return "dim" if cell == "0" or cell.endswith("%") else ""
    return "magenta" if cell.startswith("×") else ""


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    lines = textwrap.wrap(printable(text), max(width, 1), subsequent_indent="  ")
    return [line.replace(TIED, " ") for line in lines] or [""]


def _notes(notes: Sequence[tuple[str, ...]], width: int) -> Iterator[Line]:
    """Notes of a name, a number and words stand in columns; the others are just lines."""
    aligned = [note for note in notes if len(note) == 3]
    name_width = max((len(note[0]) for note in aligned), default=0)
    number_width = max((len(note[1]) for note in aligned), default=0)
    for note in notes:
        if len(note) == 3:
            name, number, words = note
            number = f"{number:>{number_width}}{GAP}" if number_width else ""
            head = f"{name:{name_width}}{GAP}"
            words = _cut(words, max(width - len(head) - len(number), MIN_TEXT))
            yield [(head, "bold"), (number, ""), (words, "dim")]
        else:
            yield from ([(line, "dim")] for line in _wrapped(" ".join(note), width))


def _cut(text: str, width: int) -> str:
    """A text that is too long ends in an ellipsis."""
    text = printable(text)
    if cell_width(text) <= width:
        return text
    kept, room = "", width - 1
    for character in text:
        room -= cell_width(character)
        if room < 0:
            break
        kept += character
    return f"{kept.rstrip()}…"


def printable(text: str) -> str:
    """A text without what would move the cursor or change the colour of a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == TIED else "�" for c in text)


# Other forms.


def markdown(table: Table) -> str:
    """A table of GitHub's Markdown, with the notes as a list."""

    def row(cells: Iterable[str]) -> str:
        return f"| {' | '.join(map(_escaped_markdown, cells))} |"

    rows = [
        row(column.title for column in table.columns),
        "|" + "|".join(" ---: " if column.right else " --- " for column in table.columns) + "|",
        *map(row, table.rows),
    ]
    if table.total:
        rows.append(row(f"**{cell}**" if cell else "" for cell in table.total))
    if table.title:
        rows = [f"**{table.title}**", "", *rows]
    if table.notes:
        rows += ["", *(f"- {_told(note)}" for note in table.notes)]
    return "\n".join(rows)


def _told(note: Sequence[str]) -> str:
    """``params 25,557,032: learnable numbers``"""
    *head, words = note
    return ": ".join(filter(None, (" ".join(filter(None, head)), words)))


def _escaped_markdown(cell: str) -> str:
    text = cell.lstrip(" ")
    indent = "&emsp;" * ((len(cell) - len(text)) // 2)
    return indent + text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


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
    notes = [f"<br>{escape(_told(note))}" for note in table.notes]
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
    """Comma-separated values: numbers as they are, nothing for None."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().removesuffix("\n")

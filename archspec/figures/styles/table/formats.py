"""A table of architectures as Markdown and HTML."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Final

from archspec.escaping import markdown_line, markdown_text
from archspec.figures.styles.table.cells import (
    ArchitectureTable,
    Cell,
    CellLine,
    CellPart,
    TableRow,
    in_one,
)

_CORNER: Final = "linear-gradient(currentColor, currentColor)"
_STYLE: Final = f"""\
<style>
.architecture {{ border-collapse: collapse; border-block: 2px solid; }}
.architecture caption {{ caption-side: bottom; text-align: left; font-size: smaller; }}
.architecture th, .architecture td {{
  padding: .2em .7em; text-align: center; white-space: nowrap;
}}
.architecture th[scope=row] {{ text-align: left; font-weight: normal; }}
.architecture tbody, .architecture tfoot, .architecture .stage {{ border-top: 1px solid; }}
.architecture .block {{
  display: inline-block; vertical-align: middle; padding: 0 .5em; border-inline: 1px solid;
  background: {_CORNER} 0 0, {_CORNER} 100% 0, {_CORNER} 0 100%, {_CORNER} 100% 100%;
  background-size: 5px 1px; background-repeat: no-repeat;
}}
</style>"""


# Markdown.


def as_markdown(table: ArchitectureTable) -> str:
    """A table of GitHub's Markdown; what goes across columns is repeated in each."""
    width = len(table.columns)
    aligned = [" --- "] * len(table.heads)
    aligned += [" ---: " if k in table.numeric else " --- " for k in range(width)]
    rows = [
        [*map(markdown_text, row.heads), *map(_markdown_cell, in_one(row, width))]
        for row in (*table.rows, *table.totals)
    ]
    lines = [
        f"| {' | '.join(map(markdown_text, (*table.heads, *table.columns)))} |",
        f"|{'|'.join(aligned)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        *(f"- {markdown_line(note)}" for note in table.notes),
    ]
    return "\n".join(lines) + "\n"


def _markdown_cell(cell: Cell) -> str:
    return "<br>".join(map(_markdown_part, cell.parts))


def _markdown_part(part: CellPart) -> str:
    if isinstance(part, CellLine):
        return _markdown_line(part)
    times = f" **{part.times}**" if part.bold and part.times else f" {part.times}".rstrip()
    return f"\\[{'; '.join(map(_markdown_line, part.lines))}\\]{times}"


def _markdown_line(line: CellLine) -> str:
    text = markdown_text(line.text)
    return f"**{text}**" if line.bold else text


# HTML.


def as_html(table: ArchitectureTable) -> str:
    """A ``<table>`` with the style that it needs."""
    headings = "".join(f'<th scope="col">{escape(text)}</th>' for text in table.heads)
    headings += "".join(f'<th scope="col">{escape(text)}</th>' for text in table.columns)
    body = [_html_row(row, table) for row in table.rows]
    foot = [_html_row(row, replace(table, ruled=False)) for row in table.totals]
    notes = " ".join(map(escape, table.notes))
    return "\n".join(
        [
            _STYLE,
            '<table class="architecture">',
            f"<caption>{notes}</caption>",
            f"<thead><tr>{headings}</tr></thead>",
            "<tbody>",
            *body,
            "</tbody>",
            "<tfoot>",
            *foot,
            "</tfoot>",
            "</table>",
            "",
        ]
    )


def _html_row(row: TableRow, table: ArchitectureTable) -> str:
    """One ``<tr>`` for every band; the heads beside all of them."""
    spans = f' rowspan="{len(row.bands)}"' if len(row.bands) > 1 else ""
    heads = "".join(f'<th scope="row"{spans}>{escape(text)}</th>' for text in row.heads)
    lines = []
    for number, band in enumerate(row.bands):
        across = f' colspan="{len(table.columns)}"' if len(band) < len(table.columns) else ""
        cells = "".join(
            f"<td{across}{_html_align(k in table.numeric)}>{_html_cell(cell)}</td>"
            for k, cell in enumerate(band)
        )
        start = '<tr class="stage">' if table.ruled and not number else "<tr>"
        lines.append(f"{start}{heads}{cells}</tr>")
        heads = ""
    return "\n".join(lines)


def _html_align(to_the_right: bool) -> str:
    return ' style="text-align: right"' if to_the_right else ""


def _html_cell(cell: Cell) -> str:
    return "<br>".join(map(_html_part, cell.parts))


def _html_part(part: CellPart) -> str:
    if isinstance(part, CellLine):
        return _html_line(part)
    inside = "<br>".join(map(_html_line, part.lines))
    times = f" <b>{part.times}</b>" if part.bold and part.times else f" {part.times}".rstrip()
    return f'<span class="block">{inside}</span>{times}'


def _html_line(line: CellLine) -> str:
    text = escape(line.text)
    return f"<b>{text}</b>" if line.bold else text

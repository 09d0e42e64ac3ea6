"""A table of architectures as LaTeX."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from archspec.figures.styles.table.cells import (
    ArchitectureTable,
    Cell,
    CellBlock,
    CellLine,
    CellPart,
    TableRow,
)

MAX_LINE: Final = 100
"""Characters of a row in one line of the source; a longer row has a line for every cell."""
_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedblright{}",
    "`": r"\`{}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "→": r"$\rightarrow$",
    "–": r"\textendash{}",
    "…": r"\ldots{}",
    "\N{NO-BREAK SPACE}": "~",
}
_ACCENTS: Final = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"'}
_ACCENTED: Final = frozenset("AEIOUYNaeouyn")


def as_latex(table: ArchitectureTable) -> str:
    """A tabular for a document that loads booktabs."""
    width, heads = len(table.columns), len(table.heads)
    aligned = "".join("r" if k in table.numeric else "c" for k in range(width))
    lines = [
        r"% \usepackage{booktabs}",
        r"\begingroup\small\setlength{\tabcolsep}{4pt}",
        rf"\begin{{tabular}}{{{'l' * heads}{aligned}}}",
        r"\toprule",
        _latex_line(map(latex_text, (*table.heads, *table.columns))),
        r"\midrule",
    ]
    for above, row in zip((None, *table.rows), table.rows, strict=False):
        lines += filter(None, [_latex_rule(above, row, table.ruled)] if above else [])
        lines += _latex_row(row, width)
    lines += [r"\midrule", *(line for row in table.totals for line in _latex_row(row, width))]
    lines += [r"\bottomrule", r"\end{tabular}"]
    notes = " ".join(map(latex_text, table.notes))
    return "\n".join([*lines, r"\par\smallskip", rf"\footnotesize {notes}\par\endgroup", ""])


def _latex_rule(above: TableRow, below: TableRow, ruled: bool) -> str:
    """What is between two rows: a rule, or space where there are brackets."""
    if ruled:
        return r"\midrule"
    parts = (part for row in (above, below) for cell in row.bands[0] for part in cell.parts)
    return r"\addlinespace" if any(isinstance(part, CellBlock) for part in parts) else ""


def _latex_line(cells: Iterable[str]) -> str:
    row = list(cells)
    is_long = sum(map(len, row)) > MAX_LINE
    return (" &\n  " if is_long else " & ").join(row) + r" \\"


def _latex_row(row: TableRow, width: int) -> list[str]:
    """One line for every band; the heads beside the first."""
    heads = [latex_text(text) for text in row.heads]
    lines = []
    for band in row.bands:
        cells = [_latex_cell(cell) for cell in band]
        if len(band) < width:
            cells = [rf"\multicolumn{{{width}}}{{c}}{{{cells[0]}}}"]
        lines.append(_latex_line([*heads, *cells]))
        heads = [""] * len(heads)
    return lines


def _latex_cell(cell: Cell) -> str:
    parts = [_latex_part(part) for part in cell.parts]
    return _latex_stack(parts) if len(parts) > 1 else "".join(parts)


def _latex_stack(lines: Sequence[str]) -> str:
    inside = r" \\ ".join(lines)
    return rf"\begin{{tabular}}{{@{{}}c@{{}}}}{inside}\end{{tabular}}"


def _latex_part(part: CellPart) -> str:
    if isinstance(part, CellLine):
        return _latex_one(part)
    inside = _latex_stack([_latex_one(line) for line in part.lines])
    times = rf"\mathbf{{\times {part.count}}}" if part.bold else rf"\times {part.count}"
    return rf"$\left[{inside}\right]{times if part.count > 1 else ''}$"


def _latex_one(line: CellLine) -> str:
    text = latex_text(line.text)
    return rf"\textbf{{{text}}}" if line.bold else text


def latex_text(text: str) -> str:
    """Escaped: nothing in it is a command, and pdflatex knows every character."""
    return "".join(map(_latex_character, text)).replace("--", "-{}-{}")


def _latex_character(character: str) -> str:
    if character in _LATEX:
        return _LATEX[character]
    if character.isascii():
        return character
    return _latex_accent(character) or _latex_unicode(character)


def _latex_accent(character: str) -> str | None:
    """``\\'{e}`` of é."""
    decomposed = unicodedata.normalize("NFD", character)
    letter, mark = decomposed[0], decomposed[1:]
    if mark not in _ACCENTS or letter not in _ACCENTED:
        return None
    return rf"\{_ACCENTS[mark]}{{{letter}}}"


def _latex_unicode(character: str) -> str:
    """The character where the engine knows Unicode, its number where it does not."""
    return rf"\ifdefined\Umathchar {character}\else U+{ord(character):04X}\fi{{}}"

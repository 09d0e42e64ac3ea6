"""A table as LaTeX, with the rules of booktabs."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.figures.styles.table.latex import latex_text
from archspec.reports.table import Table, in_one_line


def latex(table: Table) -> str:
    """A table for a paper: its notes are a comment above it, its title is for the caption."""
    table = table.map_text(in_one_line)
    notes = [": ".join(filter(None, note)) for note in table.notes]
    titles = list(filter(None, (table.title, table.subtitle)))
    alignment = "".join("r" if column.right else "l" for column in table.columns)
    return "\n".join(
        [
            "% needs \\usepackage{booktabs}",
            *(f"% {line}" for line in (*titles, *notes)),
            rf"\begin{{tabular}}{{{alignment}}}",
            r"\toprule",
            _line(column.title for column in table.columns),
            r"\midrule",
            *map(_line, table.rows),
            *([r"\midrule", _line(table.total)] if table.total else []),
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )


def _line(cells: Iterable[str]) -> str:
    return rf"{' & '.join(map(_cell, cells))} \\"


def _cell(text: str) -> str:
    indent = len(text) - len(text.lstrip(" "))
    return "\\quad " * (indent // 2) + latex_text(text.lstrip(" "))

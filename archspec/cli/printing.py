"""Results on standard output, for people and for programs, and their format."""

import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from archspec.reports.table import Table

TableFormat = Literal["table", "json", "csv", "markdown", "latex", "html"]
ResultFormat = Annotated[TableFormat, typer.Option(help="Format of the result.")]


def print_text(text: str) -> None:
    """Text for people."""
    sys.stdout.write(f"{text}\n")


def print_data(text: str) -> None:
    """What programs read is UTF-8, whatever the screen has."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    print_text(text)


def print_table(table: "Table", format: TableFormat = "table") -> None:
    """A table as it fits the screen, or as Markdown, LaTeX or HTML."""
    from archspec.reports import table as tables

    if format == "markdown":
        print_data(tables.markdown(table))
    elif format == "html":
        print_data(tables.html(table))
    elif format == "latex":
        from archspec.reports.views.latex import latex

        print_data(latex(table))
    else:
        tables.print_table(table)

"""The options of commands that draw charts, and the file with one."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from archspec.figures.request import Options
    from archspec.figures.scene import Scene


def _themes() -> list[str]:
    from archspec.figures.theme import THEMES

    return list(THEMES)


ChartFile = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Draw it into a file instead: .svg, .pdf, .png, .tex, .html, or .json.",
        show_default=False,
    ),
]
Theme = Annotated[
    str | None,
    typer.Option(
        "--theme",
        metavar="<light|dark|print>",
        help="Colours of the chart; print is for greyscale.",
        autocompletion=_themes,
        show_default=False,
    ),
]
Width = Annotated[
    str | None,
    typer.Option(
        "--width",
        metavar="WIDTH",
        help="Width of the chart: a4, column, slide, or millimetres: 120mm.",
        show_default=False,
    ),
]


def save_chart(
    compose: "Callable[[Options], Scene]", output: str, theme: str | None, width: str | None
) -> None:
    """Write a chart, and what could not be done to standard error."""
    from archspec.diagnostics.render.terminal import escape
    from archspec.figures.draw import save_scene
    from archspec.figures.request import request

    for note in save_scene(compose, output, request(theme=theme, width=width)):
        sys.stderr.write(f"note: {escape(note)}\n")


def check_chart(output: str | None, format: str, theme: str | None, width: str | None) -> None:
    """Refuse what has no effect with a chart, or without one."""
    if output is not None and format != "table":
        message = "is for what is printed: the name of a chart's file says its format"
        raise typer.BadParameter(message, param_hint="'--format'")
    if output is None and (theme or width):
        option = "'--theme'" if theme else "'--width'"
        raise typer.BadParameter("is for a chart: add -o FILE", param_hint=option)

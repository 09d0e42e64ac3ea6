"""``archspec explain``."""

import sys
from typing import Annotated

import typer

from archspec.cli.printing import print_text


def _complete_code() -> list[str]:
    from archspec.diagnostics import CODES, REMARKS

    return [*CODES, *REMARKS]


def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE]",
            help="As in error[CODE], or a remark of lint.",
            autocompletion=_complete_code,
        ),
    ] = None,
) -> None:
    """List the diagnostics, or explain one with a wrong and a corrected spec.

    \b
    archspec explain
    archspec explain shape
    """
    from archspec.diagnostics.render.terminal import wants_color
    from archspec.reports.explanations import overview, page
    from archspec.screen import screen

    shown = screen(sys.stdout)
    if code is None:
        print_text(overview(shown))
    else:
        print_text(page(code, color=wants_color(sys.stdout), screen=shown))

"""``archspec ops``."""

import sys
from typing import Annotated

import typer

from archspec.cli.printing import print_table, print_text


def _complete_op() -> list[str]:
    from archspec.ops import registry

    return list(registry())


def ops(
    op: Annotated[
        str | None, typer.Argument(metavar="[OP]", help="One op.", autocompletion=_complete_op)
    ] = None,
) -> None:
    """List the ops of the language, or describe one.

    \b
    archspec ops
    archspec ops Conv2d
    """
    from archspec.reports.op_pages import op_page, ops_table
    from archspec.screen import screen

    if op is None:
        print_table(ops_table())
    else:
        print_text(op_page(op, screen(sys.stdout)))

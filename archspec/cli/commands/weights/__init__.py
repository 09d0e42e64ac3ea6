"""``archspec weights``: the commands on files of weights."""

import typer

from archspec.cli.commands.weights.convert import convert
from archspec.cli.commands.weights.diff import diff
from archspec.cli.commands.weights.inspect import inspect
from archspec.cli.lazy import HELP_OPTIONS

weights = typer.Typer(
    help="Look into files of weights, convert and compare them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=HELP_OPTIONS,
)
for command in (inspect, convert, diff):
    weights.command()(command)

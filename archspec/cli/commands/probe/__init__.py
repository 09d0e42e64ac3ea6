"""``archspec probe``: the commands that look into networks."""

from typing import Any

import typer
from typer.core import TyperGroup

from archspec.cli.commands.probe.cam import cam
from archspec.cli.commands.probe.filters import filters
from archspec.cli.commands.probe.layers import layers
from archspec.cli.commands.probe.maps import maps
from archspec.cli.commands.probe.masks import masks
from archspec.cli.lazy import HELP_OPTIONS


class ProbeCommands(TyperGroup):
    """The commands; without the name of one, that on layers."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        names = [*self.commands, *HELP_OPTIONS["help_option_names"]]
        if args and args[0] not in names:
            args = ["layers", *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """What each does in full, on a narrow screen, too."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, each.get_short_help_str(200)) for name, each in self.commands.items()]
            )


probe = typer.Typer(
    cls=ProbeCommands,
    help="Look into networks: their layers in numbers, and pictures of what they see.",
    epilog="'archspec probe SPEC' is short for 'archspec probe layers SPEC'.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=HELP_OPTIONS,
)
for command in (layers, filters, maps, masks, cam):
    probe.command()(command)

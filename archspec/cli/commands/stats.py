"""``archspec stats``."""

import sys
from typing import Annotated

import typer

from archspec.cli.arguments import (
    Input,
    MaxLayers,
    MemoryEfficient,
    Mode,
    Settings,
    Specs,
    load_networks,
)
from archspec.cli.printing import ResultFormat, TableFormat, print_data, print_table


def stats(
    specs: Specs,
    mode: Annotated[
        Mode, typer.Option(help="Whether to count branches that exist only in training.")
    ] = "inference",
    memory_efficient: MemoryEfficient = False,
    format: ResultFormat = "table",
    depth: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Open scopes down to this many levels.", show_default=False
        ),
    ] = None,
    expand: Annotated[bool, typer.Option("--expand", help="One row for every layer.")] = False,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Count parameters, multiply-accumulates and bytes.

    Several specs are compared, one row a network.

    \b
    archspec stats resnet50
    archspec stats resnet18 resnet34 --format markdown
    archspec stats my.yaml --set n=10 --input 3x32x32
    archspec stats densenet121 --memory-efficient
    """
    from archspec.analyses.stats import stats as count
    from archspec.reports import comparison_report, stats_report
    from archspec.screen import screen

    _check_rows(len(specs), format, depth, expand=expand)
    graphs = load_networks(specs, settings, input, max_layers)
    counted = [count(graph, mode, memory_efficient=memory_efficient) for graph in graphs]
    alone = counted[0] if len(counted) == 1 else None
    if format == "json":
        print_data(stats_report.stats_json(alone) if alone else comparison_report.all_json(counted))
    elif format == "csv":
        print_data(
            stats_report.stats_csv(alone) if alone else comparison_report.comparison_csv(counted)
        )
    elif alone:
        width = screen(sys.stdout).width
        print_table(
            stats_report.stats_table(alone, depth=depth, expand=expand, width=width), format
        )
    else:
        print_table(comparison_report.comparison_table(counted), format)


def _check_rows(specs: int, format: TableFormat, depth: int | None, *, expand: bool) -> None:
    """Refuse what has no effect: rows can be chosen for the table of one network."""
    option = "'--expand'" if expand else "'--depth'"
    if depth is None and not expand:
        return
    if depth is not None and expand:
        raise typer.BadParameter(
            "--expand opens everything: give one of them", param_hint="'--depth'"
        )
    if specs > 1:
        message = f"is for one network, and {specs} are compared, each in one row"
        raise typer.BadParameter(message, param_hint=option)
    if depth is not None and format in ("json", "csv"):
        message = f"is for tables; {format.upper()} has a row for every layer"
        raise typer.BadParameter(message, param_hint=option)

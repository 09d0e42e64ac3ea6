"""``archspec paths``."""

from functools import partial
from typing import Annotated, Literal

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, Specs, load_networks
from archspec.cli.charts import ChartFile, Theme, Width, check_chart, save_chart
from archspec.cli.printing import ResultFormat, print_data, print_table


def paths(
    specs: Specs,
    begin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="LAYER",
            help="Where the paths begin. (all inputs)",
            show_default=False,
        ),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="LAYER", help="Where they end. (the first output)", show_default=False
        ),
    ] = None,
    by: Annotated[
        Literal["modules", "layers"] | None,
        typer.Option(help="What lengths count. (modules, if there are some)", show_default=False),
    ] = None,
    decay: Annotated[
        str, typer.Option(metavar="NUMBER", help="What each module leaves of the gradient.")
    ] = "0.25",
    everything: Annotated[
        bool, typer.Option("--all", help="A row for every length, however rare.")
    ] = False,
    format: ResultFormat = "table",
    output: ChartFile = None,
    theme: Theme = None,
    width: Width = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Count the paths through a network, and how long they are (Veit et al., 2016).

    Several specs are compared, one row a network.

    \b
    archspec paths resnet110_preact
    archspec paths resnet34 resnet50 densenet121 --format csv
    archspec paths densenet121 --by layers --all
    archspec paths googlenet --from maxpool2 --to inception4e
    archspec paths resnet110_preact -o paths.svg
    """
    from archspec.analyses.paths import paths as count
    from archspec.reports.analyses import paths_report as report

    _check(len(specs), format, by, output, everything=everything)
    check_chart(output, format, theme, width)
    graphs = load_networks(specs, settings, input, max_layers)
    found = [count(graph, begin, end, decay=decay) for graph in graphs]
    alone = found[0] if len(found) == 1 else None
    if output is not None:
        from archspec.figures.charts.paths_chart import paths_chart

        save_chart(partial(paths_chart, found[0]), output, theme, width)
    elif format == "json":
        print_data(report.paths_json(alone) if alone else report.compared_paths_json(found))
    elif format == "csv":
        print_data(report.paths_csv(alone) if alone else report.compared_paths_csv(found))
    elif alone:
        print_table(report.paths_table(alone, by, everything=everything), format)
    else:
        print_table(report.compared_paths_table(found), format)


def _check(
    specs: int, format: str, by: str | None, output: str | None, *, everything: bool
) -> None:
    """Refuse what has no effect."""
    option = "'--by'" if by else "'--all'"
    if specs > 1 and output is not None:
        raise typer.BadParameter("a chart shows one network", param_hint="'--output'")
    if not by and not everything:
        return
    if output is not None or format in ("json", "csv"):
        raise typer.BadParameter("is for tables: the others have all lengths", param_hint=option)
    if specs > 1:
        message = f"is for one network, and {specs} are compared, each in one row"
        raise typer.BadParameter(message, param_hint=option)

"""``archspec sweep``."""

from functools import partial
from typing import Annotated

import typer

from archspec.cli.arguments import Input, MaxLayers, Spec, inputs_of
from archspec.cli.charts import ChartFile, Theme, Width, check_chart, save_chart
from archspec.cli.printing import ResultFormat, print_data, print_table


def sweep(
    spec: Spec,
    choices: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="NAME=VALUES",
            help="16:128:16 or 1..8, both ends included, or 16,32,64; one value is fixed. "
            "Can be repeated: all combinations.",
            show_default=False,
        ),
    ],
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES",
            help="Counts to show: params,macs,saved_bytes. (all)",
            show_default=False,
        ),
    ] = None,
    format: ResultFormat = "table",
    output: ChartFile = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The count that the chart shows. (params)", show_default=False
        ),
    ] = None,
    theme: Theme = None,
    width: Width = None,
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Count a network for many values of its parameters, as a table or a chart.

    \b
    archspec sweep resnet50 --set base_width=16:64:16
    archspec sweep densenet121 --set growth=12,24,32 --columns params,macs --format csv
    archspec sweep resnet20_cifar --set n=1..6 --set shortcut=ZeroPad,Projection -o params.svg
    archspec sweep resnet50 --set base_width=16:64:16 --metric macs -o macs.png
    """
    from archspec.analyses.search.family import METRICS, metric_of
    from archspec.analyses.search.sweep import sweep_of
    from archspec.analyses.search.values import choice_of
    from archspec.elaborate.expand.nodes import MAX_LAYERS
    from archspec.reports.analyses import search_report as report

    check_chart(output, format, theme, width)
    if metric is not None and output is None:
        raise typer.BadParameter("is for a chart: add -o FILE", param_hint="'--metric'")
    if columns is not None and output is not None:
        raise typer.BadParameter("is for tables, not for a chart", param_hint="'--columns'")
    shown = METRICS if columns is None else tuple(map(metric_of, columns.split(",")))
    shape = inputs_of(input)
    found = sweep_of(spec, dict(map(choice_of, choices)), shape, max_layers or MAX_LAYERS)
    if output is not None:
        from archspec.figures.charts.sweep_chart import sweep_chart

        save_chart(partial(sweep_chart, found, metric or "params"), output, theme, width)
    elif format == "json":
        print_data(report.sweep_json(found, shown))
    elif format == "csv":
        print_data(report.sweep_csv(found, shown))
    else:
        print_table(report.sweep_table(found, shown), format)

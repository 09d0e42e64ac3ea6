"""``archspec receptive``."""

from functools import partial
from typing import Annotated

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, Spec, load_networks
from archspec.cli.charts import ChartFile, Theme, Width, check_chart, save_chart
from archspec.cli.printing import ResultFormat, print_data, print_table


def receptive(
    spec: Spec,
    everything: Annotated[
        bool, typer.Option("--all", help="A row for every layer, also where nothing changes.")
    ] = False,
    format: ResultFormat = "table",
    output: ChartFile = None,
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="LAYER",
            help="The layer whose field the chart shows. (the last one of each resolution)",
            show_default=False,
        ),
    ] = None,
    theme: Theme = None,
    width: Width = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Show the receptive field of every layer: its size, step and place, and where it passes the input.

    \b
    archspec receptive vgg16
    archspec receptive resnet50 --format csv
    archspec receptive googlenet --all --input 3x320x320
    archspec receptive resnet50 -o fields.svg
    archspec receptive resnet50 --layer layer2 -o field.png
    """
    from archspec.analyses.fields import receptive as fields_of
    from archspec.reports.analyses import receptive_report as report

    if everything and (output is not None or format in ("json", "csv")):
        raise typer.BadParameter("is for tables: the others have all", param_hint="'--all'")
    if layer is not None and output is None:
        raise typer.BadParameter("is for a chart: add -o FILE", param_hint="'--layer'")
    check_chart(output, format, theme, width)
    (graph,) = load_networks([spec], settings, input, max_layers)
    fields = fields_of(graph)
    if output is not None:
        from archspec.figures.charts.receptive_chart import fields_chart

        save_chart(partial(fields_chart, fields, layer), output, theme, width)
    elif format == "json":
        print_data(report.fields_json(fields))
    elif format == "csv":
        print_data(report.fields_csv(fields))
    else:
        print_table(report.fields_table(fields, everything=everything), format)

"""``archspec memory``."""

from functools import partial
from typing import Annotated, Literal

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, Spec, load_networks
from archspec.cli.charts import ChartFile, Theme, Width, check_chart, save_chart
from archspec.cli.printing import ResultFormat, print_data, print_table


def memory(
    spec: Spec,
    batch: Annotated[
        int, typer.Option(min=1, max=1_000_000, metavar="N", help="Samples of a batch.")
    ] = 1,
    dtype: Annotated[
        Literal["float32", "float16", "bfloat16", "int8", "mixed"],
        typer.Option(help="The precision; int8 is for inference only."),
    ] = "float32",
    optimizer: Annotated[
        Literal["sgd", "momentum", "adam"],
        typer.Option(help="What keeps numbers for each weight."),
    ] = "adam",
    memory: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE", help="Find the largest batch that fits: 24GiB.", show_default=False
        ),
    ] = None,
    freeze: Annotated[
        list[str],
        typer.Option(
            metavar="GLOB", help="Layers that do not learn. Can be repeated.", show_default=False
        ),
    ] = [],  # noqa: B006 -- typer copies it
    format: ResultFormat = "table",
    output: ChartFile = None,
    theme: Theme = None,
    width: Width = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Count the memory that inference and a training step need, and where they need most.

    \b
    archspec memory resnet50 --batch 32 --optimizer momentum
    archspec memory densenet121 --dtype mixed --memory 24GiB
    archspec memory vgg16 --format csv
    archspec memory resnet50 --batch 8 -o memory.svg
    """
    from archspec.analyses.memory.needs import bytes_of, memory_needs
    from archspec.reports.analyses import memory_report as report

    size = None if memory is None else bytes_of(memory)
    if size is not None and (output is not None or format == "csv"):
        raise typer.BadParameter("is for tables and JSON", param_hint="'--memory'")
    check_chart(output, format, theme, width)
    (graph,) = load_networks([spec], settings, input, max_layers)
    needs = memory_needs(graph, batch=batch, dtype=dtype, optimizer=optimizer, freeze=freeze)
    if output is not None:
        from archspec.figures.charts.memory_chart import memory_chart

        save_chart(partial(memory_chart, needs), output, theme, width)
    elif format == "json":
        print_data(report.memory_json(needs, size))
    elif format == "csv":
        print_data(report.memory_csv(needs))
    else:
        print_table(report.memory_table(needs, size), format)

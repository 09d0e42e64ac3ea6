"""``archspec show``."""

from typing import Annotated, Literal

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, Spec, load_networks
from archspec.cli.printing import print_data, print_table


def show(
    spec: Spec,
    format: Annotated[
        Literal["table", "json"], typer.Option(help="Format of the result.")
    ] = "table",
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Show every layer with its shape, and where it was written.

    \b
    archspec show my.yaml
    archspec show resnet50 --format json
    """
    from archspec.reports import layers_report

    (graph,) = load_networks([spec], settings, input, max_layers)
    if format == "json":
        print_data(layers_report.layers_json(graph))
    else:
        print_table(layers_report.layers_table(graph))

"""``archspec diff``."""

import sys
from typing import Annotated

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, complete_spec, load_networks
from archspec.cli.charts import ChartFile, Theme, Width, check_chart
from archspec.cli.printing import ResultFormat, print_data, print_table

Compared = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="A path, path.yaml:variant, a network from the zoo, or -.",
        autocompletion=complete_spec,
        show_default=False,
    ),
]


def diff(
    before: Compared,
    after: Compared,
    format: ResultFormat = "table",
    output: ChartFile = None,
    theme: Theme = None,
    width: Width = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Show what makes the second network of the first: layers added, removed and changed.

    Layers are aligned by structure, whatever their names. The exit code is 0 if both are the same
    network, 1 if they are not, and 2 if one of them is wrong. With -o it draws both in one figure,
    as archspec draw --diff does.

    \b
    archspec diff resnet50 resnet101
    archspec diff vgg16 vgg16_bn --format json
    archspec diff old.yaml my.yaml --format markdown
    archspec diff resnet50 resnet101 -o changes.svg
    """
    from archspec.analyses.difference import diff as difference
    from archspec.diagnostics import SpecError
    from archspec.diagnostics.render.terminal import print_diagnostics
    from archspec.reports.analyses import diff_report as report

    check_chart(output, format, theme, width)
    try:
        graphs = load_networks([before, after], settings, input, max_layers)
    except SpecError as error:
        print_diagnostics(error.diagnostics)
        raise typer.Exit(2) from None
    found = difference(*graphs)
    if output is not None:
        from archspec.diagnostics.render.terminal import escape
        from archspec.figures.draw import save_figure
        from archspec.figures.request import request

        options = request(diff=True, theme=theme, width=width)
        for note in save_figure(graphs, output, options):
            sys.stderr.write(f"note: {escape(note)}\n")
    elif format == "json":
        print_data(report.diff_json(found))
    elif format == "csv":
        print_data(report.diff_csv(found))
    else:
        print_table(report.diff_table(found), format)
    if not found.same:
        raise typer.Exit(1)

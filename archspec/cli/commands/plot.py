"""``archspec plot``."""

from functools import partial
from typing import Annotated

import typer

from archspec.cli.arguments import Specs
from archspec.cli.charts import ChartFile, Theme, Width, check_chart, save_chart
from archspec.cli.printing import ResultFormat, print_data, print_table


def plot(
    specs: Specs,
    figure: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The published number: top1_error. (the one that most networks have)",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str,
        typer.Option(metavar="NAME", help="What it is plotted over: a count of archspec stats."),
    ] = "params",
    format: ResultFormat = "table",
    output: ChartFile = None,
    theme: Theme = None,
    width: Width = None,
) -> None:
    """Plot what was published about networks over what they cost: the scatter of papers.

    SPEC may also be a glob of names of the zoo, a file with all of its variants, or a study.

    \b
    archspec plot 'resnet*_cifar' 'densenet*'
    archspec plot 'densenet*' --figure top1_error --metric macs -o densenets.svg
    archspec plot activations --figure accuracy --metric macs --format csv
    """
    from archspec.analyses.published import scatter
    from archspec.reports.analyses import scatter_report as report

    check_chart(output, theme, width)
    found = scatter(specs, figure, metric)
    if output is not None:
        from archspec.figures.charts.scatter_chart import scatter_chart

        save_chart(partial(scatter_chart, found), output, theme, width)
    elif format == "json":
        print_data(report.scatter_json(found))
    elif format == "csv":
        print_data(report.scatter_csv(found))
    else:
        print_table(report.scatter_table(found), format)

"""``archspec plot``."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.arguments import Specs
from archspec.cli.charts import ChartFile, Theme, Width, check_chart, save_chart
from archspec.cli.printing import ResultFormat, TableFormat, print_data, print_table

if TYPE_CHECKING:
    from archspec.analyses.cumulative import Cumulative
    from archspec.analyses.published import Scatter


def plot(
    specs: Specs,
    figure: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The published number, such as top1_error (the one that most networks have); of "
            "trainings accuracy, best_accuracy, error or loss.",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What it is plotted over, params unless named: a count of archspec stats.",
            show_default=False,
        ),
    ] = None,
    cumulative: Annotated[
        bool,
        typer.Option(
            "--cumulative",
            help="Plot the cumulative params and MACs over the depth instead, or one --metric.",
        ),
    ] = False,
    format: ResultFormat = "table",
    output: ChartFile = None,
    theme: Theme = None,
    width: Width = None,
) -> None:
    """Plot accuracy over what networks cost, or what they cost over their depth: charts of papers.

    SPEC may also be a glob of names of the zoo, a file with all of its variants, or a study; or
    all are folders of trainings, whose measured accuracy is plotted.

    \b
    archspec plot 'resnet*_cifar' 'densenet*'
    archspec plot 'densenet*' --figure top1_error --metric macs -o densenets.svg
    archspec plot activations --figure accuracy --metric macs --format csv
    archspec plot vgg16 resnet50 --cumulative -o depth.svg
    """
    check_chart(output, format, theme, width)
    if cumulative:
        _check_cumulative(specs, figure)
        from archspec.analyses.cumulative import cumulative as add_up

        _show_cumulative(add_up(specs, metric), format, output, theme, width)
    else:
        _show_scatter(_scatter(specs, figure, metric or "params"), format, output, theme, width)


def _check_cumulative(specs: list[str], figure: str | None) -> None:
    if figure is not None:
        message = "has no effect with --cumulative, which plots no figures"
        raise typer.BadParameter(message, param_hint="'--figure'")
    if any(Path(spec).is_dir() for spec in specs):
        message = "is for networks; of a training name its spec.yaml"
        raise typer.BadParameter(message, param_hint="'--cumulative'")


def _scatter(specs: list[str], figure: str | None, metric: str) -> "Scatter":
    """Of networks, or of folders of trainings."""
    folders = [spec for spec in specs if Path(spec).is_dir()]
    if not folders:
        from archspec.analyses.published import scatter

        return scatter(specs, figure, metric)
    from archspec.reports.run.measured import measured_scatter

    if len(folders) < len(specs):
        message = "measured and published numbers do not mix: name trainings or networks"
        raise typer.BadParameter(message, param_hint="'SPEC'")
    return measured_scatter(folders, figure, metric)


def _show_scatter(
    found: "Scatter", format: TableFormat, output: str | None, theme: str | None, width: str | None
) -> None:
    from archspec.reports.analyses import scatter_report as report

    if output is not None:
        from archspec.figures.charts.scatter_chart import scatter_chart

        save_chart(partial(scatter_chart, found), output, theme, width)
    elif format == "json":
        print_data(report.scatter_json(found))
    elif format == "csv":
        print_data(report.scatter_csv(found))
    else:
        print_table(report.scatter_table(found), format)


def _show_cumulative(
    found: "Cumulative",
    format: TableFormat,
    output: str | None,
    theme: str | None,
    width: str | None,
) -> None:
    from archspec.reports.analyses import cumulative_report as report

    if output is not None:
        from archspec.figures.charts.cumulative_chart import cumulative_chart

        save_chart(partial(cumulative_chart, found), output, theme, width)
    elif format == "json":
        print_data(report.cumulative_json(found))
    elif format == "csv":
        print_data(report.cumulative_csv(found))
    else:
        print_table(report.cumulative_table(found), format)

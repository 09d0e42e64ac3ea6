"""``archspec runs``."""

import sys
from typing import Annotated

import typer

from archspec.cli.printing import ResultFormat, print_data, print_table


def runs(
    folders: Annotated[
        list[str],
        typer.Argument(
            metavar="DIR", help="Folders of trainings, or folders that have them below."
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Also draw the curves of all: .svg, .pdf or .png. - writes SVG to standard output.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    format: ResultFormat = "table",
) -> None:
    """Compare trainings: accuracy, loss, time, and their curves in one plot.

    \b
    archspec runs runs
    archspec runs runs/resnet20 runs/resnet56 -o compared.svg
    archspec runs runs --format csv
    """
    from archspec.diagnostics import SpecError
    from archspec.diagnostics.render.terminal import escape
    from archspec.reports.run import curves, runs_report
    from archspec.reports.run.runs import find_runs

    found, broken = find_runs(folders)
    diagnostics = [each for error in broken for each in error.diagnostics]
    if not found:
        raise SpecError(diagnostics)
    for each in diagnostics:
        print(f"note: {escape(each.message)}", file=sys.stderr)
    if output is not None:
        curves.save_compared(found, output, force=force)
    if format == "json":
        print_data(runs_report.runs_json(found))
    elif format == "csv":
        print_data(runs_report.runs_csv(found))
    elif output != "-":
        print_table(runs_report.runs_table(found), format)

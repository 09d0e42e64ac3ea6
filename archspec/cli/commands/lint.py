"""``archspec lint``."""

import sys
from typing import Annotated, Literal

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, Specs, load_networks
from archspec.cli.printing import print_data, print_table, print_text

LintFormat = Literal["text", "table", "markdown", "json", "csv", "github"]


def lint(
    specs: Specs,
    format: Annotated[LintFormat, typer.Option(help="Format of the result.")] = "text",
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Remark on what an experienced reader would ask about: unusual, without effect, or costly.

    The exit code is 1 if there is a warning; notes leave it 0. 'lint: {ignore: [...]}' in a spec
    switches remarks off, and 'archspec explain NAME' explains one.

    \b
    archspec lint resnet50
    archspec lint alexnet googlenet resnet50 --format table
    archspec lint my.yaml --format github
    """
    from archspec.analyses.lint import lint as remarks_on
    from archspec.diagnostics.render import github
    from archspec.diagnostics.render.terminal import wants_color
    from archspec.reports.analyses import lint_report as report
    from archspec.screen import screen

    graphs = load_networks(specs, settings, input, max_layers)
    found = [remarks_on(graph) for graph in graphs]
    if format == "text":
        width = screen(sys.stdout).width
        print_text(report.findings_text(found, color=wants_color(sys.stdout), width=width))
    elif format == "json":
        print_data(report.remarks_json(found))
    elif format == "csv":
        print_data(report.remarks_csv(found))
    elif format == "github":
        print_data(github.render([each.diagnostic for one in found for each in one.findings]))
    else:
        print_table(report.remarks_table(found), format)
    if any(each.warnings for each in found):
        raise typer.Exit(1)

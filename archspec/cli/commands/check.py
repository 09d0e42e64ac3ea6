"""``archspec check``."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archspec.cli.arguments import Specs
from archspec.cli.printing import print_data, print_text

if TYPE_CHECKING:
    from archspec.diagnostics import Diagnostic
    from archspec.workspace.workspace import Workspace

DiagnosticFormat = Literal["text", "json", "github"]


def check(
    specs: Specs,
    format: Annotated[DiagnosticFormat, typer.Option(help="How to report diagnostics.")] = "text",
    lint: Annotated[
        bool,
        typer.Option("--lint", help="Remark on networks without errors, as archspec lint does."),
    ] = False,
) -> None:
    """Find all errors in all networks of some files.

    With --lint, the exit code is 1 for a warning, too.

    \b
    archspec check my.yaml
    archspec check specs/*.yaml --format github
    archspec check my.yaml --lint
    """
    from archspec.diagnostics import Diagnostic, SpecError
    from archspec.diagnostics.render import github, json, terminal
    from archspec.workspace.workspace import Workspace

    workspace = Workspace()
    diagnostics: list[Diagnostic] = []
    remarks: list[Diagnostic] = []
    for spec in specs:
        try:
            count = workspace.check(spec)
        except SpecError as error:
            diagnostics += error.diagnostics
        else:
            if format == "text":
                name = terminal.escape(spec)
                networks = f"{count} network{'s' if count != 1 else ''}" if count else "only blocks"
                print_text(f"ok  {name}  {networks}")
            if lint:
                remarks += _remarks(workspace, spec)
    if format == "text":
        terminal.print_diagnostics([*diagnostics, *remarks])
    else:
        print_data((json if format == "json" else github).render([*diagnostics, *remarks]))
    if any(diagnostic.level != "note" for diagnostic in (*diagnostics, *remarks)):
        raise typer.Exit(1)


def _remarks(workspace: "Workspace", spec: str) -> "list[Diagnostic]":
    """On all networks of a file, each once at its place."""
    from archspec.analyses.lint import lint

    findings = [found for graph in workspace.networks(spec) for found in lint(graph).findings]
    found = {(each.message, each.diagnostic.place): each.diagnostic for each in findings}
    return list(found.values())

"""``archspec check``."""

from typing import Annotated, Literal

import typer

from archspec.cli.arguments import Specs
from archspec.cli.printing import print_data, print_text

DiagnosticFormat = Literal["text", "json", "github"]


def check(
    specs: Specs,
    format: Annotated[DiagnosticFormat, typer.Option(help="How to report diagnostics.")] = "text",
) -> None:
    """Find all errors in all networks of some files.

    \b
    archspec check my.yaml
    archspec check specs/*.yaml --format github
    """
    from archspec.diagnostics import Diagnostic, SpecError
    from archspec.diagnostics.render import github, json, terminal
    from archspec.workspace.workspace import Workspace

    workspace = Workspace()
    diagnostics: list[Diagnostic] = []
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
    if format == "text":
        terminal.print_diagnostics(diagnostics)
    else:
        print_data((json if format == "json" else github).render(diagnostics))
    if diagnostics:
        raise typer.Exit(1)

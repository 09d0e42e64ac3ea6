"""``archspec zoo``."""

from typing import Annotated

import typer

from archspec.cli.printing import ResultFormat, print_data, print_table


def _complete_name() -> list[str]:
    from archspec.workspace.locate import zoo_names

    return list(zoo_names())


def zoo(
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATTERN]",
            help="Part of a name, or a glob.",
            autocompletion=_complete_name,
        ),
    ] = None,
    format: ResultFormat = "table",
) -> None:
    """List the networks of the zoo.

    \b
    archspec zoo
    archspec zoo 'resnet*' --format csv
    """
    from archspec.reports import zoo_report
    from archspec.workspace.zoo import entries

    found = entries(pattern)
    if format == "json":
        print_data(zoo_report.zoo_json(found))
    elif format == "csv":
        print_data(zoo_report.zoo_csv(found))
    else:
        print_table(zoo_report.zoo_table(found), format)

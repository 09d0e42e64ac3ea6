"""``archspec study``."""

from typing import Annotated

import typer

from archspec.cli.arguments import without_collection
from archspec.cli.printing import ResultFormat, print_data, print_table, print_text


def _complete_study(incomplete: str) -> list[str]:
    from archspec.cli.completion import studies

    return studies(incomplete)


def study(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="A spec file, or an included study.",
            autocompletion=_complete_study,
        ),
    ] = None,
    format: ResultFormat = "table",
) -> None:
    """Compare a network with its variants: counts, changes, and published results.

    \b
    archspec study
    archspec study activations
    archspec study my.yaml --format csv
    """
    from archspec.analyses import study as studies
    from archspec.reports import study_report

    if file is None:
        print_text("\n".join(studies.shipped()))
        return
    with without_collection():
        found = studies.study(file)
    if format == "json":
        print_data(study_report.study_json(found))
    elif format == "csv":
        print_data(study_report.study_csv(found))
    else:
        print_table(study_report.study_table(found), format)

"""``archspec recipes``."""

from typing import Annotated

import typer

from archspec.cli.printing import ResultFormat, print_data, print_table


def recipes(
    pattern: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATTERN]", help="Part of a name, a data set or a network, or a glob."
        ),
    ] = None,
    format: ResultFormat = "table",
) -> None:
    """List the shipped recipes, by which 'archspec train' trains.

    \b
    archspec recipes
    archspec recipes cifar10
    archspec recipes resnet50 --format json
    """
    from archspec.recipe.catalogue import entries
    from archspec.reports.recipes_report import recipes_json, recipes_table

    found = entries(pattern)
    if format == "json":
        print_data(recipes_json(found))
    else:
        print_table(recipes_table(found), format)

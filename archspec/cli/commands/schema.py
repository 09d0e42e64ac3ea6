"""``archspec schema``."""

from typing import Annotated

import typer

from archspec.cli.printing import print_data


def schema(
    recipe: Annotated[bool, typer.Option("--recipe", help="The schema of recipes.")] = False,
) -> None:
    """Print the JSON Schema of the language or of recipes, for editors.

    \b
    archspec schema > archspec.schema.json
    archspec schema --recipe > recipe.schema.json
    """
    if recipe:
        from archspec.recipe.schema import recipe_schema_json

        print_data(recipe_schema_json())
    else:
        from archspec.language.schema import schema_json

        print_data(schema_json())

"""``archspec schema``."""

from archspec.cli.printing import print_data


def schema() -> None:
    """Print the JSON Schema of the language, for editors.

    \b
    archspec schema > archspec.schema.json
    """
    from archspec.language.schema import schema_json

    print_data(schema_json())

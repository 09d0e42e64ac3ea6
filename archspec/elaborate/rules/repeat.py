"""What ``repeat`` counts, and the names that keys with templates make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from archspec.diagnostics import Fix, Label, SpecError, failure
from archspec.elaborate.rules.desugar import Item, bound_names
from archspec.elaborate.rules.templates import TEMPLATE
from archspec.language.model import bad_layer_name, bad_value_name, is_foreign_name
from archspec.language.names import Environment, Undefined, describe_value, evaluate
from archspec.text import Origin


def columns_of(item: Item, names: Environment) -> dict[str, Sequence[Any]]:
    """For every name that a repeat binds the values that it has in turn."""
    columns: dict[str, Sequence[Any]] = {}
    for name, raw, at in repeat_clauses(item):
        check_bound(name, at, names)
        value = evaluate(raw, at, names)
        if type(value) is not int and not isinstance(value, list):
            raise failure(
                "bad-repeat",
                f"repeat takes a whole number or a list, not {describe_value(value)}",
                at=at.value,
            )
        if type(value) is int and value < 0:
            raise failure("bad-repeat", f"{value} copies are not possible", at=at.value)
        columns[name] = value if isinstance(value, list) else range(value)
    at = item.at / "repeat"
    if not columns:
        raise failure("bad-repeat", "repeat names no list", at=at.value)
    if len({length(column) for column in columns.values()}) > 1:
        counts = ", ".join(f"{name} has {length(column)}" for name, column in columns.items())
        raise failure("bad-repeat", f"lists of different lengths: {counts}", at=at.value)
    return columns


def length(column: Sequence[Any]) -> int:
    """How long a column is; ``len`` of a range ends where the machine's addresses do."""
    return column.stop if isinstance(column, range) else len(column)


def repeat_clauses(item: Item) -> Iterator[tuple[str, Any, Origin]]:
    """The names that a repeat binds, each with what is counted; a bare number counts ``i``."""
    repeat, at = item.form.repeat, item.at / "repeat"
    if not isinstance(repeat, dict):
        yield "i", repeat, at
        return
    for name, raw in repeat.items():
        yield name, raw, at / name


def names_before(item: Item, names: Environment) -> Environment:
    """What ``from`` sees where it is read before the copies are made: what the repeat binds has no
    value there."""
    if item.form.repeat is None or item.repeat_form == "templated":
        return names
    bound = bound_names(item.form.repeat)
    if item.repeat_form == "numbered":
        reason = "the copies are the children of one scope, and 'from' gives what that reads"
        number = "i" if "i" in bound else next(iter(bound), "i")
        help = f"copies with a number in their name read each its own: {item.key}{{{number}}}"
    else:
        reason = "'from' gives what the first copy reads"
        help = "give the layers of the copies names with numbers, and write the 'from' there"
    return Environment(dict.fromkeys(bound, Undefined(reason, help)), names)


def check_bound(name: str, at: Origin, names: Environment) -> None:
    """Raises SpecError for a name that a repeat cannot bind here."""
    if problem := bad_value_name(name):
        raise failure("bad-name", problem, at=at.key)
    if names.holder(name) is not None:
        raise failure(
            "rebound-name",
            f"'{name}' already has a meaning here",
            at=at.key,
            help="give the copies another name: repeat: {j: ...}",
        )


def fill_key(item: Item, names: Environment) -> str | None:
    """A key with its templates filled in; None for an item of a list."""
    key = item.key
    if isinstance(key, int):
        return None

    def value(match: re.Match[str]) -> str:
        try:
            found = evaluate(match[1], item.at, names)
        except SpecError as error:
            raise in_key(error, item) from None
        if type(found) is not int:
            raise failure(
                "bad-name", f"'{match[1]}' in a name is {describe_value(found)}", at=item.at.key
            )
        return str(found)

    name = TEMPLATE.sub(value, key) if "{" in key else key
    if error := bad_key(item, name):
        raise error
    return name


def bad_key(item: Item, name: str) -> SpecError | None:
    """The error for a key that comes to this name; None if a layer can be called so."""
    problem = layer_name_problem(name)
    if problem is None:
        return None
    place = item.at.key
    if is_foreign_name(name) and place.is_quoted:
        return None
    help, fix = None, None
    if is_foreign_name(name):
        quoted = f'"{item.key}"'
        help, fix = f"in quotes it is taken as it is: {quoted}", Fix(place, quoted)
    message = problem if name == item.key else f"'{name}': {problem}"
    return failure("bad-name", message, at=place, help=help, fix=fix)


def in_key(error: SpecError, item: Item) -> SpecError:
    """The error for a template, shown in the key in which it stands."""
    label = Label(item.at.key)
    return SpecError([replace(diagnostic, labels=(label,)) for diagnostic in error.diagnostics])


@lru_cache(maxsize=4096)
def layer_name_problem(name: str) -> str | None:
    return bad_layer_name(name)

"""A part of a recipe: a class whose fields are its keys, made of what was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from archspec.diagnostics import Diagnostic, Label, SpecError, failure, fix_key, fix_name, near
from archspec.elaborate.rules.arguments import argument_problem
from archspec.language.program import Written
from archspec.text import Origin

OP: Final = "op"
"""The key that says which optimizer, schedule or augmentation it is."""

Entries = Mapping[str, Written[Any]]
"""The values under the keys of one mapping, each with its place: they may come from several files."""


class RecipePart(BaseModel):
    """What a recipe says under one key. Names and defaults of torch's classes are torch's."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


PartT = TypeVar("PartT", bound=RecipePart)


def make(cls: type[PartT], entries: Entries, at: Origin, called: str) -> PartT:
    """A part of what was written. Raises SpecError with all that is wrong; ``called`` names the part."""
    keys = {info.alias or name for name, info in cls.model_fields.items()}
    found = [
        _unknown_key(name, keys, entry.origin, called)
        for name, entry in entries.items()
        if name not in keys
    ]
    values = {name: _as_tuple(entry.value) for name, entry in entries.items() if name in keys}
    try:
        made = cls.model_validate(values)
    except ValidationError as error:
        raise SpecError([*found, *_diagnostics(error, entries, at, called)]) from None
    if found:
        raise SpecError(found)
    return made


def make_one_of(
    classes: Mapping[str, type[PartT]], entries: Entries, at: Origin, what: str
) -> PartT:
    """The part that ``op`` names, of a family. Raises SpecError."""
    if OP not in entries:
        raise failure(
            "missing-key",
            f"'{OP}' is missing: which {what} it is",
            at=at.key,
            help=f"one of {', '.join(classes)}",
        )
    name, place = entries[OP].value, entries[OP].origin.value
    if not isinstance(name, str) or name not in classes:
        raise failure(
            "unknown-op",
            f"there is no {what} '{name}'",
            at=place,
            help=near(str(name), classes) or f"one of {', '.join(classes)}",
            fix=fix_name(str(name), classes, place),
        )
    arguments = {key: entry for key, entry in entries.items() if key != OP}
    return make(classes[name], arguments, at, name)


def _unknown_key(name: str, keys: set[str], at: Origin, called: str) -> Diagnostic:
    known = sorted(keys)
    return Diagnostic(
        "unknown-key",
        f"{called} has no '{name}'",
        (Label(at.key),),
        near(name, known) or f"known here: {', '.join(known)}",
        fix_key(name, known, at),
    )


def _diagnostics(
    error: ValidationError, entries: Entries, at: Origin, called: str
) -> list[Diagnostic]:
    by_field: dict[str, list[ErrorDetails]] = {}
    for details in error.errors():
        by_field.setdefault(str(details["loc"][0]) if details["loc"] else "", []).append(details)
    return [
        _diagnostic(field, errors, entries.get(field), at, called)
        for field, errors in by_field.items()
    ]


def _diagnostic(
    field: str, errors: list[ErrorDetails], entry: Written[Any] | None, at: Origin, called: str
) -> Diagnostic:
    if entry is None and errors[0]["type"] == "missing":
        return Diagnostic("missing-key", f"{called} needs '{field}'", (Label(at.key),))
    place = at.value if entry is None else entry.origin.value
    problem = argument_problem(called, field, None if entry is None else entry.value, errors)
    return Diagnostic("bad-argument", problem, (Label(place),))


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value

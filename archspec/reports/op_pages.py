"""The ops of the language, listed and explained, from their own classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

from archspec.describe.values import value
from archspec.diagnostics import failure, near
from archspec.language.schema import argument_schemas, summary
from archspec.op.base import Op, Role
from archspec.ops import registry
from archspec.reports.table import TIED, Column, Table, plain
from archspec.screen import Screen, in_ascii, paragraphs, wrap_text, wrap_yaml

ROLES: Final = tuple(role for role in Role if role is not Role.INPUT)


def ops_table() -> Table:
    """All ops, family by family."""
    ordered = sorted(registry().items(), key=lambda item: ROLES.index(item[1].role))
    return Table(
        (Column("op"), Column("family"), Column("what it does", wraps=True)),
        tuple((name, cls.role.value, summary(cls)) for name, cls in ordered),
        notes=(("'archspec ops NAME' shows the arguments, the formula and an example",),),
    )


def op_page(name: str, screen: Screen = Screen()) -> str:  # noqa: B008 -- frozen
    """Everything about one op. Raises SpecError if there is none of that name."""
    ops = registry()
    if name not in ops:
        folded = {known.lower(): known for known in ops}
        raise failure(
            "not-found",
            f"there is no op '{name}'",
            help=near(name, ops) if name.lower() not in folded else f"write {folded[name.lower()]}",
        )
    cls, width = ops[name], screen.width
    facts = (
        line for fact, text in _facts(cls)
        for line in wrap_text(f"{fact:16}{text}", width, " " * 16)
    )  # fmt: skip
    table = _arguments(cls).map_text(in_ascii) if screen.ascii else _arguments(cls)
    parts = [
        f"{name} ({cls.role.value})",
        paragraphs(inspect.cleandoc(cls.__doc__ or ""), width),
        "\n".join(facts),
        plain(table, width) if cls.model_fields else "no arguments",
        "\n".join(["example", *wrap_yaml(f"  {example(cls)}", width)]),
    ]
    return "\n\n".join(parts)


def _facts(cls: type[Op]) -> Iterator[tuple[str, str]]:
    yield "formula", cls.formula
    yield "inputs", "any number" if cls.arity is None else str(cls.arity)
    if cls.inferred:
        yield "from the graph", ", ".join(sorted(cls.inferred))


def _arguments(cls: type[Op]) -> Table:
    defaults = cls.defaults()
    return Table(
        (Column("argument"), Column("values", wraps=True), Column("default")),
        tuple(
            (
                name,
                values_told(values).replace(", …", f",{TIED}…"),
                value(defaults[name]) if name in defaults else "required",
            )
            for name, values in argument_schemas(cls).items()
        ),
    )


def values_told(values: Mapping[str, Any]) -> str:
    """``whole number from 1, or [.., ..]``: a JSON Schema in words."""
    if "anyOf" in values:
        return ", or ".join(values_told(choice) for choice in values["anyOf"])
    if "enum" in values:
        return " | ".join(map(value, values["enum"]))
    if "const" in values:
        return value(values["const"])
    if "prefixItems" in values:
        return f"[{', '.join('…' for _ in values['prefixItems'])}]"
    names = {"integer": "whole number", "number": "number", "boolean": "true | false"}
    kind = str(values["type"])
    return names.get(kind, kind) + _range(values)


def _range(values: Mapping[str, Any]) -> str:
    words = {
        "minimum": " from {}",
        "exclusiveMinimum": " above {}",
        "maximum": " to {:,}",
        "exclusiveMaximum": " below {}",
    }
    return "".join(text.format(values[key]) for key, text in words.items() if key in values)


def example(cls: type[Op]) -> str:
    """The op's first example as a line of a spec."""
    given = cls.examples[0].arguments
    if not given:
        return f"layer: {cls.__name__}"
    arguments = ", ".join(f"{name}: {value(argument)}" for name, argument in given.items())
    return f"layer: {{op: {cls.__name__}, {arguments}}}"

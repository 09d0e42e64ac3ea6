"""Names with expressions in braces, as keys and ``from`` write them: ``branch{k}``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final, NamedTuple, final

from archspec.diagnostics import Label, SpecError, failure
from archspec.language.names import Environment, describe_names, describe_value, evaluate
from archspec.text import Origin

TEMPLATE: Final = re.compile(r"\{([^{}]*)\}")
ABOVE: Final = "."
"""After ``from``: what stands above."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBERS: Final = re.compile(rf"(?:{TEMPLATE.pattern}|[0-9])+")
_BRACE: Final = re.compile(r"[{}]")


@final
class LayerName(NamedTuple):
    """A name of a layer, or a glob, where it is written."""

    name: str
    at: Origin

    @property
    def is_template(self) -> bool:
        return _BRACE.search(self.name) is not None

    @property
    def head(self) -> LayerName:
        """Of a path the layer that it begins with."""
        return self if self.name == ABOVE else LayerName(self.name.partition(".")[0], self.at)

    @property
    def inside(self) -> LayerName:
        """Of a path what follows its first layer; an empty name if it is none."""
        rest = "" if self.name == ABOVE else self.name.partition(".")[2]
        return LayerName(rest, self.at)

    @property
    def depends_on_copy(self) -> bool:
        """Each copy of an item may mean another layer."""
        return self.name == ABOVE or self.is_template


def template_names(key: str) -> frozenset[str]:
    """The names in the braces of a key."""
    return frozenset(
        name for expression in TEMPLATE.findall(key) for name in _IDENTIFIER.findall(expression)
    )


def name_form(key: str) -> str:
    """A key or name with # for its numbers and templates: equal for a key and what it can make."""
    return _NUMBERS.sub("#", key)


def expressions_in(name: str) -> list[str]:
    """What stands in the braces of a name, each at its place in a text that is as long."""
    return [" " * found.start(1) + found[1] for found in TEMPLATE.finditer(name)]


def filled(source: LayerName, names: Environment) -> LayerName:
    """The name that a template comes to. Raises SpecError if one of its expressions has no whole
    number as its value."""
    name, at = source
    if not source.is_template:
        return source
    check_braces(name, Label(at.value))
    numbers = []
    for expression in expressions_in(name):
        value = evaluate(expression, at, names)
        if type(value) is not int:
            raise _not_whole(expression, value, at, names)
        numbers.append(str(value))
    left = iter(numbers)
    return LayerName(TEMPLATE.sub(lambda _: next(left), name), at)


def with_values(error: SpecError, source: LayerName, names: Environment) -> SpecError:
    """The error for the name that a template came to, with the values of the names in it."""
    texts = (describe_names(text, names) for text in expressions_in(source.name))
    values = ", ".join(dict.fromkeys(filter(None, texts)))
    return SpecError(
        [
            replace(found, labels=(Label(found.labels[0].span, values), *found.labels[1:]))
            for found in error.diagnostics
        ]
    )


def _not_whole(expression: str, value: Any, at: Origin, names: Environment) -> SpecError:
    written = expression.lstrip()
    place = at.within(len(expression) - len(written), len(written.rstrip()))
    return failure(
        "bad-name",
        f"'{written.strip()}' in a name is {describe_value(value)}",
        at=Label(place, describe_names(expression, names)),
        help="divide with // to get a whole number"
        if isinstance(value, float)
        else "the braces of a name hold a whole number",
    )


def check_braces(name: str, label: Label) -> None:
    """Raises SpecError for braces that do not close, or that stand in others."""
    is_open = False
    for brace in _BRACE.findall(name):
        if is_open is (brace == "{"):
            problem = "braces within braces" if is_open else "a `}` that closes nothing"
            raise failure("bad-name", f"'{name}' has {problem}", at=label, help=_HOW)
        is_open = brace == "{"
    if is_open:
        raise failure("bad-name", f"`{{` is never closed in '{name}'", at=label, help=_HOW)


_HOW: Final = "an expression in a name stands between { and }"

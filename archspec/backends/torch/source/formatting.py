"""Python expressions as small trees, laid out as ``ruff format`` would."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

WIDTH: Final = 88
INDENT: Final = "    "


@final
@dataclass(frozen=True, slots=True)
class Atom:
    """Text that is never wrapped."""

    text: str


@final
@dataclass(frozen=True, slots=True)
class Bracket:
    """Something in brackets: a call, a list, a signature. ``head`` ends with the bracket."""

    head: str
    items: tuple[tuple[str, Expression], ...]
    """A prefix (``padding=``, ``*``) and an expression each."""
    tail: str


@final
@dataclass(frozen=True, slots=True)
class Comprehension:
    """``[element for name in range(...)]``."""

    element: Expression
    clauses: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Infix:
    """``a + b``; never wrapped."""

    operator: str
    operands: tuple[Expression, ...]


Expression = Atom | Bracket | Comprehension | Infix


def call(function: str, *items: Expression | tuple[str, Expression]) -> Bracket:
    """A call; an item may be a pair of its prefix and the expression."""
    pairs = tuple(item if isinstance(item, tuple) else ("", item) for item in items)
    return Bracket(f"{function}(", pairs, ")")


def literal(value: Any) -> str:
    """A Python literal of a checked value."""
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, tuple):
        inner = ", ".join(map(literal, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def literal_expression(value: Any) -> Expression:
    """The literal; a tuple can be wrapped like a list."""
    if isinstance(value, tuple) and len(value) > 1:
        return Bracket("(", tuple(("", literal_expression(part)) for part in value), ")")
    return Atom(literal(value))


def flat(expression: Expression) -> str:
    """The expression on one line."""
    if isinstance(expression, Atom):
        return expression.text
    if isinstance(expression, Comprehension):
        return f"[{' '.join((flat(expression.element), *expression.clauses))}]"
    if isinstance(expression, Infix):
        return f" {expression.operator} ".join(map(flat, expression.operands))
    return expression.head + _joined(expression.items) + expression.tail


def _joined(items: Iterable[tuple[str, Expression]]) -> str:
    return ", ".join(prefix + flat(expression) for prefix, expression in items)


def lines(prefix: str, expression: Expression, suffix: str = "", *, depth: int = 0) -> list[str]:
    """A statement or an item, wrapped at its outermost bracket if it does not fit."""
    indent = INDENT * depth
    whole = indent + prefix + flat(expression) + suffix
    if len(whole) <= WIDTH or isinstance(expression, Atom | Infix):
        return [whole]
    if isinstance(expression, Comprehension):
        return [
            f"{indent}{prefix}[",
            *lines("", expression.element, depth=depth + 1),
            *(f"{indent}{INDENT}{clause}" for clause in expression.clauses),
            f"{indent}]{suffix}",
        ]
    head, tail = indent + prefix + expression.head, indent + expression.tail + suffix
    if prefix.endswith(" = ") and ", " in prefix and len(head) > WIDTH:
        return _unpacked(prefix.removesuffix(" = "), expression, depth)
    if not expression.items:
        return [whole]
    body = indent + INDENT + _joined(expression.items)
    is_display = expression.head in ("(", "[")  # a tuple or list: an item a line
    if len(body) <= WIDTH and not is_display:
        return [head, body, tail]
    return [head, *_items(expression.items, depth + 1), tail]


def _unpacked(targets: str, expression: Bracket, depth: int) -> list[str]:
    """An assignment to several names, none of which fits beside what is called."""
    indent = INDENT * depth
    if len(f"{indent}{targets} = (") <= WIDTH:
        return [f"{indent}{targets} = (", *lines("", expression, depth=depth + 1), f"{indent})"]
    names = [f"{indent}{INDENT}{name}," for name in targets.split(", ")]
    return [f"{indent}(", *names, *lines(") = ", expression, depth=depth)]


def spread(prefix: str, expression: Bracket, suffix: str = "", *, depth: int = 0) -> list[str]:
    """The same with an item a line, wherever there are two items or more."""
    if len(expression.items) < 2:
        return lines(prefix, expression, suffix, depth=depth)
    indent = INDENT * depth
    return [
        indent + prefix + expression.head,
        *_items(expression.items, depth + 1),
        indent + expression.tail + suffix,
    ]


def _items(items: Sequence[tuple[str, Expression]], depth: int) -> list[str]:
    return [
        line for prefix, expression in items for line in lines(prefix, expression, ",", depth=depth)
    ]


def commented(statement: list[str], comment: str | None) -> list[str]:
    """A one-line statement with a comment behind it, if both fit on the line."""
    if comment is None or len(statement) != 1 or len(statement[0]) + len(comment) + 4 > WIDTH:
        return statement
    return [f"{statement[0]}  # {comment}"]

"""The arithmetic of the language: a small part of Python's expressions, checked and bounded."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, final

from archspec.language.expression.compile import Lookup, Run, compile_tree
from archspec.language.expression.tokens import (
    CONSTANTS,
    TRUTHS,
    check_order,
    syntax_tree,
    tokenize,
)
from archspec.language.expression.values import (
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_LENGTH,
    ExpressionError,
    check_list,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_INTEGER",
    "MAX_LENGTH",
    "MAX_TEXT",
    "TRUTHS",
    "Expression",
    "ExpressionError",
    "check_list",
    "parse",
]

MAX_TEXT: Final = 500
"""Characters of one expression."""


@final
@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression: its text, the names it may read, and how to compute it."""

    text: str
    names: frozenset[str]
    _run: Run = field(repr=False, compare=False)

    def evaluate(self, lookup: Lookup) -> Any:
        """The value; ``lookup`` gives that of a name, and a KeyError of it means there is none."""
        return self._run(lookup)


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Check the text of an expression and compile it."""
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"an expression of more than {MAX_TEXT} characters", 0, len(text))
    tokens = list(tokenize(text))
    check_order(tokens, text)
    body = syntax_tree(tokens, text)
    return Expression(text, _names(body), compile_tree(body, 1))


def _names(body: ast.expr) -> frozenset[str]:
    nodes = list(ast.walk(body))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    names = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called}
    return frozenset(names - CONSTANTS.keys())

"""A value and an entry of a document while it is read."""

from __future__ import annotations

from typing import Any, NamedTuple, final

import yaml

from archspec.diagnostics import Code, Diagnostic, Label
from archspec.frontends.yaml.scalars import NULLS
from archspec.text import Span


@final
class Located(NamedTuple):
    value: Any
    span: Span
    plain: bool = False


@final
class Entry(NamedTuple):
    """An entry of a mapping, as far as errors are looked for in it."""

    key: str | None
    """None for a key that is not text."""
    key_span: Span
    node: Located
    null: bool = False


def is_null(event: Any) -> bool:
    if not isinstance(event, yaml.ScalarEvent) or event.style or event.tag or event.anchor:
        return False
    return event.value in NULLS


def join(first: Span, last: Span) -> Span:
    return Span(first.source, first.line, first.column, last.end_line, last.end_column)


def position(diagnostic: Diagnostic) -> tuple[int, int]:
    return (diagnostic.span.line, diagnostic.span.column) if diagnostic.span else (0, 0)


def bad_yaml(
    message: str, span: Span, *, code: Code = "bad-yaml", help: str | None = None
) -> Diagnostic:
    return Diagnostic(code, message, (Label(span),), help)

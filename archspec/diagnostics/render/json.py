"""Diagnostics for programs, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.diagnostics import Diagnostic
from archspec.escaping import json_text
from archspec.text import Span


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """A list with one object a diagnostic; lines and columns count from one."""
    return json_text([_data(d) for d in diagnostics], indent=2)


def _data(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "level": diagnostic.level,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "fix": diagnostic.fix and {"text": diagnostic.fix.text, **_place(diagnostic.fix.span)},
        **_place(diagnostic.span),
        "labels": [{"text": label.text, **_place(label.span)} for label in diagnostic.labels],
    }


def _place(span: Span | None) -> dict[str, Any]:
    keys = ("file", "line", "column", "end_line", "end_column")
    if span is None:
        return dict.fromkeys(keys)
    lines = (span.line, span.column, span.end_line, span.end_column)
    return dict(zip(keys, (span.source.name, *(number + 1 for number in lines)), strict=True))

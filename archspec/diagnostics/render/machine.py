"""Diagnostics for programs: as JSON, and as the annotations of GitHub's workflows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.diagnostics import Diagnostic
from archspec.diagnostics.render.terminal import escape
from archspec.escaping import json_text
from archspec.text import Span


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A list with one object a mistake; lines and columns count from one."""
    return json_text([_described(d) for d in diagnostics], indent=2)


def _described(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
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


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """One ``::error`` line a mistake, which GitHub shows beside the line of the file."""
    return "\n".join(map(_annotation, diagnostics))


def _annotation(diagnostic: Diagnostic) -> str:
    properties: dict[str, str] = {"title": diagnostic.code}
    if (span := diagnostic.span) is not None:
        properties = {
            "file": span.source.name,
            "line": str(span.line + 1),
            "col": str(span.column + 1),
            "endLine": str(span.end_line + 1),
            "endColumn": str(span.end_column + 1),
            **properties,
        }
    told = ",".join(f"{name}={_escaped(value, ',:')}" for name, value in properties.items())
    help = f" ({diagnostic.help})" if diagnostic.help else ""
    return f"::error {told}::{_escaped(diagnostic.message + help)}"


def _escaped(text: str, more: str = "") -> str:
    """A text of one line, without what a terminal or the annotation's syntax obeys."""
    return "".join(
        f"%{ord(character):02X}" if character in "%\r\n" + more else escape(character)
        for character in text
    )

"""Diagnostics as annotations, which GitHub shows beside the lines of a file."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.diagnostics import Diagnostic
from archspec.diagnostics.render.terminal import escape


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """One line a diagnostic: ``::error``, or ``::warning`` and ``::notice`` of remarks."""
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
    place = ",".join(f"{name}={_escape(value, ',:')}" for name, value in properties.items())
    help = f" ({diagnostic.help})" if diagnostic.help else ""
    command = "notice" if diagnostic.level == "note" else diagnostic.level
    return f"::{command} {place}::{_escape(diagnostic.message + help)}"


def _escape(text: str, more: str = "") -> str:
    """A text of one line, without what a terminal or the annotation's syntax obeys."""
    return "".join(
        f"%{ord(character):02X}" if character in "%\r\n" + more else escape(character)
        for character in text
    )

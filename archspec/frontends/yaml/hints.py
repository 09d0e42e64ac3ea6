"""What was probably meant by a line that is no YAML, or not what it looks like."""

from __future__ import annotations

import re
from typing import Any, Final

from archspec.diagnostics import Fix
from archspec.text import Source, Span

LINE: Final = "a line is `key: value`, or `- item`"
QUOTE: Final = "an expression with a comma or bracket inside { } must be quoted"
_LONGEST: Final = 60
_SPACE_MISSING: Final = re.compile(r"\s*([A-Za-z_]\w*):([^\s:/].*)")
_VALUE: Final = re.compile(r"[\w.+*/-]+|\{.*\}|\[.*\]|'[^']*'|\"[^\"]*\"")
EQUALS: Final = re.compile(r"([A-Za-z_]\w*) *= *([\w.-]+)")
_COLON_MISSING: Final = re.compile(r"([A-Za-z_]\w*) +(?:[A-Z]\w*$|\{.*\}$|\[.*\]$)")


def shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def cite(span: Span) -> str:
    """The text of a span of one line."""
    return shorten(text_of(span))


def space_help(text: str) -> str | None:
    found = _SPACE_MISSING.fullmatch(text)
    return f"write a space after the colon: {shorten(': '.join(found.groups()))}" if found else None


def with_space(span: Span) -> Fix | None:
    """A space after the first colon of a span, where only that is missing."""
    found = _SPACE_MISSING.fullmatch(text_of(span))
    if found is None or not _VALUE.fullmatch(found[2]):
        return None
    return Fix(span.narrowed(found.start(2), 0), " ")


def with_colon(span: Span) -> Fix | None:
    """A colon after the name of a line that is otherwise a layer."""
    found = _COLON_MISSING.match(text_of(span))
    return Fix(span.narrowed(found.end(1), 0), ":") if found else None


def text_of(span: Span) -> str:
    end = span.end_column if span.end_line == span.line else None
    return span.source.lines[span.line][span.column : end]


def open_brackets(text: Any) -> int:
    if not isinstance(text, str):
        return 0
    return sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))


def is_quotable(text: str) -> bool:
    return len(text) <= _LONGEST and '"' not in text and open_brackets(text) == 0


def word_at(source: Source, line: int, column: int, symbol: str) -> Span:
    text = source.lines[line]
    start = max(text.find(symbol, column), column)
    end = start + len(re.match(r"[^\s,\]}]*", text[start:])[0])  # type: ignore[index]
    return Span(source, line, start, line, max(end, start + 1))

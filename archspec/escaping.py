"""Texts of users in figures, Markdown, spreadsheets and JSON, where nothing in them is a command."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, Final

from archspec.screen import one_line

_MARKDOWN: Final = re.compile(r"([\\`*_\[\]|~#$!{}()])")
_BLOCK: Final = re.compile(r"^(?:([-+=])|(\d+)([.)]))(?=\s|$)")
"""What begins a list or underlines a heading, if a line begins with it."""
MAX_TEXT: Final = 48
"""Characters of one line in a figure; a longer text ends in an ellipsis."""
FORMULA: Final = frozenset("=+-@＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula."""


def markdown_text(text: str) -> str:
    """A text that GitHub's Markdown shows as it is, on one line."""
    text = _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def markdown_line(text: str) -> str:
    """The same where a line begins with it."""
    return _BLOCK.sub(
        lambda found: f"{found[2] or ''}\\{found[1] or found[3]}", markdown_text(text)
    )


def spreadsheet_cell(value: Any) -> Any:
    """A value that no spreadsheet calculates: texts that look like formulas begin with a quote."""
    if isinstance(value, str) and value.lstrip()[:1] in FORMULA and value.strip():
        return f"'{value}"
    return value


_INVISIBLE: Final = re.compile(
    "[\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
"""What JSON leaves as it is, and terminals obey."""


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON of visible characters."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """One line of visible characters, not longer than the limit."""
    is_plain = text.isascii() and text.isprintable()
    visible = text if is_plain else "".join(filter(_is_visible, one_line(text)))
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"


def _is_visible(character: str) -> bool:
    """No control, no surrogate, nothing that turns the direction of the text around."""
    category = unicodedata.category(character)
    return category not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or character == "\u200d"

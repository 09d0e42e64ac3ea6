"""Colours as people write them: ``#fde3c4``, ``orange``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

COLOURS: Final[Mapping[str, str]] = {
    "red": "#f8cdc8",
    "orange": "#fbdcb6",
    "yellow": "#fbefb4",
    "green": "#cfecc9",
    "teal": "#c5e9e5",
    "blue": "#cbddf9",
    "purple": "#e0d2f5",
    "pink": "#f9d2e4",
    "brown": "#e7d7c6",
    "gray": "#dfe2e6",
    "white": "#ffffff",
    "black": "#2b2f36",
}
"""Names, with values that texts can be read on."""
EXPECTED: Final = f"a colour is #rrggbb, or one of {', '.join(COLOURS)}"


def colour_value(text: str) -> str | None:
    """``#rrggbb``; None if it is no colour."""
    if text in COLOURS:
        return COLOURS[text]
    if re.fullmatch("#[0-9a-fA-F]{6}", text):
        return text.lower()
    if re.fullmatch("#[0-9a-fA-F]{3}", text):
        return "#" + "".join(2 * digit for digit in text[1:].lower())
    return None

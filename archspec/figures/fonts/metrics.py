"""Widths of texts, from the real metrics of the fonts that figures are set in."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final

from archspec.figures.fonts.widths import BOLD, FALLBACK, HANGUL, REGULAR, UNITS_PER_EM

FAMILY: Final = "'Liberation Sans', Arial, Helvetica, sans-serif"
"""Liberation Sans, Arial and Helvetica have the same widths: one of them is on every machine."""
ASCENT: Final = 0.73
"""Height of capitals above the baseline, in em."""
DESCENT: Final = 0.21


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """In points, at a size in points."""
    widths = BOLD if bold else REGULAR
    units = sum(
        widths[character] if character in widths else _fallback_width(character)
        for character in normalize(text)
    )
    return units / UNITS_PER_EM * size


def normalize(text: str) -> str:
    """What is drawn: letters with their marks as one, without signs that only control others."""
    if text.isascii():
        return text
    return "".join(filter(_is_drawn, unicodedata.normalize("NFC", text)))


def font_runs(text: str) -> Iterator[tuple[str, bool]]:
    """Runs of characters in one font, and whether it is the main one: else it is the fallback."""
    for is_main, characters in groupby(text, REGULAR.__contains__):
        yield "".join(characters), is_main


def _is_drawn(character: str) -> bool:
    """Neither a joiner nor a selector of variants."""
    return character != "\u200d" and not "\ufe00" <= character <= "\ufe0f"


def _fallback_width(character: str) -> int:
    """A character of neither font is drawn as a square."""
    return HANGUL if "가" <= character <= "힣" else FALLBACK.get(character, UNITS_PER_EM)

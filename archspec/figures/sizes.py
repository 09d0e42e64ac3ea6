"""Widths of figures and sizes of their texts, in points."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, final

MM: Final = 72 / 25.4
"""Points a millimetre."""
WIDTHS: Final = {
    "a4": 210 * MM,
    "a4-landscape": 297 * MM,
    "letter": 8.5 * 72,
    "column": 88 * MM,
    "slide": 13.333 * 72,
}
"""Widths with a name, in points."""
SMALLEST_TEXT: Final = 7.0
"""Points; no text of a figure is smaller."""


@final
@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of text, in points."""

    title: float = 14
    heading: float = 9.5
    text: float = 8.5
    small: float = SMALLEST_TEXT


def width_in_points(text: str) -> float | None:
    """``a4``, ``column``, ``120mm`` -> points; None if it is no width."""
    if text in WIDTHS:
        return WIDTHS[text]
    number = re.fullmatch(r"([0-9]{1,5}(?:\.[0-9]{1,3})?) ?mm", text)
    return float(number[1]) * MM if number and float(number[1]) >= 20 else None

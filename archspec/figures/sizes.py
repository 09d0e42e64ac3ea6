"""Pages, and sizes of texts and of what stands between boxes, in points."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, final

MM: Final = 72 / 25.4
"""Points a millimetre."""


class Page(NamedTuple):
    """What a figure may take, in points."""

    width: float
    height: float = float("inf")


PAGES: Final = {
    "a4": Page(210 * MM, 297 * MM),
    "a4-landscape": Page(297 * MM, 210 * MM),
    "letter": Page(8.5 * 72, 11 * 72),
    "column": Page(88 * MM, 235 * MM),
    "slide": Page(13.333 * 72, 7.5 * 72),
}
"""Pages with a name. A column is one of two on a page of a conference."""
SMALLEST_TEXT: Final = 7.0
"""Points; no text of a figure is smaller."""


@final
@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of texts and lengths, in points."""

    title: float = 14
    heading: float = 9.5
    text: float = 8.5
    small: float = SMALLEST_TEXT
    gap: float = 15
    """Between two parts of a chain: an arrow."""
    box: float = 2.1
    """Height of a box of one line, compared with its text."""
    bar: float = 26
    """A full bar."""

    def scaled(self, scale: float) -> Sizes:
        """With larger texts."""
        title, heading = self.title * scale, self.heading * scale
        text, small = self.text * scale, self.small * scale
        return replace(self, title=title, heading=heading, text=text, small=small)


COMPACT: Final = Sizes(title=11, heading=8, text=7.5, gap=9, bar=16)


def page_of(text: str) -> Page | None:
    """``a4``, ``120mm`` -> what a figure may take; None if it is no width."""
    if text in PAGES:
        return PAGES[text]
    width = points_of(text)
    return None if width is None else Page(width)


def points_of(text: str) -> float | None:
    """``120mm`` -> points; None if it is no length."""
    number = re.fullmatch(r"([0-9]{1,5}(?:\.[0-9]{1,3})?) ?mm", text)
    return float(number[1]) * MM if number and float(number[1]) >= 20 else None

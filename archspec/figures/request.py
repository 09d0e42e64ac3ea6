"""What one can ask of a figure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, final

Style = Literal["paper", "blocks", "full", "module", "dense", "volumes", "table", "text"]
STYLES: Final = ("paper", "blocks", "full", "module", "dense", "volumes", "table", "text")
Direction = Literal["right", "down"]
Labels = Literal["paper", "pytorch"]
Bars = Literal["none", "params", "macs", "both"]

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


@final
@dataclass(frozen=True, slots=True)
class Options:
    style: Style = "paper"
    module: str | None = None
    """The block or scope that the style ``module`` shows, or ``dense``."""
    width: float | None = None
    """Of the whole figure, in points. If nobody says it: what is needed, and at most A4."""
    direction: Direction | None = None
    """If nobody says it: right, unless that is too high."""
    fold: bool = True
    depth: int | None = None
    """Scopes down to this depth are open."""
    open: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    """Paths of scopes that are open, or closed, whatever the depth says."""
    labels: Labels = "paper"
    bars: Bars = "both"
    legend: bool = True
    title: bool = True

    @property
    def room(self) -> float:
        """The width that a figure may take, in points."""
        return self.width or WIDTHS["a4"]

    @property
    def sizes(self) -> Sizes:
        """Text grows with a slide, and never falls below the smallest."""
        if self.room <= WIDTHS["a4-landscape"]:
            return Sizes()
        scale = min(self.room / WIDTHS["a4-landscape"] * 1.45, 3)
        return Sizes(14 * scale, 9.5 * scale, 8.5 * scale, 7 * scale)


DEFAULTS: Final = Options()


def width_in_points(text: str) -> float | None:
    """``a4``, ``column``, ``120mm`` -> points; None if it is no width."""
    if text in WIDTHS:
        return WIDTHS[text]
    number = re.fullmatch(r"([0-9]{1,5}(?:\.[0-9]{1,3})?) ?mm", text)
    return float(number[1]) * MM if number and float(number[1]) >= 20 else None

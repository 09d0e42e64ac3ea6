"""Small print: words under what is drawn, paragraphs, and the lengths that grow with them."""

from __future__ import annotations

from archspec.figures.layout.panels import wrap_words
from archspec.figures.scene import Text
from archspec.figures.sizes import Sizes


def unit(sizes: Sizes) -> float:
    """How much larger than usual texts are: lengths that fit the text are multiples of it."""
    return sizes.small / Sizes().small


def word(middle: float, y: float, content: str, sizes: Sizes) -> Text:
    """What stands in the middle under, or over, what it is about."""
    return Text(middle, y, content, sizes.small, "middle", color="pale")


def paragraph(
    text: str, x: float, y: float, size: float, room: float, pitch: float, color: str = "pale"
) -> list[Text]:
    """Lines from a first baseline on, each a pitch below the one before."""
    lines = wrap_words(text.split(" "), size, room, " ")
    return [Text(x, y + k * pitch, line, size, color=color) for k, line in enumerate(lines)]

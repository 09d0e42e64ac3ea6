"""How many layers of a dense block are drawn, and how much room everything takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout import small_print
from archspec.figures.layout.panels import MARGIN
from archspec.figures.sizes import Sizes
from archspec.figures.styles.dense.sentences import count_layers
from archspec.figures.styles.dense.successor import Successor

SHEET_WIDTH: Final = 17.0
SHEET_HEIGHT: Final = 40.0
SHEET_STEP: Final = 3.0
"""How far a sheet of a feature map stands out behind the one before it."""
SHEETS: Final = 3
BOX_HEIGHT: Final = 26.0
BOX_WIDTH: Final = 26.0
"""At least; a box is broader where many arcs enter it."""
ENTRY: Final = 5.8
"""Between two arrows into one box: their heads do not touch."""
ARROW_IN: Final = 10.0
"""From a feature map to the box that reads it."""
ARROW_OUT: Final = 12.0
"""From a box to the feature map that it makes."""
TIGHT: Final = 0.65
"""So much of both is left in the narrowest of figures."""
MAX_HEAD: Final = 4
"""Layers shown before an ellipsis."""
MAX_WHOLE: Final = 8
"""A block of so many layers is shown without an ellipsis, if there is room."""


@final
@dataclass(frozen=True, slots=True)
class ShownLayers:
    """Layers that are drawn: the first, and after an ellipsis perhaps the last."""

    head: int
    tail: int
    depth: int

    @property
    def hidden(self) -> int:
        return self.depth - self.head - self.tail

    @property
    def maps(self) -> tuple[int, ...]:
        """Numbers of the feature maps that are drawn: that of x₀, and of the layers' outputs."""
        after_dots = (self.depth - self.tail,) if self.hidden else ()
        return (*range(self.head + 1), *after_dots, *((self.depth,) if self.tail else ()))

    @property
    def bundle(self) -> int:
        """Feature maps that are not drawn."""
        return max(self.hidden - 1, 0)

    @property
    def arcs(self) -> int:
        """Into what comes after the first layers, and after what the ellipsis stands for."""
        return self.head + bool(self.hidden) + bool(self.bundle)


@final
@dataclass(frozen=True, slots=True)
class DenseMeasures:
    sizes: Sizes
    shapes: Sequence[str]
    """Of all feature maps, as text."""
    successor: Successor
    share: float = 1
    """Of the usual length of lines between boxes and feature maps."""

    @property
    def unit(self) -> float:
        return small_print.unit(self.sizes)

    @property
    def margin(self) -> float:
        return MARGIN * self.unit

    @property
    def arrow_in(self) -> float:
        return ARROW_IN * self.unit * self.share

    @property
    def arrow_out(self) -> float:
        return ARROW_OUT * self.unit * self.share

    @property
    def detail_pitch(self) -> float:
        """Between two lines under the last box."""
        return self.sizes.small * 1.4

    @property
    def sheets_height(self) -> float:
        return (SHEET_HEIGHT + SHEETS * SHEET_STEP) * self.unit

    @property
    def map_width(self) -> float:
        """Of the sheets; a shape under them may reach out on both sides."""
        widest = max(text_width(shape, self.sizes.small) for shape in self.shapes)
        return max((SHEET_WIDTH + SHEETS * SHEET_STEP) * self.unit, widest - ARROW_IN * self.unit)

    def box_width(self, entries: int) -> float:
        return max(BOX_WIDTH, entries * ENTRY + 4) * self.unit

    def dots_width(self, shown: ShownLayers) -> float:
        name = text_width(count_layers(shown.hidden), self.sizes.small)
        return max(self.box_width(shown.head + 1), name)

    def end_width(self, shown: ShownLayers) -> float:
        """Of what reads the block."""
        title = text_width(self.successor.title, self.sizes.text, True) + 9 * self.unit
        details = [text_width(line, self.sizes.small) for line in self.successor.details]
        return max(self.box_width(shown.arcs + shown.tail), title, *details)

    def width(self, shown: ShownLayers) -> float:
        """Of the figure."""
        boxes = [self.box_width(entries) for entries in range(shown.head)]
        boxes += [self.dots_width(shown)] if shown.hidden else []
        boxes += [self.box_width(shown.arcs)] if shown.tail else []
        boxes += [self.end_width(shown)]
        lines = len(boxes) * self.arrow_in + (len(boxes) - 1) * self.arrow_out
        return sum(boxes) + lines + len(shown.maps) * self.map_width + 2 * self.margin

    def line_under(self, axis: float, place: int) -> float:
        """Baseline of a name under a feature map, or of its shape."""
        first = axis + self.sheets_height / 2 + self.sizes.heading
        return first + place * self.sizes.small * 1.8


def fit(depth: int, measures: DenseMeasures, room: float) -> tuple[ShownLayers, DenseMeasures]:
    """As many layers as there is room for, rather with tight gaps than without the last."""
    tight = replace(measures, share=TIGHT)
    heads = range(min(MAX_HEAD, max(depth - 3, 1)), 0, -1)
    many = [ShownLayers(head, 1, depth) for head in heads]
    if depth <= MAX_WHOLE:
        many = [ShownLayers(depth, 0, depth), *many]
    least = ShownLayers(1, 0, depth)
    for choices in (many, [least]):
        for measured in (measures, tight):
            for shown in choices:
                if measured.width(shown) <= room:
                    return shown, measured
    return least, tight

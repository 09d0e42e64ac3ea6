"""The feature maps of a dense block and what reads them, placed by turns from left to right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from archspec.describe.values import span
from archspec.escaping import clean
from archspec.figures.fonts.metrics import ASCENT, text_width
from archspec.figures.layout import small_print
from archspec.figures.scene import Box, Rect, Text
from archspec.figures.sizes import Sizes
from archspec.figures.styles.dense.dense_blocks import DenseBlock
from archspec.figures.styles.dense.dense_measures import (
    BOX_HEIGHT,
    ENTRY,
    SHEET_HEIGHT,
    SHEET_STEP,
    SHEET_WIDTH,
    SHEETS,
    DenseMeasures,
    ShownLayers,
)
from archspec.figures.styles.dense.sentences import count_layers
from archspec.figures.styles.dense.successor import Successor
from archspec.figures.theme import MAPS
from archspec.graph import Graph

OUT: Final = "block"
"""Of the last feature map, which only the layer after the block reads."""


@final
@dataclass(frozen=True, slots=True)
class ArcStart:
    """Where arcs begin."""

    x: float
    y: float | None = None
    """If it is a box that stands for several layers: its top."""


@final
@dataclass(frozen=True, slots=True)
class ChainItem:
    """A feature map, or a box that reads feature maps."""

    box: Box
    left: float
    """Where the line from the part before ends."""
    color: str
    """Of lines that begin here."""
    texts: tuple[Text, ...] = ()
    """Under it."""
    start: ArcStart | None = None
    reads: bool = True

    @property
    def right(self) -> float:
        return self.box.rect.x + self.box.rect.width


@final
@dataclass(frozen=True, slots=True)
class DenseChain:
    graph: Graph
    block: DenseBlock
    successor: Successor
    shown: ShownLayers
    measures: DenseMeasures
    axis: float

    def parts(self, x: float) -> list[ChainItem]:
        """From a place on."""
        found: list[ChainItem] = []
        for place, number in enumerate(self.shown.maps):
            found.append(self._map(x, place, number))
            x += self.measures.map_width + self.measures.arrow_in
            reader = self._reader(x, place)
            found.append(reader)
            x += reader.box.rect.width + self.measures.arrow_out
        return found

    def _reader(self, x: float, place: int) -> ChainItem:
        """What comes after a feature map."""
        shown = self.shown
        if place < shown.head:
            return self._layer(x, place + 1, self.measures.box_width(place))
        if place == shown.head and shown.hidden:
            return self._dots(x)
        if place < len(shown.maps) - 1:
            return self._layer(x, shown.depth, self.measures.box_width(shown.arcs))
        return self._end(x)

    def _map(self, x: float, place: int, number: int) -> ChainItem:
        """A feature map as sheets, its name and its shape under them."""
        path, measures = self.block.features[number], self.measures
        color = OUT if number == self.block.depth else MAPS[place % len(MAPS)]
        middle = x + measures.map_width / 2
        behind = SHEETS if number == 0 else SHEETS - 1
        sheets = [self._sheet(middle, k, color) for k in range(-behind, behind + 1, 2)]
        *rear, front = sheets
        title = clean(f"{path}: {measures.shapes[number]}")
        role = self.graph.nodes[path].op.role.value
        y = measures.line_under(self.axis, 0)
        name = _indexed_name(middle, y, "x", number, measures.sizes, f"{color}-line")
        y = measures.line_under(self.axis, 1)
        shape = small_print.word(middle, y, measures.shapes[number], measures.sizes)
        return ChainItem(
            Box(front, path, role, behind=tuple(rear), title=title),
            sheets[0].x,
            f"{color}-line",
            (*name, shape),
            ArcStart(front.x + front.width / 2),
            reads=False,
        )

    def _sheet(self, middle: float, place: int, color: str) -> Rect:
        """One sheet; those further left are lower, and behind."""
        unit = self.measures.unit
        shift = place * SHEET_STEP * unit / 2
        width, height = SHEET_WIDTH * unit, SHEET_HEIGHT * unit
        x, y = middle - width / 2 + shift, self.axis - height / 2 - shift
        return Rect(x, y, width, height, color, f"{color}-line", 1.5 * unit)

    def _layer(self, x: float, number: int, width: float) -> ChainItem:
        layer, sizes = self.block.layers[number - 1], self.measures.sizes
        rect = self._rect(x, width, "block")
        y = self.axis + sizes.heading * ASCENT / 2
        name = _indexed_name(rect.x + rect.width / 2, y, "H", number, sizes, "ink")
        paths = tuple(node.path for node in layer.nodes())
        title = clean(layer.path)
        return _reader_item(Box(rect, layer.path, "block", name, layers=paths, title=title))

    def _dots(self, x: float) -> ChainItem:
        """The layers that are not shown, and what of them others read."""
        shown, measures = self.shown, self.measures
        hidden = self.block.layers[shown.head :][: shown.hidden]
        rect = self._rect(x, measures.dots_width(shown), "block", dashed=True)
        middle, size = rect.x + rect.width / 2, measures.sizes.heading
        dots = Text(middle, self.axis + size * 0.2, "…", size, "middle", True)
        paths = tuple(node.path for layer in hidden for node in layer.nodes())
        title = clean(span([layer.name for layer in hidden]))
        y = measures.line_under(self.axis, 1)
        start = ArcStart(middle + shown.head * ENTRY * measures.unit / 2, rect.y)
        return _reader_item(
            Box(rect, hidden[0].path, "block", (dots,), layers=paths, title=title),
            (small_print.word(middle, y, count_layers(len(hidden)), measures.sizes),),
            start if shown.bundle else None,
        )

    def _end(self, x: float) -> ChainItem:
        """What reads the block."""
        successor, sizes = self.successor, self.measures.sizes
        rect = self._rect(x, self.measures.end_width(self.shown), successor.role)
        middle, bottom = rect.x + rect.width / 2, rect.y + rect.height
        y, pitch = self.axis + sizes.text * ASCENT / 2, self.measures.detail_pitch
        name = Text(middle, y, successor.title, sizes.text, "middle", True)
        title = clean(successor.path)
        return _reader_item(
            Box(
                rect, successor.path, successor.role, (name,), layers=successor.layers, title=title
            ),
            tuple(
                small_print.word(middle, bottom + pitch * place, line, sizes)
                for place, line in enumerate(successor.details, 1)
            ),
        )

    def _rect(self, x: float, width: float, role: str, *, dashed: bool = False) -> Rect:
        """A box on the axis."""
        unit = self.measures.unit
        height = BOX_HEIGHT * unit
        y = self.axis - height / 2
        return Rect(x, y, width, height, role, f"{role}-line", 4 * unit, dashed=dashed)


def _reader_item(
    box: Box, texts: tuple[Text, ...] = (), start: ArcStart | None = None
) -> ChainItem:
    return ChainItem(box, box.rect.x, "line", texts, start)


def _indexed_name(
    middle: float, y: float, letter: str, number: int, sizes: Sizes, color: str
) -> tuple[Text, Text]:
    """``x₁`` as two texts: the fonts of figures have no small digits below the line."""
    size, index = sizes.heading, str(number)
    width = text_width(letter, size, True)
    left = middle - (width + text_width(index, sizes.small, True)) / 2
    small = Text(left + width, y + size * 0.2, index, sizes.small, bold=True, color=color)
    return Text(left, y, letter, size, bold=True, color=color), small

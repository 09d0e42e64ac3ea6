"""Receptive fields as a picture: those of the unit in the middle over the input, and their growth."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

from archspec.analyses.fields import Fields, LayerField, Range
from archspec.escaping import clean
from archspec.figures.charts.axes import Area, axes, height_below, room_for_ticks, rule, scale
from archspec.figures.charts.chart import Key, draw_chart, heading, keys, room, stack
from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.scene import Item, Rect, Scene, Text

COLORS: Final = ("convolution", "normalisation", "pooling", "linear", "merge", "dropout")
"""Of the fields over the input, the innermost first."""
SIDE: Final = 180.0
"""Of the square in which the input stands."""
STRIP: Final = 60.0
"""Height of an input that is a row."""
BESIDE: Final = 400.0
"""The width from which on both pictures stand side by side."""
GAP: Final = 24.0
LARGEST: Final = 2.0
"""Fields are drawn up to so many times the input's side; larger ones end at the border."""
HEIGHT: Final = 160.0
DOT: Final = 2.6


def fields_chart(fields: Fields, layer: str | None, options: Options) -> Scene:
    """The fields of some layers over the input, and those of all layers. Raises SpecError."""
    shown = _chosen(fields) if layer is None else [fields.layer(layer)]
    panels = [heading(fields.name, _facts(fields), options)] if options.title else []
    wide = room(options)
    over = _over_input(fields, shown, options)
    beside = wide >= BESIDE
    growth = _growth(fields, wide - over.width - GAP if beside else wide, options)
    if beside:
        height = max(over.height, growth.height)
        items = (*over.items, *growth.at(over.width + GAP, 0))
        panels.append(Panel(over.width + GAP + growth.width, height, items))
    else:
        panels += [over, growth]
    if options.legend:
        differ = any(layer.size != layer.smallest for layer in fields.layers)
        panels.append(keys([*_entries(shown), *_KEYS[: 1 + differ]], options))
    return stack(panels, fields.name, "Receptive fields of the layers", options)


def draw_fields(
    fields: Fields, path: str | os.PathLike[str], layer: str | None, **choices: Any
) -> None:
    """Draw it into a file. Raises SpecError."""
    draw_chart(partial(fields_chart, fields, layer), path, **choices)


_KEYS: Final[list[Key]] = [
    ("convolution-line", "convolution-line", "through all branches"),
    ("pooling-line", "pooling-line", "through the narrowest branch"),
]


def _facts(fields: Fields) -> list[str]:
    sides = "×".join(map(str, fields.input))
    passing = fields.passing
    if passing is None:
        return [f"input {sides}", "no layer sees all of it"]
    return [f"input {sides}", f"the first layer that sees as much is {passing.name}"]


def _chosen(fields: Fields) -> list[LayerField]:
    """For each size of the maps the last layer, of those that do not see everything."""
    last = {layer.output[1:]: layer for layer in fields.layers if not layer.whole}
    return sorted(last.values(), key=lambda layer: layer.size)[-len(COLORS) :]


def _entries(shown: Sequence[LayerField]) -> list[Key]:
    """The layers of the fields over the input."""
    return [
        (color, f"{color}-line", f"{clean(layer.name, 40)} {_size(layer)}")
        for color, layer in zip(COLORS, shown, strict=False)
    ]


def _size(layer: LayerField) -> str:
    return "×".join(map(str, layer.size))


# ---------------------------------------------------------------- over the input


@final
@dataclass(frozen=True, slots=True)
class _Frame:
    """The square in which the input stands, with room for fields that reach out of it."""

    pixels: float
    """Along its longer side."""
    middle: tuple[float, float]
    """The input's middle, in pixels: row and column."""
    size: tuple[float, float]
    """Height and width, in points."""

    def rect(self, rows: Range, columns: Range, fill: str | None, stroke: str) -> Rect:
        top, bottom = (self._at(0, edge) for edge in (rows[0], rows[1] + 1))
        left, right = (self._at(1, edge) for edge in (columns[0], columns[1] + 1))
        return Rect(left, top, right - left, bottom - top, fill, stroke)

    def _at(self, side: int, edge: float) -> float:
        length = self.size[side]
        place = length / 2 + (edge - self.middle[side]) * max(self.size) / self.pixels
        return min(max(place, 0.0), length)


def _over_input(fields: Fields, shown: Sequence[LayerField], options: Options) -> Panel:
    """The larger fields behind the smaller ones, the input's border in front."""
    height, width = fields.input[-2:] if len(fields.input) > 1 else (1, *fields.input)
    most = max((max(layer.size[-2:]) for layer in shown), default=1)
    longest = max(height, width)
    pixels = max(longest, min(most, LARGEST * longest)) * 1.04
    is_row = len(fields.input) == 1
    frame = _Frame(pixels, (height / 2, width / 2), (STRIP if is_row else SIDE, SIDE))
    items: list[Item] = []
    for k, layer in reversed(list(enumerate(shown))):
        color = COLORS[k]
        rows, columns = _rows_and_columns(layer, is_row)
        items.append(frame.rect(rows, columns, color, f"{color}-line"))
    size = options.sizes.small
    border = frame.rect((0, height - 1), (0, width - 1), None, "ink")
    if is_row:
        items = [_as_strip(item, k, len(items)) for k, item in enumerate(items)]
        border = Rect(border.x, 0, border.width, STRIP, None, "ink")
    items.append(border)
    top = 2.2 * size
    panel = Panel(SIDE, frame.size[0], tuple(items))
    words = "unit in the middle, over the input"
    caption = Text(0, top - 0.9 * size, words, size)
    wide = max(SIDE, text_width(words, size))
    return Panel(wide, top + panel.height, (caption, *panel.at(0, top)))


def _rows_and_columns(layer: LayerField, is_row: bool) -> tuple[Range, Range]:
    region = layer.region()
    return ((0, 0), region[0]) if is_row else (region[-2], region[-1])


def _as_strip(item: Item, place: int, among: int) -> Item:
    """A field of a row; the smaller ones are lower."""
    assert isinstance(item, Rect)
    height = STRIP * (1 - 0.6 * place / among)
    return Rect(item.x, (STRIP - height) / 2, item.width, height, item.fill, item.stroke)


# ---------------------------------------------------------------- growth


def _growth(fields: Fields, width: float, options: Options) -> Panel:
    """A dot for every layer that changes the field, in written order."""
    sizes = options.sizes
    layers = [layer for layer in fields.layers if layer.changes]
    high = max(*(max(layer.size) for layer in layers), *fields.input) * 1.06
    y = scale(0, high, "pixels of the input's side", ticks=5, whole=True)
    title = "layers that change the field, in their order"
    x = scale(0.3, len(layers) + 0.7, title, ticks=8, whole=True)
    left, top = room_for_ticks(y, sizes), 2.2 * sizes.small
    area = Area(left, top, width - left, HEIGHT, x, y)
    items: list[Item] = list(axes(area, sizes))
    side = max(fields.input)
    _, level = area.point(0, side)
    items.append(rule((area.left, level), (area.right, level), "ink", 0.9))
    label = f"input, {side}"
    above = level - 3 if level - 3 - sizes.small > area.top else level + sizes.small + 2
    items.append(Text(area.left + 3, above, label, sizes.small))
    items += _dots(area, [max(layer.smallest) for layer in layers], "pooling-line")
    items += _dots(area, [max(layer.size) for layer in layers], "convolution-line")
    return Panel(area.right, area.bottom + height_below(area, sizes), tuple(items))


def _dots(area: Area, heights: Sequence[int], color: str) -> Iterator[Item]:
    for k, height in enumerate(heights, start=1):
        x, y = area.point(k, height)
        yield Rect(x - DOT / 2, y - DOT / 2, DOT, DOT, color, None, DOT / 2)

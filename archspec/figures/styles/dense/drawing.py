"""A dense block with its arcs, a heading over it and notes under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from archspec.figures.fonts.metrics import ASCENT, text_width
from archspec.figures.layout import small_print
from archspec.figures.request import Options
from archspec.figures.scene import Item, Scene, Text
from archspec.figures.styles.dense import words
from archspec.figures.styles.dense.behind import Behind
from archspec.figures.styles.dense.blocks import DenseBlock
from archspec.figures.styles.dense.chain import Chain, Part
from archspec.figures.styles.dense.lines import arcs, arcs_height, arrow
from archspec.figures.styles.dense.measures import BOX_HEIGHT, Measures, fitting
from archspec.graph import Graph

PITCH: Final = 1.4
"""From one line of text to the next, for each point of its size."""
UNDER: Final = 8.0
"""Under the last line."""


def drawn(graph: Graph, block: DenseBlock, behind: Behind, options: Options) -> Scene:
    """In the middle of the width that is asked for."""
    shapes = [str(graph.nodes[path].output) for path in block.features]
    shown, measures = fitting(block.depth, Measures(options.sizes, shapes, behind), options.room)
    needed = measures.width(shown)
    width = max(needed, options.width or 0)
    title = words.title(graph.name, block)
    told, layer = words.told_block(block, shown.hidden), words.told_layer(block)
    heading, top = _heading(title, told, width, measures, is_shown=options.title)
    axis = top + arcs_height(needed, measures) + measures.sheets_height / 2
    chain = Chain(graph, block, behind, shown, measures, axis)
    parts = chain.parts(measures.margin + (width - needed) / 2)
    colors = words.told_colors(shown.bundle) if options.legend else ""
    notes, bottom = _notes(layer, colors, axis, width, measures)
    items = (*arcs(parts, axis, measures), *heading, *_along(parts, axis, measures), *notes)
    return Scene(width, bottom, items, title, f"{told}. {layer}.", "dense")


def _along(parts: Sequence[Part], axis: float, measures: Measures) -> Iterator[Item]:
    """What is on the axis, and texts under it."""
    yield parts[0].box
    yield from parts[0].texts
    for before, part in pairwise(parts):
        yield arrow(before, part, axis, measures)
        yield part.box
        yield from part.texts


def _heading(
    title: str, told: str, width: float, measures: Measures, *, is_shown: bool
) -> tuple[list[Text], float]:
    """The title, and beside or under it what there is; where the figure begins."""
    margin, size, small = measures.margin, measures.sizes.title, measures.sizes.small + 1
    if not is_shown:
        return [], margin
    room = width - 2 * margin
    first = Text(margin, margin + size * ASCENT, _cut(title, room, size), size, bold=True)
    beside = margin + first.width + 1.4 * size
    if beside + text_width(told, small) <= width - margin:
        return [first, Text(beside, first.y, told, small, color="pale")], first.y + size * 0.7
    lines, y = _paragraph(told, first.y + size, small, width, measures, "pale")
    return [first, *lines], y


def _cut(text: str, room: float, size: float) -> str:
    """As much of a bold text as there is room for."""
    if text_width(text, size, True) <= room:
        return text
    while text and text_width(f"{text}…", size, True) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _notes(
    layer: str, colors: str, axis: float, width: float, measures: Measures
) -> tuple[list[Text], float]:
    """What H is, and what colours mean; the bottom of the figure."""
    sizes, details = measures.sizes, len(measures.behind.details)
    end = axis + details * measures.detail_pitch + BOX_HEIGHT * measures.unit / 2
    y = max(measures.line_under(axis, 1), end) + sizes.text * 2.4
    first, y = _paragraph(layer, y, sizes.text, width, measures, "ink")
    second, y = _paragraph(colors, y, sizes.small, width, measures, "pale")
    return [*first, *second], y + UNDER * measures.unit


def _paragraph(
    told: str, y: float, size: float, width: float, measures: Measures, color: str
) -> tuple[list[Text], float]:
    """Lines from margin to margin; the baseline after them."""
    room, pitch = width - 2 * measures.margin, size * PITCH
    lines = small_print.paragraph(told, measures.margin, y, size, room, pitch, color)
    return lines, y + len(lines) * pitch

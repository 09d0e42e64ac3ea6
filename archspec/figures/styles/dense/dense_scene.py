"""A dense block with its arcs, a heading over it and notes under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from archspec.figures.fonts.metrics import ASCENT, text_width
from archspec.figures.layout import small_print
from archspec.figures.layout.panels import shorten
from archspec.figures.request import Options
from archspec.figures.scene import Item, Scene, Text
from archspec.figures.styles.dense import sentences
from archspec.figures.styles.dense.arcs import arcs, arcs_height, arrow
from archspec.figures.styles.dense.dense_blocks import DenseBlock
from archspec.figures.styles.dense.dense_measures import BOX_HEIGHT, DenseMeasures, fit
from archspec.figures.styles.dense.feature_maps import ChainItem, DenseChain
from archspec.figures.styles.dense.successor import Successor
from archspec.graph import Graph

PITCH: Final = 1.4
"""From one line of text to the next, for each point of its size."""
UNDER: Final = 8.0
"""Under the last line."""


def compose(graph: Graph, block: DenseBlock, successor: Successor, options: Options) -> Scene:
    shapes = [str(graph.nodes[path].output) for path in block.features]
    shown, measures = fit(
        block.depth, DenseMeasures(options.sizes, shapes, successor), options.room
    )
    width = measures.width(shown)
    title = sentences.title(graph.name, block)
    summary = sentences.describe_block(block, shown.hidden)
    layer = sentences.describe_layer(block)
    heading, top = _heading(title, summary, width, measures, is_shown=options.title)
    axis = top + arcs_height(width, measures) + measures.sheets_height / 2
    chain = DenseChain(graph, block, successor, shown, measures, axis)
    parts = chain.parts(measures.margin)
    colors = sentences.describe_colors(shown.bundle, options.theme) if options.legend else ""
    notes, bottom = _notes(layer, colors, axis, width, measures)
    items = (*arcs(parts, axis, measures), *heading, *_along(parts, axis, measures), *notes)
    return Scene(width, bottom, items, title, f"{summary}. {layer}.", "dense")


def _along(parts: Sequence[ChainItem], axis: float, measures: DenseMeasures) -> Iterator[Item]:
    """What is on the axis, and texts under it."""
    yield parts[0].box
    yield from parts[0].texts
    for before, part in pairwise(parts):
        yield arrow(before, part, axis, measures)
        yield part.box
        yield from part.texts


def _heading(
    title: str, summary: str, width: float, measures: DenseMeasures, *, is_shown: bool
) -> tuple[list[Text], float]:
    """The title, with a summary beside or under it; where the figure begins."""
    margin, size, small = measures.margin, measures.sizes.title, measures.sizes.small + 1
    if not is_shown:
        return [], margin
    room = width - 2 * margin
    first = Text(margin, margin + size * ASCENT, shorten(title, size, room, True), size, bold=True)
    beside = margin + first.width + 1.4 * size
    if beside + text_width(summary, small) <= width - margin:
        return [first, Text(beside, first.y, summary, small, color="pale")], first.y + size * 0.7
    lines, y = _paragraph(summary, first.y + size, small, width, measures, "pale")
    return [first, *lines], y


def _notes(
    layer: str, colors: str, axis: float, width: float, measures: DenseMeasures
) -> tuple[list[Text], float]:
    """What H is, and what colours mean; the bottom of the figure."""
    sizes, details = measures.sizes, len(measures.successor.details)
    end = axis + details * measures.detail_pitch + BOX_HEIGHT * measures.unit / 2
    y = max(measures.line_under(axis, 1), end) + sizes.text * 2.4
    first, y = _paragraph(layer, y, sizes.text, width, measures, "ink")
    second, y = _paragraph(colors, y, sizes.small, width, measures, "pale")
    return [*first, *second], y + UNDER * measures.unit


def _paragraph(
    text: str, y: float, size: float, width: float, measures: DenseMeasures, color: str
) -> tuple[list[Text], float]:
    """Lines from margin to margin; the baseline after them."""
    room, pitch = width - 2 * measures.margin, size * PITCH
    lines = small_print.paragraph(text, measures.margin, y, size, room, pitch, color)
    return lines, y + len(lines) * pitch

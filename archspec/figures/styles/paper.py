"""The style ``paper``: a folded spine in rows, an inset for every block, bars, legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from archspec.figures.layout.bars import Bars
from archspec.figures.layout.insets import panel
from archspec.figures.layout.legend import legend
from archspec.figures.layout.panels import (
    MARGIN,
    SPACE,
    Piece,
    centred,
    shelved,
    stacked,
    title_piece,
)
from archspec.figures.layout.place import Layout
from archspec.figures.layout.wrapping import broken, with_short_side_branches
from archspec.figures.outline.build import Outline, outline
from archspec.figures.outline.diagram import Diagram, leaves
from archspec.figures.request import Direction, Options
from archspec.figures.scene import Scene, check_boxes
from archspec.graph import Graph

ACCEPTS: Final = frozenset(
    {"width", "direction", "fold", "depth", "open", "close", "labels", "bars", "legend", "title"}
)
TAKES_SEVERAL: Final = False


WIDEST: Final = 2.45
NARROWEST: Final = 0.42
"""Aspect ratios (width by height) within which a figure of unspecified width stays."""
GOOD: Final = 0.6
"""The aspect ratio for which a figure is wrapped again if it is narrower than the narrowest."""
SHARES: Final = (0.86, 0.74, 0.62, 0.5, 0.4, 0.3)
"""Shares of the room that rows may take, tried until the figure is not too wide."""
COLUMNS: Final = (1.3, 1.6, 2, 2.6, 3.5, 5, 8, 13, 1_000)
"""Heights of columns, relative to the room, tried until they are not too wide together."""
ROOM_FOR_ROWS: Final = 300.0
"""With less, a row has about one box."""
HEADED: Final = 430.0
"""Width that title and legend may take even if the figure is narrower."""


def scene(graph: Graph, options: Options) -> Scene:
    """The figure of a network. Without a requested direction it runs from left to right if that fits
    a page."""
    whole = outline(graph, options)
    check_boxes(sum(1 for _ in leaves(whole.diagram)), graph.name)
    found = _fit_page(whole, replace(options, direction=options.direction or "right"))
    if options.direction is None and not _is_good(found, options):
        down = _fit_page(whole, replace(options, direction="down"))
        found = down if _is_better(down, found, options) else found
    if options.width is None and _aspect_ratio(found) < NARROWEST:
        return centred(found, NARROWEST * found.height, found.height)
    if _aspect_ratio(found) > WIDEST:
        return centred(found, found.width, found.width / WIDEST)
    return found


def _is_good(scene: Scene, options: Options) -> bool:
    """Whether a figure from left to right fits its page, with more than one box in a row."""
    fits = scene.width < options.room + 1 and _aspect_ratio(scene) >= NARROWEST
    return fits and options.room >= ROOM_FOR_ROWS


def _is_better(down: Scene, right: Scene, options: Options) -> bool:
    """Whether a figure that runs down fits the width better or is flatter. In a narrow column, where
    the other one turns after each box, it may be a little taller."""
    fits = [one.width < options.room + 1 for one in (down, right)]
    if fits[0] != fits[1]:
        return fits[0]
    favour = 1.25 if options.room < ROOM_FOR_ROWS else 1
    return _aspect_ratio(down) * favour > _aspect_ratio(right)


def _aspect_ratio(scene: Scene) -> float:
    return scene.width / scene.height


def _fit_page(whole: Outline, options: Options) -> Scene:
    """The figure with rows that make it neither too wide nor too tall."""
    room = options.room - 2 * MARGIN
    panels = [panel(inset, options, room) for inset in whole.insets]
    found = _compose(whole, panels, options, room, 1)
    for share in SHARES:
        if _aspect_ratio(found) <= WIDEST:
            break
        found = min(found, _compose(whole, panels, options, room, share), key=_aspect_ratio)
    if options.width is None and options.direction == "right" and _aspect_ratio(found) < NARROWEST:
        share = math.sqrt(GOOD / _aspect_ratio(found))
        found = _compose(whole, panels, options, room * share, 1)
    return found


def _compose(
    whole: Outline, panels: list[Piece], options: Options, room: float, share: float
) -> Scene:
    spine = _spine(whole, options, room, share)
    body = _body(spine, panels, options, room)
    headed = max(body.width, min(room, HEADED))
    pieces = [title_piece(whole.graph, options, headed)] if options.title else []
    pieces.append(body)
    if options.legend:
        pieces.append(legend(body.items, options, headed))
    return stacked(pieces, whole.graph, options)


def _spine(whole: Outline, options: Options, room: float, share: float) -> Piece:
    """The diagram of the whole network, in rows or columns that fit the room."""
    bars = None
    if options.bars != "none":
        shown = list(leaves(whole.diagram))
        params, macs = sum(leaf.params for leaf in shown), sum(leaf.macs for leaf in shown)
        bars = Bars(options.bars, params, macs, options.sizes)
    if options.direction != "down":
        return _in_rows(Layout("right", options.sizes, bars), whole.diagram, room * share, "right")
    for height in COLUMNS:
        layout = Layout("down", options.sizes, bars)
        piece = _in_rows(layout, whole.diagram, room * height * share, "down")
        if piece.width <= room:
            break
    return piece


def _in_rows(layout: Layout, diagram: Diagram, room: float, direction: Direction) -> Piece:
    rows = broken(layout.measures, with_short_side_branches(layout.measures, diagram), room)
    extent = layout.measures.of(rows)
    layout.place(rows, 0, extent.before, [])
    width, height = extent.length, extent.before + extent.after
    if direction == "down":
        width, height = height, width
    return Piece(width, height, tuple(layout.items))


def _body(spine: Piece, panels: Sequence[Piece], options: Options, room: float) -> Piece:
    """The spine with the insets below, or, if it runs down, beside it where they fit."""
    if not panels:
        return spine
    if options.direction == "down":
        beside = room - spine.width - 2 * SPACE
        if beside >= max(panel.width for panel in panels):
            shelves = shelved(panels, beside)
            height = max(spine.height, shelves.height)
            x = spine.width + 2 * SPACE
            return Piece(x + shelves.width, height, (*spine.items, *shelves.at(x, 0)))
    shelves = shelved(panels, max(room, spine.width))
    y = spine.height + SPACE
    items = (*spine.items, *shelves.at(0, y))
    return Piece(max(spine.width, shelves.width), y + shelves.height, items)

"""The style ``paper``: a folded spine in rows, an inset for every block, bars, legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from archspec.figures.layout.bars import CostBars
from archspec.figures.layout.by_dot import dot_panel
from archspec.figures.layout.insets import inset_panel
from archspec.figures.layout.legend import legend
from archspec.figures.layout.panels import MARGIN, SPACE, Panel, center, flow, title_panel, vstack
from archspec.figures.layout.spine import HEADED, WIDEST, aspect_ratio, fit_ratio, spine
from archspec.figures.outline.build import Outline, outline
from archspec.figures.outline.diagram import leaves
from archspec.figures.outline.flowchart import network_flowchart
from archspec.figures.request import Options
from archspec.figures.scene import Scene, check_boxes
from archspec.graph import Graph

ACCEPTS: Final = frozenset(
    {
        "width",
        "direction",
        "layout",
        "fold",
        "depth",
        "open",
        "close",
        "highlight",
        "dim",
        "labels",
        "bars",
        "legend",
    }
    | {"title"}
)
TAKES_SEVERAL: Final = False

NARROWEST: Final = 0.42
"""The aspect ratio (width by height) from which on a figure is not too narrow."""
GOOD: Final = 0.6
"""The aspect ratio for which a figure is wrapped again if it is narrower than the narrowest."""
ROOM_FOR_ROWS: Final = 300.0
"""With less, a row has about one box."""


def scene(graph: Graph, options: Options) -> Scene:
    """The figure of a network. Without a requested direction it runs from left to right if that fits
    a page."""
    whole = outline(graph, options)
    check_boxes(sum(1 for _ in leaves(whole.diagram)), graph.name)
    if options.layout == "dot":
        return _by_dot(whole, replace(options, direction=options.direction or "down"))
    found = _fit_page(whole, replace(options, direction=options.direction or "right"))
    if options.direction is None and not _is_good(found, options):
        down = _fit_page(whole, replace(options, direction="down"))
        found = down if _is_better(down, found, options) else found
    if options.width is None and aspect_ratio(found) < NARROWEST:
        return center(found, NARROWEST * found.height, found.height)
    if aspect_ratio(found) > WIDEST:
        return center(found, found.width, found.width / WIDEST)
    return found


def _by_dot(whole: Outline, options: Options) -> Scene:
    """The same with the network as ``dot`` lays it out: in one piece, and without bars."""
    room = options.room - 2 * MARGIN
    panels = [inset_panel(inset, options, room) for inset in whole.insets]
    network = dot_panel(network_flowchart(whole.graph, options), options)
    return _page(whole, network, panels, options, room)


def _is_good(scene: Scene, options: Options) -> bool:
    """Whether a figure from left to right fits its page, with more than one box in a row."""
    fits = scene.width < options.room + 1 and aspect_ratio(scene) >= NARROWEST
    return fits and options.room >= ROOM_FOR_ROWS


def _is_better(down: Scene, right: Scene, options: Options) -> bool:
    """Whether a figure that runs down fits the width better or is flatter. In a narrow column, where
    the other one turns after each box, it may be a little taller."""
    fits = [one.width < options.room + 1 for one in (down, right)]
    if fits[0] != fits[1]:
        return fits[0]
    favour = 1.25 if options.room < ROOM_FOR_ROWS else 1
    return aspect_ratio(down) * favour > aspect_ratio(right)


def _fit_page(whole: Outline, options: Options) -> Scene:
    """The figure with rows that make it neither too wide nor too tall."""
    room = options.room - 2 * MARGIN
    panels = [inset_panel(inset, options, room) for inset in whole.insets]
    found = fit_ratio(lambda share: _compose(whole, panels, options, room, share))
    if options.width is None and options.direction == "right" and aspect_ratio(found) < NARROWEST:
        share = math.sqrt(GOOD / aspect_ratio(found))
        found = _compose(whole, panels, options, room * share, 1)
    return found


def _compose(
    whole: Outline, panels: list[Panel], options: Options, room: float, share: float
) -> Scene:
    network = spine(whole.diagram, _bars(whole, options), options, room, share)
    return _page(whole, network, panels, options, room)


def _page(
    whole: Outline, network: Panel, panels: list[Panel], options: Options, room: float
) -> Scene:
    """The network and its insets under a title, above a legend."""
    body = _body(network, panels, options, room)
    headed = max(body.width, min(room, HEADED))
    stack = [title_panel(whole.graph, options, headed)] if options.title else []
    stack.append(body)
    if options.legend:
        stack.append(legend(body.items, options, headed))
    return vstack(stack, whole.graph, options)


def _bars(whole: Outline, options: Options) -> CostBars | None:
    if options.bars == "none":
        return None
    shown = list(leaves(whole.diagram))
    params, macs = sum(leaf.params for leaf in shown), sum(leaf.macs for leaf in shown)
    return CostBars(options.bars, params, macs, options.sizes)


def _body(network: Panel, panels: Sequence[Panel], options: Options, room: float) -> Panel:
    """The spine with the insets below, or, if it runs down, beside it where they fit."""
    if not panels:
        return network
    if options.direction == "down":
        beside = room - network.width - 2 * SPACE
        if beside >= max(panel.width for panel in panels):
            beneath = flow(panels, beside)
            height = max(network.height, beneath.height)
            x = network.width + 2 * SPACE
            return Panel(x + beneath.width, height, (*network.items, *beneath.at(x, 0)))
    beneath = flow(panels, max(room, network.width))
    y = network.height + SPACE
    items = (*network.items, *beneath.at(0, y))
    return Panel(max(network.width, beneath.width), y + beneath.height, items)

"""The style ``paper``: a folded spine in rows, an inset for every block, bars, legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from archspec.figures.layout.bars import CostBars
from archspec.figures.layout.by_dot import dot_panel
from archspec.figures.layout.encoder_decoder import unet_panel, with_braces
from archspec.figures.layout.insets import inset_panel
from archspec.figures.layout.legend import legend
from archspec.figures.layout.page_fit import excess, fit
from archspec.figures.layout.panels import MARGIN, SPACE, Panel, flow, title_panel, vstack
from archspec.figures.layout.spine import HEADED, spine
from archspec.figures.outline.build import Outline, outline
from archspec.figures.outline.diagram import leaves
from archspec.figures.outline.encoder_decoder import UnetLevel, unet_levels
from archspec.figures.outline.flowchart import network_flowchart
from archspec.figures.request import Options
from archspec.figures.scene import Scene, check_boxes
from archspec.graph import Graph

ACCEPTS: Final = frozenset(
    {
        "width",
        "height",
        "density",
        "direction",
        "layout",
        "fold",
        "depth",
        "open",
        "close",
        "highlight",
        "dim",
        "rename",
        "labels",
        "bars",
        "legend",
    }
    | {"title"}
)
TAKES_SEVERAL: Final = False


def scene(graph: Graph, options: Options) -> Scene:
    """The figure of a network. Without a requested direction it runs from left to right if that fits
    its page."""
    whole = outline(graph, options)
    check_boxes(sum(1 for _ in leaves(whole.diagram)), graph.name)
    if options.layout == "dot":
        return _by_dot(whole, replace(options, direction=options.direction or "down"))
    levels = unet_levels(whole.diagram, whole.graph) if options.direction is None else None
    return fit(lambda way, room: _compose(whole, levels, way, room), options)


def _by_dot(whole: Outline, options: Options) -> Scene:
    """The same with the network as ``dot`` lays it out: in one piece, and without bars."""
    room = options.room - 2 * MARGIN
    panels = [inset_panel(inset, options, room) for inset in whole.insets]
    network = dot_panel(network_flowchart(whole.graph, options), options)
    return _page(whole, network, panels, options, room)


def _compose(
    whole: Outline, levels: Sequence[UnetLevel] | None, options: Options, width: float
) -> Scene:
    """In rows or columns, or, with levels, as a U if that does not exceed the page by more."""
    room, bars = width - 2 * MARGIN, _bars(whole, options)
    panels = [inset_panel(inset, options, room) for inset in whole.insets]
    found = _page(whole, spine(whole.diagram, bars, options, room), panels, options, room)
    if levels is None:
        return found
    sizes, boxes = options.sizes, list(leaves(whole.diagram))
    us = [unet_panel(levels, bars, sizes, is_narrow=narrow) for narrow in (False, True)]
    us = [with_braces(u, boxes, sizes) for u in us]
    figures = [*(_page(whole, u, panels, options, room) for u in us), found]
    return min(figures, key=lambda scene: max(excess(scene, options), 1))


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
    if options.bars is None or options.bars == "none":
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

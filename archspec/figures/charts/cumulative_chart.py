"""Costs of networks over their depth: a panel for each count, a curve for each network."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Final

from archspec.analyses.cumulative import Cumulative, Growth
from archspec.describe.values import count
from archspec.diagnostics import failure
from archspec.escaping import clean
from archspec.figures.charts.axes import (
    Area,
    AxisScale,
    axes,
    curve,
    height_below,
    room_for_ticks,
    scale,
)
from archspec.figures.charts.chart import Key, draw_chart, heading, keys, room, stack
from archspec.figures.charts.sweep_chart import readable_metric
from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.scene import Item, Rect, Scene
from archspec.figures.theme import CURVE_COLORS

HEIGHT: Final = 150.0
DOT: Final = 4.0
MAX_DOTS: Final = 40
"""Of a curve; a deeper network has one at its end only."""


def cumulative_chart(found: Cumulative, options: Options) -> Scene:
    """Raises SpecError if there are more networks than colours."""
    networks = found.networks
    if len(networks) > len(CURVE_COLORS):
        message = f"the chart would have {len(networks)} curves, more than {len(CURVE_COLORS)}"
        raise failure("cannot-draw", message, help="name fewer networks")
    alone = len(networks) == 1
    title = clean(networks[0].name, 80) if alone else "Cumulative costs"
    facts = [*([_totals(networks[0])] if alone else []), "added up over all layers to a depth"]
    panels = [heading(title, facts, options)] if options.title else []
    left = max(room_for_ticks(_scale(found, metric), options.sizes) for metric in found.metrics)
    panels += [_panel(found, metric, left, options) for metric in found.metrics]
    if options.legend and not alone:
        entries: list[Key] = [
            (color, color, f"{clean(growth.name, 40)}: {_totals(growth)}")
            for color, growth in zip(CURVE_COLORS, networks, strict=False)
        ]
        panels.append(keys(entries, options))
    return stack(panels, title, ", ".join(facts), options)


def draw_cumulative(found: Cumulative, path: str | os.PathLike[str], **choices: Any) -> None:
    """Draw it into a file. Raises SpecError."""
    draw_chart(partial(cumulative_chart, found), path, **choices)


def _totals(growth: Growth) -> str:
    return ", ".join(f"{count(sums[-1])} {_word(metric)}" for metric, sums in growth.upto.items())


def _word(metric: str) -> str:
    return "parameters" if metric == "params" else readable_metric(metric)


def _scale(found: Cumulative, metric: str) -> AxisScale:
    highest = max(growth.upto[metric][-1] for growth in found.networks)
    return scale(0, 1.08 * max(highest, 1), _word(metric), ticks=4)


def _panel(found: Cumulative, metric: str, left: float, options: Options) -> Panel:
    """A count up to every depth; the last panel names the axis of all."""
    sizes = options.sizes
    deepest = max(growth.depth for growth in found.networks) or 1
    title = "weight layers from the input" if metric == found.metrics[-1] else ""
    x, y = scale(0, 1.02 * deepest, title, ticks=8, whole=True), _scale(found, metric)
    area = Area(left, 2.2 * sizes.small, room(options) - left, HEIGHT, x, y)
    items: list[Item] = list(axes(area, sizes))
    for color, growth in zip(CURVE_COLORS, found.networks, strict=False):
        places = [area.point(depth, sum) for depth, sum in enumerate(growth.upto[metric])]
        items += curve(places, color)
        dots = places if len(places) <= MAX_DOTS else places[-1:]
        items += [
            Rect(px - DOT / 2, py - DOT / 2, DOT, DOT, color, None, DOT / 2) for px, py in dots
        ]
    return Panel(area.right, area.bottom + height_below(area, sizes), tuple(items))

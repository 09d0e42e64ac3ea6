"""The scatter of papers: what was published over what a network costs, a line for each family."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from math import hypot
from typing import Any, Final, final

from archspec.analyses.published import Point, Scatter
from archspec.escaping import clean
from archspec.figures.charts.axes import Area, axes, curve, height_below, room_for_ticks, scale
from archspec.figures.charts.chart import Key, draw_chart, heading, keys, room, stack
from archspec.figures.charts.sweep_chart import readable_metric
from archspec.figures.fonts.metrics import ASCENT, DESCENT, text_width
from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.scene import Item, Polygon, Rect, Scene, Text
from archspec.figures.scene import Point as PlotPoint
from archspec.figures.theme import CURVE_COLORS

HEIGHT: Final = 260.0
DOT: Final = 5.0
DISTANCES: Final = (6.0, 12.0, 20.0, 30.0, 42.0)
"""Of a label from its point; from the third on a thin line leads there."""
DIRECTIONS: Final = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))
Corners = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def scatter_chart(found: Scatter, options: Options) -> Scene:
    """A point for each network, with a name that no other name and no point is under."""
    families = list(dict.fromkeys(point.family for point in found.points))
    colors = {name: CURVE_COLORS[k % len(CURVE_COLORS)] for k, name in enumerate(families)}
    figure = found.figure.replace("_", " ")
    facts = [f"over {readable_metric(found.metric)}", f"{len(found.points)} networks"]
    panels = [heading(figure, facts, options)] if options.title else []
    panels.append(_panel(found, colors, options))
    if options.legend and len(families) > 1:
        entries: list[Key] = [(colors[name], colors[name], clean(name, 40)) for name in families]
        panels.append(keys(entries, options))
    return stack(panels, figure, ", ".join(facts), options)


def draw_scatter(found: Scatter, path: str | os.PathLike[str], **choices: Any) -> None:
    """Draw it into a file. Raises SpecError."""
    draw_chart(partial(scatter_chart, found), path, **choices)


def _panel(found: Scatter, colors: dict[str, str], options: Options) -> Panel:
    sizes = options.sizes
    low, high = _margins([point.figure for point in found.points], 0.12)
    y = scale(low, high, found.title, ticks=6)
    first, last = _margins([float(point.cost) for point in found.points], 0.1)
    x = scale(max(first, 0), last, readable_metric(found.metric), ticks=7)
    left, top = room_for_ticks(y, sizes), 2.2 * sizes.small
    area = Area(left, top, room(options) - left, HEIGHT, x, y)
    items: list[Item] = list(axes(area, sizes))
    lines: list[list[PlotPoint]] = []
    for family, color in colors.items():
        line = sorted((px, py) for px, py, point in _places(found, area) if point.family == family)
        if len({px for px, _ in line}) == len(line):  # else they differ in something else
            items += curve(line, color, 0.9)
            lines.append(line)
    for px, py, point in _places(found, area):
        color = colors[point.family]
        items.append(Rect(px - DOT / 2, py - DOT / 2, DOT, DOT, color, None, DOT / 2))
    labels = _Labels(area, sizes.small, [spot for line in lines for spot in _spots(line)])
    items += labels.place(list(_places(found, area)))
    return Panel(area.right, area.bottom + height_below(area, sizes), tuple(items))


def _spots(line: Sequence[PlotPoint]) -> Iterator[PlotPoint]:
    """Places on a line, a few points from one to the next."""
    for (x, y), (to_x, to_y) in pairwise(line):
        steps = max(int(hypot(to_x - x, to_y - y) / 3), 1)
        for k in range(steps + 1):
            yield x + (to_x - x) * k / steps, y + (to_y - y) * k / steps


def _margins(values: Sequence[float], share: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = share * (high - low) or abs(high) * 0.1 or 1.0
    return low - margin, high + margin


def _places(found: Scatter, area: Area) -> Iterator[tuple[float, float, Point]]:
    for point in found.points:
        yield (*area.point(point.cost, point.figure), point)


@final
@dataclass(slots=True)
class _Labels:
    """Puts names beside points where nothing else stands, the nearest such place first."""

    area: Area
    size: float
    lines: Sequence[PlotPoint]
    """Places on the lines, on which names stand only where there is no other room."""
    taken: list[Corners] = field(default_factory=list)

    def place(self, points: Sequence[tuple[float, float, Point]]) -> Iterator[Item]:
        half = DOT / 2 + 1
        self.taken += [(x - half, y - half, x + half, y + half) for x, y, _ in points]
        for x, y, point in points:
            yield from self._label(x, y, clean(point.name, 30))

    def _label(self, x: float, y: float, name: str) -> Iterator[Item]:
        """The name at the first place that is free; no name where there is none."""
        width, ascent, descent = (
            text_width(name, self.size),
            ASCENT * self.size,
            DESCENT * self.size,
        )
        places = [(distance, each) for distance in DISTANCES for each in DIRECTIONS]
        for on_lines in (False, True):
            for distance, (across, down) in places:
                left = x + across * distance - (0 if across > 0 else width if across else width / 2)
                middle = y + down * distance
                corners = (left, middle - ascent / 2, left + width, middle + ascent / 2 + descent)
                if self._is_free(corners, on_lines):
                    self.taken.append(corners)
                    if distance >= DISTANCES[2]:
                        end = (min(max(x, left), left + width), middle - down * ascent / 2)
                        yield Polygon(((x, y), end), stroke="pale", thickness=0.4)
                    yield Text(left, middle + ascent / 2, name, self.size)
                    return

    def _is_free(self, corners: Corners, on_lines: bool) -> bool:
        left, top, right, bottom = corners
        if not on_lines and any(left < x < right and top < y < bottom for x, y in self.lines):
            return False
        area = self.area
        inside = left >= area.left and right <= area.right and top >= area.top - 2
        return (
            inside
            and bottom <= area.bottom
            and all(right < a or c < left or bottom < b or d < top for a, b, c, d in self.taken)
        )

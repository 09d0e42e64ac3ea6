"""What a network costs over the values of a parameter: a curve for each choice of the others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from archspec.analyses.search import Sweep, SweepRow
from archspec.analyses.search.family import metric_of
from archspec.describe.values import count, value
from archspec.diagnostics import failure
from archspec.figures.charts.axes import Area, axes, curve, height_below, room_for_ticks, scale
from archspec.figures.charts.chart import Key, draw_chart, heading, keys, room, stack
from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.scene import Anchor, Item, Rect, Scene, Text
from archspec.figures.theme import CURVE_COLORS

HEIGHT: Final = 190.0
MAX_CURVES: Final = 8
DOT: Final = 4.0

Series = list[tuple[float, int]]


def sweep_chart(found: Sweep, metric: str, options: Options) -> Scene:
    """A count over the first parameter that is varied. Raises SpecError if that is no number."""
    key = metric_of(metric)
    series = _series(found, key)
    title = f"{found.name}: {readable_metric(key)}"
    facts = [f"{len(found.rows)} networks", f"over {found.varied[0]}"]
    panels = [heading(title, facts, options)] if options.title else []
    panels.append(_panel(series, found.varied[0], key, options))
    if options.legend and len(series) > 1:
        colors = zip(CURVE_COLORS, series, strict=False)
        entries: list[Key] = [(color, color, label) for color, label in colors]
        panels.append(keys(entries, options))
    return stack(panels, found.name, f"{key} over {found.varied[0]}", options)


def draw_sweep(found: Sweep, path: str | os.PathLike[str], metric: str, **choices: Any) -> None:
    """Draw it into a file. Raises SpecError."""
    draw_chart(partial(sweep_chart, found, metric), path, **choices)


def readable_metric(metric: str) -> str:
    """``train MACs``"""
    return metric.replace("_", " ").replace("macs", "MACs")


def _series(found: Sweep, metric: str) -> dict[str, Series]:
    """For every choice of the other parameters the points of its curve."""
    first, *others = found.varied
    series: dict[str, Series] = {}
    for row in found.rows:
        x = row.values[first]
        if isinstance(x, bool) or not isinstance(x, int | float):
            message = f"'{first}' is {value(x)}: a chart needs numbers along its axis"
            raise failure("cannot-draw", message, help="name a parameter of numbers first")
        if row.counts is not None:
            series.setdefault(_label(row, others), []).append((float(x), row.counts[metric]))
    if len(series) > MAX_CURVES:
        message = f"the chart would have {len(series)} curves, more than {MAX_CURVES}"
        raise failure("cannot-draw", message, help=f"vary less beside {first}")
    return series


def _label(row: SweepRow, others: Sequence[str]) -> str:
    return ", ".join(f"{name}={value(row.values[name])}" for name in others)


def _panel(series: dict[str, Series], parameter: str, metric: str, options: Options) -> Panel:
    sizes = options.sizes
    points = [point for each in series.values() for point in each]
    low, high = min(x for x, _ in points), max(x for x, _ in points)
    margin = 0.04 * (high - low) or 1
    x = scale(low - margin, high + margin, parameter, ticks=8)
    y = scale(0, 1.08 * max(max(count for _, count in points), 1), readable_metric(metric), ticks=5)
    left, top = room_for_ticks(y, sizes), 2.2 * sizes.small
    area = Area(left, top, room(options) - left, HEIGHT, x, y)
    items: list[Item] = list(axes(area, sizes))
    for color, each in zip(CURVE_COLORS, series.values(), strict=False):
        items += _curve(area, each, color)
    if len(points) == len(next(iter(series.values()))):
        items += _numbers(area, points, options)
    return Panel(area.right, area.bottom + height_below(area, sizes), tuple(items))


def _curve(area: Area, points: Series, color: str) -> Iterator[Item]:
    places = [area.point(x, y) for x, y in sorted(points)]
    yield from curve(places, color)
    for x, y in places:
        yield Rect(x - DOT / 2, y - DOT / 2, DOT, DOT, color, None, DOT / 2)


def _numbers(area: Area, points: Series, options: Options) -> Iterator[Item]:
    """The counts at the two ends of a single curve, on the sides to which it does not lead."""
    size, (first, last) = options.sizes.small, (points[0], points[-1])
    rises = last[1] > first[1]
    ends: tuple[tuple[tuple[float, int], Anchor, bool], ...] = (
        (first, "start", rises),
        (last, "end", not rises),
    )
    for (x, height), anchor, is_below in ends:
        across, up = area.point(x, height)
        y = up + size + 4 if is_below and up + size + 6 < area.bottom else up - 5
        yield Text(across, y, count(height), size, anchor)

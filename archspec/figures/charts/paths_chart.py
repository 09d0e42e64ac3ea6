"""The lengths of a network's paths as a histogram (Veit et al., 2016, Figure 6)."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import Any, Final

from archspec.analyses.paths import Lengths, PathCounts
from archspec.describe.values import number
from archspec.figures.charts.axes import Area, axes, height_below, room_for_ticks, scale
from archspec.figures.charts.chart import Key, draw_chart, heading, keys, room, stack
from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.scene import Item, Point, Polygon, Scene

HEIGHT: Final = 150.0
"""Of the data of a panel."""
LEAST_BAR: Final = 3.0
"""Points; narrower bars are drawn as one outline."""
SEEN: Final = 0.01
"""Percent; less of them cannot be seen."""
OVER: Final = 1.08
"""The highest bar ends a little below the top."""


def paths_chart(paths: PathCounts, options: Options) -> Scene:
    """The histogram of lengths in modules, where there are some, and in weight layers."""
    panels = [heading(paths.name, _facts(paths), options)] if options.title else []
    entries: list[Key] = [("convolution", "convolution-line", "share of all paths")]
    if paths.module_count:
        panels.append(_panel(paths.modules, paths.gradient, "modules on a path", options))
        label = f"share of the gradient, of which each module leaves {number(float(paths.decay))}"
        entries.append(("pooling", "pooling-line", label))
    panels.append(_panel(paths.layers, None, "weight layers on a path", options))
    if options.legend:
        panels.append(keys(entries, options))
    return stack(panels, paths.name, "The lengths of all paths through the network", options)


def draw_paths(paths: PathCounts, path: str | os.PathLike[str], **choices: Any) -> None:
    """Draw it into a file. Raises SpecError."""
    draw_chart(partial(paths_chart, paths), path, **choices)


def _facts(paths: PathCounts) -> list[str]:
    layers = paths.layers
    several = "s" if paths.count > 1 else ""
    facts = [f"{short_count(paths.count)} path{several}", lengths_in_words(layers)]
    if paths.module_count:
        first, last = paths.effective
        mean = float(paths.modules.mean)
        facts.append(f"{paths.module_count} modules, {mean:.4g} on average on a path")
        facts.append(f"those with {first} to {last} modules carry 95 % of the gradient")
    return facts


def lengths_in_words(layers: Lengths) -> str:
    if layers.shortest == layers.longest:
        return f"{layers.longest} weight layers"
    mean = f"{float(layers.mean):.4g} on average"
    return f"{layers.shortest} to {layers.longest} weight layers, {mean}"


def short_count(paths: int) -> str:
    """``2^54``, ``262,144``, ``about 3.43·10^20``."""
    if paths < 10**9:
        return f"{paths:,}"
    if paths.bit_count() == 1:
        return f"2^{paths.bit_length() - 1}"
    power = len(str(paths)) - 1
    return f"about {paths / 10**power:.2f}·10^{power}"


def _panel(
    lengths: Lengths, gradient: Mapping[int, Fraction] | None, title: str, options: Options
) -> Panel:
    """A histogram; the second series is drawn in front, with narrower bars."""
    sizes = options.sizes
    total = lengths.total
    shares = {length: 100 * count / total for length, count in lengths.by_length.items()}
    series = [shares]
    if gradient is not None:
        series.append({length: 100 * float(share) for length, share in gradient.items()})
    high = max(max(each.values()) for each in series) * OVER
    y = scale(0, high, "share", ticks=4, percent=True)
    first, last = _shown(series)
    margin = 0.7 * _stride(lengths)
    x = scale(first - margin, last + margin, title, ticks=12, whole=True)
    left, top = room_for_ticks(y, sizes), 2.2 * sizes.small
    area = Area(left, top, room(options) - left, HEIGHT, x, y)
    items: list[Item] = list(axes(area, sizes))
    for each, (color, width) in zip(series, (("convolution", 0.8), ("pooling", 0.4)), strict=False):
        items += _bars(area, each, color, width * _stride(lengths))
    return Panel(area.right, area.bottom + height_below(area, sizes), tuple(items))


def _shown(series: list[dict[int, float]]) -> tuple[int, int]:
    """The lengths between which there is anything to see."""
    seen = [length for each in series for length, share in each.items() if share >= SEEN]
    return min(seen), max(seen)


def _stride(lengths: Lengths) -> int:
    """From one length that occurs to the next: 2 where all of them are even, or odd."""
    places = (place for place, count in enumerate(lengths.counts) if count)
    return math.gcd(*places) or 1


def _bars(area: Area, shares: Mapping[int, float], color: str, width: float) -> Iterator[Item]:
    """A bar for every length that enough paths have."""
    shown = {k: share for k, share in shares.items() if share and area.x.low <= k <= area.x.high}
    across = area.x.at(area.x.low + width, area.width)
    if across < LEAST_BAR:
        yield _outline(area, shown, color)
        return
    for length, share in shown.items():
        corners = [(length - width / 2, 0.0), (length - width / 2, share)]
        corners += [(length + width / 2, share), (length + width / 2, 0.0)]
        points = tuple(area.point(*corner) for corner in corners)
        if share >= SEEN:
            yield Polygon(points, color, f"{color}-line", 0.6)


def _outline(area: Area, shares: Mapping[int, float], color: str) -> Item:
    """All bars as one area."""
    half = min((k - min(shares) for k in shares if k > min(shares)), default=1) / 2
    points: list[Point] = []
    for length, share in shares.items():
        points += [(length - half, share), (length + half, share)]
    ends = (points[0][0], 0.0), (points[-1][0], 0.0)
    corners = [ends[0], *points, ends[1]]
    return Polygon(tuple(area.point(*c) for c in corners), color, f"{color}-line", 0.6, 0.75)

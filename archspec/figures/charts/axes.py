"""Axes of a chart: scales, ticks, grid and titles around a rectangle in which data are placed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from archspec.describe.values import count
from archspec.figures.fonts.metrics import text_width
from archspec.figures.scene import Item, Point, Polygon, Text
from archspec.figures.sizes import Sizes

STEPS: Final = (1, 2, 2.5, 5, 10)
"""Of ticks, times a power of ten."""
TICK_GAP: Final = 4.0
"""Between a tick's number and the data."""


@final
@dataclass(frozen=True, slots=True)
class AxisScale:
    """Numbers from the low to the high one along one side, with ticks among them."""

    low: float
    high: float
    ticks: tuple[float, ...]
    title: str = ""
    percent: bool = False

    def at(self, value: float, length: float) -> float:
        """How far along a side of a length a number stands."""
        return (value - self.low) / (self.high - self.low) * length

    def label(self, tick: float) -> str:
        if self.percent:
            return f"{tick:g} %"
        return f"{tick:g}" if abs(tick) < 10_000 else count(round(tick))


def scale(
    low: float,
    high: float,
    title: str = "",
    *,
    ticks: int = 6,
    whole: bool = False,
    percent: bool = False,
) -> AxisScale:
    """A scale with about so many ticks at round numbers; its ends are those of the data."""
    if high <= low:
        high = low + 1
    step = _step((high - low) / ticks)
    if whole:
        step = max(1, math.ceil(step))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    found = tuple(round(k * step, 12) for k in range(first, last + 1))
    return AxisScale(low, high, found, title, percent)


def _step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in STEPS if step * power >= rough * (1 - 1e-9))


@final
@dataclass(frozen=True, slots=True)
class Area:
    """The rectangle of the data, with a scale along each side; (left, top) is its corner."""

    left: float
    top: float
    width: float
    height: float
    x: AxisScale
    y: AxisScale

    def point(self, x: float, y: float) -> Point:
        across, up = self.x.at(x, self.width), self.y.at(y, self.height)
        return self.left + across, self.top + self.height - up

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def right(self) -> float:
        return self.left + self.width


def room_for_ticks(y: AxisScale, sizes: Sizes) -> float:
    """The width that the numbers beside the data take."""
    return max((text_width(y.label(tick), sizes.small) for tick in y.ticks), default=0) + TICK_GAP


def axes(area: Area, sizes: Sizes) -> Iterator[Item]:
    """Grid, numbers and titles: behind the data."""
    small = sizes.small
    for tick in area.y.ticks:
        _, y = area.point(area.x.low, tick)
        yield rule((area.left, y), (area.right, y), "frame-line")
        label = area.y.label(tick)
        yield Text(area.left - TICK_GAP, y + 0.35 * small, label, small, "end", color="pale")
    for tick in area.x.ticks:
        x, _ = area.point(tick, area.y.low)
        yield rule((x, area.bottom), (x, area.bottom + 3), "line")
        yield Text(x, area.bottom + 4 + small, area.x.label(tick), small, "middle", color="pale")
    yield rule((area.left, area.bottom), (area.right, area.bottom), "line")
    if area.x.title:
        middle, below = area.left + area.width / 2, area.bottom + 6 + 2.2 * small
        yield Text(middle, below, area.x.title, small, "middle")
    if area.y.title:
        yield Text(0, area.top - 0.9 * small, area.y.title, small)


def rule(start: Point, end: Point, color: str, thickness: float = 0.6) -> Polygon:
    """A straight stroke."""
    return Polygon((start, end), stroke=color, thickness=thickness)


def height_below(area: Area, sizes: Sizes) -> float:
    """From the lower end of the data to that of the titles."""
    return 8 + (2.4 if area.x.title else 1.2) * sizes.small


def curve(points: Sequence[Point], color: str, thickness: float = 1.3) -> Iterator[Polygon]:
    """Straight strokes from point to point."""
    for start, end in pairwise(points):
        yield Polygon((start, end), stroke=color, thickness=thickness)

"""The lines of a dense block: arrows along the axis, and an arc to every later reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archspec.figures.scene import Line, Point
from archspec.figures.styles.dense.dense_measures import ENTRY, DenseMeasures
from archspec.figures.styles.dense.feature_maps import ArcStart, ChainItem

LIFT: Final = 3.0
"""Between a feature map and its arcs."""
RISE: Final = 14.0
"""Height of an arc that goes nowhere."""
SLOPE: Final = 0.17
"""What an arc gains in height on its way, so that of two to one box the longer is the outer."""


def arcs_height(width: float, measures: DenseMeasures) -> float:
    """Of the arcs of a figure that is so wide."""
    return (RISE + LIFT) * measures.unit + SLOPE * (width - 2 * measures.margin)


def arrow(before: ChainItem, part: ChainItem, axis: float, measures: DenseMeasures) -> Line:
    points = ((before.right, axis), (part.left, axis))
    thickness = 0.9 * measures.unit
    return Line(points, before.box.path, part.box.path, before.color, thickness)


def arcs(parts: Sequence[ChainItem], axis: float, measures: DenseMeasures) -> Iterator[Line]:
    """From every feature map to all that read it, except those right after it."""
    base = axis - measures.sheets_height / 2 - LIFT * measures.unit
    for place, part in enumerate(parts):
        if part.reads:
            yield from _into(part, parts[: place - 1], base, measures)


def _into(
    part: ChainItem, before: Sequence[ChainItem], base: float, measures: DenseMeasures
) -> Iterator[Line]:
    """The nearest on the left, so that the outer arc is the outer one on both sides."""
    starts = [(other.start, other) for other in before if other.start]
    starts.sort(key=lambda found: found[0].x, reverse=True)
    entry = ENTRY * measures.unit
    ends = len(starts) + (part.start is not None)
    rect = part.box.rect
    x = rect.x + (rect.width - (ends - 1) * entry) / 2
    for start, other in starts:
        yield _arc(start, other, part, x, base, measures.unit)
        x += entry


def _arc(
    start: ArcStart, source: ChainItem, target: ChainItem, x: float, base: float, unit: float
) -> Line:
    """A curve above everything, and straight pieces down to boxes."""
    top = base - (RISE * unit + SLOPE * (x - start.x)) * 4 / 3
    up = ((start.x, base),) if start.y is None else _straight((start.x, start.y), (start.x, base))
    down = _straight((x, base), (x, target.box.rect.y))
    curve = (*up, (start.x, top), (x, top), *down)
    paths = source.box.path, target.box.path
    is_dashed = start.y is not None
    return Line(curve, *paths, source.color, 0.9 * unit, dashed=is_dashed, smooth=True)


def _straight(start: Point, end: Point) -> tuple[Point, ...]:
    """A straight line, as a Bézier curve."""
    (x0, y0), (x1, y1) = start, end
    return tuple((x0 + (x1 - x0) * k / 3, y0 + (y1 - y0) * k / 3) for k in range(4))

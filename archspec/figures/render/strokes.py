"""The shape of a line on paper: its path with round corners, and the head of its arrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import hypot
from typing import Final, Literal

from archspec.figures.scene import Line, Point, Rect

Segment = tuple[Literal["M", "L", "C"], tuple[Point, ...]]
"""A move to, a line to, or a curve with two control points to its last point."""

ARROW_LENGTH: Final = 5.0
"""Points, of an arrow on a line of the usual thickness."""
ARROW_WIDTH: Final = 4.6
SHAFT: Final = 0.8
"""A line ends within the head of its arrow: its own end would be broader than the tip."""
USUAL_THICKNESS: Final = 0.9
ROUND: Final = 0.5523
"""How far the control points of a quarter of a circle lie towards its corner."""


def path(line: Line) -> Iterator[Segment]:
    """All segments; nothing if the line goes nowhere."""
    points = _distinct(line.points)
    if len(points) < 2:
        return
    if line.smooth:
        yield from _curves(line)
    else:
        yield from _corners((*points[:-1], _end(line)), line.radius)


def outline(rect: Rect) -> Iterator[Segment]:
    """Around a rectangle, with the sun, from the left end of its upper side."""
    left, top, right, bottom = rect.x, rect.y, rect.x + rect.width, rect.y + rect.height
    radius = min(rect.radius, rect.width / 2, rect.height / 2)
    short = radius * (1 - ROUND)
    yield "M", ((left + radius, top),)
    yield "L", ((right - radius, top),)
    yield "C", ((right - short, top), (right, top + short), (right, top + radius))
    yield "L", ((right, bottom - radius),)
    yield "C", ((right, bottom - short), (right - short, bottom), (right - radius, bottom))
    yield "L", ((left + radius, bottom),)
    yield "C", ((left + short, bottom), (left, bottom - short), (left, bottom - radius))
    yield "L", ((left, top + radius),)
    yield "C", ((left, top + short), (left + short, top), (left + radius, top))


def arrow_head(line: Line) -> tuple[Point, Point, Point] | None:
    """The tip, exactly where the line ends, and the two barbs."""
    direction = _direction(line)
    if not line.arrow or direction is None:
        return None
    (x, y), (dx, dy) = line.points[-1], direction
    length, half = _scale(line) * ARROW_LENGTH, _scale(line) * ARROW_WIDTH / 2
    base_x, base_y = x - dx * length, y - dy * length
    return (
        (x, y),
        (base_x - dy * half, base_y + dx * half),
        (base_x + dy * half, base_y - dx * half),
    )


def _scale(line: Line) -> float:
    return max(1.0, line.thickness / USUAL_THICKNESS)


def _distinct(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without points that repeat the one before."""
    return (*points[:1], *(point for before, point in pairwise(points) if point != before))


def _direction(line: Line) -> Point | None:
    """In which the line ends, of length one."""
    points = _distinct(line.points)
    if len(points) < 2:
        return None
    (x0, y0), (x1, y1) = points[-2:]
    length = hypot(x1 - x0, y1 - y0)
    return (x1 - x0) / length, (y1 - y0) / length


def _end(line: Line) -> Point:
    """Where the stroke ends: before the tip of the arrow, if there is one."""
    (x, y), direction = line.points[-1], _direction(line)
    if not line.arrow or direction is None:
        return x, y
    (x0, y0), (dx, dy) = _distinct(line.points)[-2], direction
    shortened = min(_scale(line) * ARROW_LENGTH * SHAFT, hypot(x - x0, y - y0) / 2)
    return x - dx * shortened, y - dy * shortened


def _curves(line: Line) -> Iterator[Segment]:
    points = (*line.points[:-1], _end(line))
    yield "M", points[:1]
    for start in range(1, len(points) - 2, 3):
        yield "C", points[start : start + 3]


def _corners(points: Sequence[Point], radius: float) -> Iterator[Segment]:
    """Straight pieces; a corner takes at most half of the shorter piece beside it."""
    yield "M", (points[0],)
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, _distance(before, corner) / 2, _distance(corner, after) / 2)
        if reach > 0 and not _is_straight(before, corner, after):
            start, end = _towards(corner, before, reach), _towards(corner, after, reach)
            yield "L", (start,)
            yield "C", (_between(start, corner, ROUND), _between(end, corner, ROUND), end)
        else:
            yield "L", (corner,)
    yield "L", (points[-1],)


def _distance(first: Point, second: Point) -> float:
    return hypot(second[0] - first[0], second[1] - first[1])


def _between(first: Point, second: Point, share: float) -> Point:
    return (
        first[0] + (second[0] - first[0]) * share,
        first[1] + (second[1] - first[1]) * share,
    )


def _towards(start: Point, goal: Point, length: float) -> Point:
    return _between(start, goal, length / _distance(start, goal))


def _is_straight(before: Point, corner: Point, after: Point) -> bool:
    (x0, y0), (x1, y1), (x2, y2) = before, corner, after
    return abs((x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1)) < 1e-6

"""Lines in TikZ that follow their boxes: they begin and end at anchors, and turn as they did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import dist
from typing import Final

from archspec.figures.render.strokes import ARROW_LENGTH, USUAL_THICKNESS
from archspec.figures.render.tikz.names import NEAR, NamedBoxes, center
from archspec.figures.render.tikz.numbers import point, write
from archspec.figures.scene import Box, Line, Point

EXACT: Final = 0.005
"""Points that are no difference."""


def route(line: Line, points: Sequence[Point], boxes: NamedBoxes) -> str:
    """From anchor to anchor; what is between is seen from what is before."""
    begin, end = boxes.at(points[0], line.source), boxes.at(points[-1], line.target)
    inset = next((box.inset for box in (begin, end) if box), None)
    begin = begin or boxes.of(line.source, points[0], inset)
    end = end or boxes.of(line.target, points[-1], inset)
    start, stop = (_place(boxes, box, at) for box, at in ((begin, points[0]), (end, points[-1])))
    if line.smooth:
        return start + "".join(_curves(points, stop))
    return start + "".join(_pieces(line, points, stop))


def _place(boxes: NamedBoxes, box: Box | None, at: Point) -> str:
    """An anchor, and how far from it; the place itself where there is no box."""
    if box is None:
        return point(at)
    anchor, (x, y) = _anchor(box, at)
    shift = at[0] - x, at[1] - y
    moved = "" if max(map(abs, shift)) < EXACT else f"[shift={{{point(shift)}}}]"
    return f"({moved}{boxes.name(box)}.{anchor})"


def _anchor(box: Box, at: Point) -> tuple[str, Point]:
    """The middle of the side on which a point is."""
    rect, (x, y) = box.rect, center(box)
    if at[0] > rect.x + rect.width - NEAR:
        return "east", (rect.x + rect.width, y)
    if at[0] < rect.x + NEAR:
        return "west", (rect.x, y)
    if at[1] > y:
        return "south", (x, rect.y + rect.height)
    return "north", (x, rect.y)


def _curves(points: Sequence[Point], stop: str) -> Iterator[str]:
    """Control points seen from the ends to which they belong."""
    for first in range(0, len(points) - 3, 3):
        start, one, two, end = points[first : first + 4]
        controls = f"+{_step(start, one)} and +{_step(end, two)}"
        is_last = first + 4 >= len(points)
        yield f" .. controls {controls} .. {stop if is_last else f'++{_step(start, end)}'}"


def _pieces(line: Line, points: Sequence[Point], stop: str) -> Iterator[str]:
    """Straight pieces. The last corner is where the line meets the one from its end, so that it stays
    a right angle wherever the ends are."""
    radii = [*_radii(line, points), None]
    usual = corner_style(line.radius)
    turns = len(points) > 2 and _is_right_angle(*points[-3:])
    for place, (before, after) in enumerate(pairwise(points)):
        radius = radii[place]
        if radius is not None and (rounding := corner_style(radius)) != usual:
            yield f" [{rounding}]"
            usual = rounding
        if radius is None:
            if not turns:
                yield f" -- {stop}"
        elif turns and place == len(points) - 3:
            yield f" {'-|' if abs(before[1] - after[1]) < EXACT else '|-'} {stop}"
        else:
            yield f" -- ++{_step(before, after)}"


def _is_right_angle(before: Point, corner: Point, after: Point) -> bool:
    is_along = abs(before[1] - corner[1]) < EXACT and abs(corner[0] - after[0]) < EXACT
    is_across = abs(before[0] - corner[0]) < EXACT and abs(corner[1] - after[1]) < EXACT
    return is_along or is_across


def _step(start: Point, end: Point) -> str:
    return point((end[0] - start[0], end[1] - start[1]))


def corner_style(radius: float) -> str:
    return f"rounded corners={write(radius)}bp" if radius >= 0.01 else "sharp corners"


def _radii(line: Line, points: Sequence[Point]) -> Iterator[float]:
    """Of every corner: at most half of the pieces beside it, of which the tip takes its own."""
    lengths = [dist(start, end) for start, end in pairwise(points)]
    if line.arrow:
        lengths[-1] = max(0, lengths[-1] - tip(line))
    for before, after in pairwise(lengths):
        yield min(line.radius, before / 2, after / 2)


def tip(line: Line) -> float:
    """The length of the head of its arrow."""
    return ARROW_LENGTH * max(1, line.thickness / USUAL_THICKNESS)

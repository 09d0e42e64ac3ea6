"""Windows: what of a volume one pixel of the next is made of, with lines that lead there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Final, NamedTuple

from archspec.figures.fonts.metrics import ASCENT
from archspec.figures.scene import Item, Line, Point, Polygon, Text
from archspec.figures.styles.volumes.solids import PlacedVolume
from archspec.figures.styles.volumes.volume_measures import VolumeMeasures

PLACES: Final = ((0.4, 0.72), (0.4, 0.6), (0.4, 0.82), (0.4, 0.4), (0.5, 0.25))
"""Of the middle of a window on the side of a volume: to the rear and down, tried in turn; from the
end where the next volume is higher."""
TARGETS: Final = (0.8, 0.65, 0.9, 0.3, 0.15)
"""Down the front of the next volume."""
WINDOW: Final = "line"
"""The colour of windows, and of no volume."""
SMALLEST: Final = 4.5
"""So large is a window at least, and so large it must be that one sees it as a part."""
LARGEST: Final = 0.6
MARGIN: Final = 1.0
"""Between a line of a window and a text or an arrow."""


class _Cone(NamedTuple):
    corners: tuple[Point, ...]
    target: Point


def windows(
    row: Sequence[PlacedVolume], items: Sequence[Item], measures: VolumeMeasures
) -> Iterator[Polygon]:
    """Of a row whose other items are placed; where there is no room for one, it is left out."""
    texts = [item for item in items if isinstance(item, Text)]
    lines = [item for item in items if isinstance(item, Line)]
    for before, placed in pairwise(row):
        if placed.volume.window is None or not before.size.right:
            continue
        for (_, axis), (_, next_axis) in _towers(before, placed):
            cones = _cones(before, placed, axis, next_axis, measures)
            free = (cone for cone in cones if not _is_in_the_way(cone, texts, lines))
            if (cone := next(free, None)) is not None:
                yield from _drawn(cone, measures.unit)


def _towers(
    before: PlacedVolume, placed: PlacedVolume
) -> Iterator[tuple[tuple[str, float], tuple[str, float]]]:
    """In each tower, and from one volume to both, but not from both to one."""
    if len(before.ends) == len(placed.begins):
        yield from zip(before.ends, placed.begins, strict=True)
    elif len(before.ends) == 1:
        yield from product(before.ends, placed.begins)


def _cones(
    before: PlacedVolume,
    placed: PlacedVolume,
    axis: float,
    next_axis: float,
    measures: VolumeMeasures,
) -> Iterator[_Cone]:
    slab = before.volume.parts[-1]
    size, next_size = measures.slab_size(slab), measures.slab_size(placed.volume.parts[0])
    assert placed.volume.window is not None
    least = SMALLEST * measures.unit
    rows, columns = (
        min(max(pixels / side, least / length), LARGEST)
        for pixels, side, length in zip(
            placed.volume.window, slab.output.spatial, (size.height, size.right * 2), strict=True
        )
    )
    left, top = before.x + before.size.width, axis - size.half + size.up
    next_top = next_axis - next_size.half + next_size.up

    def on_side(rear: float, down: float) -> Point:
        return left + rear * size.right, top - rear * size.up + down * size.height

    places, targets = (PLACES, TARGETS) if next_axis >= axis else (PLACES[::-1], TARGETS[::-1])
    for (rear, down), share in product(places, targets):
        u, v = max(columns / 2, min(rear, 1 - columns / 2)), down
        v = max(rows / 2 + 0.02, min(v, 0.98 - rows / 2))
        corners = tuple(
            on_side(u + columns * a, v + rows * b)
            for a, b in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
        )
        yield _Cone(corners, (placed.x, next_top + share * next_size.height))


def _is_in_the_way(cone: _Cone, texts: Sequence[Text], lines: Sequence[Line]) -> bool:
    """Whether a line of it crosses a text or an arrow."""
    ways = [(corner, cone.target) for corner in cone.corners]
    arrows = [edge for line in lines for edge in pairwise(line.points)]
    return any(
        any(_crosses_text(way, text) for text in texts)
        or any(_meet(way, arrow) for arrow in arrows)
        for way in ways
    )


def _crosses_text(way: tuple[Point, Point], text: Text) -> bool:
    (x0, y0), (x1, y1) = way
    left, right = text.left - MARGIN, text.left + text.width + MARGIN
    top, bottom = text.y - ASCENT * text.size - MARGIN, text.y + 0.25 * text.size + MARGIN
    start, end = max(x0, left), min(x1, right)
    if start >= end:
        return False
    heights = [y0 + (x - x0) / (x1 - x0) * (y1 - y0) for x in (start, end)]
    return max(heights) > top and min(heights) < bottom


def _meet(one: tuple[Point, Point], other: tuple[Point, Point]) -> bool:
    return _sides(one, other) and _sides(other, one)


def _sides(line: tuple[Point, Point], ends: tuple[Point, Point]) -> bool:
    """Whether two points are not on the same side of a line, and away from it."""
    (x0, y0), (x1, y1) = line
    turns = [(x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) for x, y in ends]
    near = MARGIN * max(abs(x1 - x0), abs(y1 - y0))
    return not (min(turns) > near or max(turns) < -near)


def _drawn(cone: _Cone, unit: float) -> Iterator[Polygon]:
    corners, target = cone
    yield Polygon(_hull((*corners, target)), "ink", None, 0, 0.06)
    for one, two in ((corners[0], corners[2]), (corners[1], corners[3])):
        yield Polygon((one, target, two, target), None, WINDOW, 0.5 * unit, 0.7)
    yield Polygon(corners, "ink", WINDOW, 0.7 * unit, 0.3)


def _hull(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points around all others (Andrew, 1979)."""
    ordered = sorted(points)
    return (*_half_hull(ordered)[:-1], *_half_hull(ordered[::-1])[:-1])


def _half_hull(points: Sequence[Point]) -> list[Point]:
    found: list[Point] = []
    for x, y in points:
        while len(found) > 1 and _turn(found[-2], found[-1], (x, y)) <= 0:
            found.pop()
        found.append((x, y))
    return found


def _turn(one: Point, two: Point, three: Point) -> float:
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])

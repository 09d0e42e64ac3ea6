"""Lines on their way through a layout: from a part that they leave to one at which they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from archspec.figures.scene import Point, Text


@final
@dataclass(frozen=True, slots=True)
class Pending:
    """A line that has not arrived yet."""

    source: str
    points: tuple[Point, ...]
    """(main, across)"""
    dashed: bool = False
    merge: float | None = None
    """Where on the main direction it comes back to the axis. It stays beside it until somebody
    needs it there: at a merge it may end from the side."""
    label: Text | None = None
    arrow: bool = True
    dimmed: bool = False

    def through(self, *points: Point) -> Pending:
        """The same line, on its way through more points."""
        led_on = (*self.points, *points)  # written out, as replace() takes several times as long
        return Pending(self.source, led_on, self.dashed, None, self.label, self.arrow, self.dimmed)

    def on_axis(self, axis: float) -> Pending:
        """The same line, brought back to the axis where it merges."""
        if self.merge is None:
            return self
        across = self.points[-1][1]
        back = () if across == axis else ((self.merge, across), (self.merge, axis))
        return self.through(*back)

    def straight_on(self, end: float) -> Pending:
        """The same line, led on along the main direction: out of the last of some rows it is not
        back on the axis yet."""
        return self.through((end, self.points[-1][1]))

    def corners(self) -> list[Point]:
        """Its points without those that are none: twice the same, or on the way between two."""
        corners: list[Point] = []
        for point in self.points:
            if corners and _is_near(point, corners[-1]):
                continue
            if len(corners) > 1 and _is_between(corners[-2], corners[-1], point):
                corners[-1] = point
            else:
                corners.append(point)
        return corners


def _is_near(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) < 1e-6 and abs(a[1] - b[1]) < 1e-6


def _is_between(a: Point, b: Point, c: Point) -> bool:
    return any(abs(a[k] - b[k]) < 1e-6 and abs(b[k] - c[k]) < 1e-6 for k in (0, 1))


def is_one_a_side(arriving: Sequence[Pending], across: float, side: float) -> bool:
    """Whether at most one line comes from each side of a merge, and some line straight."""
    beside = [line.points[-1][1] - across for line in arriving if line.merge is not None]
    far = [place for place in beside if abs(place) > side / 2]
    return sum(place < 0 for place in far) <= 1 and sum(place > 0 for place in far) <= 1

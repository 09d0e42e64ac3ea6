"""The elements of a column at their places, with the lines between them and past them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, final

from archspec.figures.annotations.looks import look
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.layout.forms.series import gap
from archspec.figures.layout.place import Layout
from archspec.figures.outline.diagram import Leaf, Wire
from archspec.figures.scene import Box, Item, Line, Point, Rect
from archspec.figures.styles.blocks.elements import NetworkColumn, Shortcut

DOT: Final = 1.5
"""Radius of a sum."""
BEFORE_DOT: Final = 1.8
FORK: Final = 1.4
"""From what a shortcut begins behind to where it leaves the line."""
BESIDE: Final = 6.0
"""Between boxes and a line that leads past them."""
MAX_ROUND: Final = 4
"""Elements past which a shortcut is an arc."""
STEPS: Final = 40


@final
class ColumnPlaces:
    """Measures first; ``place`` may be called once."""

    def __init__(self, column: NetworkColumn, layout: Layout) -> None:
        self._column = column
        self._layout = layout
        self._tops: dict[int, float] = {}
        self._boxes: dict[str, Rect] = {}
        self._reach: dict[int, list[tuple[int, float]]] = defaultdict(list)
        """Of shortcuts, by the elements behind which they begin: their ends, and how far they reach
        to the right of the axis."""

    # ------------------------------------------------------------ measures

    def length(self, places: Sequence[int]) -> float:
        """Of some elements in a row."""
        gaps = sum(self._gap(a, b) for a, b in pairwise(places))
        return gaps + sum(self._length(k) for k in places)

    @property
    def before(self) -> float:
        """Left of the axis."""
        return max(self._sides(k)[0] for k in range(len(self._column.elements)))

    def _sides(self, k: int) -> tuple[float, float]:
        element = self._column.elements[k]
        if element.is_dot:
            return DOT, DOT
        extent = self._layout.measure(element.part)
        return extent.before, extent.after

    def _length(self, k: int) -> float:
        element = self._column.elements[k]
        return 2 * DOT if element.is_dot else self._layout.measure(element.part).length

    def _gap(self, k: int, following: int) -> float:
        elements = self._column.elements
        if elements[following].is_dot:
            return BEFORE_DOT
        return gap(self._layout, None, elements[following].part) + FORK * elements[k].is_dot

    # ------------------------------------------------------------ places

    def place(self, starts: Mapping[int, float], axis: float) -> tuple[list[Item], float]:
        """With the heights at which stages begin, by their first elements; the items, and how far
        they reach to the right of the axis."""
        lines: list[Pending] = []
        y = 0.0
        for k, element in enumerate(self._column.elements):
            y = starts.get(k, y)
            self._tops[k] = y
            if element.is_dot and isinstance(element.part, Leaf):
                lines = self._dot(element.part, y, axis, lines)
            else:
                lines = self._layout.place(element.part, y, axis, lines)
            y += self._length(k)
            if k + 1 < len(self._column.elements):
                y += self._gap(k, k + 1)
        boxes = (item for item in self._layout.items if isinstance(item, Box))
        self._boxes = {box.path: box.rect for box in boxes}
        for shortcut in sorted(self._column.shortcuts, key=lambda one: one.end - one.begin):
            reach = self._lead_past(shortcut, axis)
            self._reach[shortcut.begin].append((shortcut.end, reach))
        reaches = (reach for found in self._reach.values() for _, reach in found)
        return self._layout.items, max([self._right(), *reaches])

    def _right(self) -> float:
        return max(self._sides(k)[1] for k in range(len(self._column.elements)))

    def _dot(self, leaf: Leaf, y: float, axis: float, arriving: Sequence[Pending]) -> list[Pending]:
        for line in arriving:
            ended = replace(line.on_axis(axis).through((y, axis)), arrow=False)
            self._layout.items.append(self._layout.line(ended, leaf.path, dashed=leaf.dashed))
        paint = look(leaf.role, leaf.mark).line
        rect = Rect(axis - DOT, y, 2 * DOT, 2 * DOT, paint, paint, DOT)
        box = Box(rect, leaf.path, leaf.role, layers=leaf.layers, title=leaf.path)
        self._layout.items.append(box)
        return [Pending(leaf.output, ((y + 2 * DOT, axis),), dimmed=leaf.mark.dimmed)]

    def _lead_past(self, shortcut: Shortcut, axis: float) -> float:
        """Returns how far it reaches."""
        inside = range(shortcut.begin + 1, shortcut.end)
        start = self._tops[shortcut.begin] + self._length(shortcut.begin) + FORK
        end = self._column.elements[shortcut.end]
        x, y = self._entrance(shortcut.end, axis)
        nested = [
            reach
            for begin in range(shortcut.begin, shortcut.end)
            for other, reach in self._reach.get(begin, ())
            if other <= shortcut.end
        ]
        boxes = [self._sides(k)[1] for k in inside]
        is_arc = isinstance(shortcut.part, Wire) and not nested and len(inside) <= MAX_ROUND
        if is_arc and end.is_dot:
            corners = [
                (self._tops[k], self._tops[k] + self._length(k), self._sides(k)[1]) for k in inside
            ]
            bulge = _bulge(start, y, corners)
            points = ((axis, start), (axis + bulge, start), (axis + bulge, y), (x, y))
            self._layout.items.append(self._line(shortcut, points))
            return 0.75 * bulge
        lane = max([0.0, *boxes, *nested]) + BESIDE
        return self._on_lane(shortcut, axis, lane, (start, y), x)

    def _on_lane(
        self, shortcut: Shortcut, axis: float, lane: float, ends: Point, x: float
    ) -> float:
        """In straight lines; returns how far it reaches."""
        extent = self._layout.measure(shortcut.part)
        start, y = ends
        beside = axis + lane + extent.before
        source, target = self._names(shortcut)
        points = ((start, axis), (start, beside))
        line = Pending(source, points, shortcut.dashed)
        top = start + (y - start - extent.length) / 2
        for leaving in self._layout.place(shortcut.part, top, beside, [line]):
            ended = leaving.on_axis(beside).through((y, beside), (y, x))
            self._layout.items.append(self._layout.line(ended, target, dashed=shortcut.dashed))
        return lane + extent.before + extent.after

    def _entrance(self, k: int, axis: float) -> Point:
        """Where a shortcut ends at an element, from the right."""
        element = self._column.elements[k]
        middle = self._tops[k] + self._length(k) / 2
        if element.is_dot:
            return axis + DOT, middle
        rect = self._boxes[self._path(k)]
        return rect.x + rect.width, rect.y + rect.height / 2

    def _line(self, shortcut: Shortcut, points: tuple[Point, ...]) -> Line:
        source, target = self._names(shortcut)
        return Line(points, source, target, dashed=shortcut.dashed, smooth=True)

    def _names(self, shortcut: Shortcut) -> tuple[str, str]:
        begin = self._column.elements[shortcut.begin].part
        return begin.output if isinstance(begin, Leaf) else "", self._path(shortcut.end)

    def _path(self, k: int) -> str:
        part = self._column.elements[k].part
        return part.path if isinstance(part, Leaf) else ""


def _bulge(start: float, end: float, corners: Sequence[tuple[float, float, float]]) -> float:
    """How far the control points of an arc are from the axis, so that it leads around all boxes,
    each of which is given by its top, its bottom and half of its width."""
    bulge = 20.0
    for step in range(1, STEPS):
        t = step / STEPS
        across, down = 3 * t * (1 - t), 3 * t * t * (1 - t) + t**3
        y = start + (end - start) * down
        for top, bottom, half in corners:
            if top - 1 <= y <= bottom + 1:
                bulge = max(bulge, (half + 2) / across)
    return bulge

"""Places for the parts of a diagram: exact, in linear time, the same on every run.

A diagram flows along its *main* direction; *across* is the other one. Every part has an axis, a
straight line along the main direction on which it is entered and left. A chain shares one axis;
branches lie side by side, and their lines leave the axis at a fork and come back at a merge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import pairwise
from typing import Final, NamedTuple, final

from archspec.figures.bars import Bars
from archspec.figures.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    leaves,
)
from archspec.figures.metrics import text_width
from archspec.figures.options import Direction, Sizes
from archspec.figures.scene import Box, Item, Line, Point, Rect, Text

PAD: Final = 5.0
"""Between a text and the border of its box."""
SHEET: Final = 2.4
"""How far a sheet of a stack stands out behind the one before it."""
SHEETS: Final = 2
GAP: Final = 15.0
"""Between two parts of a chain: an arrow."""
LEAD: Final = 13.0
"""From a fork to where its branches begin."""
FORK: Final = 3.0
TAIL: Final = 7.0
"""From where the longest branch ends to where branches merge."""
BESIDE: Final = 7.0
"""Between branches."""
WIRE: Final = 3.0
"""What a line without anything on it takes to each side."""
LABEL: Final = 4.0
"""Between a box and the text on the line out of it."""
ARROW: Final = 8.0
"""A line is at least so long behind that text: its arrow."""
TAP: Final = 4.0
"""Where a branch leaves a line, behind its box."""
LANE: Final = 6.0
"""Between lanes."""
INSIDE: Final = 8.0
"""Between a frame and what is in it."""
INDENT: Final = 14.0
"""Before a row that is not the first: the line into it."""
CHANNEL: Final = 7.0
"""Between a row and the line that leads to the next, and between that and the next row."""


class Extent(NamedTuple):
    """The room that a part takes: along the main direction, and across on each side of its axis."""

    length: float
    before: float
    after: float


@final
@dataclass(frozen=True, slots=True)
class Pending:
    """A line that has not arrived yet."""

    source: str
    points: tuple[Point, ...]
    """(main, across)"""
    dashed: bool = False
    merge: float | None = None
    """Where on the main direction it comes back to the axis."""
    label: Text | None = None
    arrow: bool = True


@final
class Layout:
    """Measures and places the parts of one figure."""

    def __init__(
        self,
        direction: Direction,
        sizes: Sizes,
        bars: Bars | None = None,
        inset: str | None = None,
        gap: float = GAP,
    ) -> None:
        self._right = direction == "right"
        self._sizes = sizes
        self._bars = bars
        self._inset = inset
        self._gap = gap
        self._measured: dict[int, Extent] = {}
        self._kept: list[Diagram] = []
        self.items: list[Item] = []

    # ---------------------------------------------------------------- measures

    def measure(self, part: Diagram) -> Extent:
        """The room that a part takes."""
        if id(part) not in self._measured:
            self._measured[id(part)] = self._extent(part)
            self._kept.append(part)  # so that no other part gets its id
        return self._measured[id(part)]

    def _extent(self, part: Diagram) -> Extent:
        if isinstance(part, Leaf):
            return self._with_hanging(part) if part.hanging else self._leaf(part)
        if isinstance(part, Series):
            return self._series(part.parts)
        if isinstance(part, Parallel):
            return self._parallel(part)
        if isinstance(part, Lanes):
            return self._lanes(part)
        if isinstance(part, Frame):
            return self._frame(part)
        if isinstance(part, Rows):
            return self._in_rows(part)
        return Extent(0, WIRE, WIRE)

    def size(self, leaf: Leaf) -> tuple[float, float]:
        """Width and height of a box without what is around it."""
        title, small = self._sizes.text, self._sizes.small
        if leaf.form == "circle":
            return 1.7 * title, 1.7 * title
        width = max(
            text_width(leaf.title, title, leaf.role == "block"), text_width(leaf.under, small)
        )
        height = 2.1 * title + (1.25 * small if leaf.under else 0)
        return width + 2 * PAD, height

    def _leaf(self, leaf: Leaf) -> Extent:
        width, height = self.size(leaf)
        stack = SHEET * SHEETS if leaf.count > 1 else 0.0
        badge = self._badge_size(leaf)
        over = max(stack, badge[1] / 2 + 1) if stack else 0.0
        wide = max(stack, badge[0] / 2 + 1) if stack else 0.0
        bars_wide, bars_high = self._bars.size(leaf) if self._bars else (0.0, 0.0)
        if self._right:
            below = self._below(height) + bars_high if bars_high else height / 2
            return Extent(max(width + wide, bars_wide), height / 2 + over + stack, below)
        beside = width / 2 + wide + (bars_wide + 5 if bars_wide else 0)
        return Extent(max(height + over + stack, bars_high), width / 2, beside)

    def _below(self, height: float) -> float:
        """From the axis to the bars: the same for boxes of one and of two lines."""
        tall = 2.1 * self._sizes.text + 1.25 * self._sizes.small
        return max(height, tall) / 2 + 4

    def _badge_size(self, leaf: Leaf) -> tuple[float, float]:
        """Width and height of the ``×6`` of a stack."""
        size = self._sizes.small
        return text_width(f"×{leaf.count}", size, True) + 7, size * 1.35

    def _with_hanging(self, leaf: Leaf) -> Extent:
        bare = self._leaf(leaf)
        length = bare.length + TAP + self._label_room(leaf.shape)
        after = bare.after
        for branch in leaf.hanging:
            extent = self.measure(branch)
            length = max(length, bare.length + TAP + LEAD + extent.length)
            after += BESIDE + extent.before + extent.after
        return Extent(length, max(bare.before, self._label_side(leaf.shape)[0]), after)

    def _series(self, parts: Sequence[Diagram]) -> Extent:
        extents = [self.measure(part) for part in parts]
        length = sum(extent.length for extent in extents)
        before = max(extent.before for extent in extents)
        after = max(extent.after for extent in extents)
        for part, following in pairwise(parts):
            label = exit_label(part)
            length += self.gap(label, following)
            sides = self._label_side(label)
            before, after = max(before, sides[0]), max(after, sides[1])
        return Extent(length, before, after)

    def gap(self, label: str | None, following: Diagram | None = None) -> float:
        """Between two parts of a chain: room for an arrow and for the text on it."""
        room = self._label_room(label)
        if following is not None and begins_with_fork(following):
            return max(room, TAP)
        return max(self._gap, room + ARROW if room else 0)

    def _label_room(self, label: str | None) -> float:
        if label is None:
            return 0
        size = self._sizes.small
        return text_width(label, size) + 2 * LABEL if self._right else size + 2 * LABEL - 2

    def _label_side(self, label: str | None) -> tuple[float, float]:
        """What a text beside a line takes, before and after the axis."""
        if label is None:
            return (0, 0)
        size = self._sizes.small
        return (size + 3, 0) if self._right else (0, text_width(label, size) + LABEL + 2)

    def _parallel(self, part: Parallel) -> Extent:
        rows = self._rows(part)
        length = max(self._branch_length(branch) for branch, _ in rows)
        before = -min(axis - self._sides(branch)[0] for branch, axis in rows)
        after = max(axis + self._sides(branch)[1] for branch, axis in rows)
        return Extent(LEAD + length + TAIL, max(before, WIRE), max(after, WIRE))

    def _sides(self, branch: Diagram) -> tuple[float, float]:
        """What a branch takes across, with the text on its last line."""
        extent, label = self.measure(branch), self._label_side(exit_label(branch))
        return max(extent.before, label[0]), max(extent.after, label[1])

    def _branch_length(self, branch: Diagram) -> float:
        return self.measure(branch).length + self._label_room(exit_label(branch))

    def _rows(self, part: Parallel) -> list[tuple[Diagram, float]]:
        """Branches with the places of their axes across, 0 being the axis of the whole: of two the
        longer one is on it, of an odd number the middle one, of others none."""
        branches = list(part.branches)
        on_axis = len(branches) // 2 if len(branches) % 2 else None
        if len(branches) == 2:
            weights = [_weight(branch) for branch in branches]
            if weights[0] != weights[1]:
                branches = branches if weights[0] < weights[1] else branches[::-1]
                on_axis = 1
        places: list[float] = []
        edge = 0.0
        for branch in branches:
            before, after = self._sides(branch)
            places.append(edge + before)
            edge += before + after + BESIDE
        axis = (places[0] + places[-1]) / 2 if on_axis is None else places[on_axis]
        return [(branch, place - axis) for branch, place in zip(branches, places, strict=True)]

    def _lanes(self, part: Lanes) -> Extent:
        extents = [self.measure(inner) for inner in part.parts]
        length = self._stations(part)[1]
        lanes = _lane_numbers(part)
        top = max([extent.before for extent in extents], default=0.0)
        after = max([extent.after for extent in extents], default=WIRE)
        for inner in part.parts:
            sides = self._label_side(exit_label(inner))
            top, after = max(top, sides[0]), max(after, sides[1])
        count = max(lanes.values(), default=-1) + 1
        return Extent(length, top + LANE * count + (LANE if count else 0), max(after, WIRE))

    def _stations(self, part: Lanes) -> tuple[list[float], float]:
        """Where the parts between lanes begin, and where the whole ends."""
        places = []
        position = TAP + LEAD
        for inner in part.parts:
            places.append(position)
            position += self.measure(inner).length
            position += TAP + self._label_room(exit_label(inner)) + LEAD
        return places, position

    def _frame(self, frame: Frame) -> Extent:
        inside = self.measure(frame.inside)
        size = self._sizes.small
        heading = text_width(_heading(frame), size, True) + 2 * PAD
        top = size * 1.5 if _heading(frame) else 0.0
        if self._right:
            length = max(inside.length + 2 * INSIDE, heading)
            before = max(inside.before, WIRE) + INSIDE + top
            return Extent(length, before, max(inside.after, WIRE) + INSIDE)
        before = max(inside.before + INSIDE, heading + 4 if top else 0)
        return Extent(inside.length + 2 * INSIDE + top, before, inside.after + INSIDE)

    def _in_rows(self, part: Rows) -> Extent:
        extents = [self.measure(row) for row in part.rows]
        length = max(
            extent.length + (INDENT if k else 0) + self._tail(part, k)
            for k, extent in enumerate(extents)
        )
        across = sum(extent.before + extent.after for extent in extents)
        across += 2 * CHANNEL * (len(extents) - 1)
        length += FORK if part.returns else 0
        return Extent(length, extents[0].before, across - extents[0].before)

    def _tail(self, part: Rows, k: int) -> float:
        """Behind a row: the text on its last line, and the turn."""
        turns = k + 1 < len(part.rows) or part.returns
        return self.gap(exit_label(part.rows[k])) if turns else 0

    # ---------------------------------------------------------------- places

    def place(
        self, part: Diagram, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        """Put a part where its axis begins, end the lines that arrive; those that leave it."""
        if isinstance(part, Leaf):
            return self._place_leaf(part, main, across, arriving)
        if isinstance(part, Series):
            return self._place_series(part.parts, main, across, arriving)
        if isinstance(part, Parallel):
            return self._place_parallel(part, main, across, arriving)
        if isinstance(part, Lanes):
            return self._place_lanes(part, main, across, arriving)
        if isinstance(part, Frame):
            return self._place_frame(part, main, across, arriving)
        if isinstance(part, Rows):
            return self._place_rows(part, main, across, arriving)
        return [replace(line, dashed=line.dashed or part.dashed) for line in arriving]

    def _place_series(
        self, parts: Sequence[Diagram], main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        pending = list(arriving)
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            pending = self.place(part, main, across, pending)
            main += self.measure(part).length + self.gap(exit_label(part), following)
        return pending

    def _place_rows(
        self, part: Rows, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        pending = list(arriving)
        axis = across
        for k, row in enumerate(part.rows):
            start, extent = main + (INDENT if k else 0), self.measure(row)
            pending = self.place(row, start, axis, pending)
            if k + 1 == len(part.rows):
                end = main + self.measure(part).length
                return [replace(line, merge=end if part.returns else None) for line in pending]
            channel = axis + extent.after + CHANNEL
            following = channel + CHANNEL + self.measure(part.rows[k + 1]).before
            turn = start + extent.length + self._tail(part, k) - 1
            around = ((turn, axis), (turn, channel), (main, channel), (main, following))
            pending = [
                replace(line, points=(*_on_axis(line, axis), *around), merge=None)
                for line in pending
            ]
            axis = following
        raise AssertionError

    def _place_leaf(
        self, leaf: Leaf, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        width, height = self.size(leaf)
        stack = SHEET * SHEETS if leaf.count > 1 else 0.0
        extent = self._leaf(leaf)
        if self._right:
            start, end = main, main + width + stack
            x, y = main, across - height / 2
        else:
            start = main + extent.length - height - stack if stack else main
            end = start + height + stack
            x, y = across - width / 2, start + stack
        self._arrive(leaf, arriving, start, across, height if self._right else width)
        self._draw_leaf(leaf, x, y, width, height)
        if self._bars:
            if self._right:
                self.items += self._bars.items(leaf, main, across + self._below(height))
            else:
                high = self._bars.size(leaf)[1]
                beside = across + extent.after - self._bars.size(leaf)[0]
                self.items += self._bars.items(leaf, beside, (start + end) / 2 - high / 2)
        if not leaf.hanging:
            return [self._leaving(leaf, end, across, 0)]
        whole = self.measure(leaf)
        tap = main + extent.length
        self._place_hanging(leaf, tap, end, across, extent)
        out = self._leaving(leaf, end, across, tap - end + TAP)
        return [replace(out, points=(*out.points, (main + whole.length, across)))]

    def _leaving(self, leaf: Leaf, end: float, across: float, tap: float) -> Pending:
        label = None
        if leaf.shape is not None:
            size = self._sizes.small
            if self._right:
                label = Text(end + tap + LABEL, across - 3, leaf.shape, size, color="pale")
            else:
                down = end + tap + LABEL + size * 0.75 - 1
                label = Text(across + LABEL, down, leaf.shape, size, color="pale")
        return Pending(leaf.output, ((end, across),), leaf.dashed, None, label)

    def _place_hanging(
        self, leaf: Leaf, tap: float, end: float, across: float, bare: Extent
    ) -> None:
        """The branches below a leaf, their lines from behind it."""
        edge = across + bare.after
        for branch in leaf.hanging:
            extent = self.measure(branch)
            axis = edge + BESIDE + extent.before
            points = ((end, across), (tap + TAP, across), (tap + TAP, axis))
            self.place(branch, tap + TAP + LEAD, axis, [Pending(leaf.output, points, True)])
            edge = axis + extent.after

    def _arrive(
        self, leaf: Leaf, arriving: Sequence[Pending], start: float, across: float, side: float
    ) -> None:
        """End lines at a box; at a circle those from beside it at its side."""
        joined: set[float | None] = set()
        for line in sorted(arriving, key=lambda line: line.dashed):
            at = line.points[-1][1]
            if leaf.form == "circle" and line.merge is not None and abs(at - across) > side:
                center, edge = start + side / 2, side / 2 if at > across else -side / 2
                points = (*line.points, (center, at), (center, across + edge))
            elif line.merge is not None and line.merge in joined and at != across:
                points, line = _on_axis(line, across), replace(line, arrow=False)
            else:
                points = (*_on_axis(line, across), (start, across))
                joined.add(line.merge)
            self._draw_line(replace(line, points=points), leaf)

    def _place_parallel(
        self, part: Parallel, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        length = self.measure(part).length
        inner = length - LEAD - TAIL
        leaving: list[Pending] = []
        stem = max(part.branches, key=_weight)
        for branch, offset in self._rows(part):
            axis = across + offset
            start = main + LEAD + (inner - self._branch_length(branch)) / 2
            lines = [
                self._forked(line, main, across, axis, start, is_stem=branch is stem)
                for line in arriving
            ]
            end = start + self._branch_length(branch)
            for line in self.place(branch, start, axis, lines):
                points = (*_on_axis(line, axis), (end, axis))
                leaving.append(replace(line, points=points, merge=main + length - TAIL + FORK))
        return leaving

    def _forked(
        self, line: Pending, main: float, across: float, axis: float, start: float, *, is_stem: bool
    ) -> Pending:
        """A line on its way into a branch; what all share of it is drawn with one of them."""
        fork = (main + FORK, across)
        before = (*_on_axis(line, across), fork) if is_stem else (fork,)
        points = (*before, (main + FORK, axis), (start, axis))
        return replace(line, points=points, merge=None, label=line.label if is_stem else None)

    def _place_lanes(
        self, part: Lanes, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        places, length = self._stations(part)
        beside = self._lane_places(part, across)
        out: dict[int, list[Pending]] = {-1: list(arriving)}
        exits = {-1: main}
        sources: dict[int, list[int]] = defaultdict(list)
        for source, target in part.links:
            sources[target].append(source)
        for k in range(len(part.parts) + 1):
            start = main + [*places, length][k]
            lines: list[Pending] = []
            for source in sources[k]:
                lane = None if source + 1 == k else beside[source]
                lines += [
                    _linked(line, across, exits[source] + TAP, lane, start) for line in out[source]
                ]
                out[source] = [replace(line, label=None) for line in out[source]]  # told once
            if k == len(part.parts):
                break
            exits[k] = start + self.measure(part.parts[k]).length
            out[k] = self.place(part.parts[k], start, across, lines)
            if exit_label(part.parts[k]) is not None:
                out[k] = [self._told_behind(line, exits[k] + TAP) for line in out[k]]
        return lines

    def _lane_places(self, part: Lanes, across: float) -> dict[int, float]:
        """Where the lane of each part that has one lies, beside all of the parts."""
        top = max(
            [WIRE, *(self.measure(inner).before for inner in part.parts)]
            + [self._label_side(exit_label(inner))[0] for inner in part.parts]
        )
        lanes = _lane_numbers(part)
        return {source: across - top - LANE * (lane + 1) for source, lane in lanes.items()}

    def _place_frame(
        self, frame: Frame, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        extent, inside = self.measure(frame), self.measure(frame.inside)
        size = self._sizes.small
        top = size * 1.5 if _heading(frame) else 0.0
        x, y = self._xy(main, across - extent.before)
        width, height = self._xy(extent.length, extent.before + extent.after)
        self.items.append(Rect(x, y, width, height, "frame", "frame-line", 5, dashed=frame.dashed))
        if top:
            text = Text(x + PAD, y + size * 1.25, _heading(frame), size, bold=True, color="pale")
            self.items.append(text)
        free = extent.length - inside.length - (0 if self._right else top)
        start = main + free / 2 + (0 if self._right else top)
        lines = [replace(line, points=_on_axis(line, across), merge=None) for line in arriving]
        leaving = self.place(frame.inside, start, across, lines)
        end = main + extent.length
        if exit_label(frame.inside) is not None:
            leaving = [self._told_behind(line, end) for line in leaving]
        return [
            replace(line, points=(*_on_axis(line, across), (end, across)), merge=None)
            for line in leaving
        ]

    def _told_behind(self, line: Pending, end: float) -> Pending:
        """The same with its text behind the border of a frame, or behind where a lane begins."""
        if line.label is None:
            return line
        if self._right:
            return replace(line, label=replace(line.label, x=end + LABEL))
        down = end + LABEL + self._sizes.small * 0.75 - 1
        return replace(line, label=replace(line.label, y=down))

    # ---------------------------------------------------------------- drawing

    def _xy(self, main: float, across: float) -> Point:
        return (main, across) if self._right else (across, main)

    def _draw_line(self, line: Pending, leaf: Leaf) -> None:
        dashed = line.dashed or leaf.dashed
        self.items.append(self.line(line.points, replace(line, dashed=dashed), leaf.path))

    def on_axis(self, line: Pending, axis: float) -> tuple[Point, ...]:
        """The points of a line, brought back to the axis where it merges."""
        return _on_axis(line, axis)

    def line(self, points: Sequence[Point], line: Pending, target: str = "") -> Line:
        """A line through points (main, across), as it is drawn."""
        corners = tuple(self._xy(*point) for point in _straightened(points))
        return Line(
            corners, line.source, target, arrow=line.arrow, dashed=line.dashed, label=line.label
        )

    def _draw_leaf(self, leaf: Leaf, x: float, y: float, width: float, height: float) -> None:
        fill, stroke = leaf.role, f"{leaf.role}-line"
        radius = height / 2 if leaf.form == "circle" else 3.5
        rect = Rect(x, y, width, height, fill, stroke, radius, dashed=leaf.dashed)
        behind: tuple[Rect, ...] = ()
        badge = None
        if leaf.count > 1:
            behind = tuple(
                replace(rect, x=x + SHEET * k, y=y - SHEET * k) for k in range(SHEETS, 0, -1)
            )
            wide, high = self._badge_size(leaf)
            left, top = x + width + 1 - wide / 2, y - SHEET * SHEETS - high / 2
            size = self._sizes.small
            badge = (
                Rect(left, top, wide, high, "badge", None, high / 2),
                Text(
                    left + wide / 2, top + high / 2 + size * 0.35, f"×{leaf.count}", size,
                    "middle", True, "on-badge",
                ),
            )  # fmt: skip
        self.items.append(
            Box(
                rect, leaf.path, leaf.role, tuple(self._texts(leaf, x, y, width, height)),
                behind, badge, leaf.count, () if self._inset else leaf.layers,
                leaf.path, self._inset,
            )
        )  # fmt: skip

    def _texts(self, leaf: Leaf, x: float, y: float, width: float, height: float) -> list[Text]:
        middle, size, small = x + width / 2, self._sizes.text, self._sizes.small
        bold = leaf.role == "block" or leaf.form == "circle"
        if not leaf.under:
            grown = size * 1.3 if leaf.form == "circle" else size
            base = y + height / 2 + grown * 0.35
            return [Text(middle, base, leaf.title, grown, "middle", bold)]
        first = y + height / 2 - 0.1 * size
        return [
            Text(middle, first, leaf.title, size, "middle", bold),
            Text(middle, first + small * 1.3, leaf.under, small, "middle", color="pale"),
        ]


def exit_label(part: Diagram | None) -> str | None:
    """The text on the one line that leaves a part; a leaf with branches has told it already."""
    while isinstance(part, Series | Frame | Rows):
        if isinstance(part, Rows) and part.returns:
            return None
        if isinstance(part, Frame):
            part = part.inside
        else:
            part = part.parts[-1] if isinstance(part, Series) else part.rows[-1]
    return part.shape if isinstance(part, Leaf) and not part.hanging else None


def _weight(branch: Diagram) -> tuple[bool, int]:
    """What decides which branch is the main one: that it is always there, then its boxes."""
    found = list(leaves(branch))
    return not all(leaf.dashed for leaf in found) or not found, len(found)


def begins_with_fork(part: Diagram) -> bool:
    return isinstance(part, Parallel | Lanes)


def _heading(frame: Frame) -> str:
    return f"{frame.heading} ×{frame.count}".strip() if frame.count > 1 else frame.heading


def _on_axis(line: Pending, axis: float) -> tuple[Point, ...]:
    """The points of a line, brought back to the axis where it merges."""
    last = line.points[-1]
    if line.merge is None or last[1] == axis:
        return line.points
    return (*line.points, (line.merge, last[1]), (line.merge, axis))


def _straightened(points: Sequence[Point]) -> list[Point]:
    """The corners of a line: no point twice, none on the way between two others."""
    corners: list[Point] = []
    for point in points:
        if corners and _near(point, corners[-1]):
            continue
        if len(corners) > 1 and _is_between(corners[-2], corners[-1], point):
            corners[-1] = point
        else:
            corners.append(point)
    return corners


def _near(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) < 1e-6 and abs(a[1] - b[1]) < 1e-6


def _is_between(a: Point, b: Point, c: Point) -> bool:
    return any(abs(a[k] - b[k]) < 1e-6 and abs(b[k] - c[k]) < 1e-6 for k in (0, 1))


def _linked(
    line: Pending, across: float, leave: float, lane: float | None, start: float
) -> Pending:
    """A line to a later part: straight to the next one, through its lane to others."""
    points = _on_axis(line, across)
    if lane is not None:
        arrive = start - LEAD + FORK
        points += ((leave, across), (leave, lane), (arrive, lane), (arrive, across))
    return replace(line, points=(*points, (start, across)), merge=None)


def _lane_numbers(part: Lanes) -> dict[int, int]:
    """The lane of every part whose output goes further than to its neighbour, from its first
    free gap to the last that it needs; 0 is next to the parts."""
    reach: dict[int, int] = {}
    for source, target in part.links:
        if target != source + 1:
            reach[source] = max(reach.get(source, target), target)
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    lanes: dict[int, int] = {}
    for source in sorted(reach):
        while busy and busy[0][0] < source + 1:
            heappush(free, heappop(busy)[1])
        lane = heappop(free) if free else len(busy)
        lanes[source] = lane
        heappush(busy, (reach[source], lane))
    return lanes

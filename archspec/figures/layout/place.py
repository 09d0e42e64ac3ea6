"""Places for the parts of a diagram: exact, in linear time, the same on every run.

A chain shares one axis; branches lie side by side, and their lines leave the axis at a fork and
come back at a merge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isclose
from typing import Final, assert_never, final

from archspec.figures.layout.measures import (
    BESIDE,
    CHANNEL,
    FORK,
    GAP,
    INDENT,
    LABEL,
    LANE,
    LEAD,
    MERGED,
    PAD,
    SHEET,
    SHEETS,
    TAIL,
    TAP,
    WIRE,
    Extent,
    Measures,
    Numbers,
    exit_label,
    heading,
    lane_numbers,
    weight,
)
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
)
from archspec.figures.request import Direction, Sizes
from archspec.figures.scene import Box, Item, Line, Point, Rect, Text
from archspec.ops.base import Role

MERGE: Final = Role.MERGE.value


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
    """Places the parts of one figure."""

    def __init__(
        self,
        direction: Direction,
        sizes: Sizes,
        numbers: Numbers | None = None,
        inset: str | None = None,
        gap: float = GAP,
    ) -> None:
        self.measures = Measures(direction, sizes, numbers, gap)
        self.items: list[Item] = []
        self._right = direction == "right"
        self._sizes = sizes
        self._numbers = numbers
        self._inset = inset

    # ---------------------------------------------------------------- places

    def place(
        self, part: Diagram, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        """Put a part where its axis begins, end the lines that arrive; those that leave it."""
        match part:
            case Leaf():
                return self._place_leaf(part, main, across, arriving)
            case Wire():
                return [replace(line, dashed=line.dashed or part.dashed) for line in arriving]
            case Series():
                return self._place_series(part.parts, main, across, arriving)
            case Parallel():
                return self._place_parallel(part, main, across, arriving)
            case Lanes():
                return self._place_lanes(part, main, across, arriving)
            case Frame():
                return self._place_frame(part, main, across, arriving)
            case Rows():
                return self._place_rows(part, main, across, arriving)
            case _:
                assert_never(part)

    def _place_series(
        self, parts: Sequence[Diagram], main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        pending = list(arriving)
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            pending = self.place(part, main, across, pending)
            main += self.measures.of(part).length
            if following is not None:
                back = main + max(FORK, self.measures.label_room(exit_label(part)))
                pending = [_brought_back(line, across, back) for line in pending]
                main += self.measures.gap(exit_label(part), following)
        return pending

    def _place_rows(
        self, part: Rows, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        pending = list(arriving)
        axis = across
        for k, row in enumerate(part.rows):
            start, extent = main + (INDENT if k else 0), self.measures.row(part, k)
            pending = self.place(row, start, axis, pending)
            if k + 1 == len(part.rows):
                return [replace(one, points=_on_axis(one, axis), merge=None) for one in pending]
            channel = axis + extent.after + CHANNEL
            following = channel + CHANNEL + self.measures.row(part, k + 1).before
            turn = start + extent.length + self.measures.tail(part, k) - 1
            pending = [_turned(line, axis, turn, channel, (main, following)) for line in pending]
            axis = following
        raise AssertionError

    def _place_leaf(
        self, leaf: Leaf, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        width, height = self.measures.size(leaf)
        stack = SHEET * SHEETS if leaf.count > 1 else 0.0
        extent = self.measures.leaf(leaf)
        if self._right:
            start, end = main, main + width + stack
            x, y = main, across - height / 2
        else:
            start = main + extent.length - height - stack if stack else main
            end = start + height + stack
            x, y = across - width / 2, start + stack
        self._arrive(leaf, arriving, start, across)
        self._draw_leaf(leaf, x, y, width, height)
        if self._numbers:
            if self._right:
                self.items += self._numbers.items(leaf, main, across + self.measures.below(height))
            else:
                high = self._numbers.size(leaf)[1]
                beside = across + extent.after - self._numbers.size(leaf)[0]
                self.items += self._numbers.items(leaf, beside, (start + end) / 2 - high / 2)
        if not leaf.side_branches:
            return [self._leaving(leaf, end, across, 0)]
        whole = self.measures.of(leaf)
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
        edge = across + max(bare.after, self.measures.label_side(leaf.shape)[1])
        for branch in leaf.side_branches:
            extent = self.measures.of(branch)
            axis = edge + BESIDE + extent.before
            points = ((end, across), (tap + TAP, across), (tap + TAP, axis))
            self.place(branch, tap + TAP + LEAD, axis, [Pending(leaf.output, points, True)])
            edge = axis + extent.after

    def _arrive(self, leaf: Leaf, arriving: Sequence[Pending], start: float, across: float) -> None:
        """End lines at a box. Those from beside a merge end at its side, if there is one for each;
        else what lines share of their way is drawn with one of them."""
        width, height = self.measures.size(leaf)
        deep, side = (width, height) if self._right else (height, width)
        beside = leaf.role == MERGE and _is_one_a_side(arriving, across, side)
        joined: set[float | None] = set()
        for line in sorted(arriving, key=lambda line: line.dashed):
            at = line.points[-1][1]
            if beside and line.merge is not None and abs(at - across) > side / 2:
                center, edge = start + deep / 2, side / 2 if at > across else -side / 2
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
        length = self.measures.of(part).length
        inner = length - LEAD - TAIL
        leaving: list[Pending] = []
        stem = max(part.branches, key=weight)
        for branch, offset in self.measures.branches(part):
            axis = across + offset
            start = main + LEAD + (inner - self.measures.branch_length(branch)) / 2
            lines = [
                self._forked(line, main, across, axis, start, is_stem=branch is stem)
                for line in arriving
            ]
            end = start + self.measures.branch_length(branch)
            for line in self.place(branch, start, axis, lines):
                points = _straight_on(_on_axis(line, axis), end)
                leaving.append(replace(line, points=points, merge=main + length - TAIL + MERGED))
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
        places, length = self.measures.stations(part)
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
            exits[k] = start + self.measures.of(part.parts[k]).length
            out[k] = self.place(part.parts[k], start, across, lines)
            if exit_label(part.parts[k]) is not None:
                out[k] = [self._told_behind(line, exits[k] + TAP) for line in out[k]]
        return lines

    def _lane_places(self, part: Lanes, across: float) -> dict[int, float]:
        """Where the lane of each part that has one lies, beside all of the parts."""
        top = max(
            [WIRE, *(self.measures.of(inner).before for inner in part.parts)]
            + [self.measures.label_side(exit_label(inner))[0] for inner in part.parts]
        )
        lanes = lane_numbers(part)
        return {source: across - top - LANE * (lane + 1) for source, lane in lanes.items()}

    def _place_frame(
        self, frame: Frame, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        extent, inside = self.measures.of(frame), self.measures.of(frame.inside)
        size = self._sizes.small
        top = size * 1.5 if heading(frame) else 0.0
        x, y = self._xy(main, across - extent.before)
        width, height = self._xy(extent.length, extent.before + extent.after)
        self.items.append(Rect(x, y, width, height, "frame", "frame-line", 5, dashed=frame.dashed))
        if top:
            text = Text(x + PAD, y + size * 1.25, heading(frame), size, bold=True, color="pale")
            self.items.append(text)
        free = extent.length - inside.length - (0 if self._right else top)
        start = main + free / 2 + (0 if self._right else top)
        lines = [replace(line, points=_on_axis(line, across), merge=None) for line in arriving]
        leaving = self.place(frame.inside, start, across, lines)
        end = main + extent.length
        if exit_label(frame.inside) is not None:
            leaving = [self._told_behind(line, end) for line in leaving]
        return [
            replace(line, points=_straight_on(_on_axis(line, across), end), merge=None)
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
            wide, high = self.measures.badge_size(leaf)
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
            grown = size * 1.2 if leaf.form == "circle" else size
            base = y + height / 2 + grown * 0.35
            return [Text(middle, base, leaf.title, grown, "middle", bold)]
        first = y + height / 2 - 0.1 * size
        return [
            Text(middle, first, leaf.title, size, "middle", bold),
            Text(middle, first + small * 1.3, leaf.under, small, "middle", color="pale"),
        ]


def _is_one_a_side(arriving: Sequence[Pending], across: float, side: float) -> bool:
    """Whether at most one line comes from each side of a merge, and some line straight."""
    beside = [line.points[-1][1] - across for line in arriving if line.merge is not None]
    far = [place for place in beside if abs(place) > side / 2]
    return sum(place < 0 for place in far) <= 1 and sum(place > 0 for place in far) <= 1


def _on_axis(line: Pending, axis: float) -> tuple[Point, ...]:
    """The points of a line, brought back to the axis where it merges."""
    last = line.points[-1]
    if line.merge is None or last[1] == axis:
        return line.points
    return (*line.points, (line.merge, last[1]), (line.merge, axis))


def _brought_back(line: Pending, axis: float, back: float) -> Pending:
    """A line out of the last of some rows, on its way to the axis of the first."""
    is_beside = line.merge is None and not isclose(line.points[-1][1], axis, abs_tol=1e-6)
    return replace(line, merge=back) if is_beside else line


def _straight_on(points: tuple[Point, ...], end: float) -> tuple[Point, ...]:
    """The same, led on along the main direction; out of the last of some rows it is not yet back
    on the axis."""
    return (*points, (end, points[-1][1]))


def _turned(line: Pending, axis: float, turn: float, channel: float, start: Point) -> Pending:
    """A line from the end of a row to the beginning of the next."""
    points = _straight_on(_on_axis(line, axis), turn)
    around = ((turn, channel), (start[0], channel), start)
    return replace(line, points=(*points, *around), merge=None)


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

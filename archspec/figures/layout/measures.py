"""How much room the parts of a diagram take, before any has a place.

A diagram flows along its *main* direction; *across* is the other one. Every part has an axis, a
straight line along the main direction on which it is entered and left.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import Final, NamedTuple, Protocol, assert_never, final

from archspec.figures.fonts.metrics import text_width
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
    leaves,
)
from archspec.figures.request import Direction, Sizes
from archspec.figures.scene import Item

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
TAIL: Final = 10.0
"""From where the longest branch ends to the end of all."""
MERGED: Final = 7.0
"""From where the longest branch ends to where the lines meet."""
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


class Numbers(Protocol):
    """What is told below a box, or beside it where the main direction is down."""

    def size(self, leaf: Leaf) -> tuple[float, float]:
        """Width and height; zeros where nothing is told."""

    def items(self, leaf: Leaf, x: float, y: float) -> list[Item]:
        """With the top left corner at a place."""


@final
class Measures:
    """Measures the parts of one figure."""

    def __init__(
        self, direction: Direction, sizes: Sizes, numbers: Numbers | None = None, gap: float = GAP
    ) -> None:
        self._right = direction == "right"
        self._sizes = sizes
        self._numbers = numbers
        self._gap = gap
        self._measured: dict[int, Extent] = {}
        self._kept: list[Diagram] = []

    def of(self, part: Diagram) -> Extent:
        """The room that a part takes."""
        if id(part) not in self._measured:
            self._measured[id(part)] = self._extent(part)
            self._kept.append(part)  # so that no other part gets its id
        return self._measured[id(part)]

    def _extent(self, part: Diagram) -> Extent:
        match part:
            case Leaf():
                return self._with_hanging(part) if part.side_branches else self.leaf(part)
            case Wire():
                return Extent(0, WIRE, WIRE)
            case Series():
                return self._series(part.parts)
            case Parallel():
                return self._parallel(part)
            case Lanes():
                return self._lanes(part)
            case Frame():
                return self._frame(part)
            case Rows():
                return self._in_rows(part)
            case _:
                assert_never(part)

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

    def leaf(self, leaf: Leaf) -> Extent:
        width, height = self.size(leaf)
        stack = SHEET * SHEETS if leaf.count > 1 else 0.0
        badge = self.badge_size(leaf)
        over = max(stack, badge[1] / 2 + 1) if stack else 0.0
        wide = max(stack, badge[0] / 2 + 1) if stack else 0.0
        bars_wide, bars_high = self._numbers.size(leaf) if self._numbers else (0.0, 0.0)
        if self._right:
            below = self.below(height) + bars_high if bars_high else height / 2
            return Extent(max(width + wide, bars_wide), height / 2 + over + stack, below)
        beside = width / 2 + wide + (bars_wide + 5 if bars_wide else 0)
        return Extent(max(height + over + stack, bars_high), width / 2, beside)

    def below(self, height: float) -> float:
        """From the axis to the bars: the same for boxes of one and of two lines."""
        tall = 2.1 * self._sizes.text + 1.25 * self._sizes.small
        return max(height, tall) / 2 + 4

    def badge_size(self, leaf: Leaf) -> tuple[float, float]:
        """Width and height of the ``×6`` of a stack."""
        size = self._sizes.small
        return text_width(f"×{leaf.count}", size, True) + 7, size * 1.35

    def _with_hanging(self, leaf: Leaf) -> Extent:
        bare = self.leaf(leaf)
        length = bare.length + TAP + self.label_room(leaf.shape)
        before, after = self.label_side(leaf.shape)
        after = max(bare.after, after)
        for branch in leaf.side_branches:
            extent = self.of(branch)
            length = max(length, bare.length + TAP + LEAD + extent.length)
            after += BESIDE + extent.before + extent.after
        return Extent(length, max(bare.before, before), after)

    def _series(self, parts: Sequence[Diagram]) -> Extent:
        extents = [self.of(part) for part in parts]
        length = sum(extent.length for extent in extents)
        before = max(extent.before for extent in extents)
        after = max(extent.after for extent in extents)
        for part, following in pairwise(parts):
            label = exit_label(part)
            length += self.gap(label, following)
            sides = self.label_side(label)
            before, after = max(before, sides[0]), max(after, sides[1])
        return Extent(length, before, after)

    def gap(self, label: str | None, following: Diagram | None = None) -> float:
        """Between two parts of a chain: room for an arrow and for the text on it."""
        room = self.label_room(label)
        if following is not None and begins_with_fork(following):
            return max(room, TAP)
        return max(self._gap, room + ARROW if room else 0)

    def label_room(self, label: str | None) -> float:
        if label is None:
            return 0
        size = self._sizes.small
        return text_width(label, size) + 2 * LABEL if self._right else size + 2 * LABEL - 2

    def label_side(self, label: str | None) -> tuple[float, float]:
        """What a text beside a line takes, before and after the axis."""
        if label is None:
            return (0, 0)
        size = self._sizes.small
        return (size + 3, 0) if self._right else (0, text_width(label, size) + LABEL + 2)

    def _parallel(self, part: Parallel) -> Extent:
        rows = self.branches(part)
        length = max(self.branch_length(branch) for branch, _ in rows)
        before = -min(axis - self._sides(branch)[0] for branch, axis in rows)
        after = max(axis + self._sides(branch)[1] for branch, axis in rows)
        return Extent(LEAD + length + TAIL, max(before, WIRE), max(after, WIRE))

    def _sides(self, branch: Diagram) -> tuple[float, float]:
        """What a branch takes across, with the text on its last line."""
        extent, label = self.of(branch), self.label_side(exit_label(branch))
        return max(extent.before, label[0]), max(extent.after, label[1])

    def branch_length(self, branch: Diagram) -> float:
        return self.of(branch).length + self.label_room(exit_label(branch))

    def branches(self, part: Parallel) -> list[tuple[Diagram, float]]:
        """Branches with the places of their axes across, 0 being the axis of the whole: of two the
        longer one is on it, of an odd number the middle one, of others none."""
        branches = list(part.branches)
        on_axis = len(branches) // 2 if len(branches) % 2 else None
        if len(branches) == 2:
            weights = [weight(branch) for branch in branches]
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
        extents = [self.of(inner) for inner in part.parts]
        length = self.stations(part)[1]
        lanes = lane_numbers(part)
        top = max([extent.before for extent in extents], default=0.0)
        after = max([extent.after for extent in extents], default=WIRE)
        for inner in part.parts:
            sides = self.label_side(exit_label(inner))
            top, after = max(top, sides[0]), max(after, sides[1])
        count = max(lanes.values(), default=-1) + 1
        return Extent(length, top + LANE * count + (LANE if count else 0), max(after, WIRE))

    def stations(self, part: Lanes) -> tuple[list[float], float]:
        """Where the parts between lanes begin, and where the whole ends."""
        places = []
        position = TAP + LEAD
        for inner in part.parts:
            places.append(position)
            position += self.of(inner).length
            position += TAP + self.label_room(exit_label(inner)) + LEAD
        return places, position

    def _frame(self, frame: Frame) -> Extent:
        inside = self.of(frame.inside)
        size = self._sizes.small
        told = text_width(heading(frame), size, True) + 2 * PAD
        top = size * 1.5 if heading(frame) else 0.0
        if self._right:
            length = max(inside.length + 2 * INSIDE, told)
            before = max(inside.before, WIRE) + INSIDE + top
            return Extent(length, before, max(inside.after, WIRE) + INSIDE)
        before = max(inside.before + INSIDE, told + 4 if top else 0)
        return Extent(inside.length + 2 * INSIDE + top, before, inside.after + INSIDE)

    def _in_rows(self, part: Rows) -> Extent:
        extents = [self.row(part, k) for k in range(len(part.rows))]
        length = max(
            extent.length + (INDENT if k else 0) + self.tail(part, k)
            for k, extent in enumerate(extents)
        )
        across = sum(extent.before + extent.after for extent in extents)
        across += 2 * CHANNEL * (len(extents) - 1)
        return Extent(length, extents[0].before, across - extents[0].before)

    def row(self, part: Rows, k: int) -> Extent:
        """A row with the text on the line out of it."""
        extent = self.of(part.rows[k])
        before, after = self.label_side(exit_label(part.rows[k])) if self.tail(part, k) else (0, 0)
        return Extent(extent.length, max(extent.before, before), max(extent.after, after))

    def tail(self, part: Rows, k: int) -> float:
        """Behind a row: the text on its last line, and the turn; behind the last one nothing."""
        return self.gap(exit_label(part.rows[k])) if k + 1 < len(part.rows) else 0


def exit_label(part: Diagram | None) -> str | None:
    """The text on the one line that leaves a part; a leaf with branches has told it already."""
    match part:
        case Leaf():
            return None if part.side_branches else part.shape
        case Series():
            return exit_label(part.parts[-1])
        case Frame():
            return None if part.side_branches else exit_label(part.inside)
        case Rows():
            return exit_label(part.rows[-1])
        case Wire() | Parallel() | Lanes() | None:
            return None
        case _:
            assert_never(part)


def weight(branch: Diagram) -> tuple[bool, int]:
    """What decides which branch is the main one: that it is always there, then its boxes."""
    found = list(leaves(branch))
    return not all(leaf.dashed for leaf in found) or not found, len(found)


def begins_with_fork(part: Diagram) -> bool:
    return isinstance(part, Parallel | Lanes)


def heading(frame: Frame) -> str:
    return f"{frame.heading} ×{frame.count}".strip() if frame.count > 1 else frame.heading


def lane_numbers(part: Lanes) -> dict[int, int]:
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

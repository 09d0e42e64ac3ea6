"""An encoder and a decoder as a U: down the left, up the right, skips across."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from archspec.figures.layout.forms import braces
from archspec.figures.layout.forms.engine import Annotation
from archspec.figures.layout.forms.labels import exit_label
from archspec.figures.layout.forms.lengths import BRACE
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.layout.forms.series import gap
from archspec.figures.layout.panels import Panel
from archspec.figures.layout.place import Layout
from archspec.figures.layout.upwards import line_turned_over, turned_over
from archspec.figures.outline.diagram import Diagram, Leaf, Series
from archspec.figures.outline.encoder_decoder import UnetLevel
from archspec.figures.scene import Box, Item
from archspec.figures.sizes import Sizes

LEAD: Final = 16.0
"""Of a line beside a box."""
BESIDE_BOX: Final = 6.0
"""Between a box and its bars."""
WIDEST_BOTTOM: Final = 300.0
"""Of what stands at the bottom side by side; what is wider stands one below the other."""
APART: Final = 90.0
"""From the boxes on the left to those on the right."""


def unet_panel(
    levels: Sequence[UnetLevel],
    annotation: Annotation | None,
    sizes: Sizes,
    *,
    is_narrow: bool = False,
) -> Panel:
    """The levels of a network at their places; a narrow one has nothing between its sides."""
    return _UnetPlaces(levels, annotation, sizes, is_narrow=is_narrow).panel()


@final
@dataclass(frozen=True, slots=True)
class _Leg:
    """Boxes one below the other at one level, of which one is at the end of a skip."""

    parts: tuple[Diagram, ...]
    over: float
    """From the beginning to the middle of that box; on the way up, to its end."""
    under: float
    before: float
    after: float
    """Beside the axis, with bars on the outer side."""

    @property
    def whole(self) -> Diagram:
        return self.parts[0] if len(self.parts) == 1 else Series(self.parts)


@final
class _UnetPlaces:
    def __init__(
        self,
        levels: Sequence[UnetLevel],
        annotation: Annotation | None,
        sizes: Sizes,
        *,
        is_narrow: bool,
    ) -> None:
        *upper, bottom = levels
        self._annotation, self._sizes = annotation, sizes
        self._skips = [level.skip for level in upper if level.skip is not None]
        self._lefts = [self._leg(level.left, is_left=True) for level in upper]
        self._rights = [self._leg(level.right, is_left=False) for level in upper]
        self._bottom = bottom.left[0] if len(bottom.left) == 1 else Series(bottom.left)
        self._flat = Layout("right", sizes, annotation)
        self._down = Layout("down", sizes)
        bottom_length = self._flat.measure(self._bottom).length
        self._is_flat = not is_narrow and bottom_length <= WIDEST_BOTTOM
        self._apart = LEAD if is_narrow else APART
        self._axes = self._rows()
        self._deepest, self._height = self._ends()
        self._left = max(leg.before for leg in self._lefts)
        self._right = self._left + self._across()

    # ------------------------------------------------------------ measures

    def _leg(self, parts: tuple[Diagram, ...], *, is_left: bool) -> _Leg:
        layout = Layout("down", self._sizes)
        whole = parts[0] if len(parts) == 1 else Series(parts)
        extent = layout.measure(whole)
        layout.place(whole, 0, 0, [])
        end = parts[-1] if is_left else parts[0]
        rect = _box(layout.items, end).rect
        middle = rect.y + rect.height / 2
        beside = max((self._beside(part) for part in parts), default=0)
        label = layout.label_sides(exit_label(parts[-1]))
        before = max(extent.before, beside if is_left else 0)
        after = max(extent.after, label[1], 0 if is_left else beside)
        over, under = (middle, extent.length - middle)
        return _Leg(parts, *((over, under) if is_left else (under, over)), before, after)

    def _beside(self, part: Diagram) -> float:
        """What a box takes from the axis to the outer side, with its bars."""
        if not isinstance(part, Leaf) or self._annotation is None:
            return 0
        wide, _ = self._annotation.size(part)
        return self._down_extent(part) + BESIDE_BOX + wide if wide else 0

    def _down_extent(self, part: Leaf) -> float:
        extent = Layout("down", self._sizes).measure(part)
        return max(extent.before, extent.after)

    def _rows(self) -> list[float]:
        """The heights of the skips."""
        rows: list[float] = []
        for k, (left, right) in enumerate(zip(self._lefts, self._rights, strict=True)):
            if not k:
                rows.append(max(left.over, right.over))
                continue
            above, beside = self._lefts[k - 1], self._rights[k - 1]
            down = above.under + self._gap(above.parts[-1], left.parts[0]) + left.over
            up = beside.under + self._gap(right.parts[-1], beside.parts[0]) + right.over
            across = self._under_skip(k - 1) + self._flat.measure(self._skips[k]).before
            rows.append(rows[-1] + max(down, up, across))
        return rows

    def _gap(self, part: Diagram, following: Diagram) -> float:
        return max(gap(self._down, exit_label(part), following), LEAD)

    def _under_skip(self, k: int) -> float:
        return self._flat.measure(self._skips[k]).after + LEAD

    def _ends(self) -> tuple[float, float]:
        """Where the bottom is, its axis or its beginning, and the height of all."""
        left, right = self._lefts[-1], self._rights[-1]
        down = left.under + self._gap(left.parts[-1], self._first())
        start = self._axes[-1] + max(down, right.under + LEAD, self._under_skip(-1))
        if self._is_flat:
            extent = self._flat.measure(self._bottom)
            return start + extent.before, start + extent.before + extent.after
        length = self._down.measure(self._bottom).length
        room = max(self._down.label_room(exit_label(self._bottom)), LEAD)
        return start, start + length + room

    def _first(self) -> Diagram:
        return self._bottom.parts[0] if isinstance(self._bottom, Series) else self._bottom

    def _across(self) -> float:
        """From the left axis to the right one."""
        found = [self._bottom_width()]
        for left, skip, right in zip(self._lefts, self._skips, self._rights, strict=True):
            length = self._flat.measure(skip).length
            middle = max(length + 2 * LEAD if length else 0, self._apart)
            found.append(left.after + middle + right.before)
        return max(found)

    def _bottom_width(self) -> float:
        if not self._is_flat:
            return 0
        label = self._flat.label_room(exit_label(self._bottom))
        return 2 * LEAD + self._flat.measure(self._bottom).length + 2 * max(label, LEAD)

    # ------------------------------------------------------------ places

    def panel(self) -> Panel:
        up = Layout("down", self._sizes)
        leaving = self._go_down()
        lines = [line_turned_over(line, self._height) for line in self._go_along(leaving[-1])]
        for leg, axis in zip(reversed(self._rights), reversed(self._axes), strict=True):
            start = self._height - axis - leg.under
            lines = up.place(leg.whole, start, self._right, lines)
        items = [*self._down.items, *(turned_over(item, self._height) for item in up.items)]
        for k, lines in enumerate(leaving):
            self._lead_across(k, lines, items)
        items += [*self._bars(items), *self._flat.items]
        width = self._right + max(leg.after for leg in self._rights)
        return Panel(width, self._height, tuple(items))

    def _go_down(self) -> list[list[Pending]]:
        """The lines that leave each level."""
        lines: list[Pending] = []
        found: list[list[Pending]] = []
        for leg, axis in zip(self._lefts, self._axes, strict=True):
            lines = self._down.place(leg.whole, axis - leg.over, self._left, lines)
            found.append(lines)
        return found

    def _go_along(self, lines: Sequence[Pending]) -> list[Pending]:
        """The bottom; what leaves it, on its way to the right."""
        if not self._is_flat:
            leaving = self._down.place(self._bottom, self._deepest, self._left, lines)
            ends = ((self._height, self._left), (self._height, self._right))
            return [line.on_axis(self._left).through(*ends) for line in leaving]
        turned = [_swapped(line.on_axis(self._left).straight_on(self._deepest)) for line in lines]
        spare = self._right - self._left - self._flat.measure(self._bottom).length
        label = self._flat.label_room(exit_label(self._bottom))
        start = self._left + max((spare - max(label - LEAD, 0)) / 2, LEAD)
        leaving = self._flat.place(self._bottom, start, self._deepest, turned)
        return [_swapped(line.on_axis(self._deepest).straight_on(self._right)) for line in leaving]

    def _lead_across(self, k: int, lines: Sequence[Pending], items: list[Item]) -> None:
        """The skip of a level, from the side of a box to the side of another."""
        skip, y = self._skips[k], self._axes[k]
        begin, end = self._lefts[k].parts[-1], self._rights[k].parts[0]
        assert isinstance(end, Leaf)
        box, goal = _box(items, begin), _box(items, end)
        x = max([box.rect, *box.behind], key=lambda r: r.x).x + box.rect.width
        length = self._flat.measure(skip).length
        start = x + (goal.rect.x - x - length) / 2
        waiting = [replace(line, points=((x, y),), label=None) for line in lines[:1]]
        for line in self._flat.place(skip, start, y, waiting):
            ended = line.on_axis(y).through((goal.rect.x, y))
            items.append(self._flat.line(ended, end.path, dashed=end.dashed))

    def _bars(self, items: Sequence[Item]) -> list[Item]:
        """Of the boxes on both sides, outside of them."""
        found: list[Item] = []
        for legs, is_left in ((self._lefts, True), (self._rights, False)):
            for part in (part for leg in legs for part in leg.parts):
                if self._annotation is None or not isinstance(part, Leaf):
                    continue
                wide, high = self._annotation.size(part)
                rect = _box(items, part).rect
                axis = rect.x + rect.width / 2
                out = self._down_extent(part) + BESIDE_BOX
                x = axis - out - wide if is_left else axis + out
                found += self._annotation.items(part, x, rect.y + rect.height / 2 - high / 2)
        return found


def _box(items: Sequence[Item], part: Diagram) -> Box:
    assert isinstance(part, Leaf)
    return next(item for item in items if isinstance(item, Box) and item.path == part.path)


def _swapped(line: Pending) -> Pending:
    """A line of one direction in another."""
    return replace(line, points=tuple((across, main) for main, across in line.points))


def with_braces(panel: Panel, boxes: Iterable[Leaf], sizes: Sizes) -> Panel:
    """The panel with the words of a spec over the columns in which their boxes are."""
    words: dict[str, set[str]] = {}
    for box in boxes:
        if box.mark.group:
            words.setdefault(box.mark.group, set()).add(box.path)
    layout, depth = Layout("right", sizes), sizes.small + 2 * BRACE
    levels: list[list[tuple[float, float, str]]] = []
    for start, end, word in sorted(_span(panel, word, paths) for word, paths in words.items()):
        level = next((one for one in levels if one[-1][1] < start), None)
        if level is None:
            level = []
            levels.append(level)
        level.append((start, end, word))
    for k, level in enumerate(reversed(levels), 1):
        for start, end, word in level:
            layout.items += braces.draw(word, start, end, k * depth, layout)
    room = len(levels) * depth
    return Panel(panel.width, panel.height + room, (*panel.at(0, room), *layout.items))


def _span(panel: Panel, word: str, paths: set[str]) -> tuple[float, float, str]:
    """From the left to the right of the boxes of some paths."""
    rects = [box.rect for box in panel.items if isinstance(box, Box) and box.path in paths]
    return min(rect.x for rect in rects), max(rect.x + rect.width for rect in rects), word

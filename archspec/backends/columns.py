"""Where a long chain is broken into columns, so that a picture is about as wide as high."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal, final

from archspec.backends.outline import Box, Frame, Line, Outline

Direction = Literal["down", "right"]
"""Where the arrows point. In a picture that goes right the columns are rows."""

Item = Box | Frame

ASPECT: Final = 1.3
"""Width by height of a picture that pleases."""
MAX_BOXES: Final = 200
"""Of the largest picture that is broken into columns."""
MIN_STEPS: Final = 3
"""Boxes in a row that a column has at least."""
COLUMN_PRICE: Final = 0.03
"""What a column must improve the logarithm of the aspect by."""
INNER_PRICE: Final = 0.12
"""The same of a column inside of a frame, for every frame around it."""
SPINE: Final = 10
"""How straight the longest way through the network is to be."""

# About what Graphviz makes of it, in points.
CHARACTER: Final = 6.4
GAP: Final = 26.0
SHAPE: Final = 12.0
BESIDE: Final = 18.0
COLUMN_GAP: Final = 70.0
HEADING: Final = 22.0
MARGIN: Final = 8.0
TITLE: Final = 60.0
TITLE_WIDTH: Final = 420.0


@final
@dataclass(frozen=True, slots=True)
class Columns:
    """How the frames of an outline are broken."""

    of: Mapping[str, Sequence[Sequence[Item]]]
    """The columns of every frame that has several, by its path."""
    links: Mapping[int, str]
    """The lines, by number, that lead from one column to the next, with the frame of both."""


def columns(outline: Outline, direction: Direction) -> Columns:
    """The columns that bring a picture nearest to its best aspect."""
    if sum(1 for _ in outline.root.boxes) > MAX_BOXES:
        return Columns({}, {})
    sheet = _Sheet(_chains(outline), direction == "down")
    while True:
        wider = [sheet.with_one_more(chain) for chain in sheet.chains.values() if chain.is_spine]
        best = min((s for s in wider if s is not None), key=lambda s: s.price, default=sheet)
        if best.price >= sheet.price:
            return sheet.columns()
        sheet = best


@final
@dataclass(frozen=True, eq=False)
class _Chain:
    """The items of one frame and what leads from one to another."""

    frame: Frame
    around: tuple[tuple[_Chain, int], ...]
    """The frames that it is in, from the outside, and the item of each that leads to it."""
    inner: dict[str, _Chain]
    """All of them by path."""
    lines: list[tuple[int, int, int]] = field(default_factory=list)
    """Between items: from, to, number of the line."""
    leaves: list[int] = field(default_factory=list)
    """Items that something outside reads."""
    enters: list[int] = field(default_factory=list)
    """Items that read something outside."""

    @cached_property
    def is_spine(self) -> bool:
        """Nothing is beside the frame: all that the network computes goes through it."""
        return not any(chain.passes(item) for chain, item in self.around)

    def passes(self, item: int) -> bool:
        """Whether a line leads past an item."""
        return any(
            source < item < target for source, target, _ in self.lines if self._is_main(source, target)
        )

    def _is_main(self, source: int, target: int) -> bool:
        items = self.frame.items
        return not (items[source].training_only or items[target].training_only)

    @cached_property
    def steps(self) -> Sequence[int]:
        """Boxes in a row up to and with every item."""
        before: dict[int, list[int]] = defaultdict(list)
        for source, target, _ in self.lines:
            before[target].append(source)
        steps: list[int] = []
        for k, item in enumerate(self.frame.items):
            own = max(self.inner[item.path].steps) if isinstance(item, Frame) else 1
            steps.append(own + max((steps[source] for source in before[k]), default=0))
        return steps

    @cached_property
    def cuts(self) -> Mapping[int, int]:
        """Behind which items the frame may be broken, and the one line that crosses there."""
        items = self.frame.items
        crossing: dict[int, list[int]] = defaultdict(list)
        for source, target, number in self.lines:
            if self._is_main(source, target):
                for position in range(source, target):
                    crossing[position].append(number)
        first, last = max(self.enters, default=0), min(self.leaves, default=len(items))
        return {
            position: crossing[position][0]
            for position in range(first, min(last, len(items) - 1))
            if len(crossing[position]) == 1 and not items[position].training_only
        }


def _chains(outline: Outline) -> dict[str, _Chain]:
    chains: dict[str, _Chain] = {}
    places: dict[str, tuple[tuple[_Chain, int], ...]] = {}

    def walk(frame: Frame, place: tuple[tuple[_Chain, int], ...]) -> None:
        chain = chains[frame.path] = _Chain(frame, place, chains)
        for k, item in enumerate(frame.items):
            inner = (*place, (chain, k))
            if isinstance(item, Frame):
                walk(item, inner)
            else:
                places[item.path] = inner

    walk(outline.root, ())
    for number, line in enumerate(outline.lines):
        source, target = places[line.source], places[line.target]
        shared = next(k for k, (a, b) in enumerate(zip(source, target, strict=False)) if a != b)
        chain, item = source[shared]
        chain.lines.append((item, target[shared][1], number))
        for chain, item in source[shared + 1 :]:
            chain.leaves.append(item)
        for chain, item in target[shared + 1 :]:
            chain.enters.append(item)
    return chains


@final
@dataclass(frozen=True, slots=True)
class _Size:
    along: float
    """In the direction of the arrows."""
    across: float


@final
@dataclass(frozen=True)
class _Sheet:
    """A picture with its breaks, and about how large it will be."""

    chains: Mapping[str, _Chain]
    is_down: bool
    breaks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Of every broken frame the items behind which it is broken."""
    sizes: dict[str, _Size] = field(default_factory=dict)
    """Of frames in which nothing is broken."""

    @cached_property
    def price(self) -> float:
        size = self._frame(self.chains[""].frame)
        width, height = (
            (size.across, size.along) if self.is_down else (size.along, size.across)
        )
        aspect = max(width, TITLE_WIDTH) / (height + TITLE)
        breaks = sum(
            len(breaks) * (COLUMN_PRICE + INNER_PRICE * len(self.chains[path].around))
            for path, breaks in self.breaks.items()
        )
        return abs(math.log(aspect / ASPECT)) + breaks

    def with_one_more(self, chain: _Chain) -> _Sheet | None:
        """The same with one column more in a frame, if that can be."""
        path = chain.frame.path
        old = self.breaks.get(path, ())
        spans = self._spans(chain, chain.frame.items)
        breaks = _balanced(chain, spans, len(old) + 2)
        if len(breaks) <= len(old):
            return None
        return replace(self, breaks={**self.breaks, path: breaks})

    def columns(self) -> Columns:
        of = {path: self._columns(self.chains[path]) for path in self.breaks}
        links = {
            self.chains[path].cuts[position]: path
            for path, positions in self.breaks.items()
            for position in positions
        }
        return Columns(of, links)

    def _columns(self, chain: _Chain) -> Sequence[Sequence[Item]]:
        """What exists in training only stands in the column of what it reads."""
        breaks = self.breaks.get(chain.frame.path, ())
        sources = {target: source for source, target, _ in chain.lines}
        column_of: list[int] = []
        for k, item in enumerate(chain.frame.items):
            source = sources.get(k)
            if item.training_only and source is not None:
                column_of.append(column_of[source])
            else:
                column_of.append(sum(position < k for position in breaks))
        found: list[list[Item]] = [[] for _ in range(len(breaks) + 1)]
        for column, item in zip(column_of, chain.frame.items, strict=True):
            found[column].append(item)
        return found

    @cached_property
    def _broken(self) -> Set[str]:
        """Frames in which something is broken."""
        around = {chain.frame.path for path in self.breaks for chain, _ in self.chains[path].around}
        return around | self.breaks.keys()

    def _frame(self, frame: Frame) -> _Size:
        if frame.path not in self._broken and frame.path in self.sizes:
            return self.sizes[frame.path]
        chain = self.chains[frame.path]
        sizes = [self._column(chain, column) for column in self._columns(chain)]
        along = max(size.along for size in sizes)
        across = sum(size.across for size in sizes) + COLUMN_GAP * (len(sizes) - 1)
        heading = CHARACTER * len(frame.heading)
        if self.is_down:
            size = _Size(along + HEADING + 2 * MARGIN, max(across, heading) + 2 * MARGIN)
        else:
            size = _Size(max(along, heading) + 2 * MARGIN, across + HEADING + 2 * MARGIN)
        if frame.path not in self._broken:
            self.sizes[frame.path] = size
        return size

    def _column(self, chain: _Chain, items: Sequence[Item]) -> _Size:
        spans = self._spans(chain, items)
        across = 0.0
        for start, end, _ in spans.values():
            middle = (start + end) / 2
            across = max(across, sum(width for a, b, width in spans.values() if a <= middle < b))
        return _Size(max(end for _, end, _ in spans.values()), across)

    def _spans(
        self, chain: _Chain, items: Sequence[Item]
    ) -> Mapping[int, tuple[float, float, float]]:
        """Where each of some items of a frame begins and ends, and how broad it is."""
        wanted = {id(item) for item in items}
        before: dict[int, list[int]] = defaultdict(list)
        for source, target, _ in chain.lines:
            before[target].append(source)
        spans: dict[int, tuple[float, float, float]] = {}
        for k, item in enumerate(chain.frame.items):
            if id(item) in wanted:
                ends = [spans[source][1] + self._gap for source in before[k] if source in spans]
                size = self._frame(item) if isinstance(item, Frame) else self._box(item)
                start = max(ends, default=0.0)
                spans[k] = (start, start + size.along, size.across)
        return spans

    @property
    def _gap(self) -> float:
        return GAP + SHAPE / 2 if self.is_down else 2 * GAP

    def _box(self, box: Box) -> _Size:
        if box.form != "box":
            return _Size(20, 20)
        letters = max(len(box.label.title) + len(str(box.copies)), 0.8 * len(box.label.under))
        width, height = CHARACTER * letters + 20, 36.0 if box.label.details else 24.0
        return _Size(height, width + 12) if self.is_down else _Size(width, height + 12)


def _balanced(
    chain: _Chain, spans: Mapping[int, tuple[float, float, float]], count: int
) -> tuple[int, ...]:
    """Where to break a frame into at most so many columns, the longest as short as can be."""
    low, high = 0.0, max(end for _, end, _ in spans.values())
    best: tuple[int, ...] = ()
    for _ in range(20):
        length = (low + high) / 2
        breaks = _fitting(chain, spans, length)
        if breaks is not None and len(breaks) < count:
            best, high = breaks, length
        else:
            low = length
    return best


def _fitting(
    chain: _Chain, spans: Mapping[int, tuple[float, float, float]], length: float
) -> tuple[int, ...] | None:
    """The fewest breaks that make all columns fit into a length; None if none do."""
    steps, last = chain.steps, max(chain.steps)
    breaks: list[int] = []
    start, first_step = 0.0, 0
    end = max(end for _, end, _ in spans.values())
    while end - start > length:
        fitting = [
            cut
            for cut in chain.cuts
            if spans[cut][1] - start <= length
            and steps[cut] - first_step >= MIN_STEPS
            and last - steps[cut] >= MIN_STEPS
        ]
        if not fitting:
            return None
        breaks.append(fitting[-1])
        first_step = steps[fitting[-1]]
        start = min(span[0] for k, span in spans.items() if k > fitting[-1])
    return tuple(breaks)


@final
class Flow:
    """How far every box is from the beginning, which lines must lead far, which are the spine."""

    def __init__(self, outline: Outline, columns: Columns) -> None:
        self.lengths: dict[int, int] = {}
        """Of lines that leave a broken frame: they must end below all of its columns."""
        self._lines = outline.lines
        self._links = columns.links
        self._broken = _broken_around(outline.root, columns, ())
        self._side = {line.target for line in self._lines if line.training_only}
        self._early: dict[str, int] = {}
        self._late: dict[str, int] = {}
        for number, line in enumerate(self._lines):
            self._early[line.target] = max(self._early.get(line.target, 0), self._end(number, line))
        for number, line in reversed(list(enumerate(self._lines))):
            if number not in self._links and not line.training_only:
                start = self._latest(line.target) - self.lengths.get(number, 1)
                self._late[line.source] = min(self._late.get(line.source, start), start)

    def weight(self, number: int) -> int:
        """How straight and short a line is to be."""
        line = self._lines[number]
        length = self._early[line.target] - self._early.get(line.source, 0)
        if length != self.lengths.get(number, 1):
            return 1
        if line.training_only:
            return SPINE - 1 if line.source in self._side else 3
        return SPINE if all(self._slack(box) == 0 for box in (line.source, line.target)) else 3

    def _end(self, number: int, line: Line) -> int:
        """The earliest step for what a line leads to."""
        start = self._early.setdefault(line.source, 0)
        if number in self._links:
            path = self._links[number]
            frame = next(frame for frame in self._broken[line.source] if frame.path == path)
            return self._early[next(frame.boxes).path]
        left = [f for f in self._broken[line.source] if f not in self._broken[line.target]]
        if not left:
            return start + 1
        end = max(self._early.get(box.path, 0) for box in left[0].boxes) + 1
        self.lengths[number] = end - start
        return end

    def _latest(self, box: str) -> int:
        return self._late.get(box, self._early.get(box, 0))

    def _slack(self, box: str) -> int:
        return self._latest(box) - self._early.get(box, 0)


def _broken_around(
    frame: Frame, columns: Columns, around: tuple[Frame, ...]
) -> dict[str, tuple[Frame, ...]]:
    """Of every box the broken frames that it is in, from the outside."""
    around = (*around, frame) if frame.path in columns.of else around
    found: dict[str, tuple[Frame, ...]] = {}
    for item in frame.items:
        if isinstance(item, Box):
            found[item.path] = around
        else:
            found.update(_broken_around(item, columns, around))
    return found

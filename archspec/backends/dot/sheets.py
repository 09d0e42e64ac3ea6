"""About how large a picture will be, and the breaks that give it a pleasing shape."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from archspec.backends.dot.chains import Chain, Item
from archspec.backends.dot.outline import Box, Line

MAX_COLUMNS: Final = 8
SHORT: Final = 9
"""Boxes in a row that are never broken."""
MIN_STEPS: Final = 3
"""Boxes in a row that a column has at least."""
ASPECT: Final = 1.4
"""Width by height of a picture that pleases."""
COLUMN_PRICE: Final = 0.04
"""By what a column must improve the logarithm of the aspect."""
DEPTH_PRICE: Final = 0.15
"""What a break inside of a frame costs, for every frame around it."""

# About what Graphviz makes of it, in points.
CHARACTER: Final = 6.2
BOX: Final = 108.0
GAP: Final = 28.0
BESIDE: Final = 25.0
BETWEEN: Final = 80.0
HEADING: Final = 32.0
MARGIN: Final = 8.0
TITLE: Final = 70.0
TITLE_WIDTH: Final = 380.0


@final
@dataclass(frozen=True, slots=True)
class Cut:
    """A place where the picture may be broken."""

    line: int
    """Number of the one line that crosses it."""
    step: int
    """How many boxes in a row are before it."""
    end: float
    """Where ends what is before it."""
    start: float
    """Where begins what is behind it."""
    depth: int
    """In how many frames it is."""

    def moved(self, by: float) -> Cut:
        return replace(self, end=self.end + by, start=self.start + by)


@final
@dataclass(frozen=True, slots=True)
class _Sheet:
    """A box or a frame with nothing broken."""

    along: float
    """How long it is in the direction of the arrows."""
    breadths: Sequence[tuple[float, float]]
    """How broad it is at some places along."""
    cuts: Sequence[Cut] = ()

    def breadth(self, start: float = 0.0, end: float = math.inf) -> float:
        return max((wide for at, wide in self.breadths if start <= at <= end), default=0.0)


def best_cuts(
    chains: Mapping[str, Chain], lines: Sequence[Line], *, is_down: bool
) -> Sequence[Cut]:
    """Where to break a picture."""
    steps = _steps(lines)
    longest = 1 + max(steps, default=0)
    if longest <= SHORT:
        return ()
    sheet = _Layout(chains, steps, is_down).frame(chains[""])
    folder = _Folder(sheet, longest, is_down)
    best, cuts = folder.folded(1)
    for count in range(2, MAX_COLUMNS + 1):
        price, found = folder.folded(count)
        if price > best + 1:
            break
        if price < best:
            best, cuts = price, found
    return cuts


def _steps(lines: Sequence[Line]) -> list[int]:
    """How many boxes in a row there are up to the beginning of each line."""
    steps: dict[str, int] = defaultdict(int)
    found: list[int] = []
    for line in lines:
        found.append(steps[line.source] + 1)
        steps[line.target] = max(steps[line.target], found[-1])
    return found


@final
@dataclass(frozen=True, slots=True)
class _Folder:
    """Breaks a sheet into columns."""

    sheet: _Sheet
    steps: int
    """Boxes in a row of all of it."""
    is_down: bool

    def folded(self, count: int) -> tuple[float, Sequence[Cut]]:
        """The price of so many columns, and the cuts that make them."""
        amiss, cuts = self._balanced(count)
        if len(cuts) < count - 1:
            return math.inf, cuts
        starts, ends = [0.0, *(c.start for c in cuts)], [*(c.end for c in cuts), self.sheet.along]
        along = max(end - start for start, end in zip(starts, ends, strict=True))
        across = sum(map(self.sheet.breadth, starts, ends)) + BETWEEN * len(cuts)
        width, height = (across, along) if self.is_down else (along, across)
        aspect = max(width, TITLE_WIDTH) / (height + TITLE)
        return abs(math.log(aspect / ASPECT)) + COLUMN_PRICE * count + amiss, cuts

    def _balanced(self, count: int) -> tuple[float, Sequence[Cut]]:
        """The cuts for columns of about one length, and what is amiss with them; none if there are
        too few places."""
        ideal = self.sheet.along / count
        finish = Cut(-1, self.steps, self.sheet.along, self.sheet.along, 0)
        ways: dict[int, tuple[float, tuple[Cut, ...]]] = {-1: (0.0, ())}
        for left in reversed(range(count)):
            longer: dict[int, tuple[float, tuple[Cut, ...]]] = {}
            for k, cut in enumerate(self.sheet.cuts) if left else [(1 << 30, finish)]:
                found = [
                    (price + _price(way, cut, ideal), (*way, cut))
                    for j, (price, way) in ways.items()
                    if j < k and cut.step - (way[-1].step if way else 0) >= MIN_STEPS
                ]
                if found:
                    longer[k] = min(found, key=lambda pair: pair[0])
            ways = longer
        price, way = next(iter(ways.values()), (0.0, (finish,)))
        return price, way[:-1]


def _price(way: Sequence[Cut], cut: Cut, ideal: float) -> float:
    """What is amiss with one more column that ends at a cut."""
    length = cut.end - (way[-1].start if way else 0.0)
    return 0.5 * (length / ideal - 1) ** 2 + DEPTH_PRICE * cut.depth


@final
@dataclass(frozen=True, slots=True)
class _Layout:
    """Guesses sheets."""

    chains: Mapping[str, Chain]
    steps: Sequence[int]
    is_down: bool

    def frame(self, chain: Chain) -> _Sheet:
        """What is inside of a frame."""
        items = [self._item(item) for item in chain.frame.items]
        gap = GAP if self.is_down else 2 * GAP
        spans: list[tuple[float, float]] = []
        for k, item in enumerate(items):
            start = max((spans[source][1] + gap for source in chain.before[k]), default=0.0)
            spans.append((start, start + item.along))
        breadths = [
            (start + at, wide + _beside(chain, k, start + at, spans, items))
            for k, ((start, _), item) in enumerate(zip(spans, items, strict=True))
            for at, wide in item.breadths
        ]
        cuts = tuple(self._cuts(chain, spans, items))
        return _Sheet(max(end for _, end in spans), breadths, cuts)

    def _cuts(
        self, chain: Chain, spans: Sequence[tuple[float, float]], items: Sequence[_Sheet]
    ) -> Iterator[Cut]:
        """In the order of the way through the network."""
        if not chain.is_spine:
            return
        for k in chain.main:
            if k not in chain.passed and chain.frame.items[k].copies.count == 1:
                yield from (cut.moved(spans[k][0]) for cut in items[k].cuts)
            if (line := chain.cuts.get(k)) is not None:
                end = max(spans[j][1] for j in chain.main if j <= k)
                start = min(spans[j][0] for j in chain.main if j > k)
                yield Cut(line, self.steps[line], end, start, len(chain.around))

    def _item(self, item: Item) -> _Sheet:
        if isinstance(item, Box):
            return self._box(item)
        inside = self.frame(self.chains[item.path])
        before = MARGIN + HEADING * self.is_down
        beside = MARGIN + (MARGIN if self.is_down else HEADING)
        breadths = [(at + before, wide + beside) for at, wide in inside.breadths]
        cuts = tuple(cut.moved(before) for cut in inside.cuts)
        return _Sheet(before + inside.along + MARGIN, breadths, cuts)

    def _box(self, box: Box) -> _Sheet:
        if box.form != "box":
            return _Sheet(20, [(10, 20)])
        letters = max(len(box.label.title) + len(str(box.copies)), 0.8 * len(box.label.under))
        width, height = CHARACTER * letters + 20, 30.0 if box.label.details else 24.0
        along, across = (height, max(width, BOX)) if self.is_down else (width, height)
        return _Sheet(along, [(along / 2, across + 20)])


def _beside(
    chain: Chain,
    item: int,
    at: float,
    spans: Sequence[tuple[float, float]],
    items: Sequence[_Sheet],
) -> float:
    """How broad is what stands beside an item."""
    others = (
        other.breadth()
        for k, (other, (start, end)) in enumerate(zip(items, spans, strict=True))
        if k != item and start <= at <= end
    )
    return sum(others) + BESIDE * (item in chain.passed)

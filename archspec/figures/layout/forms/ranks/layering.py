"""Parts in ranks, each behind those that it reads: where they stand across, and where lines turn.

Layered drawing (Sugiyama, Tagawa and Toda, 1981): ranks by the longest path, an order within each by
medians of neighbours, places across by the same medians, as near to them as there is room.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

BEGIN: Final = -1
SWEEPS: Final = 12
"""Of the search for an order with few crossings, and for places."""
STIFF: Final = 1e9
"""What the place of the longest path counts, compared with that of another vertex."""
NEAR: Final = 0.5
"""Two places across that are no further apart are one."""


@final
@dataclass(frozen=True, slots=True)
class Fan:
    """The lines from one vertex to the next rank."""

    source: int
    targets: tuple[int, ...]


@final
class Layering:
    """Vertices are the parts by their numbers, BEGIN, the end, whose number is that of the parts,
    and behind it a place in each rank that a long line passes."""

    def __init__(
        self,
        sides: Sequence[tuple[float, float]],
        links: Sequence[tuple[int, int]],
        passing: tuple[float, float],
        apart: float,
    ) -> None:
        """``sides`` are what each part takes across, before and after its axis."""
        self._sides = list(sides)
        self._passing = passing
        self._apart = apart
        self.end = len(sides)
        self._rank = ranks_of(self.end, links)
        self.rows: list[list[int]] = [[] for _ in range(self._rank[self.end] + 1)]
        for vertex, rank in self._rank.items():
            self.rows[rank].append(vertex)
        self.targets: dict[int, list[int]] = defaultdict(list)
        self.sources: dict[int, list[int]] = defaultdict(list)
        for source, ends in grouped(links).items():
            self._connect(source, ends)
        self._spine = self._longest_path()
        self._order()
        self.across = dict.fromkeys(self._rank, 0.0)
        """Of each vertex its axis; that of the whole is 0."""
        self._place()

    def is_pass(self, vertex: int) -> bool:
        """Whether it is but a place that a line passes."""
        return vertex > self.end

    def sides(self, vertex: int) -> tuple[float, float]:
        """What a vertex takes across, before and after its axis."""
        if 0 <= vertex < self.end:
            return self._sides[vertex]
        return self._passing

    def fans(self, row: int) -> Iterator[Fan]:
        """The lines from a row to the next, for each vertex of the row; the straight one first."""
        for source in self.rows[row]:
            if ends := self.targets[source]:
                at = self.across[source]
                ends = sorted(ends, key=lambda end: (abs(self.across[end] - at), self.across[end]))
                yield Fan(source, tuple(ends))

    # ---------------------------------------------------------------- ranks and order

    def _connect(self, source: int, ends: Sequence[int]) -> None:
        """To each end, through a place in each rank between."""
        last, far = source, max(self._rank[end] for end in ends)
        for rank in range(self._rank[source] + 1, far + 1):
            here = [end for end in ends if self._rank[end] == rank]
            if rank < far:
                here.append(self._pass(rank))
            for end in here:
                self.targets[last].append(end)
                self.sources[end].append(last)
            last = here[-1]

    def _pass(self, rank: int) -> int:
        vertex = max(*self._rank, self.end) + 1
        self._rank[vertex] = rank
        self.rows[rank].append(vertex)
        return vertex

    def _longest_path(self) -> set[int]:
        """The vertices of one of the longest paths, which is drawn straight."""
        read = [vertex for vertex in self._rank if self.sources[vertex]]
        vertex = max(read, key=self._rank.__getitem__, default=self.end)
        found = {vertex}
        while sources := self.sources[vertex]:
            vertex = min(sources, key=lambda source: (self.is_pass(source), source))
            found.add(vertex)
        return found

    def _order(self) -> None:
        best, fewest = [list(row) for row in self.rows], self._crossings()
        for sweep in range(SWEEPS):
            forward = sweep % 2 == 0
            for row in self.rows if forward else reversed(self.rows):
                near = self.sources if forward else self.targets
                places = self._places()
                row.sort(
                    key=lambda vertex: _median([places[n] for n in near[vertex]], places[vertex])
                )
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
        self.rows = best

    def _places(self) -> dict[int, float]:
        """Places in the rows, all of which have their middle at 0."""
        return {vertex: k - (len(row) - 1) / 2 for row in self.rows for k, vertex in enumerate(row)}

    def _crossings(self) -> int:
        places = self._places()
        found = 0
        for row in self.rows:
            lines = [(places[v], places[end]) for v in row for end in self.targets[v]]
            found += sum(
                (a[0] - b[0]) * (a[1] - b[1]) < 0 for k, a in enumerate(lines) for b in lines[:k]
            )
        return found

    # ---------------------------------------------------------------- places across

    def _place(self) -> None:
        for row in self.rows:
            self._arrange(row, [0.0] * len(row))
        for sweep in range(SWEEPS + 1):
            forward = sweep % 2 == 0
            near = self.sources if forward else self.targets
            for row in self.rows if forward else reversed(self.rows):
                self._arrange(row, [self._wanted(vertex, near[vertex]) for vertex in row])
        axis = self.across[BEGIN if self.targets[BEGIN] else self.end]
        for vertex in self.across:
            self.across[vertex] -= axis
        self.across[self.end] = self.across[BEGIN] = 0.0

    def _wanted(self, vertex: int, near: Sequence[int]) -> float:
        """The median of some neighbours; of the longest path, where that is."""
        if vertex in self._spine:
            near = [other for other in near if other in self._spine] or near
        return _median([self.across[other] for other in near], self.across[vertex])

    def _arrange(self, row: Sequence[int], wanted: Sequence[float]) -> None:
        """As near to the wanted places as room and order allow: neighbours without room for both
        are one block, at the mean of what they want, in which the longest path counts for many."""
        offset, offsets = 0.0, [0.0]
        for first, second in pairwise(row):
            offset += self.sides(first)[1] + self._apart + self.sides(second)[0]
            offsets.append(offset)
        blocks: list[tuple[float, float, int]] = []
        for vertex, place, shift in zip(row, wanted, offsets, strict=False):
            mean, weight, count = place - shift, STIFF if vertex in self._spine else 1.0, 1
            while blocks and blocks[-1][0] > mean:
                before, heavy, size = blocks.pop()
                mean = (mean * weight + before * heavy) / (weight + heavy)
                weight, count = weight + heavy, count + size
            blocks.append((mean, weight, count))
        starts = [mean for mean, _, count in blocks for _ in range(count)]
        for vertex, start, shift in zip(row, starts, offsets, strict=False):
            self.across[vertex] = start + shift


def grouped(links: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for source, end in links:
        found[source].append(end)
    return found


def ranks_of(end: int, links: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The longest way to each part; what reads nothing stands just before what reads it."""
    rank = {BEGIN: 0}
    sources, targets = defaultdict(list), grouped(links)
    for source, reader in links:
        sources[reader].append(source)
    for part in range(end):
        rank[part] = max([rank[source] for source in sources[part]], default=0) + 1
    rank[end] = max(rank.values()) + 1
    for part in reversed(range(end)):
        if not sources[part] and targets[part]:
            rank[part] = min(rank[reader] for reader in targets[part]) - 1
    return rank


def _median(values: list[float], otherwise: float) -> float:
    """The middle one, or the mean of the two in the middle."""
    ordered, half = sorted(values), (len(values) - 1) // 2
    return (ordered[half] + ordered[-1 - half]) / 2 if ordered else otherwise


# ---------------------------------------------------------------- tracks


@final
@dataclass(frozen=True, slots=True)
class Turn:
    """A fan that leaves its axis, with the places to which it turns."""

    source: float
    ends: tuple[float, ...]

    @property
    def low(self) -> float:
        return min(self.source, *self.ends)

    @property
    def high(self) -> float:
        return max(self.source, *self.ends)

    def crossings_before(self, other: Turn) -> int:
        """How many lines cross if its track is before the other's; lines on each other are worse."""
        found = 0
        for end in self.ends:
            found += 20 if abs(end - other.source) < NEAR else other.low < end < other.high
        return found + (self.low < other.source < self.high)


def tracks(turns: Sequence[Turn]) -> list[int]:
    """The track of each, with few crossings; turns that do not meet may share one."""
    order: list[int] = []
    for k, turn in enumerate(turns):
        costs = [
            sum(turns[other].crossings_before(turn) for other in order[:place])
            + sum(turn.crossings_before(turns[other]) for other in order[place:])
            for place in range(len(order) + 1)
        ]
        order.insert(costs.index(min(costs)), k)
    found = [0] * len(turns)
    for place, k in enumerate(order):
        met = [
            found[other]
            for other in order[:place]
            if turns[other].low <= turns[k].high + NEAR and turns[k].low <= turns[other].high + NEAR
        ]
        found[k] = max(met, default=-1) + 1
    return found

"""What leads where, taken apart into series and parallel branches; lanes for what is neither."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, final

from archspec.figures.outline.diagram import (
    Diagram,
    Lanes,
    Parallel,
    Rows,
    Series,
    Wire,
    chain,
    children,
    fold,
)

BEGIN: Final = -1
"""Stands for where the whole is read from, in the reads of a part."""
MAX_NESTED: Final = 24
"""Branches inside of branches, frames and closed leaves; what would be deeper becomes lanes."""


def compose(
    parts: Sequence[Diagram],
    reads: Sequence[Sequence[int]],
    ends: Collection[int],
    dashed: Collection[tuple[int, int]] = (),
) -> Diagram:
    """One diagram of parts, of which each reads parts before it (or BEGIN); ``ends`` are those
    whose outputs the whole gives, and ``dashed`` the lines from a part to another, or to the end
    (``len(parts)``), that are dashed.

    Series and parallel reductions of two-terminal graphs (Valdes, Tarjan and Lawler, 1982), in
    about linear time. What they leave becomes lanes, between the points that all paths pass, and
    so does what they nest so deep that whoever walks the diagram could not.
    """
    network = _Network(parts)
    for k, sources in enumerate(reads):
        for source in sources or (BEGIN,):
            strand = _Strand(source, dashed=(source, k) in dashed)
            network.add(network.after(source), network.before(k), strand)
    for end in ends:
        strand = _Strand(end, dashed=(end, len(parts)) in dashed)
        network.add(network.after(end), network.end, strand)
    network.reduce()
    diagram = network.diagram()
    return diagram if nesting(diagram) <= MAX_NESTED else _flatten(diagram, parts, reads, ends)


def _flatten(
    diagram: Diagram,
    parts: Sequence[Diagram],
    reads: Sequence[Sequence[int]],
    ends: Collection[int],
) -> Diagram:
    """The same with lanes for each link of the chain that is nested too deep, unless it is a part
    alone. Between two points that all paths pass are parts that follow each other, so that each
    link holds a slice of them."""
    place = {id(part): k for k, part in enumerate(parts)}
    found: list[Diagram] = []
    for link in chain(diagram):
        if id(link) in place or nesting(link) <= MAX_NESTED:
            found.append(link)
            continue
        inside = [place[id(part)] for part in _parts_of(link, place)]
        found.append(_in_lanes(min(inside), max(inside) + 1, parts, reads, ends))
    return found[0] if len(found) == 1 else Series(tuple(found))


def _in_lanes(
    start: int,
    stop: int,
    parts: Sequence[Diagram],
    reads: Sequence[Sequence[int]],
    ends: Collection[int],
) -> Lanes:
    """Some parts in a row, each with the links to those that read it."""
    links = [
        (max(source - start, BEGIN), k - start)
        for k in range(start, stop)
        for source in reads[k] or (BEGIN,)
    ]
    behind = {source for k in range(stop, len(parts)) for source in reads[k] or (BEGIN,)}
    links += [
        (max(source - start, BEGIN), stop - start)
        for source in sorted(behind | set(ends))
        if source < stop
    ]
    return Lanes(tuple(parts[start:stop]), tuple(dict.fromkeys(links)))


def _parts_of(diagram: Diagram, stops: Container[int]) -> Iterator[Diagram]:
    """The parts that a diagram was composed of."""
    waiting = [diagram]
    while waiting:
        part = waiting.pop()
        if id(part) in stops:
            yield part
        else:
            waiting += children(part)


def nesting(diagram: Diagram) -> int:
    """How many branches, frames and closed leaves are one inside of the other."""

    def deepest(part: Diagram, inside: tuple[int, ...]) -> int:
        is_level = bool(inside) and not isinstance(part, Series | Rows)
        return max(inside, default=0) + is_level

    return fold(diagram, deepest)


@final
@dataclass(slots=True)
class _Strand:
    """An edge of the network under reduction: a chain, or branches side by side."""

    order: int
    """Index of the first part in it."""
    chain: deque[Diagram] = field(default_factory=deque)
    branches: list[_Strand] | None = None
    dashed: bool = False
    """Of a wire."""

    @property
    def is_wire(self) -> bool:
        return self.branches is None and not self.chain

    def diagram(self) -> Diagram:
        if self.branches is not None:
            ordered = sorted(self.branches, key=lambda branch: (not branch.is_wire, branch.order))
            return Parallel(tuple(branch.diagram() for branch in ordered))
        if not self.chain:
            return Wire(self.dashed)
        return self.chain[0] if len(self.chain) == 1 else Series(tuple(self.chain))

    def as_chain(self) -> deque[Diagram]:
        return deque([self.diagram()]) if self.branches is not None else self.chain


def _in_series(first: _Strand, second: _Strand) -> _Strand:
    if first.is_wire:
        second.dashed |= first.dashed
        return second
    if second.is_wire:
        return first
    left, right = first.as_chain(), second.as_chain()
    if len(left) >= len(right):
        left.extend(right)
        return _Strand(first.order, left)
    right.extendleft(reversed(left))
    return _Strand(first.order, right)


def _in_parallel(first: _Strand, second: _Strand) -> _Strand:
    mine = first.branches if first.branches is not None else [first]
    mine.extend(second.branches if second.branches is not None else [second])
    return _Strand(min(first.order, second.order), deque(), mine)


@final
class _Network:
    """A directed graph whose edges are branches; every part has a vertex before and one after."""

    def __init__(self, parts: Sequence[Diagram]) -> None:
        self._count = len(parts)
        self.begin, self.end = 0, 2 * len(parts) + 1
        self._out: dict[int, dict[int, _Strand]] = defaultdict(dict)
        self._in: dict[int, dict[int, _Strand]] = defaultdict(dict)
        for k, part in enumerate(parts):
            self.add(self.before(k), self.after(k), _Strand(k, deque([part])))

    def before(self, part: int) -> int:
        return 2 * part + 1

    def after(self, part: int) -> int:
        return self.begin if part == BEGIN else 2 * part + 2

    def add(self, start: int, end: int, branch: _Strand) -> None:
        """Two branches from one vertex to the same other are one, parallel, branch."""
        if (present := self._out[start].get(end)) is not None:
            branch = _in_parallel(present, branch)
        self._out[start][end] = self._in[end][start] = branch

    def reduce(self) -> None:
        waiting = deque(range(1, self.end))
        while waiting:
            vertex = waiting.popleft()
            if len(self._in[vertex]) != 1 or len(self._out[vertex]) != 1:
                continue
            ((start, first),) = self._in.pop(vertex).items()
            ((end, second),) = self._out.pop(vertex).items()
            del self._out[start][vertex], self._in[end][vertex]
            self.add(start, end, _in_series(first, second))
            waiting.extend(v for v in (start, end) if 0 < v < self.end)

    def diagram(self) -> Diagram:
        """Cut at every vertex that no branch jumps over: what is between two of them is a link of the
        chain of its own, so that lanes are as short as they can be."""
        order = self._order()
        place = {vertex: k for k, vertex in enumerate(order)}
        whole, start, reach = _Strand(0), 0, 0
        for k, vertex in enumerate(order[1:], start=1):
            before = order[k - 1]
            reach = max([reach, *(place[end] for end in self._out.get(before, ()))])
            if reach == k:
                whole = _in_series(whole, self._between(order[start : k + 1]))
                start = place[vertex]
        return whole.diagram()

    def _order(self) -> list[int]:
        """The vertices that are left, each behind those it can be reached from."""
        missing = {vertex: len(sources) for vertex, sources in self._in.items() if sources}
        ready, ordered = deque([self.begin]), []
        while ready:
            vertex = ready.popleft()
            ordered.append(vertex)
            for end in self._out.get(vertex, ()):
                missing[end] -= 1
                if not missing[end]:
                    ready.append(end)
        return ordered

    def _between(self, order: list[int]) -> _Strand:
        """What is between two vertices that all paths pass: one branch, or lanes.

        Where reductions have left more than one edge, the network is not series-parallel there, as
        in a dense block written layer by layer, or where a skip begins inside of another. No nesting
        of branches says that. So its edges become the parts of lanes, in an order in which each is
        behind those that it reads, and what leads where becomes links: through wires, which are no
        parts, up to the parts that feed them.
        """
        if len(order) == 2:
            return self._out[order[0]][order[1]]
        place = {vertex: k for k, vertex in enumerate(order)}
        edges = [
            (place[start], place[end], branch)
            for start in order[:-1]
            for end, strand in self._out[start].items()
            for branch in strand.branches or [strand]
        ]
        parts = sorted(
            (edge for edge in edges if not edge[2].is_wire),
            key=lambda edge: (edge[0], edge[2].order),
        )
        wires = sorted((start, end) for start, end, strand in edges if strand.is_wire)
        diagrams = tuple(strand.diagram() for _, _, strand in parts)
        lanes = Lanes(diagrams, tuple(_links(len(order), parts, wires)))
        return _Strand(parts[0][2].order if parts else 0, deque([lanes]))


def _links(
    vertices: int, parts: Sequence[tuple[int, int, _Strand]], wires: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """From each part, or the beginning, to the parts that read it, or to the end."""
    feeds: list[set[int]] = [{BEGIN}, *(set() for _ in range(1, vertices))]
    for vertex in range(vertices):
        feeds[vertex] |= {k for k, (_, end, _) in enumerate(parts) if end == vertex}
        for start, end in wires:
            if end == vertex:
                feeds[vertex] |= feeds[start]
        readers = [k for k, (start, _, _) in enumerate(parts) if start == vertex]
        if vertex == vertices - 1:
            readers = [len(parts)]
        yield from ((feed, reader) for reader in readers for feed in sorted(feeds[vertex]))

"""Which leaf feeds which: a diagram as the edges of a graph, for tools that lay it out themselves.

What is shown of a network is asked of its graph: a frame of several inputs, or one that is read in
the middle, is one part of a diagram with one beginning and one end, and its edges are more. An inset
stands for many instances, and only its diagram says what feeds what in it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import assert_never, final

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
from archspec.graph import Graph


@final
@dataclass(frozen=True, slots=True)
class Edge:
    """From one leaf to another; leaves are named by their places in ``leaves(diagram)``."""

    source: int
    target: int
    label: str | None = None
    """The shape of the tensor, on one edge of those that carry it."""
    dashed: bool = False
    entry: str | None = None
    """The input of an open block by which it enters, if the block has several."""

    @property
    def text(self) -> str:
        """What stands on it."""
        return " · ".join(filter(None, (self.entry, self.label)))


# ---------------------------------------------------------------- of a network


def network_edges(graph: Graph, diagram: Diagram) -> list[Edge]:
    """All edges of a graph between the leaves of its diagram, in their order.

    What leads back, from a copy of parts that are shown once to the next copy, is none.
    """
    boxes = list(leaves(diagram))
    owners = {path: k for k, box in enumerate(boxes) for path in box.layers or (box.path,)}
    found: dict[tuple[int, int], Edge] = {}
    for path, target in _reads(graph, boxes, owners):
        source = owners[path]
        if source < target:
            edge = _edge(graph, boxes, source, target, path)
            present = found.setdefault((source, target), edge)
            if edge.label and not present.label:
                found[source, target] = edge
    return list(_label_once(found[ends] for ends in sorted(found, key=lambda ends: ends[::-1])))


def _reads(
    graph: Graph, boxes: Sequence[Leaf], owners: Mapping[str, int]
) -> Iterator[tuple[str, int]]:
    """Layers with the places of the boxes that read them. A closed block reads what it is like, too:
    it is one of its inputs."""
    for node in graph.nodes.values():
        if (target := owners.get(node.path)) is not None:
            read = node.sources if boxes[target].role == "block" else node.operands
            for source in _past_hidden(graph, owners, read):
                yield source, target
    for target, box in enumerate(boxes):
        if box.feed:
            for source in _past_hidden(graph, owners, (box.feed,)):
                yield source, target


def _past_hidden(graph: Graph, owners: Mapping[str, int], sources: Sequence[str]) -> Iterator[str]:
    """Sources that have a box; in the place of others what those read."""
    for source in sources:
        if source in owners:
            yield source
        else:
            yield from _past_hidden(graph, owners, graph.nodes[source].operands)


def _edge(graph: Graph, boxes: Sequence[Leaf], source: int, target: int, path: str) -> Edge:
    first, second = boxes[source], boxes[target]
    shape = first.shape if path == first.output else None
    entry = _entry(graph, path, second.path)
    return Edge(source, target, shape, first.dashed or second.dashed, entry)


def _entry(graph: Graph, source: str, target: str) -> str | None:
    """The input by which a line enters the outermost open block of several that it enters."""
    inside = target.split(".")[:-1]
    around = (".".join(inside[:depth]) for depth in range(1, len(inside) + 1))
    for path in around:
        scope = graph.scopes[path]
        if len(scope.inputs) > 1 and source in scope.sources:
            feeds = zip(scope.inputs, scope.sources, strict=True)
            return ", ".join(name for name, path in feeds if path == source)
    return None


# ---------------------------------------------------------------- of a diagram


@final
@dataclass(frozen=True, slots=True)
class _End:
    """What a part gives, on its way to the first leaf that reads it."""

    place: int
    shape: str | None
    dashed: bool
    given: frozenset[str]
    """Paths of the layers that may give it."""


_Ends = tuple[_End, ...]
_Walk = Generator[Edge, None, _Ends]


def edges(diagram: Diagram) -> Iterator[Edge]:
    """All edges, each after those that its source reads."""
    yield from _label_once(_walk(diagram, (), count(), dashed=False))


def _label_once(edges: Iterable[Edge]) -> Iterator[Edge]:
    """The same edges, of which of those out of one leaf one has the label: a solid one if there is
    any."""
    found = list(edges)
    labelled: dict[int, Edge] = {}
    for edge in found:
        first = labelled.setdefault(edge.source, edge)
        if edge.label and (not first.label or (first.dashed and not edge.dashed)):
            labelled[edge.source] = edge
    for edge in found:
        yield edge if labelled[edge.source] is edge else replace(edge, label=None)


def _walk(diagram: Diagram, ends: _Ends, places: Iterator[int], *, dashed: bool) -> _Walk:
    """The edges into and inside of a diagram that reads these ends; returns its own ends."""
    match diagram:
        case Leaf():
            return (yield from _leaf(diagram, ends, places, dashed=dashed))
        case Wire():
            return _dash(ends) if diagram.dashed or dashed else ends
        case Series():
            return (yield from _chain(diagram.parts, ends, places, dashed=dashed))
        case Rows():
            return (yield from _chain(diagram.rows, ends, places, dashed=dashed))
        case Parallel():
            gathered: list[_End] = []
            for branch in diagram.branches:
                gathered += yield from _walk(branch, ends, places, dashed=dashed)
            return tuple(gathered)
        case Lanes():
            return (yield from _lanes(diagram, ends, places, dashed=dashed))
        case Frame():
            dashed = dashed or diagram.dashed
            ends = yield from _walk(diagram.inside, ends, places, dashed=dashed)
            yield from _side_branches(diagram, ends, places)
            return ends
        case _:
            assert_never(diagram)


def _chain(parts: Sequence[Diagram], ends: _Ends, places: Iterator[int], *, dashed: bool) -> _Walk:
    for part in parts:
        ends = yield from _walk(part, ends, places, dashed=dashed)
    return ends


def _leaf(leaf: Leaf, ends: _Ends, places: Iterator[int], *, dashed: bool) -> _Walk:
    place = next(places)
    dashed = dashed or leaf.dashed
    for end in ends:
        if not leaf.feed or leaf.feed in end.given:
            yield Edge(end.place, place, end.shape, end.dashed or dashed)
    own = _End(place, leaf.shape, dashed, frozenset([leaf.output, *leaf.layers]))
    yield from _side_branches(leaf, (own,), places)
    return (own,)


def _side_branches(part: Leaf | Frame, ends: _Ends, places: Iterator[int]) -> Iterator[Edge]:
    """They are there in training only, as a whole."""
    for branch in part.side_branches:
        yield from _walk(branch, _dash(ends), places, dashed=True)


def _lanes(lanes: Lanes, ends: _Ends, places: Iterator[int], *, dashed: bool) -> _Walk:
    """Its links say all: neighbours that have none do not feed each other."""
    length = len(lanes.parts)
    giving: dict[int, _Ends] = {-1: ends}
    reading: dict[int, list[int]] = {}
    for start, end in lanes.links:
        reading.setdefault(end, []).append(start)

    def read(place: int) -> _Ends:
        return tuple(end for start in reading.get(place, ()) for end in giving[start])

    for k, part in enumerate(lanes.parts):
        giving[k] = yield from _walk(part, read(k), places, dashed=dashed)
    return read(length)


def _dash(ends: _Ends) -> _Ends:
    return tuple(replace(end, dashed=True) for end in ends)

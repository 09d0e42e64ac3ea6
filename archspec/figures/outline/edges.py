"""Which leaf feeds which: a diagram as the edges of a graph, for tools that lay it out themselves."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
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
)


@final
@dataclass(frozen=True, slots=True)
class Edge:
    """From one leaf to another; leaves are named by their places in ``leaves(diagram)``."""

    source: int
    target: int
    label: str | None = None
    """The shape of the tensor, on one edge of those that carry it."""
    dashed: bool = False


@final
@dataclass(frozen=True, slots=True)
class _End:
    """What a part gives, on its way to the first leaf that reads it."""

    place: int
    shape: str | None
    dashed: bool


_Ends = tuple[_End, ...]
_Walk = Generator[Edge, None, _Ends]


def edges(diagram: Diagram) -> Iterator[Edge]:
    """All edges, each after those that its source reads. Of those out of one leaf one has the
    label, a solid one if there is any."""
    found = list(_walk(diagram, (), count(), dashed=False))
    labelled: dict[int, Edge] = {}
    for edge in found:
        first = labelled.setdefault(edge.source, edge)
        if first.dashed and not edge.dashed:
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
        yield Edge(end.place, place, end.shape, end.dashed or dashed)
    own = _End(place, leaf.shape, dashed)
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

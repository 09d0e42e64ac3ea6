"""What a figure shows, before anything has a place: leaves in series and in parallel.

A diagram is a leaf or one of six forms around other diagrams. Who distinguishes forms does so by
``match`` and ends in ``assert_never``, so that a form that is forgotten is an error of types; who
does not walks with the functions below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar, assert_never, final

from archspec.figures.annotations.marks import PLAIN, BoxMark

Form = Literal["box", "circle"]


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """A box: layers that are shown as one, a closed scope, or a stack of equal ones."""

    path: str
    """Of the first layer, or of the scope."""
    title: str
    """``conv 3×3, 64``"""
    under: str = ""
    """``/2 · BN · ReLU``"""
    role: str = "block"
    """A role's value, or "block"."""
    block: str = ""
    """Name of the block that it is, or that it is a stack of."""
    form: Form = "box"
    """A circle holds nothing but the sign of a merge."""
    count: int = 1
    layers: tuple[str, ...] = ()
    """Paths of all layers that it stands for, of all of its copies."""
    output: str = ""
    """Path of the layer whose output it gives."""
    shape: str | None = None
    """Of what it gives, if that is another than what it reads: a label of the line."""
    params: int = 0
    macs: int = 0
    """Of all layers that it stands for."""
    dashed: bool = False
    """There in training only, with its lines; in an inset, not there in all instances."""
    optional: bool = False
    """In an inset: not there in all instances, and where it is not, the line leads straight on."""
    side_branches: tuple[Diagram, ...] = ()
    """Those that begin here, end in nothing, and exist in training only."""
    inside: Diagram | None = None
    """What one sees when it is opened."""
    feed: str = ""
    """Of a name of an input of an open block, or of one of several outputs: path of the layer that
    feeds it. Of all lines that arrive only that layer's is its."""
    takes: str = ""
    """Of what reads one of several outputs of a box: the name of that output, a label where its line
    ends."""
    mark: BoxMark = PLAIN
    """What somebody wants to be particular about it."""

    @property
    def is_entry(self) -> bool:
        """Whether it is the name of an input of an open block."""
        return bool(self.feed and self.output)

    @property
    def is_output(self) -> bool:
        """Whether it is the name of one of several outputs, which gives nothing."""
        return bool(self.feed and not self.output)


@final
@dataclass(frozen=True, slots=True)
class Wire:
    """A line with nothing on it: an identity shortcut."""

    dashed: bool = False


@final
@dataclass(frozen=True, slots=True)
class Series:
    """One after the other; never a Series in a Series, and no Wire."""

    parts: tuple[Diagram, ...]


@final
@dataclass(frozen=True, slots=True)
class Parallel:
    """Branches from one fork to one merge; never a Parallel in a Parallel."""

    branches: tuple[Diagram, ...]


@final
@dataclass(frozen=True, slots=True)
class Lanes:
    """What is not series-parallel: parts along the axis, and links in lanes beside them.

    A link (i, j) leads from the end of part i to the beginning of part j. -1 is where the whole
    begins, and ``len(parts)`` where it ends.
    """

    parts: tuple[Diagram, ...]
    links: tuple[tuple[int, int], ...]


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """An open scope: its inside with a border and a heading around."""

    path: str
    heading: str
    inside: Diagram
    count: int = 1
    dashed: bool = False
    output: str = ""
    """Path of the layer whose output it gives, if side branches read it."""
    side_branches: tuple[Diagram, ...] = ()
    """As those of a leaf: it may be one that was opened."""


@final
@dataclass(frozen=True, slots=True)
class Rows:
    """A long chain in rows of a page; a line leads from the end of each to the next."""

    rows: tuple[Series, ...]


Diagram = Leaf | Wire | Series | Parallel | Lanes | Frame | Rows


# ---------------------------------------------------------------- walks


def children(diagram: Diagram) -> tuple[Diagram, ...]:
    """What a diagram is made of, in the order of ``leaves``; of a closed leaf not its inside."""
    match diagram:
        case Leaf():
            return diagram.side_branches
        case Wire():
            return ()
        case Series() | Lanes():
            return diagram.parts
        case Parallel():
            return diagram.branches
        case Frame():
            return (diagram.inside, *diagram.side_branches)
        case Rows():
            return diagram.rows
        case _:
            assert_never(diagram)


def contents(diagram: Diagram) -> tuple[Diagram, ...]:
    """The children, and behind them what is inside of a closed leaf."""
    if isinstance(diagram, Leaf) and diagram.inside is not None:
        return (*diagram.side_branches, diagram.inside)
    return children(diagram)


def map_children(diagram: Diagram, change: Callable[[Diagram], Diagram]) -> Diagram:
    """The same form around other children."""
    match diagram:
        case Leaf():
            if not diagram.side_branches:
                return diagram
            return replace(diagram, side_branches=tuple(map(change, diagram.side_branches)))
        case Wire():
            return diagram
        case Series():
            return in_series(map(change, diagram.parts))
        case Parallel():
            return Parallel(tuple(map(change, diagram.branches)))
        case Lanes():
            return replace(diagram, parts=tuple(map(change, diagram.parts)))
        case Frame():
            sides = tuple(map(change, diagram.side_branches))
            return replace(diagram, inside=change(diagram.inside), side_branches=sides)
        case Rows():
            return Rows(tuple(Series(chain(change(row))) for row in diagram.rows))
        case _:
            assert_never(diagram)


def map_leaves(diagram: Diagram, change: Callable[[Leaf], Diagram]) -> Diagram:
    """The same with other leaves, or any other diagrams, in the places of its leaves."""
    changed = map_children(diagram, lambda child: map_leaves(child, change))
    return change(changed) if isinstance(changed, Leaf) else changed


_Value = TypeVar("_Value")


def fold(diagram: Diagram, combine: Callable[[Diagram, tuple[_Value, ...]], _Value]) -> _Value:
    """One value of all: every diagram is combined with the values of its contents.

    No recursion, because diagrams can be nested deeper than calls may be.
    """
    waiting = [(diagram, False)]
    values: list[_Value] = []
    while waiting:
        part, is_ready = waiting.pop()
        inside = contents(part)
        if is_ready:
            first = len(values) - len(inside)
            values[first:] = [combine(part, tuple(values[first:]))]
        else:
            waiting.append((part, True))
            waiting += [(one, False) for one in reversed(inside)]
    return values[0]


def leaves(diagram: Diagram) -> Iterator[Leaf]:
    """All boxes, those of side branches too, but not what is inside of closed ones."""
    waiting = [diagram]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Leaf):
            yield part
        waiting += reversed(children(part))


def frames(diagram: Diagram) -> Iterator[Frame]:
    """All open scopes, those around first."""
    if isinstance(diagram, Frame):
        yield diagram
    for part in children(diagram):
        yield from frames(part)


def has_entries(diagram: Diagram) -> bool:
    """Whether it has several inputs, each with its name; those of what is open in it do not count."""
    if isinstance(diagram, Frame):
        return False
    is_entry = isinstance(diagram, Leaf) and diagram.is_entry
    return is_entry or any(map(has_entries, children(diagram)))


def has_outputs(diagram: Diagram) -> bool:
    """Whether it has several outputs, each with its name; those of what is open in it do not count."""
    if isinstance(diagram, Frame):
        return False
    is_output = isinstance(diagram, Leaf) and diagram.is_output
    return is_output or any(map(has_outputs, children(diagram)))


# ---------------------------------------------------------------- chains


def chain(diagram: Diagram) -> tuple[Diagram, ...]:
    """The parts of a series; any other diagram is a chain of itself."""
    return diagram.parts if isinstance(diagram, Series) else (diagram,)


def in_series(parts: Iterable[Diagram]) -> Diagram:
    """Parts one after the other: what is a series already is taken apart, and wires vanish."""
    flat = tuple(one for part in parts for one in chain(part) if not isinstance(one, Wire))
    if not flat:
        return Wire()
    return flat[0] if len(flat) == 1 else Series(flat)

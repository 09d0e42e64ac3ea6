"""What a figure shows, before anything has a place: leaves in series and in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, final

Form = Literal["box", "circle"]


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """A box: layers that are told together, a closed scope, or a stack of equal ones."""

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
    """Of what it gives, if that is another than what it reads: told on the line."""
    params: int = 0
    macs: int = 0
    """Of all layers that it stands for."""
    dashed: bool = False
    """There in training only; in an inset, not there in all instances."""
    hanging: tuple[Diagram, ...] = ()
    """Branches that begin here and exist in training only."""
    inside: Diagram | None = None
    """What one sees when it is opened."""


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


@final
@dataclass(frozen=True, slots=True)
class Rows:
    """A long chain in rows of a page; a line leads from the end of each to the next."""

    rows: tuple[Series, ...]


Diagram = Leaf | Wire | Series | Parallel | Lanes | Frame | Rows


def inner(diagram: Diagram) -> Sequence[Diagram]:
    """What a diagram is made of, in the order of ``leaves``."""
    if isinstance(diagram, Leaf):
        return diagram.hanging
    if isinstance(diagram, Frame):
        return (diagram.inside,)
    if isinstance(diagram, Parallel):
        return diagram.branches
    if isinstance(diagram, Rows):
        return diagram.rows
    return () if isinstance(diagram, Wire) else diagram.parts


def leaves(diagram: Diagram) -> Iterator[Leaf]:
    """All boxes, those of hanging branches too, but not what is inside of closed ones."""
    waiting = [diagram]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Leaf):
            yield part
        waiting += reversed(inner(part))

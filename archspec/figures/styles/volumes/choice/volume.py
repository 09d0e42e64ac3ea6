"""A feature map that is drawn as a volume, and how it is made of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from archspec.op.tensor import TensorType


@final
@dataclass(frozen=True, slots=True)
class Twin:
    """The same feature map in the other tower."""

    path: str
    name: str


@final
@dataclass(frozen=True, slots=True)
class Slab:
    """The map of one layer or block: a volume is as many of them as it takes to make its last."""

    path: str
    role: str
    output: TensorType
    layers: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Volume:
    path: str
    name: str
    role: str
    output: TensorType
    """Of one tower, if there are two."""
    above: tuple[str, ...] = ()
    """What makes it, in lines."""
    below: tuple[str, ...] = ()
    """What comes before that."""
    layers: tuple[str, ...] = ()
    twin: Twin | None = None
    meets: bool = False
    """It reads both towers."""
    slabs: tuple[Slab, ...] = ()
    """From left to right, if it is more than one."""
    window: tuple[int, int] | None = None
    """Rows and columns of the volume before of which one pixel of the first slab is made."""

    @property
    def is_vector(self) -> bool:
        return set(self.output.spatial) <= {1}

    @property
    def channels(self) -> str:
        """Of a vector its features."""
        return str(self.output.channels)

    @property
    def resolution(self) -> str:
        """A vector has none."""
        return "" if self.is_vector else "×".join(map(str, self.output.spatial))

    @property
    def parts(self) -> tuple[Slab, ...]:
        """What is drawn of it, at least one."""
        return self.slabs or (Slab(self.path, self.role, self.output, self.layers),)


@final
@dataclass(frozen=True, slots=True)
class Skip:
    """A line from a volume past others to a later one, by their places in the row."""

    source: int
    target: int
    word: str
    """What the map is joined by: ``+``, ``concat``; empty if it is read in another way."""


@final
@dataclass(frozen=True, slots=True)
class Strand:
    """Volumes one after the other: those of the main path, of another output or of another input."""

    volumes: tuple[Volume, ...]
    skips: tuple[Skip, ...] = ()
    origin: str = ""
    """Name of the map that the first is made of, if that is no volume of the strand."""
    goal: str = ""
    """Name of what reads the last, or of the output that it is, if there are several."""

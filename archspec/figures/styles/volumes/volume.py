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

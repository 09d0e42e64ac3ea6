"""TensorType: the shape of one sample on its way through the network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, final

SIDES: Final = ((), ("length",), ("height", "width"), ("depth", "height", "width"))
"""The names of the sides of a map, by their number."""


@final
@dataclass(frozen=True, slots=True)
class TensorType:
    """A shape without the batch: ``(F,)`` for a vector, else a map: ``(C, L)``, ``(C, H, W)``,
    ``(C, D, H, W)``; or one of those with its channels last, ``(H, W, C)``.
    """

    shape: tuple[int, ...]
    channels_last: bool = False

    @property
    def channels(self) -> int:
        """C of a map, F of a vector."""
        return self.shape[-1] if self.channels_last else self.shape[0]

    @property
    def spatial(self) -> tuple[int, ...]:
        """``(H, W)`` of a map, its sides; ``()`` of a vector."""
        return self.shape[:-1] if self.channels_last else self.shape[1:]

    @property
    def numel(self) -> int:
        return math.prod(self.shape)

    @property
    def is_map(self) -> bool:
        return len(self.shape) > 1

    @property
    def rank(self) -> int:
        """How many sides a map has; 0 of a vector."""
        return len(self.shape) - 1

    @property
    def sides(self) -> tuple[str, ...]:
        """The names of the sides: height and width of a picture."""
        return SIDES[self.rank]

    @property
    def sides_in_words(self) -> str:
        """``height and width``; of a vector ``size``."""
        *others, last = self.sides or ("size",)
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def axes(self) -> str:
        """What its numbers are, in words: ``channels, height, width``."""
        names = (*self.sides, "channels") if self.channels_last else ("channels", *self.sides)
        return ", ".join(names) if self.is_map else "features"

    def with_channels(self, channels: int) -> TensorType:
        shape = (*self.spatial, channels) if self.channels_last else (channels, *self.spatial)
        return TensorType(shape, self.channels_last)

    def with_channels_last(self, is_last: bool) -> TensorType:
        """The same map with its channels at the end, or at the beginning."""
        shape = (*self.spatial, self.channels) if is_last else (self.channels, *self.spatial)
        return TensorType(shape, is_last)

    def __str__(self) -> str:
        return "×".join(map(str, self.shape))

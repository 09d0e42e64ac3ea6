"""TensorType: the shape of one sample on its way through the network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class TensorType:
    """A shape without the batch: ``(C, H, W)`` for a map, ``(F,)`` for a vector."""

    shape: tuple[int, ...]

    @property
    def channels(self) -> int:
        """C of a map, F of a vector."""
        return self.shape[0]

    @property
    def spatial(self) -> tuple[int, ...]:
        """``(H, W)`` of a map, ``()`` of a vector."""
        return self.shape[1:]

    @property
    def numel(self) -> int:
        return math.prod(self.shape)

    @property
    def is_map(self) -> bool:
        return len(self.shape) == 3

    def with_channels(self, channels: int) -> TensorType:
        return TensorType((channels, *self.shape[1:]))

    def __str__(self) -> str:
        return "×".join(map(str, self.shape))

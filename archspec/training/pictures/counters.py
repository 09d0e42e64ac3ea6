"""Random numbers by counting: a hash of where a picture is, whoever asks and in whatever order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MASK: Final = 2**64 - 1


@final
@dataclass(frozen=True, slots=True)
class Counters:
    """A state for each picture of a batch, from which as many numbers follow as are needed."""

    states: NDArray[np.uint64]

    @staticmethod
    def of(seed: int, epoch: int, position: int, indices: NDArray[np.int64]) -> Counters:
        """For a step of a pipeline at some position."""
        import numpy as np

        states = np.zeros(len(indices), np.uint64)
        for number in (seed & MASK, epoch, position):
            states = _mixed(states ^ np.uint64(number))
        return Counters(_mixed(states ^ indices.astype(np.uint64)))

    def only(self, number: int) -> Counters:
        """For one picture of them."""
        return Counters(self.states[number : number + 1])

    def bits(self, draw: int) -> NDArray[np.uint64]:
        """64 random bits for each picture: another draw, other bits."""
        import numpy as np

        return _mixed(self.states ^ np.uint64(draw))

    def uniform(self, draw: int) -> NDArray[np.float64]:
        """From 0 to 1, without 1."""
        import numpy as np

        return (self.bits(draw) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, ends: NDArray[np.int64] | int, draw: int) -> NDArray[np.int64]:
        """Whole numbers from 0 to an end, without the end, which is less than 2³²."""
        import numpy as np

        upper = self.bits(draw) >> np.uint64(32)
        return (upper * np.asarray(ends, np.uint64) >> np.uint64(32)).astype(np.int64)

    def normal(self, draw: int) -> NDArray[np.float64]:
        """From the normal distribution, by Box and Muller."""
        import numpy as np

        radius = np.sqrt(-2 * np.log1p(-self.uniform(2 * draw)))
        drawn: NDArray[np.float64] = radius * np.cos(2 * np.pi * self.uniform(2 * draw + 1))
        return drawn


def _mixed(states: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The step of SplitMix64 (Steele, Lea and Flood 2014)."""
    import numpy as np

    states = states + np.uint64(0x9E3779B97F4A7C15)
    states = (states ^ (states >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    states = (states ^ (states >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return states ^ (states >> np.uint64(31))

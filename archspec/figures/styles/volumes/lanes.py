"""Lines over a row of volumes that lead past some of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, final

from archspec.figures.scene import Item, Line, Text
from archspec.figures.styles.volumes.choice.volume import Skip
from archspec.figures.styles.volumes.solids import PlacedVolume
from archspec.figures.styles.volumes.volume_measures import BESIDE_LANE, VolumeMeasures

OVER: Final = 6.0
"""How far over the axis a line begins and ends, so that it lies on no arrow."""


@final
class SkipLanes:
    """The lowest for the shortest; two that do not meet share one."""

    def __init__(self, skips: Sequence[Skip], measures: VolumeMeasures) -> None:
        self._measures = measures
        self._numbers: dict[Skip, int] = {}
        for skip in sorted(skips, key=lambda skip: (skip.target - skip.source, skip.source)):
            met = [n for other, n in self._numbers.items() if _meet(skip, other)]
            self._numbers[skip] = max(met, default=-1) + 1

    @property
    def height(self) -> float:
        """What they take over a row."""
        return self._pitch * (max(self._numbers.values(), default=-1) + 1)

    @property
    def _pitch(self) -> float:
        return self._measures.sizes.small * 1.7

    def draw(self, row: Sequence[PlacedVolume], top: float) -> Iterator[Item]:
        """Over a row whose names begin at a height."""
        unit = self._measures.unit
        for skip, number in self._numbers.items():
            begin, end = row[skip.source], row[skip.target]
            y, axis = top - self._pitch * (number + 0.4), begin.axis - OVER * unit
            left, right = begin.right + BESIDE_LANE * unit, end.x - BESIDE_LANE * unit
            source, target = begin.ends[0][0], end.begins[0][0]
            corners = ((begin.right, axis), (left, axis), (left, y), (right, y), (right, axis))
            yield Line((*corners, (end.x, axis)), source, target, thickness=0.9 * unit)
            if skip.word:
                size = self._measures.sizes.small
                yield Text(right - 5 * unit, y - 2 * unit, skip.word, size, "end")


def _meet(skip: Skip, other: Skip) -> bool:
    return skip.source < other.target and other.source < skip.target

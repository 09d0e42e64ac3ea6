"""How large volumes and their texts are, and how far from each other in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2, sqrt
from typing import Final, final

from archspec.figures.fonts.metrics import ASCENT, text_width
from archspec.figures.layout import small_print
from archspec.figures.sizes import Sizes
from archspec.figures.styles.volumes.choice.volume import Slab, Volume

DEPTH: Final = (0.36, 0.27)
"""Where the rear of a volume is, to the right and upwards, for each point of its depth."""
MIN_GAP: Final = 17.0
"""Length of an arrow."""
SLANTED: Final = 10.0
"""So much longer it is from or to two towers."""
AROUND: Final = 4.0
"""Between a text and what is beside it."""
BETWEEN_TOWERS: Final = 20.0
THIN: Final = 0.6
"""Width of slabs, compared with that of volumes in one piece."""
BESIDE_LANE: Final = 4.0
"""From a volume to a line that leads past others."""
STEEPEST: Final = 0.9
"""How far up the rear of a flat map is, so that arrows along its middle end at its front."""
FLAT: Final = 6.0
"""The shorter side of a map at least."""


@final
@dataclass(frozen=True, slots=True)
class Size:
    """Of a volume on paper."""

    width: float
    height: float
    right: float = 0
    """Where the rear is."""
    up: float = 0

    @property
    def across(self) -> float:
        return self.width + self.right

    @property
    def half(self) -> float:
        """From the axis to the top."""
        return (self.height + self.up) / 2


@final
@dataclass(frozen=True, slots=True)
class VolumeMeasures:
    sizes: Sizes
    scale: float = 1
    """Of volumes; texts are as large in every figure."""
    has_slabs: bool = False
    """Whether some volume is several slabs: then all are thinner."""
    has_lanes: bool = False
    """Whether lines lead past volumes: their ends need room beside the arrows."""

    @property
    def unit(self) -> float:
        return small_print.unit(self.sizes)

    @property
    def around(self) -> float:
        return AROUND * self.unit

    @property
    def pitch(self) -> float:
        """Between two lines of a label."""
        return self.sizes.small * 1.25

    # Of a volume and its texts.

    def size(self, volume: Volume) -> Size:
        """Of all slabs; their sides are about the same."""
        sizes = [self.slab_size(slab) for slab in volume.parts]
        highest = max(sizes, key=lambda size: size.height)
        width = sum(size.width for size in sizes)
        return Size(width, highest.height, sizes[-1].right, highest.up)

    def slab_size(self, slab: Slab) -> Size:
        scale, output = self.scale * self.unit, slab.output
        if set(output.spatial) <= {1}:
            return Size(7 * self.unit, (22 + 4.2 * log2(output.channels)) * scale)
        width = min(4 + 0.75 * sqrt(output.channels), 40) * scale * (THIN if self.has_slabs else 1)
        if output.rank == 1:  # a sheet: lengths are larger than heights
            return Size(width, min(12 + 6.5 * log2(output.spatial[0]), 120) * scale)
        longer = max(output.spatial)
        length = min(12 + 9.8 * log2(longer), 120) * scale
        rows, columns = (max(length * side / longer, FLAT * scale) for side in output.spatial)
        up = min(DEPTH[1] * columns, STEEPEST * rows)
        return Size(width, rows, DEPTH[0] * columns, up)

    def name_width(self, volume: Volume) -> float:
        names = [volume.name, *([volume.twin.name] if volume.twin else [])]
        return max(text_width(name, self.sizes.text, True) for name in names)

    def shape_width(self, volume: Volume) -> float:
        channels = text_width(volume.channels, self.sizes.text, True)
        return max(channels, text_width(volume.resolution, self.sizes.small))

    def label_width(self, volume: Volume) -> float:
        """Of what stands over and under the arrow to a volume."""
        lines = (*volume.above, *volume.below)
        return max((text_width(line, self.sizes.small) for line in lines), default=0)

    def label_height(self, lines: Sequence[str]) -> float:
        return self.around + self.pitch * len(lines)

    def overhang(self, volume: Volume) -> float:
        """How far the texts of a volume reach out to each side of it."""
        widest = max(self.name_width(volume), self.shape_width(volume))
        return max((widest - self.size(volume).across) / 2, 0)

    # From one volume to the next.

    def gap(self, before: Volume, volume: Volume) -> float:
        """Length of the arrow between two volumes: nothing touches a text."""
        slanted = SLANTED * self.unit if (before.twin is None) != (volume.twin is None) else 0
        lanes = 2 * BESIDE_LANE * self.unit if self.has_lanes else 0
        return lanes + max(
            self.lead(volume) + slanted,
            self._for_texts(before, volume),
            *self._beside_label(before, volume),
            *self._beside_label(volume, volume),
        )

    def lead(self, volume: Volume) -> float:
        """Length of an arrow that begins beside a text or nothing."""
        return max(MIN_GAP * self.unit, self.label_width(volume) + 2 * self.around)

    def _for_texts(self, before: Volume, volume: Volume) -> float:
        """What keeps the names and the shapes of two volumes apart."""
        names = (self.name_width(before) + self.name_width(volume)) / 2
        shapes = (self.shape_width(before) + self.shape_width(volume)) / 2
        volumes = (self.size(before).across + self.size(volume).across) / 2
        return max(names, shapes) + self.around - volumes

    def _beside_label(self, neighbour: Volume, volume: Volume) -> Iterator[float]:
        """What keeps the label of an arrow apart from the texts of a volume that is lower."""
        size = self.size(neighbour)
        label = self.label_width(volume) + 2 * self.around - size.across
        if size.half < self.label_height(volume.above) + self.around:
            yield self.name_width(neighbour) + label
        if size.half < self.label_height(volume.below) + self.around:
            yield self.shape_width(neighbour) + label

    # Of a row.

    def width(self, row: Sequence[Volume], *, is_first: bool = True) -> float:
        gaps = sum(self.gap(before, volume) for before, volume in pairwise(row))
        volumes = sum(self.size(volume).across for volume in row)
        return self.start(row[0], is_first=is_first) + volumes + gaps + self.overhang(row[-1])

    def start(self, volume: Volume, *, is_first: bool = True) -> float:
        """Left of a row; a line leads to all but the first."""
        return self.overhang(volume) if is_first else max(self.lead(volume), self.overhang(volume))

    def apart(self, row: Sequence[Volume]) -> float:
        """Between the axes of the towers; 0 if there are none."""
        heights = [2 * self.size(volume).half for volume in row if volume.twin]
        return max(heights) + BETWEEN_TOWERS * self.unit if heights else 0

    def above(self, row: Sequence[Volume]) -> float:
        """From the axis of a row, or of its upper tower, to its top."""
        name = self.sizes.text * ASCENT + self.around
        labels = (self.label_height(volume.above) for volume in row)
        return max(*(end + name for end in self._ends(row)), *labels)

    def below(self, row: Sequence[Volume]) -> float:
        shape = self.sizes.text * 1.2 + self.sizes.small * 1.5
        if any(volume.twin and volume.twin.name != volume.name for volume in row):
            shape += self.sizes.text * 1.3
        labels = (self.label_height(volume.below) for volume in row)
        return max(*(end + shape for end in self._ends(row)), *labels)

    def _ends(self, row: Sequence[Volume]) -> list[float]:
        """Half heights, from the axis of a tower on; volumes in no tower lie between the two."""
        half = self.apart(row) / 2
        return [self.size(volume).half - (0 if volume.twin else half) for volume in row]

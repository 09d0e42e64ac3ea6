"""A volume in oblique projection, with its name over it and its shape under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from archspec.escaping import clean
from archspec.figures.layout import small_print
from archspec.figures.scene import Box, Item, Point, Polygon, Rect, Text
from archspec.figures.styles.volumes.choice.volume import Slab, Volume
from archspec.figures.styles.volumes.volume_measures import Size, VolumeMeasures

HIDDEN: Final = 3.0
"""Of a slab that is so much higher than the next at most one sees no side."""


@final
@dataclass(frozen=True, slots=True)
class PlacedVolume:
    """A volume, or one in each tower, at its place in a row."""

    volume: Volume
    size: Size
    x: float
    axis: float
    """Of the row."""
    apart: float
    """Between the axes of the towers of the row."""

    @property
    def right(self) -> float:
        return self.x + self.size.across

    @property
    def ends(self) -> tuple[tuple[str, float], ...]:
        """Path and axis of the volume, or of the one in each tower."""
        return self._ends(self.volume.parts[-1].path)

    @property
    def begins(self) -> tuple[tuple[str, float], ...]:
        """The same where lines arrive: path of the first slab."""
        return self._ends(self.volume.parts[0].path)

    def _ends(self, path: str) -> tuple[tuple[str, float], ...]:
        half, twin = self.apart / 2, self.volume.twin
        if twin is None:
            return ((path, self.axis),)
        return (path, self.axis - half), (twin.path, self.axis + half)


def draw_volume(placed: PlacedVolume, measures: VolumeMeasures) -> Iterator[Item]:
    """With its texts."""
    yield from draw_solids(placed, measures)
    yield from _texts(placed, measures)


def draw_solids(placed: PlacedVolume, measures: VolumeMeasures) -> Iterator[Item]:
    """All layers belong to the volume of the upper tower."""
    (_, upper), *others = placed.ends
    yield from _slabs(placed, placed.volume.parts, upper, measures)
    for path, axis in others:
        twins = [replace(slab, path=path, layers=()) for slab in placed.volume.parts]
        yield from _slabs(placed, twins, axis, measures)


def _slabs(
    placed: PlacedVolume, slabs: Sequence[Slab], axis: float, measures: VolumeMeasures
) -> Iterator[Item]:
    """From left to right, so that each hides what one does not see of the one before."""
    x = placed.x
    sizes = [measures.slab_size(slab) for slab in slabs]
    for slab, size, following in zip(slabs, sizes, [*sizes[1:], None], strict=True):
        is_hidden = following is not None and following.half > size.half - HIDDEN
        yield from _solid(slab, size, x, axis, measures.unit, has_side=not is_hidden)
        x += size.width


def _texts(placed: PlacedVolume, measures: VolumeMeasures) -> Iterator[Text]:
    """Name over, and channels and resolution under the volumes."""
    volume, sizes = placed.volume, measures.sizes
    middle, half = placed.x + placed.size.across / 2, placed.size.half
    (_, upper), (_, lower) = placed.ends[0], placed.ends[-1]
    yield _bold(middle, upper - half - measures.around, volume.name, sizes.text)
    y = lower + half + sizes.text * 1.2
    if volume.twin and volume.twin.name != volume.name:
        yield _bold(middle, y, volume.twin.name, sizes.text)
        y += sizes.text * 1.3
    yield _bold(middle, y, volume.channels, sizes.text)
    if volume.resolution:
        yield small_print.word(middle, y + sizes.small * 1.3, volume.resolution, sizes)


def _bold(middle: float, y: float, content: str, size: float) -> Text:
    return Text(middle, y, content, size, "middle", True)


def _solid(
    slab: Slab, size: Size, x: float, axis: float, unit: float, *, has_side: bool
) -> Iterator[Item]:
    """Top and right side, unless it is flat, and the front."""
    border, thickness = f"{slab.role}-line", 0.8 * unit
    y = axis - size.half + size.up
    radius = 0 if size.right else 1.5 * unit
    front = Rect(x, y, size.width, size.height, slab.role, border, radius, thickness)
    if size.right:
        yield from list(_faces(front, size))[: None if has_side else 1]
    title = clean(f"{slab.path}: {slab.output}")
    yield Box(front, slab.path, slab.role, layers=slab.layers, title=title)


def _faces(front: Rect, size: Size) -> Iterator[Polygon]:
    """What one sees of a volume beside its front: a light top, and a side with a shadow on it."""
    left, top = front.x, front.y
    right, bottom = left + size.width, top + size.height
    rear_right, rear_top = right + size.right, top - size.up
    upper: tuple[Point, ...] = (
        (left, top),
        (left + size.right, rear_top),
        (rear_right, rear_top),
        (right, top),
    )
    side: tuple[Point, ...] = (
        (right, top),
        (rear_right, rear_top),
        (rear_right, rear_top + size.height),
        (right, bottom),
    )
    yield Polygon(upper, front.fill, front.stroke, front.thickness, 0.55)
    yield Polygon(side, front.fill, front.stroke, front.thickness)
    yield Polygon(side, front.stroke, None, 0, 0.13)

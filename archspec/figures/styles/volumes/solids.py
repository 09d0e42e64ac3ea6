"""A volume in oblique projection, with its name over it and its shape under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from archspec.escaping import clean
from archspec.figures.layout import small_print
from archspec.figures.scene import Box, Item, Point, Polygon, Rect, Text
from archspec.figures.styles.volumes.volume import Volume
from archspec.figures.styles.volumes.volume_measures import Size, VolumeMeasures


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
        half, twin = self.apart / 2, self.volume.twin
        if twin is None:
            return ((self.volume.path, self.axis),)
        return (self.volume.path, self.axis - half), (twin.path, self.axis + half)


def draw_volume(placed: PlacedVolume, measures: VolumeMeasures) -> Iterator[Item]:
    """All layers belong to the volume of the upper tower."""
    layers = placed.volume.layers
    for path, axis in placed.ends:
        yield from _solid(placed, path, axis, layers, measures.unit)
        layers = ()
    yield from _texts(placed, measures)


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
    placed: PlacedVolume, path: str, axis: float, layers: tuple[str, ...], unit: float
) -> Iterator[Item]:
    """Top and right side, unless it is flat, and the front."""
    volume, size = placed.volume, placed.size
    border, thickness = f"{volume.role}-line", 0.8 * unit
    y = axis - size.half + size.up
    radius = 0 if size.right else 1.5 * unit
    front = Rect(placed.x, y, size.width, size.height, volume.role, border, radius, thickness)
    if size.right:
        yield from _faces(front, size)
    title = clean(f"{path}: {volume.output}")
    yield Box(front, path, volume.role, layers=layers, title=title)


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

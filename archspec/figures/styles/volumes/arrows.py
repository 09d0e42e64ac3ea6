"""Arrows from volume to volume, from both towers to both, from row to row, and what is on them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import copysign
from typing import Final

from archspec.figures.fonts.metrics import ASCENT
from archspec.figures.layout import small_print
from archspec.figures.scene import Item, Line, Point, Text
from archspec.figures.styles.volumes.choice.volume import Volume
from archspec.figures.styles.volumes.solids import PlacedVolume
from archspec.figures.styles.volumes.volume_measures import VolumeMeasures

CROSSING: Final = 7.0
"""Where dashed lines begin and end, from the axis of a tower."""
TURN: Final = 10.0
"""From the end of a row to the line that leads to the next one."""


def arrows(before: PlacedVolume, placed: PlacedVolume, measures: VolumeMeasures) -> Iterator[Item]:
    """Between neighbours in a row."""
    if len(before.ends) != len(placed.ends):
        yield from _slants(before, placed, measures)
        yield from _wedge(before, placed, measures)
        return
    if placed.volume.meets:
        yield from _crossing(before, placed, measures)
    else:
        yield from _parallel(before, placed, measures)
    (_, upper), (_, lower) = before.ends[0], before.ends[-1]
    yield from draw_label(placed.volume, (before.right + placed.x) / 2, upper, lower, measures)


def turn(
    last: PlacedVolume, first: PlacedVolume, y: float, measures: VolumeMeasures
) -> Iterator[Item]:
    """The line from the end of a row to the beginning of the next one."""
    right = last.right + TURN * measures.unit
    down = ((last.right, last.axis), (right, last.axis), (right, y))
    back = ((0, y), (0, first.axis), (first.x, first.axis))
    yield draw_line((*down, *back), last.ends[0][0], first.begins[0][0], measures)
    yield from draw_label(first.volume, first.x / 2, first.axis, first.axis, measures)


def _parallel(
    before: PlacedVolume, placed: PlacedVolume, measures: VolumeMeasures
) -> Iterator[Line]:
    for (source, y), (target, _) in zip(before.ends, placed.begins, strict=True):
        yield draw_line(((before.right, y), (placed.x, y)), source, target, measures)


def _crossing(
    before: PlacedVolume, placed: PlacedVolume, measures: VolumeMeasures
) -> Iterator[Line]:
    """Straight in each tower, and dashed from one to the other."""
    for (source, y0), (target, y1) in product(before.ends, placed.begins):
        shift = CROSSING * measures.unit * ((y1 > y0) - (y1 < y0))
        points = ((before.right, y0 + shift), (placed.x, y1 - shift))
        yield draw_line(points, source, target, measures, dashed=y0 != y1)


def _slants(before: PlacedVolume, placed: PlacedVolume, measures: VolumeMeasures) -> Iterator[Line]:
    """From one volume to both towers, or from both to one: these end beside each other."""
    for (source, y0), (target, y1) in product(before.ends, placed.begins):
        spread = copysign(CROSSING / 2 * measures.unit, y0 - y1) if before.volume.twin else 0
        yield draw_line(((before.right, y0), (placed.x, y1 + spread)), source, target, measures)


def draw_line(
    points: tuple[Point, ...],
    source: str,
    target: str,
    measures: VolumeMeasures,
    *,
    dashed: bool = False,
) -> Line:
    return Line(points, source, target, thickness=0.9 * measures.unit, dashed=dashed)


def draw_label(
    volume: Volume, middle: float, upper: float, lower: float, measures: VolumeMeasures
) -> Iterator[Text]:
    """What makes the volume, over the upper arrow; what comes before that, under the lower one."""
    around, pitch = measures.around, measures.pitch
    for place, line in enumerate(reversed(volume.above)):
        yield small_print.word(middle, upper - around - place * pitch, line, measures.sizes)
    for place, line in enumerate(volume.below, 1):
        yield small_print.word(middle, lower + around * 0.6 + place * pitch, line, measures.sizes)


def _wedge(before: PlacedVolume, placed: PlacedVolume, measures: VolumeMeasures) -> Iterator[Text]:
    """The label between two arrows that diverge or converge, where they are far apart."""
    volume, pitch = placed.volume, measures.pitch
    lines = (*volume.below, *volume.above)
    inset = measures.around + measures.label_width(volume) / 2
    middle = before.right + inset if before.volume.twin else placed.x - inset
    first = placed.axis - (len(lines) - 1) / 2 * pitch + measures.sizes.small * ASCENT / 2
    for place, line in enumerate(lines):
        yield small_print.word(middle, first + place * pitch, line, measures.sizes)

"""Volumes at their places: two towers if they fit, else one row, else several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.scene import Item, Text
from archspec.figures.styles.volumes.arrows import TURN, arrows, turn
from archspec.figures.styles.volumes.solids import PlacedVolume, draw_volume
from archspec.figures.styles.volumes.towers import merge_towers
from archspec.figures.styles.volumes.volume import Volume
from archspec.figures.styles.volumes.volume_measures import VolumeMeasures

SHRINKING: Final = (1.0, 0.9, 0.8)
"""Scales of volumes, until they fit one row."""
TOWERS_SHRINKING: Final = (1.0, 0.9, 0.8, 0.7)
WIDE: Final = 430.0
"""For title and caption, if there is room."""
MAX_STRETCH: Final = 24.0
"""How much longer arrows become where a figure is to be wide."""
BETWEEN: Final = 7.0
"""From a row to the line that leads to the next, and from that line to the next row."""


def compose(
    volumes: Sequence[Volume], options: Options, room: float
) -> tuple[Panel, Sequence[Volume]]:
    """The figure, and what is shown in it: two towers may be drawn as one."""
    is_double = any(volume.twin for volume in volumes)
    for scale in TOWERS_SHRINKING if is_double else SHRINKING:
        measures = VolumeMeasures(options.sizes, scale)
        if measures.width(volumes) <= room:
            width = room if options.fixed_width else min(room, WIDE)
            return _one_row(volumes, measures, width), volumes
    if is_double:
        return compose([merge_towers(volume) for volume in volumes], options, room)
    measures = VolumeMeasures(options.sizes)
    return _several_rows(_wrap(volumes, measures, room), measures), volumes


def _one_row(volumes: Sequence[Volume], measures: VolumeMeasures, room: float) -> Panel:
    """In the middle of the room, with longer arrows if there is much of it."""
    spare, gaps = room - measures.width(volumes), len(volumes) - 1
    stretch = min(max(spare, 0) / max(gaps, 1), MAX_STRETCH * measures.unit)
    left = max((spare - stretch * gaps) / 2, 0)
    half = measures.apart(volumes) / 2
    axis = measures.above(volumes) + half
    row = _place(volumes, measures, left + measures.start(volumes[0]), axis, stretch)
    into_margin = TURN * measures.unit
    width = row[-1].right + max(measures.overhang(volumes[-1]) - into_margin, 0)
    height = axis + half + measures.below(volumes)
    return Panel(max(width, room), height, _texts_last(_row(row, measures)))


def _several_rows(rows: Sequence[Sequence[Volume]], measures: VolumeMeasures) -> Panel:
    """One below the other, with lines from the ends to the beginnings."""
    items: list[Item] = []
    between, turning = BETWEEN * measures.unit, TURN * measures.unit
    y = width = 0.0
    last: PlacedVolume | None = None
    for volumes in rows:
        above = measures.above(volumes)
        axis = y + above
        start = measures.start(volumes[0], is_first=last is None)
        row = _place(volumes, measures, start, axis)
        if last is not None:
            items += turn(last, row[0], axis - above - between, measures)
        items += _row(row, measures)
        last = row[-1]
        width = max(width, last.right + max(measures.overhang(last.volume), turning))
        y = axis + measures.below(volumes) + 2 * between
    return Panel(width, y - 2 * between, _texts_last(items))


def _place(
    volumes: Sequence[Volume], measures: VolumeMeasures, x: float, axis: float, stretch: float = 0
) -> list[PlacedVolume]:
    """From left to right."""
    apart = measures.apart(volumes)
    row = [PlacedVolume(volumes[0], measures.size(volumes[0]), x, axis, apart)]
    for before, volume in pairwise(volumes):
        x = row[-1].right + measures.gap(before, volume) + stretch
        row.append(PlacedVolume(volume, measures.size(volume), x, axis, apart))
    return row


def _row(row: Sequence[PlacedVolume], measures: VolumeMeasures) -> Iterator[Item]:
    yield from draw_volume(row[0], measures)
    for before, placed in pairwise(row):
        yield from arrows(before, placed, measures)
        yield from draw_volume(placed, measures)


def _texts_last(items: Iterator[Item] | Sequence[Item]) -> tuple[Item, ...]:
    """So that they are in front."""
    return tuple(sorted(items, key=lambda item: isinstance(item, Text)))


def _wrap(
    volumes: Sequence[Volume], measures: VolumeMeasures, room: float
) -> Sequence[Sequence[Volume]]:
    """As few rows as fit the room, the longest as short as can be."""
    # A width depends on neighbours and on the place of a row: so the room is narrowed, step by step,
    # for as long as the rows are no more, which evens them out.
    best = _rows(volumes, measures, room)
    for step in range(1, 40):
        rows = _rows(volumes, measures, room * (1 - step / 50))
        if len(rows) > len(best):
            break
        best = rows
    return best


def _rows(
    volumes: Sequence[Volume], measures: VolumeMeasures, room: float
) -> Sequence[Sequence[Volume]]:
    """As many volumes in every row as the room has place for, the line to the next one beside."""
    room -= TURN * measures.unit
    rows: list[list[Volume]] = []
    for volume in volumes:
        longer = [*rows[-1], volume] if rows else [volume]
        if rows and measures.width(longer, is_first=len(rows) == 1) <= room:
            rows[-1] = longer
        else:
            rows.append([volume])
    return rows

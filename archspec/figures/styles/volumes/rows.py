"""Volumes in rows: two towers if they fit, else one row, else several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.panels import Panel
from archspec.figures.scene import Item, Text
from archspec.figures.styles.volumes.arrows import TURN, arrows, draw_label, draw_line, turn
from archspec.figures.styles.volumes.choice.volume import Strand, Volume
from archspec.figures.styles.volumes.kernel import windows
from archspec.figures.styles.volumes.lanes import SkipLanes
from archspec.figures.styles.volumes.solids import PlacedVolume, draw_volume
from archspec.figures.styles.volumes.volume_measures import MIN_GAP, VolumeMeasures

MAX_STRETCH: Final = 24.0
"""How much longer arrows become where a figure is to be wide."""
BETWEEN: Final = 7.0
"""From a row to the line that leads to the next, and from that line to the next row."""


def one_row(strand: Strand, measures: VolumeMeasures, room: float) -> Panel:
    """In the middle of the room, with longer arrows if there is much of it."""
    volumes = strand.volumes
    spare, gaps = room - width(strand, measures), len(volumes) - 1
    stretch = min(max(spare, 0) / max(gaps, 1), MAX_STRETCH * measures.unit)
    left = max((spare - stretch * gaps) / 2, 0)
    lanes = SkipLanes(strand.skips, measures)
    half = measures.apart(volumes) / 2
    top = lanes.height
    axis = top + measures.above(volumes) + half
    x = left + _start(strand, measures)
    row = place(volumes, measures, x, axis, stretch)
    items = [*_origin(strand, row[0], measures), *_row(row, measures), *lanes.draw(row, top)]
    into_margin = TURN * measures.unit
    right = row[-1].right + max(measures.overhang(volumes[-1]) - into_margin, 0)
    if strand.goal:
        items += goal(strand, row[-1], measures)
        right = max(right, row[-1].right + _goal_width(strand, measures))
    items += list(windows(row, items, measures))
    return Panel(max(right, room), axis + half + measures.below(volumes), _texts_last(items))


def width(strand: Strand, measures: VolumeMeasures) -> float:
    """Of a strand in one row."""
    row = strand.volumes
    beside = max(_goal_width(strand, measures) - measures.overhang(row[-1]), 0)
    first = _start(strand, measures) - measures.start(row[0])
    return first + measures.width(row) + beside


def several_rows(strand: Strand, measures: VolumeMeasures, room: float) -> Panel:
    """One below the other, with lines from the ends to the beginnings."""
    items: list[Item] = []
    between, turning = BETWEEN * measures.unit, TURN * measures.unit
    beside = max(_start(strand, measures) - measures.start(strand.volumes[0]), 0)
    rows = _wrap(strand.volumes, measures, room - beside - _goal_width(strand, measures))
    shown: list[Item] = []
    """Windows, in front of all volumes."""
    y = right = 0.0
    last: PlacedVolume | None = None
    for volumes in rows:
        above = measures.above(volumes)
        axis = y + above
        start = (
            _start(strand, measures) if last is None else measures.start(volumes[0], is_first=False)
        )
        row = place(volumes, measures, start, axis)
        if last is not None:
            items += turn(last, row[0], axis - above - between, measures)
        else:
            items += _origin(strand, row[0], measures)
        drawn = list(_row(row, measures))
        shown += windows(row, [*items, *drawn], measures)
        items += drawn
        last = row[-1]
        right = max(right, last.right + max(measures.overhang(last.volume), turning))
        y = axis + measures.below(volumes) + 2 * between
    if strand.goal and last is not None:
        items += goal(strand, last, measures)
        right = max(right, last.right + _goal_width(strand, measures))
    return Panel(right, y - 2 * between, _texts_last([*items, *shown]))


# ---------------------------------------------------------------- where a row comes from and leads


def _start(strand: Strand, measures: VolumeMeasures) -> float:
    """Left of the first volume, with the name of what it is made of."""
    first = strand.volumes[0]
    if not strand.origin:
        return measures.start(first)
    name = text_width(strand.origin, measures.sizes.small) + measures.around
    return name + max(measures.lead(first), measures.overhang(first))


def _origin(strand: Strand, first: PlacedVolume, measures: VolumeMeasures) -> Iterator[Item]:
    if not strand.origin:
        return
    size = measures.sizes.small
    end = first.x - max(measures.lead(first.volume), measures.overhang(first.volume))
    yield Text(end - measures.around, first.axis + size * 0.35, strand.origin, size, "end")
    (target, _), *_ = first.begins
    yield draw_line(((end, first.axis), (first.x, first.axis)), "", target, measures)
    yield from draw_label(first.volume, (end + first.x) / 2, first.axis, first.axis, measures)


def _goal_width(strand: Strand, measures: VolumeMeasures) -> float:
    """Of the arrow behind the last volume, and the name of what it leads to."""
    if not strand.goal:
        return 0
    beside = max(MIN_GAP * measures.unit, measures.overhang(strand.volumes[-1]))
    return beside + measures.around + text_width(strand.goal, measures.sizes.small)


def goal(strand: Strand, last: PlacedVolume, measures: VolumeMeasures) -> Iterator[Item]:
    """The arrow to what a strand leads to."""
    size, (source, axis) = measures.sizes.small, last.ends[0]
    end = last.right + MIN_GAP * measures.unit
    yield draw_line(((last.right, axis), (end, axis)), source, "", measures)
    yield Text(end + measures.around / 2, axis + size * 0.35, strand.goal, size)


# ---------------------------------------------------------------- one row


def place(
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


def _texts_last(items: Iterable[Item]) -> tuple[Item, ...]:
    """So that they are in front."""
    return tuple(sorted(items, key=lambda item: isinstance(item, Text)))


# ---------------------------------------------------------------- several rows


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

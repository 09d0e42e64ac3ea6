"""The strands of a network one below the other, the main path first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.scene import Item
from archspec.figures.styles.volumes.choice.towers import merge_towers
from archspec.figures.styles.volumes.choice.volume import Strand, Volume
from archspec.figures.styles.volumes.rows import one_row, several_rows, width
from archspec.figures.styles.volumes.u_shape import u_panel
from archspec.figures.styles.volumes.volume_measures import VolumeMeasures

SHRINKING: Final = (1.0, 0.9, 0.8)
"""Scales of volumes, until they fit one row."""
TOWERS_SHRINKING: Final = (1.0, 0.9, 0.8, 0.7)
U_SHRINKING: Final = (0.8, 0.7, 0.6, 0.5)
MAX_U_HEIGHT: Final = 620.0
WIDE: Final = 430.0
"""For title and caption, if there is room."""
BETWEEN_STRANDS: Final = 16.0


class Composed(NamedTuple):
    """Volumes at their places."""

    panel: Panel
    strands: Sequence[Strand]
    """What is shown: two towers may be drawn as one."""
    is_u: bool


class _Main(NamedTuple):
    """The main path at a scale."""

    panel: Panel
    strand: Strand
    scale: float
    is_u: bool = False


def compose(strands: Sequence[Strand], options: Options, room: float) -> Composed:
    """The figure."""
    main, *others = strands
    has_slabs = any(volume.slabs for volume in every_volume(strands))
    found = _main(main, options, room, has_slabs)
    measures = VolumeMeasures(options.sizes, found.scale, has_slabs)
    panels = [found.panel, *(_beside(strand, measures, room) for strand in others)]
    stack = _stack(panels, room, BETWEEN_STRANDS * measures.unit)
    return Composed(stack, [found.strand, *others], found.is_u)


def _main(strand: Strand, options: Options, room: float, has_slabs: bool) -> _Main:
    """A U, or one row at the scale at which it fits, or several rows."""
    if (found := _as_u(strand, options, room, has_slabs)) is not None:
        return found
    is_double = any(volume.twin for volume in strand.volumes)
    for scale in TOWERS_SHRINKING if is_double else SHRINKING:
        measures = VolumeMeasures(options.sizes, scale, has_slabs, bool(strand.skips))
        if width(strand, measures) <= room:
            wide = room if options.width else min(room, WIDE)
            return _Main(one_row(strand, measures, wide), strand, scale)
    if is_double:
        merged = tuple(merge_towers(volume) for volume in strand.volumes)
        return _main(replace(strand, volumes=merged), options, room, has_slabs)
    measures = VolumeMeasures(options.sizes, 1, has_slabs)
    return _Main(several_rows(_with_words(strand), measures, room), strand, 1)


def _as_u(strand: Strand, options: Options, room: float, has_slabs: bool) -> _Main | None:
    """At the scale at which it fits; None if it is none, or does not fit."""
    for scale in U_SHRINKING:
        measures = VolumeMeasures(options.sizes, scale, has_slabs)
        panel = u_panel(strand, measures)
        if panel is None:
            return None
        if panel.width <= room and panel.height <= MAX_U_HEIGHT * measures.unit:
            return _Main(panel, strand, scale, True)
    return None


def _beside(strand: Strand, measures: VolumeMeasures, room: float) -> Panel:
    """A strand beside the main path, from the left on."""
    lanes = replace(measures, has_lanes=bool(strand.skips))
    if width(strand, lanes) <= room:
        return one_row(strand, lanes, 0)
    return several_rows(_with_words(strand), measures, room)


def _with_words(strand: Strand) -> Strand:
    """With the names of what skips begin at under the arrows where they end: a line from row to row
    would cross the others."""
    volumes = list(strand.volumes)
    for skip in strand.skips:
        name = f"{skip.word} {volumes[skip.source].name}".strip()
        target = volumes[skip.target]
        volumes[skip.target] = replace(target, below=(*target.below, name))
    return replace(strand, volumes=tuple(volumes), skips=())


def _stack(panels: Sequence[Panel], room: float, space: float) -> Panel:
    """The first alone, the others side by side below it."""
    rows: list[list[Panel]] = []
    for panel in panels:
        used = sum(other.width + space for other in rows[-1]) if len(rows) > 1 else room
        if used + panel.width <= room:
            rows[-1].append(panel)
        else:
            rows.append([panel])
    items: list[Item] = []
    y = widest = 0.0
    for row in rows:
        x = 0.0
        for panel in row:
            items += panel.at(x, y)
            x += panel.width + space
        widest = max(widest, x - space)
        y += max(panel.height for panel in row) + space
    return Panel(widest, y - space, tuple(items))


def every_volume(strands: Sequence[Strand]) -> list[Volume]:
    return [volume for strand in strands for volume in strand.volumes]

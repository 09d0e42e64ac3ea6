"""Where a long chain breaks into rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, assert_never

from archspec.figures.layout.measures import INDENT, INSIDE, LEAD, TAIL, Measures, exit_label
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
    chain,
    map_leaves,
)

NARROWEST: Final = 150.0
"""A chain is not broken into rows that are shorter."""
SIDE_BRANCH: Final = 250.0
"""A side branch is no longer than that in one row."""
STEPS: Final = 16
"""Of the search for the shortest longest row."""


def broken(measures: Measures, diagram: Diagram, room: float) -> Rows:
    """A chain in as few rows as fit the room, none much emptier than the others.

    What is wider than the room is a row of its own, and wider than the room.
    """
    units = [_fitted(measures, unit, room) for unit in _units(diagram)]
    lengths = [measures.of(unit).length for unit in units]
    gaps = [
        measures.gap(exit_label(unit), following.parts[0]) for unit, following in pairwise(units)
    ]
    rows = tuple(
        Series(tuple(part for unit in units[start:end] for part in unit.parts))
        for start, end in _breaks(lengths, gaps, room)
    )
    return Rows(rows)


def with_short_side_branches(measures: Measures, diagram: Diagram) -> Diagram:
    """The same with long side branches in rows of their own."""

    def shortened(leaf: Leaf) -> Leaf:
        branches = (broken(measures, branch, SIDE_BRANCH) for branch in leaf.side_branches)
        return replace(leaf, side_branches=tuple(branches))

    return map_leaves(diagram, shortened)


def _units(diagram: Diagram) -> list[Series]:
    """Parts with what must stand in the same row: a merge with its branches."""
    units: list[list[Diagram]] = []
    for part in chain(diagram):
        is_merge = isinstance(part, Leaf) and part.form == "circle"
        if units and (is_merge or isinstance(units[-1][-1], Parallel | Lanes)):
            units[-1].append(part)
        else:
            units.append([part])
    return [Series(tuple(unit)) for unit in units]


def _fitted(measures: Measures, unit: Series, room: float) -> Series:
    """What is too long for a row with the chains in its frames and branches broken, too."""
    if measures.of(unit).length + INDENT <= room:
        return unit
    return Series(tuple(_narrowed(measures, part, room - INDENT) for part in unit.parts))


def _narrowed(measures: Measures, part: Diagram, room: float) -> Diagram:
    if room < NARROWEST or measures.of(part).length <= room:
        return part
    match part:
        case Frame():
            return _narrowed_frame(measures, part, room)
        case Parallel():
            inner = room - LEAD - TAIL
            return Parallel(
                tuple(
                    broken(measures, branch, inner)
                    if isinstance(branch, Series) and measures.of(branch).length > inner
                    else _narrowed(measures, branch, inner)
                    for branch in part.branches
                )
            )
        case Leaf() | Wire() | Series() | Lanes() | Rows():
            return part  # a box cannot be narrower, and lanes lie beside a straight line
        case _:
            assert_never(part)


def _narrowed_frame(measures: Measures, frame: Frame, room: float) -> Frame:
    if frame.side_branches:  # they begin behind the border
        bare, room = replace(frame, side_branches=()), room - LEAD
        if room < NARROWEST or measures.of(bare).length <= room:
            return frame
    inside, inner = frame.inside, room - 2 * INSIDE
    if isinstance(inside, Series):
        return replace(frame, inside=broken(measures, inside, inner))
    return replace(frame, inside=_narrowed(measures, inside, inner))


def _breaks(lengths: Sequence[float], gaps: Sequence[float], room: float) -> list[tuple[int, int]]:
    """First and last unit of every row: as few rows as fit the room, the longest of them as short
    as so many can be."""
    rows = _filled(lengths, gaps, room)
    least, most = 0.0, room
    for _ in range(STEPS):
        tried = (least + most) / 2
        candidate = _filled(lengths, gaps, tried)
        if len(candidate) > len(rows):
            least = tried
        else:
            rows, most = candidate, tried
    return rows


def _filled(lengths: Sequence[float], gaps: Sequence[float], room: float) -> list[tuple[int, int]]:
    """Rows that take what fits, one after the other."""
    rows: list[tuple[int, int]] = []
    start, used = 0, 0.0
    for k, length in enumerate(lengths):
        tail = gaps[k] if k < len(gaps) else 0
        if k > start and used + length + tail > room:
            rows.append((start, k))
            start, used = k, INDENT
        used += length + tail
    return [*rows, (start, len(lengths))]

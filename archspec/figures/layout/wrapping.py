"""Where a long chain wraps into rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, assert_never

from archspec.figures.layout.forms.engine import Engine
from archspec.figures.layout.forms.labels import exit_label
from archspec.figures.layout.forms.lengths import INDENT, INSIDE, LEAD, NARROWEST, STEPS, TAIL
from archspec.figures.layout.forms.series import begins_with_fork, gap
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

SIDE_BRANCH: Final = 250.0
"""A side branch is no longer than that in one row."""


def wrap(engine: Engine, diagram: Diagram, room: float) -> Rows:
    """A chain in as few rows as fit the room, none much emptier than the others.

    What is wider than the room is a row of its own, and wider than the room.
    """
    sections = [_fit(engine, section, room) for section in _sections(diagram)]
    lengths = [engine.measure(section).length for section in sections]
    gaps = [
        gap(engine, exit_label(section), following.parts[0])
        for section, following in pairwise(sections)
    ]
    rows = tuple(
        Series(tuple(part for section in sections[start:end] for part in section.parts))
        for start, end in _breaks(lengths, gaps, room)
    )
    return Rows(rows)


def wrap_side_branches(engine: Engine, diagram: Diagram) -> Diagram:
    """The same with long side branches in rows of their own."""

    def wrap_branches(leaf: Leaf) -> Leaf:
        branches = (wrap(engine, branch, SIDE_BRANCH) for branch in leaf.side_branches)
        return replace(leaf, side_branches=tuple(branches))

    return map_leaves(diagram, wrap_branches)


def _sections(diagram: Diagram) -> list[Series]:
    """The chain in sections that stay in one row: branches, or lanes, and the part behind them, to
    which their lines come back. A turn between them would run along all of these lines."""
    sections: list[list[Diagram]] = []
    for part in chain(diagram):
        is_merge = isinstance(part, Leaf) and part.form == "circle"
        if sections and (is_merge or begins_with_fork(sections[-1][-1])):
            sections[-1].append(part)
        else:
            sections.append([part])
    return [Series(tuple(section)) for section in sections]


def _fit(engine: Engine, section: Series, room: float) -> Series:
    """What is too long for a row, with the chains in its frames and branches wrapped, too."""
    if engine.measure(section).length + INDENT <= room:
        return section
    return Series(tuple(_narrow(engine, part, room - INDENT) for part in section.parts))


def _narrow(engine: Engine, part: Diagram, room: float) -> Diagram:
    if room < NARROWEST or engine.measure(part).length <= room:
        return part
    match part:
        case Frame():
            return _narrow_frame(engine, part, room)
        case Parallel():
            inner = room - LEAD - TAIL
            return Parallel(
                tuple(
                    wrap(engine, branch, inner)
                    if isinstance(branch, Series) and engine.measure(branch).length > inner
                    else _narrow(engine, branch, inner)
                    for branch in part.branches
                )
            )
        case Leaf() | Wire() | Series() | Lanes() | Rows():
            return part  # a box cannot be narrower, and lanes lie beside a straight line
        case _:
            assert_never(part)


def _narrow_frame(engine: Engine, frame: Frame, room: float) -> Frame:
    if frame.side_branches:  # they begin behind the border
        bare, room = replace(frame, side_branches=()), room - LEAD
        if room < NARROWEST or engine.measure(bare).length <= room:
            return frame
    inside, inner = frame.inside, room - 2 * INSIDE
    if isinstance(inside, Series):
        return replace(frame, inside=wrap(engine, inside, inner))
    return replace(frame, inside=_narrow(engine, inside, inner))


def _breaks(lengths: Sequence[float], gaps: Sequence[float], room: float) -> list[tuple[int, int]]:
    """First and last section of every row: as few rows as fit the room, the longest of them as short
    as so many can be."""
    rows = _fill(lengths, gaps, room)
    least, most = 0.0, room
    for _ in range(STEPS):
        tried = (least + most) / 2
        candidate = _fill(lengths, gaps, tried)
        if len(candidate) > len(rows):
            least = tried
        else:
            rows, most = candidate, tried
    return rows


def _fill(lengths: Sequence[float], gaps: Sequence[float], room: float) -> list[tuple[int, int]]:
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

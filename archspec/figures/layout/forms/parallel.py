"""Branches side by side, between a fork and a merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archspec.figures.layout.forms.engine import Engine, Extent
from archspec.figures.layout.forms.labels import exit_label
from archspec.figures.layout.forms.lengths import BESIDE, FORK, LEAD, MERGED, TAIL, WIRE
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.outline.diagram import Diagram, Parallel, leaves


def measure(parallel: Parallel, engine: Engine) -> Extent:
    branches = _branches(parallel, engine)
    length = max(_length(branch, engine) for branch, _ in branches)
    before = -min(axis - _sides(branch, engine)[0] for branch, axis in branches)
    after = max(axis + _sides(branch, engine)[1] for branch, axis in branches)
    return Extent(LEAD + length + TAIL, max(before, WIRE), max(after, WIRE))


def _length(branch: Diagram, engine: Engine) -> float:
    """With the text on the last line."""
    return engine.measure(branch).length + engine.label_room(exit_label(branch))


def _sides(branch: Diagram, engine: Engine) -> tuple[float, float]:
    """What a branch takes across, with the text on its last line."""
    extent, label = engine.measure(branch), engine.label_sides(exit_label(branch))
    return max(extent.before, label[0]), max(extent.after, label[1])


def _branches(parallel: Parallel, engine: Engine) -> list[tuple[Diagram, float]]:
    """Branches with the places of their axes across, 0 being the axis of the whole.

    Of two the longer one is on it, so that a residual block is a straight line with a shortcut
    over it; of an odd number the middle one, of others none.
    """
    branches = list(parallel.branches)
    on_axis = len(branches) // 2 if len(branches) % 2 else None
    if len(branches) == 2:
        first, second = map(weight, branches)
        if first != second:
            branches = branches if first < second else branches[::-1]
            on_axis = 1
    places: list[float] = []
    edge = 0.0
    for branch in branches:
        before, after = _sides(branch, engine)
        places.append(edge + before)
        edge += before + after + BESIDE
    axis = (places[0] + places[-1]) / 2 if on_axis is None else places[on_axis]
    return [(branch, place - axis) for branch, place in zip(branches, places, strict=True)]


def weight(branch: Diagram) -> tuple[bool, int]:
    """What decides which branch is the main one: that it is always there, then its boxes."""
    found = list(leaves(branch))
    return not found or not all(leaf.dashed or leaf.optional for leaf in found), len(found)


def place(
    parallel: Parallel, main: float, across: float, arriving: Sequence[Pending], engine: Engine
) -> list[Pending]:
    length = engine.measure(parallel).length
    inner = length - LEAD - TAIL
    leaving: list[Pending] = []
    stem = max(parallel.branches, key=weight)
    for branch, offset in _branches(parallel, engine):
        axis = across + offset
        start = main + LEAD + (inner - _length(branch, engine)) / 2
        lines = [
            _fork(line, (main + FORK, across), (start, axis), is_stem=branch is stem)
            for line in arriving
        ]
        end = start + _length(branch, engine)
        for line in engine.place(branch, start, axis, lines):
            led_on = line.on_axis(axis).straight_on(end)
            leaving.append(replace(led_on, merge=main + length - TAIL + MERGED))
    return leaving


def _fork(
    line: Pending, fork: tuple[float, float], start: tuple[float, float], *, is_stem: bool
) -> Pending:
    """A line on its way into a branch.

    What all branches share of it, up to the fork, is drawn with one of them, and so is its text:
    otherwise lines would lie upon each other, dashes would be filled, and a text be there twice.
    """
    shared = line.on_axis(fork[1]).points if is_stem else ()
    points = (*shared, fork, (fork[0], start[1]), start)
    return replace(line, points=points, merge=None, label=line.label if is_stem else None)

"""Parts one after the other, on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import isclose
from typing import assert_never

from archspec.figures.layout.forms.engine import Engine, Extent
from archspec.figures.layout.forms.labels import exit_label
from archspec.figures.layout.forms.lengths import ARROW, FORK, TAP
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
)


def measure(series: Series, engine: Engine) -> Extent:
    extents = [engine.measure(part) for part in series.parts]
    length = sum(extent.length for extent in extents)
    before = max(extent.before for extent in extents)
    after = max(extent.after for extent in extents)
    for part, following in pairwise(series.parts):
        label = exit_label(part)
        length += gap(engine, label, following)
        sides = engine.label_sides(label)
        before, after = max(before, sides[0]), max(after, sides[1])
    return Extent(length, before, after)


def gap(engine: Engine, label: str | None, following: Diagram | None = None) -> float:
    """Behind a part of a chain: room for an arrow and for the text on it. Where lines fork at once
    the arrows are behind the fork."""
    room = engine.label_room(label)
    arrow = ARROW if room and engine.is_right else 0  # downwards the text is beside it
    if following is not None and begins_with_fork(following):
        return max(room, TAP)
    return max(engine.sizes.gap, room + arrow)


def begins_with_fork(part: Diagram) -> bool:
    """Whether what arrives at a part is divided at once."""
    match part:
        case Parallel() | Lanes():
            return True
        case Leaf() | Wire() | Series() | Frame() | Rows():
            return False
        case _:
            assert_never(part)


def place(
    series: Series, main: float, across: float, arriving: Sequence[Pending], engine: Engine
) -> list[Pending]:
    pending = list(arriving)
    for part, following in zip(series.parts, [*series.parts[1:], None], strict=True):
        pending = engine.place(part, main, across, pending)
        main += engine.measure(part).length
        if following is not None:
            label = exit_label(part)
            back = main + max(FORK, engine.label_room(label))
            pending = [_bring_back(line, across, back) for line in pending]
            main += gap(engine, label, following)
    return pending


def _bring_back(line: Pending, axis: float, back: float) -> Pending:
    """A line out of the last of some rows, on its way to the axis of the first."""
    is_beside = line.merge is None and not isclose(line.points[-1][1], axis, abs_tol=1e-6)
    return replace(line, merge=back) if is_beside else line

"""Branches that leave the line out of a box, or out of a frame, and end in nothing."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.figures.layout.forms.engine import Engine, Extent
from archspec.figures.layout.forms.lengths import BESIDE, LEAD, TAP
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.outline.diagram import Diagram, Frame, Leaf


def measure(branches: Sequence[Diagram], bare: Extent, label: str | None, engine: Engine) -> Extent:
    """A part that is so large without them, with them below it, one below the other."""
    length = bare.length + TAP + engine.label_room(label)
    before, below = engine.label_sides(label)
    after = max(bare.after, below)
    for branch in branches:
        extent = engine.measure(branch)
        length = max(length, bare.length + TAP + LEAD + extent.length)
        after += BESIDE + extent.before + extent.after
    return Extent(length, max(bare.before, before), after)


def place(
    part: Leaf | Frame, tap: float, end: float, across: float, below: float, engine: Engine
) -> None:
    """Below a part that ends there; their lines leave its own behind the tap."""
    edge = across + below
    for branch in part.side_branches:
        extent = engine.measure(branch)
        axis = edge + BESIDE + extent.before
        points = ((end, across), (tap + TAP, across), (tap + TAP, axis))
        engine.place(branch, tap + TAP + LEAD, axis, [Pending(part.output, points, True)])
        edge = axis + extent.after

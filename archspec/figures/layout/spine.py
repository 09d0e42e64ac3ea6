"""A network in rows or columns on a page: the part that a figure and a difference have in common."""

from __future__ import annotations

from typing import Final

from archspec.figures.layout.forms.engine import Annotation
from archspec.figures.layout.panels import Panel
from archspec.figures.layout.place import Layout
from archspec.figures.layout.wrapping import wrap, wrap_side_branches
from archspec.figures.outline.diagram import Diagram
from archspec.figures.request import Direction, Options

COLUMNS: Final = (1.3, 1.6, 2, 2.6, 3.5, 5, 8, 13, 1_000)
"""Heights of columns, relative to the room, tried until they are not too wide together."""
HEADED: Final = 430.0
"""Width that title and legend may take even if the figure is narrower."""


def spine(diagram: Diagram, annotation: Annotation | None, options: Options, room: float) -> Panel:
    """The diagram of a whole network, in rows or columns that fit the room."""
    if options.direction != "down":
        return _wrap(diagram, annotation, options, "right", room)
    for height in COLUMNS:
        panel = _wrap(diagram, annotation, options, "down", room * height)
        if panel.width <= room:
            break
    return panel


def _wrap(
    diagram: Diagram,
    annotation: Annotation | None,
    options: Options,
    direction: Direction,
    room: float,
) -> Panel:
    layout = Layout(direction, options.sizes, annotation)
    rows = wrap(layout, wrap_side_branches(layout, diagram), room)
    extent = layout.measure(rows)
    layout.place(rows, 0, extent.before, [])
    width, height = layout.xy(extent.length, extent.before + extent.after)
    return Panel(width, height, tuple(layout.items))

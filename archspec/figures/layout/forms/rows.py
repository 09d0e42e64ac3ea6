"""A long chain in rows; a line leads from the end of each back to the beginning of the next."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.figures.layout.forms import braces
from archspec.figures.layout.forms.engine import Engine, Extent
from archspec.figures.layout.forms.labels import exit_label
from archspec.figures.layout.forms.lengths import CHANNEL, INDENT
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.layout.forms.series import gap
from archspec.figures.outline.diagram import Rows
from archspec.figures.scene import Point


def measure(rows: Rows, engine: Engine) -> Extent:
    extents = [_measure_row(rows, k, engine) for k in range(len(rows.rows))]
    length = max(
        extent.length + (INDENT if k else 0) + _tail(rows, k, engine)
        for k, extent in enumerate(extents)
    )
    across = sum(extent.before + extent.after for extent in extents)
    across += 2 * CHANNEL * (len(extents) - 1)
    return Extent(length, extents[0].before, across - extents[0].before)


def _measure_row(rows: Rows, k: int, engine: Engine) -> Extent:
    """A row with the text on the line out of it."""
    row = rows.rows[k]
    extent = engine.measure(row)
    before, after = engine.label_sides(exit_label(row)) if _tail(rows, k, engine) else (0, 0)
    before = max(extent.before, before) + braces.room(row, engine)
    return Extent(extent.length, before, max(extent.after, after))


def _tail(rows: Rows, k: int, engine: Engine) -> float:
    """Behind a row: the text on its last line, and the turn; behind the last one nothing."""
    return gap(engine, exit_label(rows.rows[k])) if k + 1 < len(rows.rows) else 0


def place(
    rows: Rows, main: float, across: float, arriving: Sequence[Pending], engine: Engine
) -> list[Pending]:
    pending = _place_row(rows, 0, main, across, arriving, engine)
    start, axis = main, across
    for k in range(len(rows.rows) - 1):
        extent = _measure_row(rows, k, engine)
        channel = axis + extent.after + CHANNEL
        following = channel + CHANNEL + _measure_row(rows, k + 1, engine).before
        turn = start + extent.length + _tail(rows, k, engine) - 1
        pending = [_turn(line, axis, turn, channel, (main, following)) for line in pending]
        start, axis = main + INDENT, following
        pending = _place_row(rows, k + 1, start, axis, pending, engine)
    return [line.on_axis(axis) for line in pending]


def _place_row(
    rows: Rows, k: int, main: float, across: float, arriving: Sequence[Pending], engine: Engine
) -> list[Pending]:
    """A row with the braces over it."""
    before = len(engine.items)
    leaving = engine.place(rows.rows[k], main, across, arriving)
    edge = across - _measure_row(rows, k, engine).before
    braces.place(rows.rows[k], edge, engine.items[before:], engine)
    return leaving


def _turn(line: Pending, axis: float, turn: float, channel: float, start: Point) -> Pending:
    """A line from the end of a row to the beginning of the next."""
    led_on = line.on_axis(axis).straight_on(turn)
    return led_on.through((turn, channel), (start[0], channel), start)

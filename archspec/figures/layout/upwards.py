"""What flows down turned over so that it flows up: texts stay upright, and boxes as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from archspec.figures.fonts.metrics import ASCENT
from archspec.figures.layout.forms.lengths import SHEET
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.scene import Box, Item, Line, Polygon, Rect, Text, move

CORNER: Final = 3.0
"""How far the number of a stack reaches into its lower corner, beside its texts."""


def turned_over(item: Item, height: float) -> Item:
    """An item as a mirror shows it that lies at half of a height."""
    match item:
        case Text():
            return _text(item, height)
        case Rect():
            return replace(item, y=height - item.y - item.height)
        case Polygon():
            return replace(item, points=tuple((x, height - y) for x, y in item.points))
        case Line():
            points = tuple((x, height - y) for x, y in item.points)
            return replace(item, points=points, label=item.label and _text(item.label, height))
        case _:
            return _box(item, height)


def _box(box: Box, height: float) -> Box:
    """The sheets of a stack are over it either way; its number is where lines arrive, not where the
    text is on the line that leaves."""
    rect = box.rect
    y, stack = rect.y, SHEET * len(box.behind)
    placed = move(box, 0, height - (y - stack) - rect.height - y)
    assert isinstance(placed, Box)
    if placed.badge is None:
        return placed
    label, count = placed.badge
    down = placed.rect.y + rect.height - label.height / 2 - label.y
    out = label.width / 2 - CORNER
    badge = replace(label, x=label.x + out, y=label.y + down)
    return replace(placed, badge=(badge, replace(count, x=count.x + out, y=count.y + down)))


def line_turned_over(line: Pending, height: float) -> Pending:
    """The same of a line that has not arrived."""
    points = tuple((height - main, across) for main, across in line.points)
    return replace(line, points=points, label=line.label and _text(line.label, height))


def _text(text: Text, height: float) -> Text:
    return replace(text, y=height - text.y + ASCENT * text.size)

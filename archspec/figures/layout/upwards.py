"""What flows down turned over so that it flows up: texts stay upright, and boxes as they are."""

from __future__ import annotations

from dataclasses import replace

from archspec.figures.fonts.metrics import ASCENT
from archspec.figures.layout.forms.lengths import SHEET
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.scene import Item, Line, Polygon, Rect, Text, move


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
            # The sheets of a stack are over its box either way.
            y, stack = item.rect.y, SHEET * len(item.behind)
            return move(item, 0, height - (y - stack) - item.rect.height - y)


def line_turned_over(line: Pending, height: float) -> Pending:
    """The same of a line that has not arrived."""
    points = tuple((height - main, across) for main, across in line.points)
    return replace(line, points=points, label=line.label and _text(line.label, height))


def _text(text: Text, height: float) -> Text:
    return replace(text, y=height - text.y + ASCENT * text.size)

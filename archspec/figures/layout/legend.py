"""What the colours, bars and dashes of a figure mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.panels import Panel
from archspec.figures.request import Options
from archspec.figures.scene import Box, Item, Line, Rect, Text
from archspec.figures.theme import ROLE_NAMES

SWATCH: Final = 9.0
APART: Final = 12.0
BESIDE: Final = "where the dimension changes"


def legend(items: Sequence[Item], options: Options, room: float) -> Panel:
    """A swatch for every role in a figure, and what bars and dashes mean, in rows."""
    size = options.sizes.small
    pitch = size * 1.6
    shown: list[Item] = []
    x = y = widest = 0.0
    for mark, name in _entries(items, options.style):
        width = SWATCH + 4 + text_width(name, size)
        if x and x + width > room:
            x, y = 0.0, y + pitch
        shown += _swatch(mark, x, y, size)
        shown.append(Text(x + SWATCH + 4, y + size * 0.85, name, size, color="pale"))
        widest = max(widest, x + width)
        x += width + APART
    return Panel(widest, y + size * 1.1 if shown else 0.0, tuple(shown))


def _entries(items: Sequence[Item], style: str) -> list[tuple[str, str]]:
    """What is there, and how it is called."""
    every = [item for item in items if isinstance(item, Box)]
    roles = {box.role for box in every if "#" not in (box.rect.fill or "")}
    found = [(role, role) for role in ROLE_NAMES if role in roles and role != "input"]
    fills = {item.fill for item in items if isinstance(item, Rect)}
    if "track" in fills:
        copies = " of all copies" if any(box.count > 1 for box in _boxes(items)) else ""
        found += [("params", f"parameters{copies}")] if "params" in fills else []
        found += [("macs", f"multiply-accumulates{copies}")] if "macs" in fills else []
    boxes = [item for item in items if isinstance(item, Box) and item.rect.dashed]
    if any(box.inset is None for box in boxes):
        found.append(("dashed", BESIDE if style == "blocks" else "in training only"))
    if any(box.inset is not None for box in boxes) or (
        not boxes and any(isinstance(item, Line) and item.dashed for item in items)
    ):
        found.append(("dashed", "not in all instances"))
    return found


def _boxes(items: Sequence[Item]) -> Iterator[Box]:
    return (item for item in items if isinstance(item, Box) and item.inset is None)


def _swatch(mark: str, x: float, y: float, size: float) -> list[Item]:
    high = size * 0.85
    if mark in ("params", "macs"):
        return [Rect(x, y + high / 2 - 1.5, SWATCH, 4, mark, None, 1)]
    if mark == "dashed":
        points = ((x, y + high / 2 + 0.5), (x + SWATCH, y + high / 2 + 0.5))
        return [Line(points, arrow=False, dashed=True)]
    return [Rect(x, y, SWATCH, high + 0.5, mark, f"{mark}-line", 1.5, 0.7)]

"""Panels of a figure: items in rectangles that are put side by side, or one below the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.describe.values import count
from archspec.escaping import clean
from archspec.figures.fonts.metrics import text_width
from archspec.figures.request import Options
from archspec.figures.scene import Item, Scene, Text, move
from archspec.graph import Graph

MARGIN: Final = 10.0
SPACE: Final = 12.0
"""Between two panels."""


@final
@dataclass(frozen=True, slots=True)
class Panel:
    """Items in a rectangle whose top left corner is (0, 0)."""

    width: float
    height: float
    items: tuple[Item, ...]

    def at(self, x: float, y: float) -> list[Item]:
        return [move(item, x, y) for item in self.items]


def vstack(panels: Sequence[Panel], graph: Graph, options: Options) -> Scene:
    """Panels one below the other, with a margin around."""
    items: list[Item] = []
    y = MARGIN
    for panel in panels:
        items += panel.at(MARGIN, y)
        y += panel.height + (SPACE if panel.height else 0)
    width = max(panel.width for panel in panels) + 2 * MARGIN
    height = y - SPACE + MARGIN
    return Scene(width, height, tuple(items), graph.name, graph.description or "", options.style)


def flow(panels: Sequence[Panel], room: float) -> Panel:
    """Panels beside and below each other: each as high up as it fits, and as far left."""
    placed: list[tuple[float, float, Panel]] = []
    for panel in panels:
        columns = [0.0, *(x + other.width + SPACE for x, _, other in placed)]
        fitting = [x for x in columns if x + panel.width <= room] or [0.0]
        y, x = min((_lowest(placed, x, panel.width), x) for x in fitting)
        placed.append((x, y, panel))
    items = [item for x, y, panel in placed for item in panel.at(x, y)]
    width = max((x + panel.width for x, _, panel in placed), default=0.0)
    height = max((y + panel.height for _, y, panel in placed), default=0.0)
    return Panel(width, height, tuple(items))


def _lowest(placed: Sequence[tuple[float, float, Panel]], x: float, width: float) -> float:
    """Where a panel is below all of those placed that are over it."""
    over = (
        y + panel.height + SPACE
        for left, y, panel in placed
        if left < x + width + SPACE and x < left + panel.width + SPACE
    )
    return max(over, default=0.0)


def title_panel(graph: Graph, options: Options, room: float) -> Panel:
    """Name, source, and the numbers of the whole."""
    sizes = options.sizes
    name = shorten(clean(graph.name, 40), sizes.title * 1.1, room)
    title = Text(0, sizes.title * 0.8, name, sizes.title, bold=True)
    network = graph.at("inference")
    shapes = ", ".join(str(node.output) for node in graph.inputs)
    facts = [
        f"{network.total_params:,} parameters",
        f"{count(network.total_macs)} multiply-accumulates",
        shapes,
    ]
    lines = wrap_words(
        [shorten(citation(graph), sizes.small + 1, room), *facts], sizes.small + 1, room
    )
    items: list[Item] = [title]
    y = title.y
    beside = title.width + 12
    if len(lines) == 1 and beside + text_width(lines[0], sizes.small + 1) <= room:
        items.append(Text(beside, y, lines[0], sizes.small + 1, color="pale"))
    else:
        for line in lines:
            y += (sizes.small + 1) * 1.4
            items.append(Text(0, y, line, sizes.small + 1, color="pale"))
    width = max(text.left + text.width for text in items if isinstance(text, Text))
    return Panel(width, y + sizes.small * 0.3, tuple(items))


def shorten(text: str, size: float, room: float, bold: bool = False) -> str:
    """A text that is no longer than the room; what is left out is an ellipsis."""
    if text_width(text, size, bold) <= room:
        return text
    while text and text_width(f"{text}…", size, bold) > room:
        text = text[:-1].rstrip()
    return f"{text}…"


def citation(graph: Graph) -> str:
    """``He et al., 2015`` of a description that ends with it in brackets, else the description."""
    if graph.description is None:
        return ""
    found = re.search(r"\(([^()]*(?:19|20)[0-9]{2})\)", graph.description)
    return clean(found[1] if found else graph.description, 70)


def wrap_words(words: Sequence[str], size: float, room: float, joint: str = " · ") -> list[str]:
    """Words joined together, in lines no longer than the room (a word alone may be)."""
    lines: list[str] = []
    for word in filter(None, words):
        joined = f"{lines[-1]}{joint}{word}" if lines else word
        if lines and text_width(joined, size) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines

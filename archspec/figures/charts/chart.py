"""A chart as a scene: a heading, panels one below the other, and what their colours mean."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final

from archspec.escaping import clean
from archspec.figures.draw import save_scene
from archspec.figures.layout.panels import MARGIN, SPACE, Panel, shorten, wrap_words
from archspec.figures.request import Options, request
from archspec.figures.scene import Item, Rect, Scene, Text

SWATCH: Final = 9.0
APART: Final = 14.0
"""Between two entries of a legend."""
Key = tuple[str, str, str]
"""The fill of a swatch, its border, and what it means."""


def room(options: Options) -> float:
    """The width of the panels: a chart that nobody sizes is as wide as a page."""
    return options.room - 2 * MARGIN


def heading(title: str, facts: Sequence[str], options: Options) -> Panel:
    """A title with facts below it."""
    size, wide = options.sizes.small + 1, room(options)
    name = shorten(clean(title, 80), options.sizes.title, wide, bold=True)
    first = Text(0, options.sizes.title * 0.8, name, options.sizes.title, bold=True)
    items = [first]
    joined = wrap_words([clean(fact, 160) for fact in facts], size, wide)
    lines = [line for each in joined for line in wrap_words(each.split(" "), size, wide, " ")]
    for k, line in enumerate((shorten(line, size, wide) for line in lines), start=1):
        items.append(Text(0, first.y + 2 + size * 1.4 * k, line, size, color="pale"))
    width = max(text.width for text in items)
    return Panel(width, items[-1].y + 0.3 * size, tuple(items))


def keys(entries: Sequence[Key], options: Options) -> Panel:
    """What the colours mean, in as many rows as it takes."""
    size, wide = options.sizes.small, room(options)
    items: list[Item] = []
    x = y = widest = 0.0
    for fill, stroke, label in entries:
        label = shorten(label, size, wide - SWATCH - 4)
        text = Text(x + SWATCH + 4, y + 0.85 * size, label, size, color="pale")
        if x and text.left + text.width > wide:
            x, y = 0.0, y + 1.6 * size
            text = Text(SWATCH + 4, y + 0.85 * size, label, size, color="pale")
        items += [Rect(x, y, SWATCH, 0.9 * size, fill, stroke), text]
        x = text.left + text.width + APART
        widest = max(widest, x - APART)
    return Panel(widest, y + 1.1 * size if items else 0, tuple(items))


def stack(panels: Sequence[Panel], title: str, description: str, options: Options) -> Scene:
    """Panels one below the other, with a margin around."""
    items: list[Item] = []
    y = MARGIN
    shown = [panel for panel in panels if panel.height]
    for panel in shown:
        items += panel.at(MARGIN, y)
        y += panel.height + SPACE
    width = max(*(panel.width for panel in shown), room(options)) + 2 * MARGIN
    return Scene(width, y - SPACE + MARGIN, tuple(items), title, description, "chart")


def draw_chart(
    compose: Callable[[Options], Scene], path: str | os.PathLike[str], **given: Any
) -> None:
    """Draw a chart to a file as ``archspec.draw`` does a figure; its options are those of figures
    that have no style. Raises SpecError."""
    for note in save_scene(compose, path, request(**given)):
        warnings.warn(note, stacklevel=3)

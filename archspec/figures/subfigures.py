"""Several networks or styles in one figure, as parts (a), (b), (c) with captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Final, final

from archspec.diagnostics import failure, near
from archspec.escaping import clean
from archspec.figures import figure, load_style
from archspec.figures.layout.legend import legend
from archspec.figures.layout.panels import MARGIN, SPACE, Panel, shorten, vstack
from archspec.figures.request import STYLES, Options
from archspec.figures.scene import Box, Item, Line, Scene, Text
from archspec.figures.sizes import MM
from archspec.graph import Graph

NARROWEST: Final = 240.0
"""Parts stand side by side where each has so much room."""
MOST_COLUMNS: Final = 3
BETWEEN: Final = 2 * SPACE
CAPTION: Final = 1.9
"""Height of a caption, compared with its text."""


@final
@dataclass(frozen=True, slots=True)
class Subfigure:
    """One part: which networks it shows in which style."""

    letter: str
    caption: str
    graphs: tuple[Graph, ...]
    options: Options


def parts_of(graphs: Sequence[Graph], options: Options) -> list[Subfigure]:
    """The parts of a figure: every style of the options for every network. Raises SpecError."""
    found = [part for style in options.subfigure for part in _in_style(graphs, style, options)]
    if len(found) < 2:
        help = "name several networks, or give --subfigure more than once"
        raise failure("bad-option", "a figure of one part has no parts", help=help)
    if len(found) > len(ascii_lowercase):
        most = len(ascii_lowercase)
        raise failure("bad-option", f"a figure has at most {most} parts, not {len(found)}")
    return [
        Subfigure(letter, caption, shown, of_part)
        for letter, (caption, shown, of_part) in zip(ascii_lowercase, found, strict=False)
    ]


def _in_style(
    graphs: Sequence[Graph], written: str, options: Options
) -> Iterator[tuple[str, tuple[Graph, ...], Options]]:
    style, _, module = written.strip().partition(" ")
    if style not in STYLES:
        help = near(style, STYLES) or f"the styles are {', '.join(STYLES)}"
        raise failure("bad-option", f"there is no style '{clean(style)}'", help=help)
    if style == "text":
        raise failure("bad-option", "the style 'text' is no part of a figure")
    chosen = replace(options, style=style, module=module.strip() or None)
    if load_style(style).TAKES_SEVERAL:
        yield ", ".join(clean(graph.name) for graph in graphs), tuple(graphs), chosen
        return
    for graph in graphs:
        words = [clean(graph.name)] if len(graphs) > 1 or not chosen.module else []
        yield ": ".join((*words, *filter(None, [chosen.module]))), (graph,), chosen


def scene(graphs: Sequence[Graph], options: Options) -> Scene:
    """All parts on one page, side by side where they fit. Raises SpecError."""
    parts = parts_of(graphs, options)
    room = options.room - 2 * MARGIN
    scenes, body = min(_ways(parts, room, options), key=lambda way: way[1].height)
    items = [item for one in scenes for item in one.items]
    stack = [body, legend(items, options, max(body.width, 260))] if options.legend else [body]
    notes = tuple(
        f"({part.letter}): {note}"
        for part, one in zip(parts, scenes, strict=True)
        for note in one.notes
    )
    title = ", ".join(graph.name for graph in graphs)
    return replace(vstack(stack, graphs[0], options), title=title, notes=notes)


def _ways(
    parts: Sequence[Subfigure], room: float, options: Options
) -> Iterator[tuple[list[Scene], Panel]]:
    """The parts in one column, and in as many as fit."""
    alone = [_draw(part, None) for part in parts]
    alone = [one if one.width <= room + 1 else _draw(part, room)
             for part, one in zip(parts, alone, strict=True)]  # fmt: skip
    yield alone, _in_rows(parts, alone, 1, options)
    if sum(one.width for one in alone) + BETWEEN * (len(parts) - 1) <= room:
        yield alone, _in_rows(parts, alone, len(parts), options)
    for columns in range(2, min(len(parts), MOST_COLUMNS) + 1):
        width = (room - BETWEEN * (columns - 1)) / columns
        if width >= NARROWEST:
            scenes = [_draw(part, width) for part in parts]
            if all(one.width <= width + 1 for one in scenes):
                yield scenes, _in_rows(parts, scenes, columns, options)


def _draw(part: Subfigure, width: float | None) -> Scene:
    """A part alone, in a room of that width."""
    bare = replace(part.options, subfigure=(), title=False, legend=False, height=None)
    page = bare.width if width is None else f"{(width + 2 * MARGIN) / MM:.3f}mm"
    return _without_margin(figure(part.graphs, replace(bare, width=page)))


def _without_margin(drawn: Scene) -> Scene:
    """The margin is that of the whole."""
    items = tuple(Panel(0, 0, drawn.items).at(-MARGIN, -MARGIN))
    width, height = drawn.width - 2 * MARGIN, drawn.height - 2 * MARGIN
    return replace(drawn, width=width, height=height, items=items)


def _caption(part: Subfigure, width: float, options: Options) -> Text:
    """Around a middle, on a line whose top is 0."""
    size = options.sizes.small + 1
    words = f"({part.letter}) {part.caption}" if options.title else f"({part.letter})"
    return Text(width / 2, (CAPTION - 0.4) * size, shorten(words, size, width), size, "middle")


def _renamed(item: Item, letter: str) -> Item:
    def named(path: str) -> str:
        return f"{letter}.{path}" if path else ""

    if isinstance(item, Line):
        return replace(item, source=named(item.source), target=named(item.target))
    if isinstance(item, Box):
        layers = tuple(map(named, item.layers))
        inset = item.inset and f"{letter}-{item.inset}"
        return replace(item, path=named(item.path), layers=layers, inset=inset)
    return item


def _in_rows(
    parts: Sequence[Subfigure], scenes: Sequence[Scene], columns: int, options: Options
) -> Panel:
    """In rows whose captions are at one height, each part in the middle of its room."""
    pairs = list(zip(parts, scenes, strict=True))
    rows = [pairs[start : start + columns] for start in range(0, len(pairs), columns)]
    widths = [max(row[k][1].width for row in rows if k < len(row)) for k in range(columns)]
    items: list[Item] = []
    y = 0.0
    for row in rows:
        height = max(one.height for _, one in row)
        x = 0.0
        for (part, one), width in zip(row, widths, strict=False):
            drawn = Panel(0, 0, tuple(_renamed(item, part.letter) for item in one.items))
            items += drawn.at(x + (width - one.width) / 2, y + (height - one.height) / 2)
            items += Panel(0, 0, (_caption(part, max(width, 40), options),)).at(x, y + height)
            x += width + BETWEEN
        y += height + CAPTION * (options.sizes.small + 1) + SPACE
    return Panel(sum(widths) + BETWEEN * (columns - 1), y - SPACE, tuple(items))

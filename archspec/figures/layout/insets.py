"""The inset of a block: what it is inside, shown once for all of its instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archspec.escaping import clean
from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.forms.lengths import INDENT
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.layout.panels import SPACE, Panel, wrap_words
from archspec.figures.layout.place import Layout
from archspec.figures.layout.wrapping import wrap
from archspec.figures.outline.build import Inset
from archspec.figures.outline.diagram import Leaf, chain, has_entries, has_outputs
from archspec.figures.request import Direction, Options
from archspec.figures.scene import Item, Line, Rect, Text

PADDING: Final = 8.0
"""Between the border of an inset and what is in it."""


def inset_panel(inset: Inset, options: Options, room: float) -> Panel:
    """The inset of a block with a border and a heading."""
    heading, body = _heading(inset, options), inset_body(inset, options, room - 2 * PADDING)
    top = PADDING + heading.height + 6
    width, height = max(heading.width, body.width) + 2 * PADDING, top + body.height + PADDING
    border = Rect(0, 0, width, height, "frame", "frame-line", 6)
    return Panel(width, height, (border, *heading.at(PADDING, PADDING), *body.at(PADDING, top)))


def inset_body(inset: Inset, options: Options, inner: float) -> Panel:
    """What a block is inside, with the table of its values beside it, or below."""
    body = _in_words(inset, options, inner) or _diagram_panel(inset, options, inner)
    if not inset.table:
        return body
    table = table_panel(inset.table, options)
    width = body.width + 2 * SPACE + table.width
    if width > inner:
        items = (*body.items, *table.at(0, body.height + SPACE))
        height = body.height + SPACE + table.height
        return Panel(max(body.width, table.width), height, items)
    height = max(body.height, table.height)
    beside = table.at(body.width + 2 * SPACE, (height - table.height) / 2)
    return Panel(width, height, (*body.at(0, (height - body.height) / 2), *beside))


def _heading(inset: Inset, options: Options) -> Panel:
    sizes = options.sizes
    name = Text(0, sizes.heading * 0.75, clean(inset.heading, 40), sizes.heading, bold=True)
    items: list[Item] = [name]
    width = name.width
    if inset.parameters and len(inset.parameters) <= 8:
        names = clean(f"({', '.join(inset.parameters)})", 60)
        parameters = Text(width + 6, name.y, names, sizes.small, color="pale")
        items.append(parameters)
        width += 6 + parameters.width
    return Panel(width, sizes.heading * 0.9, tuple(items))


def _in_words(inset: Inset, options: Options, room: float) -> Panel | None:
    """A chain that exists in training only in words: it is not what a reader looks for."""
    boxes = [part for part in chain(inset.diagram) if isinstance(part, Leaf)]
    if not inset.training_only or len(boxes) < len(chain(inset.diagram)):
        return None
    size = options.sizes.small
    words = [
        " · ".join(filter(None, (box.title, box.under, f"×{box.count}" * (box.count > 1))))
        for box in boxes
    ]
    words = [*(f"{word} →" for word in words[:-1]), words[-1]]
    lines = wrap_words(words, size, room, " ")
    items = [
        Text(0, size * (0.8 + 1.5 * k), line, size, color="ink") for k, line in enumerate(lines)
    ]
    return Panel(max(item.width for item in items), size * 1.5 * len(lines), tuple(items))


def _diagram_panel(inset: Inset, options: Options, room: float) -> Panel:
    """The block's diagram between a line in and a line out; downwards if it is too wide."""
    panel = _directed_panel(inset, options, room, options.direction or "right")
    if options.direction != "down" and panel.width > room:
        return _directed_panel(inset, options, room, "down")
    return panel


def _directed_panel(inset: Inset, options: Options, room: float, direction: Direction) -> Panel:
    sizes = options.sizes
    layout = Layout(direction, sizes, None, inset.name)
    word_in, word_out = (text_width(word, sizes.small) for word in ("in", "out"))
    right = direction == "right"
    is_one, gives_one = not has_entries(inset.diagram), not has_outputs(inset.diagram)
    stub = sizes.gap  # of the lines into it and out of it
    head = ((word_in if right else sizes.small) + 3 + stub) * is_one
    foot = ((word_out if right else sizes.small) + 3 + stub) * gives_one
    along = room - head - foot if right else 10 * room
    rows = wrap(layout, inset.diagram, along)
    extent = layout.measure(rows)
    before, after = max(extent.before, sizes.small), max(extent.after, sizes.small)
    arriving = [Pending("", ((head - stub, before),))] if is_one else []
    leaving = layout.place(rows, head, before, arriving)
    ending = layout.measure(rows.rows[-1])
    last = before + extent.after - ending.after
    end = head + ending.length + (INDENT if len(rows.rows) > 1 else 0)
    items = list(layout.items)
    if gives_one:
        items += [layout.line(line.on_axis(last).through((end + stub, last))) for line in leaving]
    base = sizes.small * 0.35
    if right:
        items += [Text(0, before + base, "in", sizes.small, color="pale")] * is_one
        at = end + stub + 3
        items += [Text(at, last + base, "out", sizes.small, color="pale")] * gives_one
        width = max(head + extent.length, end + foot)
        return Panel(width, before + after, tuple(items))
    items += [Text(before, sizes.small * 0.8, "in", sizes.small, "middle", color="pale")] * is_one
    bottom = end + stub + 3 + sizes.small * 0.8
    items += [Text(last, bottom, "out", sizes.small, "middle", color="pale")] * gives_one
    return Panel(before + after, end + foot, tuple(items))


def table_panel(table: Sequence[Sequence[str]], options: Options) -> Panel:
    """Values in columns, the first line a heading, the first column names."""
    size = options.sizes.small
    pitch = size * 1.4
    columns = list(zip(*table, strict=True))
    widths = [max(text_width(cell, size) for cell in column) for column in columns]
    items: list[Item] = []
    x = 0.0
    for k, (column, width) in enumerate(zip(columns, widths, strict=True)):
        for row, cell in enumerate(column):
            if cell:
                at, anchor = (x, "start") if k == 0 else (x + width, "end")
                color = "pale" if row == 0 or k == 0 else "ink"
                base = row * pitch + size * 0.8 + (3 if row else 0)
                items.append(
                    Text(at, base, cell, size, "start" if anchor == "start" else "end", color=color)
                )
        x += width + 11
    width = x - 11
    line = pitch - 0.2 * size + 1
    items.append(Line(((0, line), (width, line)), "", "", "frame-line", 0.7, False))
    return Panel(width, len(table) * pitch + 3, tuple(items))

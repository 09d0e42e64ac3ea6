"""The figure of a difference: both networks in one diagram, with colours and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from archspec.describe.values import count
from archspec.diagnostics import failure
from archspec.escaping import clean
from archspec.figures import request as asked
from archspec.figures.difference.align import SIGNS, Pair, State
from archspec.figures.difference.compare import BlockDifference, Difference, difference
from archspec.figures.difference.words import change_of, differences, with_change
from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.insets import inset_panel
from archspec.figures.layout.legend import APART, SWATCH, legend
from archspec.figures.layout.page_fit import fit
from archspec.figures.layout.panels import MARGIN, Panel, flow, vstack, wrap_words
from archspec.figures.layout.spine import HEADED, spine
from archspec.figures.outline.diagram import Leaf
from archspec.figures.request import Options
from archspec.figures.scene import Box, Item, Line, Polygon, Rect, Scene, Text
from archspec.figures.sizes import Sizes
from archspec.graph import Graph

MAX_SETTINGS: Final = 6
"""Parameters of the files that the heading lists."""
STATES: Final[tuple[State, ...]] = ("changed", "removed", "added")
THICK: Final = 1.7
"""The border of what differs."""
LINES: Final[Mapping[State, float]] = {"removed": 0.6, "added": 0.9}
"""How thick the lines are of what only one network has."""
STROKE: Final = 0.8
"""Through the title of what was removed."""
PITCH: Final = 1.25
"""From one row of numbers to the next, by the size of their text."""


def scene(first: Graph, second: Graph, options: Options) -> Scene:
    """The figure of both. Raises SpecError."""
    if options.style != "paper":
        message = f"the difference of two networks is not drawn in the style '{options.style}'"
        raise failure("bad-option", message, help="--diff draws the style 'paper'")
    both = difference(first, second, options)
    return fit(lambda way, room: _compose(both, way, room), options)


@final
@dataclass(frozen=True, slots=True)
class _Deltas:
    """What a box has more or less than before, in the place of bars."""

    which: asked.Bars
    sizes: Sizes
    pairs: Mapping[str, Pair]

    def size(self, leaf: Leaf) -> tuple[float, float]:
        """Width and height of the rows of a leaf."""
        rows = self._rows(leaf)
        wide = max((text_width(row, self.sizes.small) for row in rows), default=0.0)
        return wide, len(rows) * self.sizes.small * PITCH

    def _rows(self, leaf: Leaf) -> list[str]:
        pair = self.pairs[leaf.path]
        rows = []
        if pair.params and self.which in ("params", "both"):
            rows.append(f"{change_of(pair.params)} params")
        if pair.macs and self.which in ("macs", "both"):
            rows.append(f"{change_of(pair.macs)} MACs")
        return rows

    def items(self, leaf: Leaf, x: float, y: float) -> list[Item]:
        """The rows with their top left corner at a place."""
        size = self.sizes.small
        first = y + size * (PITCH / 2 + 0.35)
        return [
            Text(x, first + k * size * PITCH, row, size, color="pale")
            for k, row in enumerate(self._rows(leaf))
        ]


# ---------------------------------------------------------------- the page


def _compose(both: Difference, options: Options, width: float) -> Scene:
    room = width - 2 * MARGIN
    stack = [_network(both, options, room)]
    if both.blocks:
        panels = [_panel(block, options, room) for block in both.blocks]
        stack.append(flow(panels, max(room, stack[0].width)))
    items = [item for panel in stack for item in panel.items]
    headed = max(*(panel.width for panel in stack), min(room, HEADED))
    if options.title:
        stack.insert(0, _heading(both, options, headed))
    if options.legend:
        stack += [_marks(both, options.sizes.small), legend(items, options, headed)]
    figure = vstack(stack, both.second, options)
    return replace(figure, title=_title(both), description=_summary(both))


def _network(both: Difference, options: Options, room: float) -> Panel:
    """The diagram of both networks, with the marks of what differs."""
    pairs = both.network.pairs
    deltas = _Deltas(options.bars or "both", options.sizes, pairs)
    panel = spine(both.network.diagram, deltas, options, room)
    return replace(panel, items=tuple(_paint(panel.items, pairs)))


def _panel(block: BlockDifference, options: Options, room: float) -> Panel:
    panel = inset_panel(block.inset, options, room)
    border, heading, *others = _paint(panel.items, block.pairs)
    if block.state == "removed" and isinstance(heading, Text):
        others.append(_strike(heading))
    if block.state != "changed" and isinstance(border, Rect):
        border = _edge(border, block.state)
    return replace(panel, items=(border, heading, *others))


# ---------------------------------------------------------------- marks


def _paint(items: Sequence[Item], pairs: Mapping[str, Pair]) -> Iterator[Item]:
    """The items, each with the marks of what became of it."""
    states = {path: pair.state for path, pair in pairs.items()}
    for item in items:
        if isinstance(item, Line):
            ends = (states.get(path) for path in (item.source, item.target))
            state = next((end for end in ends if end in LINES), None)
            yield replace(item, color=state, thickness=LINES[state]) if state else item
        elif isinstance(item, Box) and states.get(item.path, "kept") != "kept":
            yield from _mark_box(item, pairs[item.path])
        else:
            yield item


def _mark_box(box: Box, pair: Pair) -> Iterator[Item]:
    rect, title = _edge(box.rect, pair.state), box.texts[0]
    sheets = tuple(_edge(sheet, pair.state) for sheet in box.behind)
    is_told = pair.before and pair.after and pair.before.count != pair.after.count
    badge = None if is_told else box.badge  # both counts are in the title
    yield replace(box, rect=rect, behind=sheets, badge=badge)
    if pair.state == "changed":
        return
    is_circle = not title.content.startswith(f"{SIGNS[pair.state]} ")
    if is_circle:
        x, y = rect.x + rect.width + 2, rect.y + 0.45 * title.size
        yield replace(
            title,
            x=x,
            y=y,
            content=SIGNS[pair.state],
            size=0.75 * title.size,
            anchor="start",
            color=pair.state,
        )
    if pair.state == "removed":
        yield _cross_out(rect) if is_circle else _strike(title)


def _edge(rect: Rect, state: State) -> Rect:
    return replace(rect, stroke=state, thickness=THICK)


def _strike(title: Text) -> Item:
    """A stroke through a title, not through the sign before it."""
    y = title.y - 0.26 * title.size
    sign = text_width(f"{SIGNS['removed']} ", title.size, title.bold)
    ends = (title.left + sign - 1, y), (title.left + title.width + 1, y)
    return Polygon(ends, stroke="removed", thickness=STROKE)


def _cross_out(rect: Rect) -> Item:
    """A stroke through a circle, or a swatch."""
    x, y = 0.15 * rect.width, 0.15 * rect.height
    ends = (rect.x + x, rect.y + rect.height - y), (rect.x + rect.width - x, rect.y + y)
    return Polygon(ends, stroke="removed", thickness=STROKE)


# ---------------------------------------------------------------- heading and legend


def _title(both: Difference) -> str:
    return f"{clean(both.first.name, 40)} → {clean(both.second.name, 40)}"


def _summary(both: Difference) -> str:
    counts = [f"{both.counts[state]} {state}" for state in STATES if both.counts[state]]
    if counts:
        return ", ".join(counts)
    has_same_names = list(both.first.nodes) == list(both.second.nodes)
    return "the same network" if has_same_names else "the same layers, otherwise called"


def _heading(both: Difference, options: Options, room: float) -> Panel:
    """Both names, both totals with what is between them, and what differs in the files."""
    size = options.sizes.small + 1
    title = Text(0, options.sizes.title * 0.8, _title(both), options.sizes.title, bold=True)
    settings = differences(both.first.params, both.second.params)
    if len(settings) > MAX_SETTINGS:
        others = len(settings) - MAX_SETTINGS
        settings = [*settings[:MAX_SETTINGS], f"… {others} more parameters"]
    lines = wrap_words(_totals(both), size, room) + wrap_words(settings, size, room)
    items = [
        title,
        *(
            Text(0, title.y + 2 + size * 1.4 * k, line, size, color="pale")
            for k, line in enumerate(lines, start=1)
        ),
    ]
    width = max(text.width for text in items)
    return Panel(width, items[-1].y + options.sizes.small * 0.3, tuple(items))


def _totals(both: Difference) -> list[str]:
    first, second = both.first.at("inference"), both.second.at("inference")
    totals = (
        ("parameters", first.total_params, second.total_params, "{:,}".format),
        ("multiply-accumulates", first.total_macs, second.total_macs, count),
    )
    facts = []
    for what, before, after, text in totals:
        numbers, change = f"{text(after)} {what}", with_change(before, after)
        facts.append(f"{text(before)} → {numbers} ({change})" if change else numbers)
    return facts if set(both.counts) - {"kept"} else [*facts, _summary(both)]


def _marks(both: Difference, size: float) -> Panel:
    """The border of each state that boxes are in, and how many are in it."""
    alone = {block.state for block in both.blocks}
    items: list[Item] = []
    x = 0.0
    for state in STATES:
        if both.counts[state] or state in alone:
            swatch = _edge(Rect(x, 0, SWATCH, size * 0.9, radius=1.5), state)
            label = f"{SIGNS[state]} {state} ({both.counts[state]})"
            word = Text(x + SWATCH + 4, size * 0.85, label, size, color="pale")
            items += [swatch, word, *([_cross_out(swatch)] if state == "removed" else [])]
            x += SWATCH + 4 + word.width + APART
    return Panel(x - APART, size * 1.1 if items else 0, tuple(items))

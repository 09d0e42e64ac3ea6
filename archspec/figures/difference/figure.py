"""The figure of a difference: both networks in one diagram, with colours and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, final

from archspec.diagnostics import failure
from archspec.figures import options as asked
from archspec.figures.diagram import Leaf
from archspec.figures.difference.blocks import Block, Difference, difference
from archspec.figures.difference.merge import SIGNS, Pair, State, mapped
from archspec.figures.difference.words import differing, signed, with_change
from archspec.figures.insets import panel
from archspec.figures.labels import clean, short
from archspec.figures.layout import Layout
from archspec.figures.legend import legend
from archspec.figures.metrics import text_width
from archspec.figures.options import Options, Sizes
from archspec.figures.pieces import MARGIN, SPACE, Piece, shelved, stacked, wrapped
from archspec.figures.rows import broken
from archspec.figures.scene import Box, Item, Line, Rect, Scene, Text
from archspec.figures.styles.paper import COLUMNS, HANGING, HEADED, SHARES, WIDEST
from archspec.graph import Graph

MAX_SETTINGS: Final = 6
"""Parameters of the files that the heading tells of."""
THICK: Final = 1.7
"""The border of what differs."""
SWATCH: Final = 9.0
APART: Final = 12.0


def scene(first: Graph, second: Graph, options: Options) -> Scene:
    """The figure of both. Raises SpecError."""
    if options.style != "paper":
        message = f"the difference of two networks is not drawn in the style '{options.style}'"
        raise failure("cannot-draw", message, help="--diff draws the style 'paper'")
    drawn = difference(first, second, options)
    found = _composed(drawn, options, 1)
    for share in SHARES:
        if _flatness(found) <= WIDEST:
            break
        found = min(found, _composed(drawn, options, share), key=_flatness)
    return found


def _flatness(scene: Scene) -> float:
    return scene.width / scene.height


@final
@dataclass(frozen=True, slots=True)
class _Deltas:
    """What a box has more or less than before, told in the place of bars."""

    which: asked.Bars
    sizes: Sizes
    pairs: Mapping[str, Pair]

    def size(self, leaf: Leaf) -> tuple[float, float]:
        """Width and height of what is told of a leaf."""
        rows = self._rows(leaf)
        wide = max((text_width(row, self.sizes.small) for row in rows), default=0.0)
        return wide, len(rows) * self._pitch

    @property
    def _pitch(self) -> float:
        return self.sizes.small * 1.25

    def _rows(self, leaf: Leaf) -> list[str]:
        pair = self.pairs[leaf.path]
        rows = []
        if pair.params and self.which in ("params", "both"):
            rows.append(f"{signed(pair.params)} params")
        if pair.macs and self.which in ("macs", "both"):
            rows.append(f"{signed(pair.macs)} MACs")
        return rows

    def items(self, leaf: Leaf, x: float, y: float) -> list[Item]:
        """The rows with their top left corner at a place."""
        size = self.sizes.small
        first = y + self._pitch / 2 + size * 0.35
        return [
            Text(x, first + k * self._pitch, row, size, color="pale")
            for k, row in enumerate(self._rows(leaf))
        ]


# ---------------------------------------------------------------- the page


def _composed(drawn: Difference, options: Options, share: float) -> Scene:
    room = options.room - 2 * MARGIN
    spine = _spine(drawn, options, room, share)
    panels = [_panel(block, options, room) for block in drawn.blocks]
    body = _body(spine, panels, max(room, spine.width))
    headed = max(body.width, min(room, HEADED))
    pieces = [_heading(drawn, options, headed)] if options.title else []
    pieces.append(body)
    if options.legend:
        pieces.append(_legend(drawn, body.items, options, headed))
    figure = stacked(pieces, drawn.second, options)
    return replace(figure, title=_title(drawn), description=_summary(drawn))


def _spine(drawn: Difference, options: Options, room: float, share: float) -> Piece:
    """The diagram of both networks in rows, or in columns, that fit the room."""
    if options.direction != "down":
        return _in_rows(drawn, options, room * share)
    for high in COLUMNS:
        piece = _in_rows(drawn, options, room * high * share)
        if piece.width <= room:
            break
    return piece


def _in_rows(drawn: Difference, options: Options, room: float) -> Piece:
    is_down = options.direction == "down"
    deltas: Any = _Deltas(options.bars, options.sizes, drawn.network.pairs)
    layout = Layout("down" if is_down else "right", options.sizes, deltas)
    diagram = mapped(drawn.network.diagram, lambda leaf: _with_short_branches(layout, leaf))
    rows = broken(layout.measures, diagram, room)
    extent = layout.measures.of(rows)
    layout.place(rows, 0, extent.before, [])
    sides = extent.length, extent.before + extent.after
    width, height = sides[::-1] if is_down else sides
    return _painted(Piece(width, height, tuple(layout.items)), drawn.network.pairs)


def _with_short_branches(layout: Layout, leaf: Leaf) -> Leaf:
    """The same with the branches that hang from it in rows of their own."""
    return replace(
        leaf, hanging=tuple(broken(layout.measures, branch, HANGING) for branch in leaf.hanging)
    )


def _panel(block: Block, options: Options, room: float) -> Piece:
    piece = _painted(panel(block.inset, options, room), block.pairs)
    border, *others = piece.items
    if block.state == "changed" or not isinstance(border, Rect):
        return piece
    return replace(piece, items=(_edged(border, block.state), *others))


def _body(spine: Piece, panels: Sequence[Piece], room: float) -> Piece:
    """The diagram, and the insets below it."""
    if not panels:
        return spine
    shelves = shelved(panels, room)
    y = spine.height + SPACE
    width = max(spine.width, shelves.width)
    return Piece(width, y + shelves.height, (*spine.items, *shelves.at(0, y)))


# ---------------------------------------------------------------- colours


def _painted(piece: Piece, pairs: Mapping[str, Pair]) -> Piece:
    return replace(piece, items=tuple(_painted_item(item, pairs) for item in piece.items))


def _painted_item(item: Item, pairs: Mapping[str, Pair]) -> Item:
    if isinstance(item, Box) and item.path in pairs:
        return _painted_box(item, pairs[item.path])
    if isinstance(item, Line):
        ends = (pairs[path].state for path in (item.source, item.target) if path in pairs)
        state = next((end for end in ends if end in ("removed", "added")), None)
        return replace(item, color=state) if state else item
    return item


def _painted_box(box: Box, pair: Pair) -> Box:
    if pair.state == "kept":
        return box
    sheets = tuple(_edged(sheet, pair.state) for sheet in box.behind)
    painted = replace(box, rect=_edged(box.rect, pair.state), behind=sheets)
    is_told = pair.before is None or pair.after is None or pair.before.count == pair.after.count
    return painted if is_told else replace(painted, badge=None)  # both counts are in the title


def _edged(rect: Rect, state: State) -> Rect:
    return replace(rect, stroke=state, thickness=THICK, dashed=rect.dashed or state == "removed")


# ---------------------------------------------------------------- heading and legend


def _title(drawn: Difference) -> str:
    return f"{clean(drawn.first.name, 40)} → {clean(drawn.second.name, 40)}"


def _summary(drawn: Difference) -> str:
    counts = drawn.counts
    if set(counts) <= {"kept"}:
        return _sameness(drawn)
    states: tuple[State, ...] = ("changed", "removed", "added")
    return ", ".join(f"{counts[state]} {state}" for state in states if counts[state])


def _sameness(drawn: Difference) -> str:
    """What is to be said of networks of which all boxes are equal."""
    if list(drawn.first.nodes) == list(drawn.second.nodes):
        return "the same network"
    return "the same layers, otherwise called"


def _heading(drawn: Difference, options: Options, room: float) -> Piece:
    """Both names, both totals with what is between them, and what differs in the files."""
    sizes = options.sizes
    size = sizes.small + 1
    items = [Text(0, sizes.title * 0.8, _title(drawn), sizes.title, bold=True)]
    y = items[0].y + 2
    for told in (_totals(drawn), _settings(drawn)):
        for line in wrapped(told, size, room):
            y += size * 1.4
            items.append(Text(0, y, line, size, color="pale"))
    width = max(text.width for text in items)
    return Piece(width, y + sizes.small * 0.3, tuple(items))


def _totals(drawn: Difference) -> list[str]:
    first, second = drawn.first.at("inference"), drawn.second.at("inference")
    params = first.total_params, second.total_params
    macs = first.total_macs, second.total_macs
    told = [
        _total(f"{params[0]:,}", f"{params[1]:,}", "parameters", with_change(*params)),
        _total(short(macs[0]), short(macs[1]), "multiply-accumulates", with_change(*macs)),
    ]
    return [*told, _sameness(drawn)] if set(drawn.counts) <= {"kept"} else told


def _total(before: str, after: str, what: str, change: str) -> str:
    return f"{before} → {after} {what} ({change})" if change else f"{after} {what}"


def _settings(drawn: Difference) -> list[str]:
    """Parameters of the files that differ."""
    found = differing(drawn.first.params, drawn.second.params)
    if len(found) > MAX_SETTINGS:
        return [*found[:MAX_SETTINGS], f"… {len(found) - MAX_SETTINGS} more parameters"]
    return found


def _legend(drawn: Difference, items: Sequence[Item], options: Options, room: float) -> Piece:
    """What borders mean, and below that what fills mean."""
    fills = legend([_as_usual(item) for item in items], options, room)
    marks = _marks(drawn, options.sizes.small)
    if not marks.items:
        return fills
    y = options.sizes.small * 1.6
    width = max(marks.width, fills.width)
    return Piece(width, y + fills.height, (*marks.items, *fills.at(0, y)))


def _marks(drawn: Difference, size: float) -> Piece:
    """A border for every kind of difference, and how many boxes have it."""
    counts = drawn.counts
    inside = {pair.state for block in drawn.blocks for pair in block.pairs.values()}
    inside |= {block.state for block in drawn.blocks}
    states: tuple[State, ...] = ("changed", "removed", "added")
    items: list[Item] = []
    x = 0.0
    for state in states:
        if counts[state] or state in inside:
            number = f" ({counts[state]})" if counts[state] else ""
            told = f"{SIGNS[state]} {state}{number}"
            word = Text(x + SWATCH + 4, size * 0.85, told, size, color="pale")
            items += [_edged(Rect(x, 0, SWATCH, size * 0.9, radius=1.5), state), word]
            x += SWATCH + 4 + word.width + APART
    return Piece(x - APART, size * 1.1, tuple(items))


def _as_usual(item: Item) -> Item:
    """What was removed without its dashes, which mean something else in the legend."""
    if isinstance(item, Box) and item.rect.stroke == "removed":
        return replace(item, rect=replace(item.rect, dashed=False))
    if isinstance(item, Line) and item.color == "removed":
        return replace(item, dashed=False)
    return item

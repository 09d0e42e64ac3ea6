"""A network as DOT, the language of Graphviz."""

from __future__ import annotations

import html
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Final, final

from archspec.backends.dot.columns import Columns, Direction, columns
from archspec.backends.dot.flow import SPINE, Flow
from archspec.backends.dot.labels import BLOCK, FRAME, PAINTS, SEPARATOR, Paint, clean, short
from archspec.backends.dot.outline import Box, Frame, Line, Outline, outline
from archspec.graph import Graph
from archspec.op import Role

INK: Final = "#1f1f1f"
PALE: Final = "#5a5a5a"
FONT: Final = "Helvetica"
"""Graphviz knows its widths; in SVG it gets ``sans-serif`` as a fallback."""
LEGEND_ROW: Final = 6
"""Entries side by side, at most."""
MAX_ID: Final = 10_000

Attributes = dict[str, str]


@final
class _Html(str):
    """A label with marks of ours; all else in it is escaped."""

    __slots__ = ()


def write(
    graph: Graph,
    *,
    fold: bool = True,
    depth: int | None = None,
    direction: Direction = "down",
    legend: bool = True,
    title: bool = True,
) -> str:
    """The text of a picture. Scopes deeper than ``depth`` are closed; equal parts are folded."""
    drawn = outline(graph, fold=fold, depth=depth)
    broken = columns(drawn, direction)
    head = [*(_title(graph) if title else ()), *(_legend(drawn) if legend else ())]
    lines = [
        f"graph {_list(_picture(direction, broken, head))};",
        f"node {_list(_any_box(direction))};",
        f"edge {_list(ANY_LINE)};",
        *_Frames(drawn, broken, direction).all(),
        *_same_rank(drawn, broken.links),
        *_edges(drawn, broken, direction),
    ]
    inside = "".join(f"  {line}\n" for line in lines)
    return f"digraph {_quoted(graph.name)} {{\n{inside}}}\n"


def box_count(text: str) -> int:
    """How many lines between boxes a text of ours has: about how many boxes."""
    return text.count(" -> ")


# ---------------------------------------------------------------- what holds for all of it


def _picture(direction: Direction, broken: Columns, head: Sequence[str]) -> Attributes:
    attributes = {"rankdir": "TB" if direction == "down" else "LR"}
    if broken.links:
        attributes["newrank"] = "true"  # so that boxes of several frames can stand side by side
    attributes |= {"nodesep": "0.28", "ranksep": "0.28", "pad": "0.2"}
    attributes |= {"fontname": FONT, "fontsize": "11", "fontcolor": INK}
    if head:
        attributes |= {"label": _Html(_table(head, spacing=3)), "labelloc": "t", "labeljust": "l"}
    return attributes


def _any_box(direction: Direction) -> Attributes:
    width = "1.5" if direction == "down" else "0.5"
    font = {"fontname": FONT, "fontsize": "12", "fontcolor": INK}
    size = {"width": width, "height": "0.3", "margin": "0.12,0.04"}
    return {"shape": "box", "style": "rounded,filled", **font, **size}


ANY_LINE: Final[Attributes] = {
    "color": INK,
    "penwidth": "0.9",
    "arrowsize": "0.6",
    "fontname": FONT,
    "fontsize": "8.5",
    "fontcolor": PALE,
}
BARE: Final[Attributes] = {"label": "", "peripheries": "0", "style": "invis"}
"""Of a column: it keeps its boxes together and is not seen."""


def _title(graph: Graph) -> Iterator[str]:
    network = graph.at("inference")
    numbers = (
        f"{network.total_params:,} parameters",
        f"{short(network.total_macs)} multiply-accumulates",
        ", ".join(str(node.output) for node in graph.inputs),
    )
    yield _row(f'<font point-size="18"><b>{_html(graph.name)}</b></font>')
    yield _row(_small(_html(SEPARATOR.join(numbers), 200), 11))


def _legend(drawn: Outline) -> Iterator[str]:
    """What the colours stand for, of those that the picture has."""
    boxes = [box for box in drawn.root.boxes if box.form != "junction"]
    used = {box.role for box in boxes}
    entries = [_sample(PAINTS[role], role.value) for role in Role if role in used]
    if None in used:
        entries.append(_sample(BLOCK, "closed block"))
    if any(box.training_only for box in boxes):
        entries.append(f"<td>- - -</td>{_word('training only')}")
    length = math.ceil(len(entries) / math.ceil(len(entries) / LEGEND_ROW))
    rows = [entries[k : k + length] for k in range(0, len(entries), length)]
    yield _row(_table([f"<tr>{''.join(row)}</tr>" for row in rows], spacing=4))


def _sample(paint: Paint, word: str) -> str:
    size = 'width="16" height="10" fixedsize="true"'
    colors = f'border="1" color="{paint.border}" bgcolor="{paint.fill}"'
    return f"<td {size} {colors}></td>{_word(word)}"


def _word(word: str) -> str:
    return f'<td align="left"><font point-size="10">{_html(word)}&#160;&#160;</font></td>'


def _row(inside: str) -> str:
    return f'<tr><td align="left">{inside}</td></tr>'


def _table(rows: Iterable[str], *, spacing: int) -> str:
    borders = f'border="0" cellborder="0" cellpadding="0" cellspacing="{spacing}"'
    return f"<table {borders}>{''.join(rows)}</table>"


# ---------------------------------------------------------------- boxes and frames


@final
class _Frames:
    """Boxes in frames, frames in frames, columns side by side."""

    def __init__(self, drawn: Outline, broken: Columns, direction: Direction) -> None:
        self._lines = drawn.lines
        self._broken = broken
        self._direction = direction
        self._number = 0

    def all(self) -> Iterator[str]:
        first, *others = self._broken.items
        if not others:
            yield from self._items(first)
            return
        strips = [self._column(first)]
        for link, column in zip(self._broken.links, others, strict=True):
            strips += [_gap(link, self._lines[link]), self._column(column)]
        # Graphviz sets them from the left, or from below.
        for strip in strips if self._direction == "down" else reversed(strips):
            yield from self._cluster(BARE, strip)

    def _column(self, items: Sequence[Box | Frame]) -> Iterator[str]:
        """What exists in training only stands away from the next column."""
        is_down = self._direction == "down"
        return self._items(sorted(items, key=lambda item: item.training_only != is_down))

    def _items(self, items: Iterable[Box | Frame]) -> Iterator[str]:
        for item in items:
            if isinstance(item, Box):
                yield f"{_quoted(item.path)} {_list(_box(item))};"
            else:
                frame = _frame(item, self._direction)
                yield from self._cluster(frame, self._items(item.items))

    def _cluster(self, attributes: Attributes, inside: Iterable[str]) -> Iterator[str]:
        self._number += 1
        yield f"subgraph cluster_{self._number} {{"
        yield f"  graph {_list(attributes)};"
        for line in inside:
            yield f"  {line}"
        yield "}"


def _box(box: Box) -> Attributes:
    if box.form == "junction":
        return {"shape": "point", "width": "0.05", "height": "0.05", "color": INK}
    paint = BLOCK if box.role is None else PAINTS[box.role]
    attributes = {"label": _box_label(box), "fillcolor": paint.fill, "color": paint.border}
    if box.form == "circle":
        attributes |= {"shape": "circle", "fixedsize": "true", "width": "0.26", "margin": "0"}
    if box.copies.count > 1:
        attributes["peripheries"] = "2"
    if box.training_only:
        attributes["style"] = "rounded,filled,dashed"
    return attributes | {"tooltip": clean(box.path, MAX_ID)}


def _box_label(box: Box) -> str:
    title = _html(box.label.title)
    if box.role is None:
        title = f"<b>{title}</b>"
    if box.copies.count > 1:
        title += f" <b>{box.copies}</b>"
    under = f"<br/>{_small(_html(box.label.under))}" if box.label.details else ""
    return _Html(title + under)


def _frame(frame: Frame, direction: Direction) -> Attributes:
    style = "rounded,filled,dashed" if frame.training_only else "rounded,filled"
    return {
        "label": _heading(frame, direction),
        "labeljust": "l" if direction == "down" else "r",
        "style": style,
        "fillcolor": FRAME.fill,
        "color": FRAME.border,
        "peripheries": "1",
        "penwidth": "1.8" if frame.copies.count > 1 else "0.8",
    }


def _heading(frame: Frame, direction: Direction) -> str:
    """In a picture that goes down it has two lines, to stand clear of the line into the frame."""
    title, under = _html(frame.label.title), _html(frame.label.under)
    times = f" <b>{frame.copies}</b>" if frame.copies.count > 1 else ""
    if direction == "right" or not under:
        return _Html(SEPARATOR.join(filter(None, (title, under))) + times)
    left = '<br align="left"/>'
    return _Html(f"{title}{left}{_small(under)}{times}{left}")


# ---------------------------------------------------------------- lines


def _edges(drawn: Outline, broken: Columns, direction: Direction) -> Iterator[str]:
    flow = Flow(drawn, broken)
    junctions = {box.path for box in drawn.root.boxes if box.form == "junction"}
    shortcuts = _shortcuts(drawn, flow, junctions) if direction == "down" else set()
    links = frozenset(broken.links)
    for number, line in enumerate(drawn.lines):
        attributes: Attributes = {}
        if line.target in junctions:
            attributes["arrowhead"] = "none"
        if line.training_only:
            attributes["style"] = "dashed"
        if number in links:
            yield from _link(number, line, attributes)
            continue
        if (weight := flow.weight(number)) > 1:
            attributes["weight"] = str(weight)
        if number in shortcuts:
            attributes["tailport"] = "w"
        yield _edge(_quoted(line.source), _quoted(line.target), attributes | _shape(line))


def _shortcuts(drawn: Outline, flow: Flow, junctions: Set[str]) -> set[int]:
    """Lines that leave the spine to the left: so the headings there stand clear of it."""
    leaving: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(drawn.lines):
        if line.source in junctions:
            leaving[line.source].append(number)
    beside: set[int] = set()
    for numbers in leaving.values():
        others = [number for number in numbers if flow.weight(number) < SPINE]
        if len(numbers) == 2 and len(others) == 1:
            beside.update(others)
    return beside


def _gap(number: int, line: Line) -> Iterator[str]:
    """Between two columns: the line from where the first ends back to where the second begins."""
    corner = _list({"shape": "point", "width": "0.01", "height": "0.01", "color": INK})
    start, end = f"link_{number}_start", f"link_{number}_end"
    yield f"{start} {corner};"
    yield f"{end} {corner};"
    straight = {"arrowhead": "none", "weight": "100", "headclip": "false", "tailclip": "false"}
    yield _edge(start, end, straight | _shape(line))


def _link(number: int, line: Line, attributes: Attributes) -> Iterator[str]:
    """Out of the last box of a column, and into the first of the next."""
    out = {"arrowhead": "none", "headclip": "false"}
    yield _edge(_quoted(line.source), f"link_{number}_end", out)
    yield _edge(f"link_{number}_start", _quoted(line.target), attributes | {"tailclip": "false"})


def _same_rank(drawn: Outline, links: Sequence[int]) -> Iterator[str]:
    """All columns begin side by side, and every link leaves beside the end of its column."""
    if not links:
        return
    beginnings = [_quoted(next(drawn.root.boxes).path)]
    for number in links:
        line = drawn.lines[number]
        beginnings += [f"link_{number}_start", _quoted(line.target)]
        yield f"{{ rank=same; {_quoted(line.source)}; link_{number}_end; }}"
    yield f"{{ rank=same; {'; '.join(beginnings)}; }}"


def _shape(line: Line) -> Attributes:
    """With some space, because Graphviz may take the sign × for narrower than it is."""
    space = "\N{NO-BREAK SPACE}" * 3
    return {} if line.shape is None else {"label": f"{space}{line.shape}"}


# ---------------------------------------------------------------- the language


def _edge(source: str, target: str, attributes: Attributes) -> str:
    return f"{source} -> {target}{' ' if attributes else ''}{_list(attributes)};"


def _list(attributes: Attributes) -> str:
    if not attributes:
        return ""
    return f"[{', '.join(f'{name}={_value(value)}' for name, value in attributes.items())}]"


def _value(value: str) -> str:
    if isinstance(value, _Html) and value:
        return f"<{value}>"
    return value if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) else _quoted(value)


def _quoted(text: str) -> str:
    """A string of DOT: nothing in it ends it, and no backslash means anything."""
    escaped = clean(text, MAX_ID).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _html(text: str, limit: int | None = None) -> str:
    return html.escape(clean(text, limit) if limit else clean(text))


def _small(inside: str, size: float = 9.5) -> str:
    return f'<font point-size="{size:g}" color="{PALE}">{inside}</font>'

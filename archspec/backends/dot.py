"""A network as DOT, the language of Graphviz."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final, final

from archspec.backends.columns import Columns, Direction, Flow, SPINE, columns
from archspec.backends.labels import BLOCK, FRAME, PAINTS, Paint, clean, short
from archspec.backends.outline import Box, Frame, Line, Outline, outline
from archspec.graph import Graph
from archspec.op import Role

INK: Final = "#1f1f1f"
PALE: Final = "#5a5a5a"
FONT: Final = "Helvetica"
"""Graphviz knows its widths; in SVG it gets ``sans-serif`` as a fallback."""
LEGEND_ROW: Final = 5

Attributes = Mapping[str, str]


@final
class Html(str):
    """A label with marks; everything in it that is not one of ours is escaped."""

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
    head = [*(_title(graph) if title else ()), *(_legend(drawn) if legend else ())]
    broken = columns(drawn, direction)
    lines = [
        *_defaults(direction, bool(broken.of), head),
        *_Frames(drawn, broken, direction).root(),
        *_edges(drawn, broken, direction),
    ]
    inside = "".join(f"  {line}\n" for line in lines)
    return f"digraph {_quoted(clean(graph.name) or 'network')} {{\n{inside}}}\n"


def _defaults(direction: Direction, is_broken: bool, head: Sequence[str]) -> Iterator[str]:
    attributes = {"rankdir": "TB" if direction == "down" else "LR", "compound": "false"}
    if is_broken:
        attributes["newrank"] = "true"
    attributes |= {"nodesep": "0.28", "ranksep": "0.28", "pad": "0.2", "fontname": FONT}
    attributes |= {"fontsize": "11", "fontcolor": INK, "labeljust": "l", "labelloc": "t"}
    if head:
        attributes["label"] = Html(_table("".join(head), spacing=3))
    yield f"graph {_list(attributes)};"
    node = {"shape": "box", "style": "rounded,filled", "fontname": FONT, "fontsize": "12"}
    node |= {"fontcolor": INK, "height": "0.3", "width": "1.5" if direction == "down" else "0.5", "margin": "0.12,0.04"}
    yield f"node {_list(node)};"
    edge = {"color": INK, "fontname": FONT, "fontsize": "9", "fontcolor": PALE}
    edge |= {"arrowsize": "0.6", "penwidth": "0.9"}
    yield f"edge {_list(edge)};"


@final
class _Frames:
    """Boxes in frames, frames in frames."""

    def __init__(self, drawn: Outline, broken: Columns, direction: Direction) -> None:
        self._root = drawn.root
        self._lines = drawn.lines
        self._broken = broken
        self._is_down = direction == "down"
        self._number = 0

    def root(self) -> Iterator[str]:
        yield from self._inside(self._root)

    def _inside(self, frame: Frame) -> Iterator[str]:
        if frame.path not in self._broken.of:
            yield from self._items(frame.items)
            return
        links = [number for number, path in self._broken.links.items() if path == frame.path]
        strips: list[Iterator[str]] = []
        for k, column in enumerate(self._broken.of[frame.path]):
            if k:
                strips.append(_gap(links[k - 1], self._lines[links[k - 1]]))
            strips.append(self._items(self._sorted(column)))
        # Graphviz sets them in this order from the left, or from the bottom.
        for strip in strips if self._is_down else reversed(strips):
            yield from self._cluster(BARE, strip)
        yield from _same_rank(frame, links, self._lines)

    def _sorted(self, column: Sequence[Box | Frame]) -> list[Box | Frame]:
        """The items of a column, those that exist in training only away from the next column."""
        return sorted(column, key=lambda item: item.training_only != self._is_down)

    def _items(self, items: Iterable[Box | Frame]) -> Iterator[str]:
        for item in items:
            if isinstance(item, Box):
                yield f"{_quoted(item.path)} {_list(_box(item))};"
            else:
                yield from self._cluster(_frame(item), self._inside(item))

    def _cluster(self, attributes: Attributes, inside: Iterable[str]) -> Iterator[str]:
        self._number += 1
        yield f"subgraph cluster_{self._number} {{"
        yield f"  graph {_list(attributes)};"
        yield from (f"  {line}" for line in inside)
        yield "}"


BARE: Final[Attributes] = {"label": "", "peripheries": "0", "style": "invis"}
"""A column: it keeps its boxes together and is not seen."""


def _gap(number: int, line: Line) -> Iterator[str]:
    """A line beside a column, back to where the columns begin."""
    points = f"link_{number}_start", f"link_{number}_end"
    corner = {"shape": "point", "width": "0.01", "height": "0.01", "color": INK}
    for point in points:
        yield f"{point} {_list(corner)};"
    attributes = {"arrowhead": "none", "weight": "100", "headclip": "false", "tailclip": "false"}
    yield f"{points[0]} -> {points[1]} {_list(attributes | _shape(line))};"


def _same_rank(frame: Frame, links: Sequence[int], lines: Sequence[Line]) -> Iterator[str]:
    """All columns begin side by side, and every link leaves beside the end of its column."""
    first = next(frame.boxes).path
    beginnings = [_quoted(first)]
    for number in links:
        beginnings += [f"link_{number}_start", _quoted(lines[number].target)]
        yield f"{{ rank=same; {_quoted(lines[number].source)}; link_{number}_end; }}"
    yield f"{{ rank=same; {'; '.join(beginnings)}; }}"


def _edges(drawn: Outline, broken: Columns, direction: Direction) -> Iterator[str]:
    flow = Flow(drawn, broken)
    junctions = {box.path for box in drawn.root.boxes if box.form == "junction"}
    shortcuts = _shortcuts(drawn, flow, junctions) if direction == "down" else set()
    for number, line in enumerate(drawn.lines):
        attributes: dict[str, str] = {}
        if line.target in junctions:
            attributes["arrowhead"] = "none"
        if line.training_only:
            attributes["style"] = "dashed"
        if number in broken.links:
            yield from _link(number, line, attributes)
            continue
        if number in flow.lengths:
            attributes["minlen"] = str(flow.lengths[number])
        if (weight := flow.weight(number)) > 1:
            attributes["weight"] = str(weight)
        if number in shortcuts:
            attributes["tailport"] = "w"
        ends = f"{_quoted(line.source)} -> {_quoted(line.target)}"
        yield f"{ends} {_list(attributes | _shape(line))}".rstrip() + ";"


def _shortcuts(drawn: Outline, flow: Flow, junctions: Set[str]) -> set[int]:
    """Lines that leave the spine to the left: so the headings at the left stand clear of it."""
    leaving: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(drawn.lines):
        if line.source in junctions:
            leaving[line.source].append(number)
    beside: set[int] = set()
    for numbers in leaving.values():
        others = [number for number in numbers if flow.weight(number) < SPINE]
        if len(others) == 1 and len(numbers) == 2:
            beside.add(others[0])
    return beside


def _link(number: int, line: Line, attributes: dict[str, str]) -> Iterator[str]:
    """Out of the last box of a column, and into the first of the next."""
    out = _list({"arrowhead": "none", "headclip": "false"})
    yield f"{_quoted(line.source)} -> link_{number}_end {out};"
    into = _list({**attributes, "tailclip": "false"})
    yield f"link_{number}_start -> {_quoted(line.target)} {into};"


def _shape(line: Line) -> Attributes:
    """With some space, because Graphviz may take the sign × for narrower than it is."""
    space = "\N{NO-BREAK SPACE}" * 3
    return {} if line.shape is None else {"label": f"{space}{line.shape}"}


def _box(box: Box) -> Attributes:
    if box.form == "junction":
        return {"shape": "point", "width": "0.05", "height": "0.05", "color": INK}
    paint = BLOCK if box.role is None else PAINTS[box.role]
    attributes = {"label": _label(box), "fillcolor": paint.fill, "color": paint.border}
    if box.form == "circle":
        attributes |= {"shape": "circle", "fixedsize": "true", "width": "0.26", "margin": "0"}
    if box.copies.count > 1:
        attributes["peripheries"] = "2"
    if box.training_only:
        attributes["style"] = "rounded,filled,dashed"
    return attributes | {"tooltip": clean(box.path, 200)}


def _label(box: Box) -> str:
    title = _html(box.label.title)
    if box.role is None:
        title = f"<b>{title}</b>"
    if box.copies.count > 1:
        title += f" <b>{box.copies}</b>"
    if not box.label.details:
        return Html(title)
    under = f'<font point-size="9.5" color="{PALE}">{_html(box.label.under)}</font>'
    return Html(f"{title}<br/>{under}")


def _frame(frame: Frame) -> Attributes:
    words = [_html(frame.heading)] if frame.heading else []
    if frame.copies.count > 1:
        words.append(f"<b>{frame.copies}</b>")
    attributes = {"label": Html(" ".join(words)) if words else ""}
    attributes |= {"style": "rounded,filled", "fillcolor": FRAME.fill, "color": FRAME.border}
    if frame.training_only:
        attributes["style"] += ",dashed"
    return attributes | {"peripheries": "1", "penwidth": "1.6" if frame.copies.count > 1 else "0.8"}


def _title(graph: Graph) -> Iterator[str]:
    network = graph.at("inference")
    numbers = (
        f"{network.total_params:,} parameters",
        f"{short(network.total_macs)} multiply-accumulates",
        ", ".join(str(node.output) for node in graph.inputs),
    )
    yield _row(f'<font point-size="18"><b>{_html(graph.name)}</b></font>')
    yield _row(f'<font point-size="11" color="{PALE}">{_html(" · ".join(numbers), 200)}</font>')


def _legend(drawn: Outline) -> Iterator[str]:
    """What the colours stand for that the picture has."""
    boxes = [box for box in drawn.root.boxes if box.form != "junction"]
    used = {box.role for box in boxes}
    entries = [(PAINTS[role], role.value) for role in Role if role in used]
    if None in used:
        entries.append((BLOCK, "closed block"))
    samples = [_sample(paint, word) for paint, word in entries]
    if any(box.training_only for box in boxes):
        samples.append('<td>- - -</td><td align="left">training only</td>')
    rows = [samples[k : k + LEGEND_ROW] for k in range(0, len(samples), LEGEND_ROW)]
    yield _row(_table("".join(f"<tr>{''.join(row)}</tr>" for row in rows), spacing=4))


def _sample(paint: Paint, word: str) -> str:
    box = f'border="1" color="{paint.border}" bgcolor="{paint.fill}" width="16" height="10"'
    return (
        f'<td {box} fixedsize="true"></td>'
        f'<td align="left"><font point-size="10">{_html(word)}</font></td>'
    )


def _row(inside: str) -> str:
    return f'<tr><td align="left">{inside}</td></tr>'


def _table(rows: str, *, spacing: int) -> str:
    return f'<table border="0" cellborder="0" cellpadding="0" cellspacing="{spacing}">{rows}</table>'


def _list(attributes: Attributes) -> str:
    if not attributes:
        return ""
    return f"[{', '.join(f'{name}={_value(value)}' for name, value in attributes.items())}]"


def _value(value: str) -> str:
    return f"<{value}>" if isinstance(value, Html) else _quoted(value)


def _quoted(text: str) -> str:
    """A string of DOT: nothing in it ends it, and no backslash means anything."""
    escaped = clean(text, 10_000).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _html(text: str, limit: int = 48) -> str:
    return html.escape(clean(text, limit))

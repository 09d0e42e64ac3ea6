"""A diagram as DOT, for who lays it out with Graphviz."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final, final

from archspec.escaping import clean
from archspec.figures.outline.diagram import Diagram, Frame, Leaf, children, leaves
from archspec.figures.outline.edges import Edge
from archspec.figures.outline.flowchart import Flowchart
from archspec.figures.request import Direction
from archspec.figures.theme import PALETTES

COLORS: Final = PALETTES["light"]
FONT: Final = "Helvetica"
LONGEST: Final = 10_000

Attributes = dict[str, str]

ANY_BOX: Final[Attributes] = {
    "shape": "box",
    "style": "rounded,filled",
    "fontname": FONT,
    "fontsize": "12",
    "fontcolor": COLORS["ink"],
    "height": "0.3",
    "margin": "0.12,0.04",
}
ANY_EDGE: Final[Attributes] = {
    "color": COLORS["line"],
    "penwidth": "0.9",
    "arrowsize": "0.6",
    "fontname": FONT,
    "fontsize": "8.5",
    "fontcolor": COLORS["pale"],
}


@final
class _Html(str):
    """A label with marks of ours; all else in it is escaped."""

    __slots__ = ()


def render(chart: Flowchart, direction: Direction) -> str:
    """The text of a graph: Graphviz, or a person, decides where its boxes stand."""
    names = _names([leaf.path for leaf in leaves(chart.diagram)])
    lines = [
        f"graph {_list(_graph(chart.title, direction))};",
        f"node {_list(ANY_BOX)};",
        f"edge {_list(ANY_EDGE)};",
        *_boxes(chart.diagram, iter(names), count(1)),
        *(_edge(edge, names) for edge in chart.edges),
    ]
    inside = "".join(f"  {line}\n" for line in lines)
    return f"digraph {_quote(chart.title)} {{\n{inside}}}\n"


def _names(paths: Sequence[str]) -> list[str]:
    """A box is called by its path; if another is already, by a number too."""
    names: dict[str, None] = {}
    for path in paths:
        candidates = (f"{clean(path, LONGEST)}{end}" for end in _endings())
        names[next(name for name in candidates if name not in names)] = None
    return list(names)


def _endings() -> Iterator[str]:
    yield ""
    for number in count(2):
        yield f" ({number})"


def _graph(title: str, direction: Direction) -> Attributes:
    attributes = {"rankdir": "TB" if direction == "down" else "LR"}
    attributes |= {"nodesep": "0.28", "ranksep": "0.28", "pad": "0.2"}
    attributes |= {"fontname": FONT, "fontsize": "11", "fontcolor": COLORS["ink"]}
    if heading := _html(title):
        label = _Html(f'<font point-size="18"><b>{heading}</b></font>')
        attributes |= {"label": label, "labelloc": "t", "labeljust": "l"}
    return attributes


# ---------------------------------------------------------------- boxes, frames, edges


def _boxes(diagram: Diagram, names: Iterator[str], frames: Iterator[int]) -> Iterator[str]:
    if isinstance(diagram, Frame):
        yield from _cluster(diagram, names, frames)
        return
    if isinstance(diagram, Leaf):
        yield f"{_quote(next(names))} {_list(_box(diagram))};"
    for part in children(diagram):
        yield from _boxes(part, names, frames)


def _cluster(frame: Frame, names: Iterator[str], frames: Iterator[int]) -> Iterator[str]:
    yield f"subgraph cluster_{next(frames)} {{"
    yield f"  graph {_list(_frame(frame))};"
    for part in children(frame):
        for line in _boxes(part, names, frames):
            yield f"  {line}"
    yield "}"


def _frame(frame: Frame) -> Attributes:
    return {
        "label": _Html(_html(frame.heading) + _times(frame.count) or " "),
        "labeljust": "l",
        "style": "rounded,filled,dashed" if frame.dashed else "rounded,filled",
        "fillcolor": COLORS["frame"],
        "color": COLORS["frame-line"],
        "tooltip": _plain(frame.path),
    }


def _box(leaf: Leaf) -> Attributes:
    colors = {"fillcolor": COLORS[leaf.role], "color": COLORS[f"{leaf.role}-line"]}
    attributes: Attributes = {"label": _label(leaf)} | colors
    if leaf.form == "circle":
        attributes |= {"shape": "circle", "fixedsize": "true", "width": "0.26", "margin": "0"}
    if leaf.count > 1:
        attributes["peripheries"] = "2"
    if leaf.dashed:
        attributes["style"] = "rounded,filled,dashed"
    return attributes | {"tooltip": _plain(leaf.path)}


def _label(leaf: Leaf) -> str:
    """Graphviz has neither labels nor marks with nothing in them."""
    title, under = _html(leaf.title) + _times(leaf.count), _html(leaf.under)
    return _Html(f"{title}<br/>{_small(under)}" if under else title or " ")


def _times(number: int) -> str:
    return f" <b>×{number}</b>" if number > 1 else ""


def _small(inside: str) -> str:
    return f'<font point-size="9.5" color="{COLORS["pale"]}">{inside}</font>'


def _edge(edge: Edge, names: Sequence[str]) -> str:
    attributes: Attributes = {"label": _plain(edge.label)} if edge.label else {}
    if edge.entry:
        attributes["headlabel"] = _plain(edge.entry)
    if edge.dashed:
        attributes["style"] = "dashed"
    line = f"{_quote(names[edge.source])} -> {_quote(names[edge.target])}"
    return f"{line} {_list(attributes)};" if attributes else f"{line};"


# ---------------------------------------------------------------- the language


def _list(attributes: Attributes) -> str:
    return f"[{', '.join(f'{name}={_value(value)}' for name, value in attributes.items())}]"


def _value(value: str) -> str:
    if isinstance(value, _Html):
        return f"<{value}>"
    return value if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) else _quote(value)


def _quote(text: str) -> str:
    """A string of DOT: nothing in it ends it, and no backslash means anything."""
    escaped = clean(text, LONGEST).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(text: str) -> str:
    """A string in which Graphviz looks for entities too."""
    return html.escape(clean(text, LONGEST), quote=False)


def _html(text: str) -> str:
    return html.escape(clean(text, LONGEST))

"""A diagram as DOT, for who lays it out with Graphviz."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Final, final

import graphviz  # type: ignore[import-untyped]

from archspec.escaping import clean
from archspec.figures.annotations.looks import look
from archspec.figures.outline.diagram import Diagram, Frame, Leaf, children, leaves
from archspec.figures.outline.edges import Edge
from archspec.figures.outline.flowchart import Flowchart
from archspec.figures.request import Direction
from archspec.figures.theme import PALETTES, ThemeName, shade

FONT: Final = "Helvetica,Arial,sans-serif"
"""Fonts that a system has, or has another one for: Graphviz takes the first that there is."""
LONGEST: Final = 10_000
SPINE_WEIGHT: Final = "8"
"""Of the edges of the longest path, which is to be straight; others have 1."""

Attributes = dict[str, str]


def render(chart: Flowchart, direction: Direction, theme: ThemeName) -> str:
    """The text of a graph: Graphviz, or a person, decides where its boxes stand."""
    source: str = digraph(chart, direction, theme).source
    return source


@final
class ArchitectureGraph(graphviz.Digraph):  # type: ignore[misc]
    """A graph that a notebook shows where Graphviz itself is not installed, too."""

    picture: Callable[[], str] | None = None
    """Makes our own figure of it, as SVG."""

    def _repr_image_svg_xml(self) -> str:
        try:
            drawn: str = super()._repr_image_svg_xml()
        except graphviz.ExecutableNotFound:
            if self.picture is None:
                raise
            return self.picture()
        return drawn


def digraph(chart: Flowchart, direction: Direction, theme: ThemeName) -> ArchitectureGraph:
    """The graph as an object of the package ``graphviz``, to be changed, rendered or shown."""
    return _Writer(chart, direction, theme).graph


@final
class _Writer:
    """Puts the boxes, frames and edges of a chart into a graph."""

    def __init__(self, chart: Flowchart, direction: Direction, theme: ThemeName) -> None:
        self._theme = theme
        self._colors = PALETTES[theme]
        self._names = _names([leaf.path for leaf in leaves(chart.diagram)])
        self._is_dimmed = [leaf.mark.dimmed for leaf in leaves(chart.diagram)]
        self._frames = count(1)
        self.graph = ArchitectureGraph(
            _plain_text(chart.name),
            graph_attr=self._of_graph(chart.title, direction),
            node_attr=self._of_boxes(),
            edge_attr=self._of_edges(),
        )
        self._draw(chart.diagram, self.graph, iter(self._names))
        spine = chart.spine
        for edge in chart.edges:
            self._connect(edge, is_spine=(edge.source, edge.target) in spine)

    def _value(self, name: str) -> str:
        return shade(self._theme, name)

    # ---------------------------------------------------------------- defaults

    def _of_graph(self, title: str, direction: Direction) -> Attributes:
        colors = self._colors
        attributes = {"rankdir": "TB" if direction == "down" else "LR"}
        attributes |= {"nodesep": "0.28", "ranksep": "0.28", "pad": "0.2"}
        attributes |= {"fontname": FONT, "fontsize": "11", "fontcolor": colors["ink"]}
        attributes["bgcolor"] = colors["background"]
        if heading := _html(title):
            label = f'<<font point-size="18"><b>{heading}</b></font>>'
            attributes |= {"label": label, "labelloc": "t", "labeljust": "l"}
        return attributes

    def _of_boxes(self) -> Attributes:
        return {
            "shape": "box",
            "style": "rounded,filled",
            "fontname": FONT,
            "fontsize": "12",
            "fontcolor": self._colors["ink"],
            "height": "0.3",
            "margin": "0.12,0.04",
        }

    def _of_edges(self) -> Attributes:
        return {
            "color": self._colors["line"],
            "penwidth": "0.9",
            "arrowsize": "0.6",
            "fontname": FONT,
            "fontsize": "8.5",
            "fontcolor": self._colors["pale"],
            "labelangle": "40",
            "labeldistance": "1.8",
        }

    # ---------------------------------------------------------------- boxes, frames, edges

    def _draw(self, diagram: Diagram, graph: graphviz.Digraph, names: Iterator[str]) -> None:
        if isinstance(diagram, Frame):
            with graph.subgraph(name=f"cluster_{next(self._frames)}") as cluster:
                cluster.attr(**self._frame(diagram))
                self._draw(diagram.inside, cluster, names)
        if isinstance(diagram, Leaf):
            graph.node(next(names), **self._box(diagram))
        beside = diagram.side_branches if isinstance(diagram, Frame) else children(diagram)
        for part in beside:
            self._draw(part, graph, names)

    def _frame(self, frame: Frame) -> Attributes:
        return {
            "label": f"<{_html(frame.heading) + _times(frame.count) or ' '}>",
            "labeljust": "l",
            "style": "rounded,filled,dashed" if frame.dashed else "rounded,filled",
            "fillcolor": self._colors["frame"],
            "color": self._colors["frame-line"],
            "tooltip": _plain(frame.path),
        }

    def _box(self, leaf: Leaf) -> Attributes:
        colors = look(leaf.role, leaf.mark)
        attributes = {"label": self._label(leaf)}
        attributes |= {"fillcolor": self._value(colors.fill), "color": self._value(colors.line)}
        if leaf.mark.highlighted:
            attributes["penwidth"] = f"{colors.thickness}"
        if leaf.mark.dimmed or leaf.mark.color:
            attributes["fontcolor"] = self._value(colors.ink)
        if leaf.form == "circle":
            attributes |= {"shape": "circle", "fixedsize": "true", "width": "0.26", "margin": "0"}
        if leaf.count > 1:
            attributes["peripheries"] = "2"
        if leaf.dashed:
            attributes["style"] = "rounded,filled,dashed"
        return attributes | {"tooltip": _plain(leaf.path)}

    def _label(self, leaf: Leaf) -> str:
        """Graphviz has neither labels nor marks with nothing in them."""
        title = _html(leaf.title) + _times(leaf.count)
        under = [_html(line) for line in (leaf.under, *leaf.mark.note) if line]
        if not under:
            return f"<{title or ' '}>"
        pale = self._value(look(leaf.role, leaf.mark).pale)
        lines = "<br/>".join(under)
        return f'<{title}<br/><font point-size="9.5" color="{pale}">{lines}</font>>'

    def _connect(self, edge: Edge, *, is_spine: bool) -> None:
        attributes: Attributes = {}
        if edge.label:
            attributes["label"] = f" {_plain(edge.label)}"  # apart from its line
        if edge.entry:
            attributes["headlabel"] = _plain(edge.entry)
        if edge.dashed:
            attributes["style"] = "dashed"
        if self._is_dimmed[edge.source] or self._is_dimmed[edge.target]:
            attributes |= {"color": self._value("dim line"), "fontcolor": self._value("dim pale")}
        if is_spine:
            attributes["weight"] = SPINE_WEIGHT
        self.graph.edge(self._names[edge.source], self._names[edge.target], **attributes)


# ---------------------------------------------------------------- names and texts


def _names(paths: Sequence[str]) -> list[str]:
    """A box is called by its path, as far as it has characters of paths; if another is already, by a
    number too."""
    names: dict[str, None] = {}
    for path in paths:
        plain = re.sub(r"[^\w.() -]", "_", clean(path, LONGEST))
        candidates = (f"{plain}{end}" for end in _endings())
        names[next(name for name in candidates if name not in names)] = None
    return list(names)


def _endings() -> Iterator[str]:
    yield ""
    for number in count(2):
        yield f" ({number})"


def _times(number: int) -> str:
    return f" <b>×{number}</b>" if number > 1 else ""


def _plain_text(text: str) -> str:
    """A string in which no backslash means anything, and that is no HTML."""
    escaped: str = graphviz.escape(clean(text, LONGEST))
    return escaped


def _plain(text: str) -> str:
    """The same where Graphviz looks for entities, too."""
    return _plain_text(html.escape(clean(text, LONGEST), quote=False))


def _html(text: str) -> str:
    return html.escape(clean(text, LONGEST))

"""A diagram as a Mermaid flowchart, which GitHub and many wikis draw in place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final

from archspec.diagnostics import SpecError, failure
from archspec.escaping import clean
from archspec.figures.annotations.looks import look
from archspec.figures.outline.diagram import Diagram, Frame, Leaf, children, frames, leaves
from archspec.figures.outline.edges import Edge
from archspec.figures.outline.flowchart import Flowchart
from archspec.figures.request import Direction
from archspec.figures.theme import ROLE_NAMES, ThemeName, color, shade

MAX_EDGES: Final = 500
MAX_CHARACTERS: Final = 50_000
"""Of these, Mermaid draws no more unless a page says otherwise, and GitHub does not."""
LONGEST: Final = 10_000

DEFAULT_THEME: Final = "light"
"""With it lines have the colour that suits the page: GitHub has a dark one, too."""
DASHES: Final = ",stroke-dasharray:4 3"
TRAINING_FRAME: Final = "trainingFrame"

# Everything that Mermaid, Markdown or HTML may take for a mark. A point between digits is none,
# nor is a hyphen within a word.
MARK: Final = re.compile(
    r"[^0-9A-Za-z ,/\u0080-\U0010ffff._-]|(?<![0-9])\.|\.(?![0-9])"
    r"|(?<![0-9A-Za-z])[_-]|[_-](?![0-9A-Za-z])|[ﬂ¶]"
)
PARTED: Final = "$:ﬂ¶"
"""Mermaid looks once more when it has put characters in place of their numbers: for ``$$``, for
``fa:fa-car``, and for ``ﬂ°`` and ``¶ß``, by which it marks numbers meanwhile. Invisible joiners
keep them apart."""
NAMED: Final = {'"': "quot", "<": "lt", ">": "gt", "&": "amp"}


def render(chart: Flowchart, direction: Direction, theme: ThemeName) -> str:
    """The text of a flowchart. Raises SpecError if it has more than Mermaid draws."""
    text = "".join(f"{line}\n" for line in _lines(chart, direction, theme))
    if len(chart.edges) > MAX_EDGES:
        raise _too_large(f"{MAX_EDGES} edges, and this one has {len(chart.edges)}")
    if len(text) > MAX_CHARACTERS:
        raise _too_large(f"{MAX_CHARACTERS:,} characters, and this one has {len(text):,}")
    return text


def _too_large(message: str) -> SpecError:
    help = "a smaller depth has fewer boxes; DOT has no limit"
    return failure("cannot-draw", f"Mermaid draws at most {message}", help=help)


def _lines(chart: Flowchart, direction: Direction, theme: ThemeName) -> Iterator[str]:
    diagram = chart.diagram
    if chart.title:
        yield from ("---", f"title: {_yaml(chart.title)}", "---")
    yield f"flowchart {'LR' if direction == 'right' else 'TD'}"
    boxes = _boxes(diagram, count(1), count(1))
    for line in (*boxes, *map(_edge, chart.edges), *_classes(diagram, theme)):
        yield f"  {line}"
    if chart.edges and theme != DEFAULT_THEME:
        line, pale = color(theme, "line"), color(theme, "pale")
        yield f"  linkStyle default stroke:{line},color:{pale}"
    is_dimmed = [leaf.mark.dimmed for leaf in leaves(diagram)]
    ends = ((k, edge.source, edge.target) for k, edge in enumerate(chart.edges))
    if dimmed := [str(k) for k, *both in ends if any(is_dimmed[end] for end in both)]:
        line, pale = shade(theme, "dim line"), shade(theme, "dim pale")
        yield f"  linkStyle {','.join(dimmed)} stroke:{line},color:{pale}"


def _boxes(diagram: Diagram, numbers: Iterator[int], frames: Iterator[int]) -> Iterator[str]:
    if isinstance(diagram, Frame):
        yield from _frame(diagram, numbers, frames)
    if isinstance(diagram, Leaf):
        yield f"n{next(numbers)}{_shape(diagram)}:::{diagram.role}"
    for part in diagram.side_branches if isinstance(diagram, Frame) else children(diagram):
        yield from _boxes(part, numbers, frames)


def _frame(frame: Frame, numbers: Iterator[int], frames: Iterator[int]) -> Iterator[str]:
    name = f"f{next(frames)}"
    heading = _times(_escape(frame.heading), frame.count) or " "
    yield f'subgraph {name}["{heading}"]'
    for line in _boxes(frame.inside, numbers, frames):
        yield f"  {line}"
    yield "end"
    yield f"class {name} {_frame_class(frame)}"


def _frame_class(frame: Frame) -> str:
    return TRAINING_FRAME if frame.dashed else "frame"


def _shape(leaf: Leaf) -> str:
    under = map(_escape, (leaf.under, *leaf.mark.note))
    lines = (_times(_escape(leaf.title), leaf.count), *under)
    label = "<br/>".join(filter(None, lines)) or " "
    return f'(("{label}"))' if leaf.form == "circle" else f'("{label}")'


def _edge(edge: Edge) -> str:
    arrow = "-.->" if edge.dashed else "-->"
    label = _escape(edge.text)
    text = f'|"{label}"|' if label else ""
    return f"n{edge.source + 1} {arrow}{text} n{edge.target + 1}"


def _classes(diagram: Diagram, theme: ThemeName) -> Iterator[str]:
    """Colours of the roles that there are; what is dashed has its role's colours too."""
    boxes = list(leaves(diagram))
    used = {leaf.role for leaf in boxes}
    for role in ROLE_NAMES:
        if role in used:
            yield f"classDef {role} {_paint(theme, role)}"
    for name in sorted({_frame_class(frame) for frame in frames(diagram)}):
        yield f"classDef {name} {_paint(theme, 'frame')}{DASHES if name == TRAINING_FRAME else ''}"
    yield from _styles(boxes, theme)
    if dashed := [f"n{number}" for number, leaf in enumerate(boxes, 1) if leaf.dashed]:
        yield f"classDef training {DASHES[1:]}"
        yield f"class {','.join(dashed)} training"


def _styles(boxes: Sequence[Leaf], theme: ThemeName) -> Iterator[str]:
    """Of the boxes that look unlike others of their roles."""
    for number, leaf in enumerate(boxes, 1):
        if look(leaf.role, leaf.mark) != look(leaf.role):
            colors = look(leaf.role, leaf.mark)
            fill, line, ink = (shade(theme, name) for name in colors[:3])
            thick = ",stroke-width:3px" if leaf.mark.highlighted else ""
            yield f"style n{number} fill:{fill},stroke:{line},color:{ink}{thick}"


def _paint(theme: ThemeName, name: str) -> str:
    fill, stroke, ink = (color(theme, part) for part in (name, f"{name}-line", "ink"))
    return f"fill:{fill},stroke:{stroke},color:{ink}"


def _times(text: str, number: int) -> str:
    return f"{text} ×{number}".strip() if number > 1 else text


def _escape(text: str) -> str:
    """``#35;`` for ``#``: characters in place of marks, so that nothing ends a label."""
    return MARK.sub(_entity, clean(text, LONGEST).strip())


def _entity(mark: re.Match[str]) -> str:
    joiner = "#8288;" if mark[0] in PARTED else ""
    return f"#{NAMED.get(mark[0], str(ord(mark[0])))};{joiner}"


def _yaml(text: str) -> str:
    """A string of YAML, without the ``%%{`` by which Mermaid knows its directives."""
    return json.dumps(clean(text, LONGEST), ensure_ascii=False).replace("%", r"\x25")

"""Places that the program ``dot`` of Graphviz finds, for boxes, frames and lines that look as ours."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from math import hypot
from typing import Any, Final, final

from archspec.diagnostics import failure
from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.forms.frame import heading
from archspec.figures.layout.forms.leaf import box_size
from archspec.figures.layout.forms.lengths import PAD
from archspec.figures.layout.panels import Panel
from archspec.figures.layout.place import Layout
from archspec.figures.outline.diagram import Diagram, Frame, Leaf, children, frames, leaves
from archspec.figures.outline.edges import Edge
from archspec.figures.outline.flowchart import Flowchart
from archspec.figures.request import Options
from archspec.figures.scene import Box, Item, Line, Point, Rect, Text, move

PATIENCE: Final = 60
"""Seconds after which ``dot`` is given up."""
INCH: Final = 72.0
HELP: Final = "install Graphviz, of which it is a part, or leave out --layout"


def dot_panel(chart: Flowchart, options: Options) -> Panel:
    """A network where ``dot`` puts its parts. Raises SpecError if there is no such program."""
    return _Places(chart, options).panel()


@final
class _Places:
    """Asks with nothing but sizes, so that no text of a spec reaches another program."""

    def __init__(self, chart: Flowchart, options: Options) -> None:
        self._chart = chart
        self._direction = options.direction or "down"
        self._sizes = options.sizes
        self._layout = Layout(self._direction, options.sizes)
        self._boxes = [replace(leaf, side_branches=()) for leaf in leaves(chart.diagram)]
        self._spine = chart.spine
        self._frames = list(frames(chart.diagram))

    def panel(self) -> Panel:
        found = _run(self._question())
        _, _, width, height = _numbers(found["bb"])
        self._height = height
        objects: Sequence[Mapping[str, Any]] = found.get("objects", ())
        by_name = {each["name"]: each for each in objects}
        names = {each["_gvid"]: each["name"] for each in objects}
        items: list[Item] = []
        for k, frame in enumerate(self._frames):
            items += self._frame(frame, by_name[f"cluster_{k}"])
        ends = {(f"n{edge.source}", f"n{edge.target}"): edge for edge in self._chart.edges}
        for line in found.get("edges", ()):
            edge = ends[names[line["tail"]], names[line["head"]]]
            items.append(self._line(edge, line, by_name[names[line["head"]]]))
        for k, leaf in enumerate(self._boxes):
            items += self._box(leaf, by_name[f"n{k}"])
        return Panel(width, height, tuple(items))

    # ---------------------------------------------------------------- the question

    def _question(self) -> str:
        rank = "TB" if self._direction == "down" else "LR"
        lines = [
            f"graph [rankdir={rank}, nodesep=0.3, ranksep=0.32]",
            'node [shape=box, fixedsize=true, label=""]',
            "edge [arrowhead=none]",
            *self._parts(self._chart.diagram, count(), count()),
            *map(self._arrow, self._chart.edges),
        ]
        return "digraph {\n" + "\n".join(lines) + "\n}\n"

    def _parts(
        self, diagram: Diagram, numbers: Iterator[int], frames: Iterator[int]
    ) -> Iterator[str]:
        if isinstance(diagram, Leaf):
            k = next(numbers)
            width, height = (side / INCH for side in box_size(self._boxes[k], self._layout))
            shape = ", shape=circle" if diagram.form == "circle" else ""
            yield f"n{k} [width={width:.4f}, height={height:.4f}{shape}]"
        if isinstance(diagram, Frame):
            width, height = text_width(heading(diagram), self._sizes.small, True), self._sizes.small
            yield f"subgraph cluster_{next(frames)} {{"
            yield f"labeljust=l; margin={PAD}; label={_room(width, height)}"
            yield from self._parts(diagram.inside, numbers, frames)
            yield "}"
        beside = diagram.side_branches if isinstance(diagram, Frame) else children(diagram)
        for part in beside:
            yield from self._parts(part, numbers, frames)

    def _arrow(self, edge: Edge) -> str:
        size, text = self._sizes.small, edge.text
        label = f", label={_room(text_width(text, size) + 6, size + 2)}" if text else ""
        weight = 8 if (edge.source, edge.target) in self._spine else 1
        return f"n{edge.source} -> n{edge.target} [weight={weight}{label}]"

    # ---------------------------------------------------------------- the answer

    def _point(self, x: float, y: float) -> Point:
        """Graphviz counts from the bottom."""
        return x, self._height - y

    def _frame(self, frame: Frame, found: Mapping[str, Any]) -> Iterator[Item]:
        left, bottom, right, top = _numbers(found["bb"])
        x, y = self._point(left, top)
        size = self._sizes.small
        width, height = right - left, top - bottom
        yield Rect(x, y, width, height, "frame", "frame-line", 5, dashed=frame.dashed)
        if text := heading(frame):
            yield Text(x + PAD, y + size * 1.25, text, size, bold=True, color="pale")

    def _box(self, leaf: Leaf, found: Mapping[str, Any]) -> list[Item]:
        """A box as the layout of ours draws it, moved to its place."""
        start = len(self._layout.items)
        self._layout.place(leaf, 0, 0, [])
        drawn = self._layout.items[start:]
        (box,) = (item for item in drawn if isinstance(item, Box))
        x, y = self._point(*_numbers(found["pos"]))
        dx = x - box.rect.x - box.rect.width / 2
        dy = y - box.rect.y - box.rect.height / 2
        return [move(item, dx, dy) for item in drawn]

    def _line(self, edge: Edge, found: Mapping[str, Any], head: Mapping[str, Any]) -> Line:
        pairs = (_numbers(pair) for pair in found["pos"].split())
        *points, control, end = (self._point(x, y) for x, y in pairs)
        dx, dy = self._to_border(end, self._boxes[edge.target], self._point(*_numbers(head["pos"])))
        points += [(control[0] + dx, control[1] + dy), (end[0] + dx, end[1] + dy)]
        source, target = self._boxes[edge.source], self._boxes[edge.target]
        label = None
        if text := edge.text:
            x, y = self._point(*_numbers(found["lp"]))
            size = self._sizes.small
            label = Text(x, y + size * 0.35, text, size, "middle", color="pale")
        return Line(
            tuple(points), source.output, target.path, dashed=edge.dashed, smooth=True, label=label
        )

    def _to_border(self, end: Point, leaf: Leaf, middle: Point) -> Point:
        """How far a line that ends near a box is from it: ``dot`` leaves room for its stroke."""
        width, height = box_size(leaf, self._layout)
        x, y = end[0] - middle[0], end[1] - middle[1]
        if leaf.form == "circle":
            short = width / 2 / (hypot(x, y) or 1) - 1
            return x * short, y * short
        inner_x = min(max(x, -width / 2), width / 2)
        inner_y = min(max(y, -height / 2), height / 2)
        return inner_x - x, inner_y - y


def _room(width: float, height: float) -> str:
    """A label of a size with nothing in it."""
    sides = f'fixedsize="true" width="{width:.0f}" height="{height:.0f}"'
    return f'<<table border="0" cellborder="0" {sides}><tr><td></td></tr></table>>'


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def _run(question: str) -> dict[str, Any]:
    command = ["dot", "-Tjson0"]
    try:
        done = subprocess.run(
            command, input=question.encode(), capture_output=True, timeout=PATIENCE
        )
    except FileNotFoundError:
        raise failure("cannot-draw", "the program 'dot' is not installed", help=HELP) from None
    except subprocess.TimeoutExpired:
        message = f"'dot' found no places within {PATIENCE} seconds"
        raise failure("cannot-draw", message, help="a smaller depth has fewer boxes") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().split("\n")[0]
        raise failure("cannot-draw", f"'dot' failed: {said:.200}", help="leave out --layout")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer

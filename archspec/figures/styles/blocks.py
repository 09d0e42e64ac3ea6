"""The style ``blocks``: a box for every convolution, networks side by side (ResNet, Fig. 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from archspec.describe.values import count
from archspec.escaping import clean
from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.layout.legend import legend
from archspec.figures.layout.panels import Panel, vstack
from archspec.figures.layout.place import Layout
from archspec.figures.outline.build import network_diagram
from archspec.figures.outline.diagram import (
    Diagram,
    Leaf,
    Parallel,
    Series,
    chain,
    leaves,
    map_children,
)
from archspec.figures.request import Options
from archspec.figures.scene import Item, Line, Scene, Text, move
from archspec.figures.sizes import Sizes
from archspec.graph import Graph, Node
from archspec.op.base import Role

ACCEPTS: Final = frozenset({"width", "labels", "legend", "title", "highlight", "dim"})
TAKES_SEVERAL: Final = True


GAP: Final = 9.0
COLUMN: Final = 26.0
"""Between two networks."""
STAGE: Final = 10.0
"""Between one resolution and the next."""


@final
@dataclass(frozen=True, slots=True)
class _Stage:
    """Consecutive parts of a network with maps of one resolution."""

    size: str
    parts: tuple[Diagram, ...]


def scene(graphs: Sequence[Graph], options: Options) -> Scene:
    """Networks from top to bottom, their stages of one resolution at one height."""
    sizes = options.sizes
    sizes = replace(sizes, text=sizes.small, gap=GAP)
    layouts = [Layout("down", sizes) for _ in graphs]
    networks = [_stages(graph, options) for graph in graphs]
    grid = _align_stages(networks)
    heights = [
        max(
            (_length(layout, stage) for layout, stage in zip(layouts, row, strict=True) if stage),
            default=0.0,
        )
        for row in grid
    ]
    margin = max(text_width(size, sizes.small) for size in _sizes_of(grid)) + 10
    items: list[Item] = []
    x, widest, top = margin, 0.0, sizes.heading * 2.6
    for k, (graph, layout) in enumerate(zip(graphs, layouts, strict=True)):
        column = [row[k] for row in grid]
        heading = _heading(graph, sizes)
        half = max(text.width for text in heading) / 2
        before, after = (max(side, half) for side in _sides(layout, column))
        items += [move(text, x + before, 0) for text in heading]
        _place(layout, column, heights, x + before, top)
        items += layout.items
        x += before + after + COLUMN
    widest = x - COLUMN
    y = top
    for row, height, size in zip(grid, heights, _sizes_of(grid), strict=True):
        items.append(Text(0, y + sizes.small * 0.9, size, sizes.small, color="pale"))
        y += height + STAGE
        if row is not grid[-1]:
            rule = ((0.0, y - STAGE / 2), (margin - 6, y - STAGE / 2))
            items.append(Line(rule, color="frame-line", arrow=False, thickness=0.6))
    body = Panel(widest, y - STAGE, tuple(items))
    panels = [body]
    if options.legend:
        panels.append(legend(items, options, max(widest, 260)))
    figure = vstack(panels, graphs[0], options)
    return replace(figure, title=", ".join(graph.name for graph in graphs))


def _heading(graph: Graph, sizes: Sizes) -> list[Text]:
    network = graph.at("inference")
    numbers = f"{count(network.total_params)} params · {count(network.total_macs)} MACs"
    return [
        Text(0, sizes.heading * 0.8, clean(graph.name, 30), sizes.heading, "middle", True),
        Text(
            0, sizes.heading * 0.8 + sizes.small * 1.4, numbers, sizes.small, "middle", color="pale"
        ),
    ]


def _stages(graph: Graph, options: Options) -> list[_Stage]:
    """The chain of a network, divided where the resolution changes."""
    apart = replace(options, style="blocks", fold=False)
    diagram = _simplify(network_diagram(graph, apart))
    stages: list[_Stage] = []
    size = ""
    for part in chain(diagram):
        size = _size(graph, part) or size
        if stages and stages[-1].size == size:
            stages[-1] = replace(stages[-1], parts=(*stages[-1].parts, part))
        else:
            stages.append(_Stage(size, (part,)))
    return stages


def _size(graph: Graph, part: Diagram) -> str:
    """``56×56`` of the output of a part."""
    found = [leaf for leaf in leaves(part) if leaf.output and not leaf.dashed]
    if not found:
        return ""
    spatial = _made(graph, found[-1]).output.spatial
    return "1" if set(spatial) <= {1} else "×".join(map(str, spatial))


def _made(graph: Graph, leaf: Leaf) -> Node:
    """The layer whose map a box stands for: the one before it is flattened."""
    layers = [graph.nodes[path] for path in leaf.layers]
    solid = [node for node in layers if node.op.role is not Role.SHAPE]
    return (solid or layers or [graph.nodes[leaf.output]])[-1]


def _simplify(part: Diagram, *, beside: bool = False) -> Diagram:
    """The same with one line of text a box and no shapes. Of two branches the shorter one is dashed:
    it is the shortcut that changes the dimension."""
    if isinstance(part, Parallel):
        counts = [sum(1 for _ in leaves(branch)) for branch in part.branches]
        return Parallel(
            tuple(
                _simplify(branch, beside=beside or (len(counts) == 2 and count < max(counts)))
                for branch, count in zip(part.branches, counts, strict=True)
            )
        )
    if not isinstance(part, Leaf):
        return map_children(part, lambda child: _simplify(child, beside=beside))
    details = [word for word in part.under.split(" · ") if word[:1] in ("/", "×")]
    named = ", ".join((part.title, *details))
    return replace(
        part,
        title=part.under if part.role == "input" and not part.feed else named,
        under="",
        shape=None,
        dashed=part.dashed or beside,
        side_branches=tuple(map(_simplify, part.side_branches)),
    )


def _align_stages(networks: Sequence[Sequence[_Stage]]) -> list[list[_Stage | None]]:
    """Rows of stages of one resolution if in all networks the maps only shrink; else the k-th stages
    in a row."""
    orders = [[stage.size for stage in stages] for stages in networks]
    if all(len(set(order)) == len(order) for order in orders):
        sizes = sorted({size for order in orders for size in order}, key=_area, reverse=True)
        rows = [[_of_size(stages, size) for stages in networks] for size in sizes]
        if all([row[k].size for row in rows if row[k]] == order for k, order in enumerate(orders)):  # type: ignore[union-attr]
            return rows
    count = max(map(len, networks))
    return [[stages[k] if k < len(stages) else None for stages in networks] for k in range(count)]


def _area(size: str) -> int:
    area = 1
    for side in size.split("×"):
        area *= int(side or 1)
    return area


def _of_size(stages: Sequence[_Stage], size: str) -> _Stage | None:
    return next((stage for stage in stages if stage.size == size), None)


def _sizes_of(grid: Sequence[Sequence[_Stage | None]]) -> list[str]:
    return [next(stage.size for stage in row if stage) for row in grid]


def _length(layout: Layout, stage: _Stage) -> float:
    return layout.measure(Series(stage.parts)).length


def _sides(layout: Layout, column: Sequence[_Stage | None]) -> tuple[float, float]:
    extents = [layout.measure(Series(stage.parts)) for stage in column if stage]
    return max(extent.before for extent in extents), max(extent.after for extent in extents)


def _place(
    layout: Layout,
    column: Sequence[_Stage | None],
    heights: Sequence[float],
    axis: float,
    top: float,
) -> None:
    pending: list[Pending] = []
    for stage, height in zip(column, heights, strict=True):
        if stage is not None:
            pending = layout.place(Series(stage.parts), top, axis, pending)
        top += height + STAGE

"""The style ``blocks``: a box for every convolution, networks side by side (ResNet, Fig. 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final

from archspec.describe.values import count
from archspec.escaping import clean
from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.legend import legend
from archspec.figures.layout.panels import Panel, vstack
from archspec.figures.layout.place import Layout
from archspec.figures.request import Options
from archspec.figures.scene import Item, Line, Scene, Text, move
from archspec.figures.sizes import Sizes
from archspec.figures.styles.blocks.elements import NetworkColumn
from archspec.figures.styles.blocks.places import ColumnPlaces
from archspec.figures.styles.blocks.stages import Stage, align_stages, column, sizes_of, stages
from archspec.graph import Graph

ACCEPTS: Final = frozenset({"width", "labels", "legend", "title", "highlight", "dim", "rename"})
TAKES_SEVERAL: Final = True


GAP: Final = 5.0
BOX: Final = 1.45
"""Height of a box, compared with its text."""
COLUMN: Final = 22.0
"""Between two networks."""
STAGE: Final = 7.5
"""Between one resolution and the next."""


def scene(graphs: Sequence[Graph], options: Options) -> Scene:
    """Networks from top to bottom, their stages of one resolution at one height."""
    sizes = replace(options.sizes, text=options.sizes.small, gap=GAP, box=BOX)
    columns = [column(graph, options) for graph in graphs]
    places = [ColumnPlaces(each, Layout("down", sizes)) for each in columns]
    grid = align_stages([stages(each) for each in columns])
    heights = [
        max(place.length(stage.elements) for place, stage in zip(places, row, strict=True) if stage)
        for row in grid
    ]
    top = sizes.heading * 2.6
    tops = list(accumulate((height + STAGE for height in heights), initial=top))
    items: list[Item] = [*_resolutions(grid, tops, sizes)]
    x = _margin(grid, sizes)
    for k, (graph, place) in enumerate(zip(graphs, places, strict=True)):
        heading = _heading(graph, sizes)
        half = max(text.width for text in heading) / 2
        axis = x + max(place.before, half)
        starts = {row[k].elements[0]: y for row, y in zip(grid, tops, strict=False) if row[k]}  # type: ignore[union-attr]
        drawn, reach = place.place(starts, axis)
        items += [*(move(text, axis, 0) for text in heading), *drawn]
        x = axis + max(reach, half) + COLUMN
    body = Panel(x - COLUMN, tops[-1] - STAGE, tuple(items))
    panels = [body]
    if options.legend:
        panels.append(legend(items, _legend_options(columns, options), max(body.width, 260)))
    figure = vstack(panels, graphs[0], options)
    return replace(figure, title=", ".join(graph.name for graph in graphs))


def _legend_options(columns: Sequence[NetworkColumn], options: Options) -> Options:
    """Without shortcuts that are dashed, dashes mean what they do in other figures."""
    is_dashed = any(shortcut.dashed for each in columns for shortcut in each.shortcuts)
    return options if is_dashed else replace(options, style="paper")


def _margin(grid: Sequence[Sequence[Stage | None]], sizes: Sizes) -> float:
    return max(text_width(size, sizes.small) for size in sizes_of(grid)) + 10


def _resolutions(
    grid: Sequence[Sequence[Stage | None]], tops: Sequence[float], sizes: Sizes
) -> list[Item]:
    """On the left, with rules between them."""
    items: list[Item] = []
    margin = _margin(grid, sizes)
    for y, size in zip(tops, sizes_of(grid), strict=False):
        if items:
            rule = ((0.0, y - STAGE / 2), (margin - 6, y - STAGE / 2))
            items.append(Line(rule, color="frame-line", arrow=False, thickness=0.6))
        items.append(Text(0, y + sizes.small * 0.9, size, sizes.small, color="pale"))
    return items


def _heading(graph: Graph, sizes: Sizes) -> list[Text]:
    network = graph.at("inference")
    numbers = f"{count(network.total_params)} params · {count(network.total_macs)} MACs"
    return [
        Text(0, sizes.heading * 0.8, clean(graph.name, 30), sizes.heading, "middle", True),
        Text(
            0, sizes.heading * 0.8 + sizes.small * 1.4, numbers, sizes.small, "middle", color="pale"
        ),
    ]

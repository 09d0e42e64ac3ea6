"""The style ``full``: every layer, nothing folded (GoogLeNet, Fig. 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from archspec.figures.request import Options
from archspec.figures.scene import Scene, check_boxes
from archspec.figures.styles import paper
from archspec.graph import Graph

ACCEPTS: Final = frozenset(
    {
        "width",
        "height",
        "density",
        "direction",
        "layout",
        "open",
        "close",
        "highlight",
        "dim",
        "rename",
        "labels",
        "legend",
        "title",
    }
)
TAKES_SEVERAL: Final = False


def scene(graph: Graph, options: Options) -> Scene:
    """All layers of a network, in rows."""
    check_boxes(len(graph.layers), graph.name)
    return paper.scene(graph, replace(options, bars="none"))

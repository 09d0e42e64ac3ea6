"""Arcs of a dense block: every feature map on its way to all of its readers."""

from __future__ import annotations

from archspec.figures.request import Options
from archspec.figures.scene import Scene
from archspec.figures.styles.dense.behind import behind
from archspec.figures.styles.dense.blocks import chosen, dense_blocks
from archspec.figures.styles.dense.drawing import drawn
from archspec.graph import Graph

__all__ = ["dense_blocks", "scene"]


def scene(graph: Graph, options: Options) -> Scene:
    """One dense block: its first, or the one that ``options.module`` names. Raises SpecError."""
    network = graph.at("inference")
    block = chosen(network, options.module)
    return drawn(network, block, behind(network, block), options)

"""Arcs of a dense block: every feature map on its way to all of its readers."""

from __future__ import annotations

from typing import Final

from archspec.figures.request import Options
from archspec.figures.scene import Scene
from archspec.figures.styles.dense.dense_blocks import choose_block, dense_blocks
from archspec.figures.styles.dense.dense_scene import compose
from archspec.figures.styles.dense.successor import successor
from archspec.graph import Graph

ACCEPTS: Final = frozenset({"module", "width", "legend", "title"})
TAKES_SEVERAL: Final = False


__all__ = ["dense_blocks", "scene"]


def scene(graph: Graph, options: Options) -> Scene:
    """One dense block: its first, or the one that ``options.module`` names. Raises SpecError."""
    network = graph.at("inference")
    block = choose_block(network, options.module)
    return compose(network, block, successor(network, block), options)

"""What tools lay out themselves: boxes in frames, and which box feeds which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from archspec.figures.outline.build import Inset, outline
from archspec.figures.outline.diagram import Diagram, Leaf, Wire, map_leaves
from archspec.figures.outline.edges import Edge, edges, network_edges
from archspec.figures.request import Options
from archspec.graph import Graph


@final
@dataclass(frozen=True, slots=True)
class Flowchart:
    title: str
    diagram: Diagram
    edges: Sequence[Edge]
    """Between the leaves of the diagram, which are named by their places."""


def network_flowchart(graph: Graph, options: Options) -> Flowchart:
    """A network: an edge into an open block leads to what reads it there, past the input. Raises
    SpecError if the options name a scope that there is not."""
    diagram = map_leaves(outline(graph, options).diagram, _without_entry)
    return Flowchart(graph.name, diagram, network_edges(graph, diagram))


def inset_flowchart(graph: Graph, inset: Inset) -> Flowchart:
    """What a block is inside: its inputs are boxes, for there is nothing that feeds them."""
    title = f"{graph.name}: {inset.name}"
    return Flowchart(title, inset.diagram, list(edges(inset.diagram)))


def _without_entry(leaf: Leaf) -> Diagram:
    return Wire() if leaf.is_entry else leaf

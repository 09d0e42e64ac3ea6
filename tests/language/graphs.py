"""What tests of the language ask of a graph."""

from __future__ import annotations

from archspec.graph import Graph, Node

CONV = "{op: Conv2d, out_channels: 8, kernel_size: 1}"


def paths(graph: Graph) -> list[str]:
    """The layers by path, in their order."""
    return [node.path for node in graph.layers]


def wiring(graph: Graph) -> dict[str, tuple[str, ...]]:
    """What each layer reads."""
    return {node.path: node.sources for node in graph.layers}


def shape(graph: Graph, path: str) -> tuple[int, ...]:
    return graph.output_type(path).shape


def argument(graph: Graph, path: str, name: str) -> object:
    return getattr(graph.nodes[path].op, name)


def last(graph: Graph) -> Node:
    return graph.layers[-1]

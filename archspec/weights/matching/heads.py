"""The layers of a network that give one number for each class."""

from __future__ import annotations

from archspec.graph import Graph, Node
from archspec.op.base import Role


def head(graph: Graph) -> frozenset[str]:
    """Keys of the tensors that depend on the number of classes, of training-only outputs, too."""
    layers = {node.path: node for output in graph.outputs for node in _last(graph, output.source)}
    return frozenset(
        node.key(tensor) for node in layers.values() for tensor in node.cost.parameters
    )


def _last(graph: Graph, path: str) -> tuple[Node, ...]:
    """The layer with weights that an output is made of, if it is a convolution or linear layer."""
    node = graph.nodes[path]
    while not node.cost.parameters and len(node.operands) == 1:
        node = graph.nodes[node.operands[0]]
    node = graph.nodes[node.weights] if node.weights else node
    learns = bool(node.cost.parameters) and node.op.role in (Role.CONV, Role.LINEAR)
    return (node,) if learns else ()

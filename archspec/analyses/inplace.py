"""Which layers may write over their input: the same in the counted bytes and in the source."""

from __future__ import annotations

from collections import defaultdict

from archspec.graph import Graph, Node
from archspec.op.base import Role


def in_place(graph: Graph) -> frozenset[str]:
    """Paths of the activations that may work in place.

    A tensor may be overwritten if nothing else reads it: no other layer, no output, and no backward
    pass. Layers that share a module (``use``), or a line in the class of a block, work in place
    together or not at all.
    """
    given = {output.source for output in graph.outputs}
    found: set[str] = set()
    for node in graph.layers:
        if node.op.can_be_inplace and _is_free(graph, node.sources[0], given, found):
            found.add(node.path)
    return _together(found, [node for node in graph.layers if node.op.can_be_inplace])


def accumulating(graph: Graph) -> frozenset[str]:
    """Paths of the additions that may add onto their first operand: ``x += y``."""
    given = {output.source for output in graph.outputs}
    active = set(in_place(graph))
    adds = [node for node in graph.layers if node.op.accumulates]
    free = {
        node.path
        for node in adds
        if node.inputs[0] == node.output and _is_free(graph, node.sources[0], given, active)
    }
    return _together(free, adds)


def _together(found: set[str], nodes: list[Node]) -> frozenset[str]:
    """What was found without those that are one module or one line with a layer that was not."""
    groups: dict[object, set[str]] = defaultdict(set)
    for node in nodes:
        groups[node.weights or node.path].add(node.path)
        if "." in node.path and node.origin is not None:
            groups[node.origin, node.op_name].add(node.path)
    while lost := {
        path for group in groups.values() if not group <= found for path in group & found
    }:
        found -= lost
    return frozenset(found)


def _is_free(graph: Graph, path: str, given: set[str], found: set[str]) -> bool:
    """Whether a layer's output is a tensor of its own that only its one reader needs."""
    source = graph.nodes[path]
    return (
        len(graph.readers[path]) == 1
        and path not in given
        and path not in found  # its backward pass reads what it wrote
        and source.cost.saves in ("nothing", "input")
        and not _may_share(source)
    )


def _may_share(node: Node) -> bool:
    """Whether the output may be memory of somebody else: of the user, or of the layer's input."""
    return node.op.view or node.op.role in (Role.INPUT, Role.SHAPE)

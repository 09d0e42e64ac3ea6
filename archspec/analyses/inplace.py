"""Which layers may write over their input: the same in the counted bytes and in the source."""

from __future__ import annotations

from collections import defaultdict

from archspec.graph import Graph, Node
from archspec.op import Role


def in_place(graph: Graph) -> frozenset[str]:
    """Paths of the activations that may work in place.

    A tensor may be overwritten if nothing else reads it: no other layer, no output, and no backward
    pass. Layers that share a module (``use``) work in place together or not at all.
    """
    given = {output.source for output in graph.outputs}
    found: set[str] = set()
    sharing: dict[str, list[str]] = defaultdict(list)
    for node in graph.layers:
        sharing[node.weights or node.path].append(node.path)
        if node.op.can_be_inplace and _is_free(graph, node.sources[0], given, found):
            found.add(node.path)
    for paths in sharing.values():
        if len(paths) > 1 and not found.issuperset(paths):
            found.difference_update(paths)
    return frozenset(found)


def accumulating(graph: Graph) -> frozenset[str]:
    """Paths of the additions that may add onto their first operand: ``x += y``."""
    given = {output.source for output in graph.outputs}
    active = set(in_place(graph))
    return frozenset(
        node.path
        for node in graph.layers
        if node.kind == "Add" and _is_free(graph, node.sources[0], given, active)
    )


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

"""Modules that a path can go around: residual ones beside a shortcut, and layers of dense blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from archspec.graph import Graph, Node
from archspec.op.base import Role
from archspec.ops.merge import Add, Concat

ROOT: Final = ""
"""What stands before all inputs."""

Edge = tuple[str, int]
"""The path of the layer that reads, and the position of its operand."""


@final
@dataclass(frozen=True, slots=True)
class Modules:
    """Which edges of a network lead out of a module, and not around it.

    Of an addition, the shortcut is the operand to which fewer weight layers lead than to any other;
    of a Concat, it is the operand on which all others depend. Every other operand comes from a
    module. Products have none: a gate does not stand beside what it multiplies.
    """

    of_edge: Mapping[Edge, str]
    """Edge -> its module: the path of the addition, or of the features that are concatenated."""
    connections: int
    """Tensors that the layers of dense blocks read: L(L + 1)/2 of a block of L layers."""

    @property
    def count(self) -> int:
        return len(set(self.of_edge.values()))


def is_weighted(node: Node) -> bool:
    """Whether a layer counts in a network's depth: a convolution or linear layer that learns."""
    return node.op.role in (Role.CONV, Role.LINEAR) and bool(node.cost.parameters)


def find_modules(graph: Graph) -> Modules:
    """The modules of a network, in written order."""
    depth, above = _least_depth(graph), dominators(graph)
    of_edge: dict[Edge, str] = {}
    dense: dict[str, int] = {}
    begins: dict[str, str] = {}
    for node in graph.layers:
        shortcut = _shortcut(node, depth, above)
        if shortcut is None:
            continue
        is_dense = isinstance(node.op, Concat)
        others = [(k, path) for k, path in enumerate(node.operands) if path != shortcut]
        for k, path in others:
            of_edge[node.path, k] = path if is_dense else node.path
            if is_dense:
                begins.setdefault(path, shortcut)
        if is_dense:
            dense[node.path] = dense.get(shortcut, 1) + len(others)
    read = (_features_read(path, begin, dense, above) for path, begin in begins.items())
    return Modules(of_edge, sum(read))


def _shortcut(node: Node, depth: Mapping[str, int], above: Mapping[str, str]) -> str | None:
    """The operand of a merge that leads around what the others come from."""
    operands = node.operands
    if len(operands) < 2:
        return None
    if isinstance(node.op, Concat):
        nearest = above[node.path]
        return nearest if operands.count(nearest) == 1 else None
    if not isinstance(node.op, Add):
        return None
    first, second = sorted(operands, key=depth.__getitem__)[:2]
    return first if depth[first] < depth[second] else None


def _features_read(
    path: str, begin: str, dense: Mapping[str, int], above: Mapping[str, str]
) -> int:
    """How many tensors a layer of a dense block reads, of which its features are made."""
    while path != begin and path not in dense:
        path = above[path]
    return dense.get(path, 1)


def _least_depth(graph: Graph) -> Mapping[str, int]:
    """The fewest weight layers on a path to each layer."""
    depth: dict[str, int] = {}
    for node in graph.nodes.values():
        before = min((depth[source] for source in node.operands), default=0)
        depth[node.path] = before + is_weighted(node)
    return depth


def dominators(graph: Graph) -> Mapping[str, str]:
    """For each layer the last one before it through which all paths to it lead."""
    above: dict[str, str] = {}
    level = {ROOT: 0}
    for node in graph.nodes.values():
        first, *others = node.operands or (ROOT,)
        for other in others:
            first = _meet(first, other, above, level)
        above[node.path] = first
        level[node.path] = level[first] + 1
    return above


def _meet(first: str, second: str, above: Mapping[str, str], level: Mapping[str, int]) -> str:
    while first != second:
        if level[first] < level[second]:
            first, second = second, first
        first = above[first]
    return first

"""Tensors that two layers have in common, by the scope whose constructor makes them one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from archspec.graph import Graph, Node


@final
@dataclass(frozen=True, slots=True)
class Tie:
    """A tensor of a layer that is the tensor of another one, both by their paths."""

    path: str
    owner: str
    tensor: str


def ties(graph: Graph) -> Mapping[str, Sequence[Tie]]:
    """What is tied, by the path of the innermost scope that both layers are in.

    If rules for initial weights mean such a tensor, all is tied by the network, after they have
    been applied: so those for the layer that has it hold.
    """
    tied = [node for node in graph.layers if node.weights is None and node.tied]
    is_initialized = any(_is_initialized(graph, node) for node in tied)
    found: dict[str, list[Tie]] = defaultdict(list)
    for node in tied:
        for tensor, owner in node.tied.items():
            scope = "" if is_initialized else _common(node.path, owner)
            found[scope].append(Tie(node.path, owner, tensor))
    return found


def _is_initialized(graph: Graph, node: Node) -> bool:
    return any(
        rule.matches(node) and not node.tied.keys().isdisjoint(rule.tensors) for rule in graph.init
    )


def _common(path: str, other: str) -> str:
    """The path of the innermost scope around two layers."""
    names: list[str] = []
    for name, same in zip(path.split(".")[:-1], other.split(".")[:-1], strict=False):
        if name != same:
            break
        names.append(name)
    return ".".join(names)

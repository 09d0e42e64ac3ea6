"""What of a network can be computed again in the backward pass, instead of being kept for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.graph import Graph, Node
from archspec.op.base import Role
from archspec.ops.merge import Concat

_ROLES: Final = [Role.NORM, Role.ACTIVATION, Role.CONV]
_CHAIN: Final = ["torch.nn.BatchNorm2d", "torch.nn.ReLU", "torch.nn.Conv2d"]


@final
@dataclass(frozen=True, slots=True)
class Site:
    """A BatchNorm2d that only a ReLU reads, which only a Conv2d reads."""

    norm: Node
    relu: Node
    conv: Node

    @property
    def layers(self) -> tuple[Node, Node, Node]:
        return self.norm, self.relu, self.conv


def find_sites(graph: Graph) -> tuple[Site, ...]:
    """What can be computed again, in the order of the convolutions."""
    given = {output.source for output in graph.outputs}
    several = _used_again(graph)
    found = []
    for conv in graph.layers:
        relu = graph.nodes[conv.sources[0]]
        norm = graph.nodes[relu.sources[0]] if relu.sources else relu
        site = Site(norm, relu, conv)
        if (
            [layer.op.role for layer in site.layers] == _ROLES
            and [_module(layer) for layer in site.layers] == _CHAIN
            and conv.cost.saves == "input"  # and no padded copy of it
            and all(len(graph.readers[layer.path]) == 1 for layer in (norm, relu))
            and given.isdisjoint((norm.path, relu.path))
            and several.isdisjoint(layer.path for layer in site.layers)
        ):
            found.append(site)
    return tuple(found)


def find_joins(graph: Graph, sites: Sequence[Site]) -> frozenset[str]:
    """Paths of the Concats of which the pieces are enough.

    Each is read by a normalisation that is computed again, or leads to one through other Concats,
    and nothing else reads it. A copy of it that one layer needs whole goes along: so they stay one
    line in the class of a block.
    """
    norms = {site.norm.path for site in sites}
    concats = {node.path: node for node in graph.layers if isinstance(node.op, Concat)}
    wanted: set[str] = set()
    for path in reversed(concats):
        if not (norms | wanted).isdisjoint(graph.readers[path]):
            wanted.add(path)
    fixed = _used_again(graph) | {output.source for output in graph.outputs}
    others = {
        path: [reader for reader in graph.readers[path] if reader not in norms | concats.keys()]
        for path in concats
        if fixed.isdisjoint((path, *graph.readers[path]))
    }
    found = {path for path in wanted if path in others and not others[path]}
    lines = {line(concats[path]) for path in found}
    copies = {
        path
        for path, readers in others.items()
        if line(concats[path]) in lines
        if len(readers) == 1 and norms.isdisjoint(graph.readers[path])
    }
    return frozenset(found | copies)


def _module(node: Node) -> str:
    """What a layer is in PyTorch."""
    return node.op.lowered(*node.inputs).target


def line(node: Node) -> object:
    """Where a layer was written: its copies are one line in the class of a block."""
    return (node.origin or node.path, node.op_name, len(node.output.shape))


def _used_again(graph: Graph) -> frozenset[str]:
    """Layers that share a module with another one, and all of a scope that is used several times."""
    found = {path for node in graph.layers if node.weights for path in (node.path, node.weights)}
    found |= {
        path for node in graph.layers for path in (*node.tied.values(), node.path) if node.tied
    }
    for scope in graph.scopes.values():
        if scope.weights is not None:
            found.update(node.path for node in scope.nodes())
            original = graph.scopes.get(scope.weights)
            found.update(node.path for node in (original.nodes() if original else ()))
    return frozenset(found)

"""A network that keeps less for the backward pass, and computes the cheap part of it again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Final

from archspec.graph import Graph, Node, Scope
from archspec.op.base import Op
from archspec.ops.merge import Concat
from archspec.transforms.deferred import (
    DeferredBatchNorm2d,
    DeferredReLU,
    Join,
    OwnBatchNorm2d,
    OwnConv2d,
    OwnReLU,
    Recast,
    RecomputingConv2d,
    Whole,
)
from archspec.transforms.sites import Site, find_joins, find_sites, line

_DEFERRED: Final = (DeferredBatchNorm2d, DeferredReLU, RecomputingConv2d)
_OWN: Final = (OwnBatchNorm2d, OwnReLU, OwnConv2d)


def recomputing(graph: Graph) -> Graph:
    """The same network with what stands between a BatchNorm2d and its Conv2d computed again.

    Kept for the backward pass is what the BatchNorm2d reads, of a Concat the pieces. All layers have
    the names, weights and numbers that they had. Where nothing can be saved, it is the same graph.
    """
    sites = find_sites(graph)
    if not sites:
        return graph
    joins = find_joins(graph, sites)
    takers = {*joins, *(site.norm.path for site in sites)}
    recast = _recast(graph, sites)
    names = {*graph.nodes, *graph.scopes}
    made: dict[str, tuple[Node, ...]] = {}
    for node in graph.layers:
        layer = _with_op(node, Join()) if node.path in joins else recast.get(node.path, node)
        whole = joins.intersection(node.sources) if node.path not in takers else frozenset()
        made[node.path] = tuple(_with_wholes(graph, layer, whole, names))
    return replace(graph, root=_with_layers(graph.root, made))


def is_recomputing(graph: Graph) -> bool:
    """Whether a network computes anything again."""
    return any(isinstance(node.op, RecomputingConv2d) for node in graph.layers)


NOTHING: Final = (
    "memory-efficient changes nothing: there is no BatchNorm2d that only a ReLU reads, which only a "
    "Conv2d reads"
)
"""What to say of a network of which nothing is computed again."""


def _recast(graph: Graph, sites: Sequence[Site]) -> dict[str, Node]:
    """The layers of the sites as those that defer and recompute; and their copies that do not, so
    that a line in the class of a block makes one kind of module."""
    deferred: dict[str, Callable[..., Recast]] = {}
    own: dict[object, Callable[..., Recast]] = {}
    for site in sites:
        deferred |= {node.path: op for node, op in zip(site.layers, _DEFERRED, strict=True)}
        own |= {line(node): op for node, op in zip(site.layers, _OWN, strict=True)}
    ops = {node.path: deferred.get(node.path) or own.get(line(node)) for node in graph.layers}
    return {
        path: _with_op(graph.nodes[path], op(op=graph.nodes[path].op))
        for path, op in ops.items()
        if op
    }


def _with_op(node: Node, op: Op) -> Node:
    return replace(node, op=op, cost=op.cost(node.inputs, node.output))


def _with_wholes(
    graph: Graph, node: Node, joins: Collection[str], names: set[str]
) -> Iterator[Node]:
    """A layer that needs some concatenations whole, with what puts them together before it."""
    if joins and isinstance(node.op, Concat):
        pieces = replace(_with_op(node, Join()), path=_free_path(node, names))
        yield pieces
        yield replace(_with_op(node, Whole()), sources=(pieces.path,), inputs=(node.output,))
        return
    wholes: dict[str, str] = {}
    for source in dict.fromkeys(node.sources):
        if source in joins:
            wholes[source] = _free_path(node, names)
            whole = replace(graph.nodes[source], path=wholes[source], sources=(source,))
            yield _with_op(replace(whole, inputs=(whole.output,)), Whole())
    yield replace(node, sources=tuple(wholes.get(source, source) for source in node.sources))


def _free_path(node: Node, names: set[str]) -> str:
    """A path for one more layer in the scope of another one."""
    scope = node.path[: -len(node.name)]
    numbers = (f"{number}" if number else "" for number in count())
    path = next(path for n in numbers if (path := f"{scope}concat{n}") not in names)
    names.add(path)
    return path


def _with_layers(scope: Scope, made: Mapping[str, tuple[Node, ...]]) -> Scope:
    """The same scope with other layers in the places of its own."""
    children: list[Node | Scope] = []
    for child in scope.children:
        if isinstance(child, Scope):
            children.append(_with_layers(child, made))
        else:
            children += made[child.path]
    return replace(scope, children=tuple(children))

"""A network without some of its layers: what read them reads others instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archspec.graph import Graph, Node, Scope


def bypass(graph: Graph, instead: Mapping[str, str]) -> Graph:
    """The network in which whatever reads a layer reads another one, of the same shape and above it.

    ``instead`` maps paths: layer -> what stands for it. Layers that nothing reads any more are left
    out, and all others keep their names and weights. The output of a scope that loses its own is what
    stands for it, outside or not.
    """

    def stand_in(path: str) -> str:
        while path in instead:
            path = instead[path]
        return path

    outputs = tuple(replace(each, source=stand_in(each.source)) for each in graph.outputs)
    rewired = {
        node.path: replace(node, sources=tuple(map(stand_in, node.sources)))
        for node in graph.layers
    }
    read = {output.source for output in outputs}
    for path in reversed(rewired):
        if path in read:
            read.update(rewired[path].sources)
    live = {path: node for path, node in rewired.items() if path in read}
    root = _with_layers(graph.root, live, {path: stand_in(path) for path in graph.nodes})
    assert root is not None  # an output is computed by something
    return replace(graph, root=root, outputs=outputs)


def _with_layers(
    scope: Scope, live: Mapping[str, Node], stand_in: Mapping[str, str]
) -> Scope | None:
    """A scope with the layers that are left; None if there are none."""
    children: list[Node | Scope] = []
    for child in scope.children:
        kept = (
            live.get(child.path) if isinstance(child, Node) else _with_layers(child, live, stand_in)
        )
        if kept is not None:
            children.append(kept)
    if not children:
        return None
    sources = tuple(stand_in[source] for source in scope.sources)
    output = stand_in[scope.output]
    return replace(scope, children=tuple(children), sources=sources, output=output)

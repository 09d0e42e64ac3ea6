"""Layers that can be looked at: filters of convolutions, maps of pictures, draws by chance."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from archspec.diagnostics import SpecError, failure, near
from archspec.graph import Graph, Node
from archspec.op.base import Role

ENDS: Final = frozenset({Role.CONV, Role.NORM, Role.ACTIVATION, Role.MERGE})
"""What a stage ends with: no pooling, and nothing that drops or reshapes."""

MAX_LAYERS: Final = 24
"""Whose maps are drawn below each other."""


def filters_layer(graph: Graph, layer: str | None) -> Node:
    """A convolution of pictures, by default the first one. Raises SpecError."""
    found = [node for node in graph.layers if _has_filters(node)]
    return _one(graph, found, layer, found[:1], "convolution over height and width")


def _has_filters(node: Node) -> bool:
    shape = node.cost.parameters.get("weight", ())
    return node.op.role is Role.CONV and len(shape) == 4 and shape[0] == node.output.channels


def map_layers(graph: Graph, globs: Sequence[str]) -> list[Node]:
    """Layers that give maps of height and width: those that a glob matches, or a scope's output; by
    default the last one of each resolution. Raises SpecError."""
    if not globs:
        ends = {node.output.spatial: node for node in _ends(graph)}
        return list(ends.values()) or [_no(graph, "map of more than a pixel")]
    paths = [node.path for node in graph.layers if _is_map(node)]
    scopes = {path: scope.output for path, scope in graph.scopes.items() if scope.output in paths}
    found: dict[str, Node] = {}
    for glob in globs:
        matched = [path for path in paths if fnmatchcase(path, glob)]
        matched += [output for path, output in scopes.items() if path and fnmatchcase(path, glob)]
        if not matched:
            raise _unknown(graph, glob, [*paths, *filter(None, scopes)], "map")
        found.update({path: graph.nodes[path] for path in matched})
    if len(found) > MAX_LAYERS:
        message = f"{len(found)} layers are too many for one picture"
        raise failure("bad-option", message, help=f"--layer GLOB with at most {MAX_LAYERS} of them")
    return list(found.values())


def activation_layer(graph: Graph, layer: str | None) -> Node:
    """The layer whose maps explain a class: by default the last one with more than a pixel on the way
    to the main output. Raises SpecError."""
    behind = graph.ancestors({graph.main_output.source})
    found = [node for node in graph.layers if _is_map(node) and node.path in behind]
    usual = [node for node in _ends(graph) if node.path in behind]
    return _one(graph, found, layer, usual[-1:], "map on the way to the output")


def _ends(graph: Graph) -> list[Node]:
    return [
        node
        for node in graph.layers
        if _is_map(node) and min(node.output.spatial) > 1 and node.op.role in ENDS
    ]


def _is_map(node: Node) -> bool:
    return node.output.rank == 2 and not node.output.channels_last


def _one(
    graph: Graph, found: Sequence[Node], layer: str | None, usual: Sequence[Node], what: str
) -> Node:
    """The layer of a path, or the output of a scope."""
    if layer is None:
        return usual[0] if usual else _no(graph, what)
    path = graph.scopes[layer].output if layer in graph.scopes else layer
    for node in found:
        if node.path == path:
            return node
    raise _unknown(graph, layer, [node.path for node in found], what)


def _unknown(graph: Graph, layer: str, paths: Sequence[str], what: str) -> SpecError:
    if layer in graph.nodes:
        node = graph.nodes[layer]
        message = f"'{layer}' is a layer {node.op_name} that gives {node.output}: no {what}"
        return failure(
            "bad-option", message, help=f"one of them is '{paths[0]}'" if paths else None
        )
    return failure("bad-option", f"{graph.name} has no layer '{layer}'", help=near(layer, paths))


def _no(graph: Graph, what: str) -> Node:
    raise failure("bad-option", f"{graph.name} has no {what}")

"""Units of a network that can be deleted alone: residual units, and the layers of a plain network."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, final

from archspec.analyses.paths.modules import dominators, find_modules, is_weighted
from archspec.graph import Graph, Node
from archspec.op.base import Role
from archspec.op.tensor import TensorType
from archspec.ops.merge import Add
from archspec.transforms.bypass import bypass

Kind = Literal["residual", "layer"]
NOUNS: Final[Mapping[Kind, str]] = {"residual": "residual unit", "layer": "layer"}
_FOLLOWERS: Final = frozenset({Role.NORM, Role.ACTIVATION, Role.DROP})
"""What is deleted along with the convolution or linear layer that only it reads."""


@final
@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a network without which the shapes are still right."""

    path: str
    """The scope that holds it, if it holds no other unit; else the layer that gives its output."""
    output: str
    """The layer whose value is another one when the unit is deleted."""
    instead: str
    """The layer whose value that is: what the shortcut gives, or what the unit reads."""
    layers: tuple[str, ...]
    """What vanishes, in written order."""
    reads: TensorType
    gives: TensorType

    @property
    def changes_resolution(self) -> bool:
        return self.reads.spatial != self.gives.spatial

    @property
    def changes_shape(self) -> bool:
        return self.reads != self.gives


@final
@dataclass(frozen=True, slots=True)
class Undeletable:
    """A layer, or an addition, that cannot be deleted alone."""

    path: str
    reason: str


@final
@dataclass(frozen=True)
class Units:
    """What of a network can be deleted, and what not."""

    kind: Kind
    units: tuple[Unit, ...]
    kept: tuple[Undeletable, ...]
    alike: tuple[tuple[Unit, ...], ...]
    """Units that have the same layers of the same shapes, so that they can change places; at least
    two each."""


def find_units(graph: Graph) -> Units:
    """The residual units of a network at inference; of one that has none, its layers.

    A residual unit is what is added to a shortcut (``paths.find_modules``): it is deleted as in Veit
    et al. (2016), and what its shortcut does stays. A layer is a convolution or a linear layer with
    the normalisation and the activation behind it; it is deleted where it changes no shape.
    """
    graph = graph.at("inference")
    kind: Kind = "residual"
    found = list(_residual_units(graph))
    if not any(isinstance(each, Unit) for each in found):
        kind, found = "layer", list(_layers(graph))
    units = _with_names(graph, [each for each in found if isinstance(each, Unit)])
    kept = [each for each in found if isinstance(each, Undeletable)]
    if kind == "residual":
        inside = {path for unit in units for path in unit.layers}
        outside = (node for node in graph.layers if is_weighted(node) and node.path not in inside)
        kept += (Undeletable(node.path, "no shortcut leads around it") for node in outside)
    return Units(kind, units, tuple(kept), _alike(graph, units))


def _residual_units(graph: Graph) -> Iterator[Unit | Undeletable]:
    """The additions that have a shortcut, in written order."""
    modules, above = find_modules(graph).of_edge, dominators(graph)
    for node in graph.layers:
        shortcuts = [k for k in range(len(node.operands)) if (node.path, k) not in modules]
        if isinstance(node.op, Add) and 0 < len(shortcuts) < len(node.operands):
            reason = _no_stand_in(node, node.op, shortcuts)
            before = graph.nodes.get(above[node.path], node)
            instead = node.operands[shortcuts[0]]
            yield (
                Undeletable(node.path, reason)
                if reason
                else _unit(graph, node, instead, before.output)
            )


def _no_stand_in(node: Node, add: Add, shortcuts: Sequence[int]) -> str:
    """Why the shortcut cannot stand for the sum; empty if it can."""
    (first, *others) = shortcuts
    if others:
        return "it adds several shortcuts"
    if add.coefficients is not None and add.coefficients[first] != 1:
        return f"its shortcut is multiplied by {add.coefficients[first]:g}"
    if node.inputs[first] != node.output:
        return f"its shortcut gives {node.inputs[first]}, and the sum {node.output}"
    return ""


def _layers(graph: Graph) -> Iterator[Unit | Undeletable]:
    """Convolutions and linear layers, in written order."""
    for node in graph.layers:
        if is_weighted(node):
            last, reads = _last_follower(graph, node), node.inputs[0]
            if last.output == reads:
                unit = _unit(graph, last, node.operands[0], reads)
                yield replace(unit, path=node.path) if isinstance(unit, Unit) else unit
            else:
                yield Undeletable(node.path, f"it makes {last.output} of {reads}")


def _last_follower(graph: Graph, node: Node) -> Node:
    """The last of the layers that only follow a layer."""
    given = {output.source for output in graph.outputs}
    while node.path not in given and len(graph.readers[node.path]) == 1:
        reader = graph.nodes[graph.readers[node.path][0]]
        if reader.op.role not in _FOLLOWERS or len(reader.sources) > 1:
            break
        node = reader
    return node


def _unit(graph: Graph, last: Node, instead: str, reads: TensorType) -> Unit | Undeletable:
    """What vanishes with the value of a layer, unless something else needs it."""
    left = bypass(graph, {last.path: instead}).nodes
    layers = tuple(path for path in graph.nodes if path not in left)
    gone = frozenset(layers)
    for node in graph.layers:
        owners = {node.weights, *node.tied.values()} & gone
        if owners and node.path not in gone:
            return Undeletable(
                last.path, f"'{node.path}' has the weights of '{min(map(str, owners))}'"
            )
    return Unit(last.path, last.path, instead, layers, reads, last.output)


def _with_names(graph: Graph, units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units with the path of the scope that holds just one of them."""
    scopes = Counter(unit.output.rpartition(".")[0] for unit in units)

    def name(unit: Unit) -> str:
        scope = unit.output.rpartition(".")[0]
        is_whole = scope and scopes[scope] == 1 and unit.path == unit.output
        return scope if is_whole else unit.path

    return tuple(replace(unit, path=name(unit)) for unit in units)


def _alike(graph: Graph, units: Sequence[Unit]) -> tuple[tuple[Unit, ...], ...]:
    """Units whose layers are equal one by one, in groups."""
    groups: dict[object, list[Unit]] = defaultdict(list)
    for unit in units:
        groups[tuple(_signature(graph.nodes[path]) for path in unit.layers)].append(unit)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _signature(node: Node) -> tuple[Any, ...]:
    return type(node.op), *node.op.__dict__.values(), node.inputs, node.output

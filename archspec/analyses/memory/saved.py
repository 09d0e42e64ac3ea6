"""What autograd keeps of a forward pass for the backward pass, tensor by tensor."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, final

from archspec.analyses.inplace import in_place
from archspec.analyses.precision import FLOAT32, Precision
from archspec.graph import Graph, Node
from archspec.op.base import Role

_FLOAT_BYTES: Final = 4
_NOTHING: Final[frozenset[str]] = frozenset()


class MadeTensors(NamedTuple):
    """What a layer makes for its backward pass and keeps beside its inputs and its output."""

    numbers: int = 0
    """Of one sample, in the precision of the activations."""
    index_bytes: int = 0
    """Of one sample: integers, the same in every precision."""
    once: int = 0
    """Numbers of statistics and of weights made anew, whatever the size of the batch."""
    copied: int = 0
    """Weights that are read as copies, where a precision has them."""

    def bytes(self, batch: int, precision: Precision) -> int:
        return (
            batch * (self.numbers * precision.activation + self.index_bytes)
            + self.once * precision.statistic
            + self.copied * precision.activation * precision.copies_weights
        )


@final
@dataclass(frozen=True, slots=True)
class SavedTensors:
    """What autograd keeps of a network in training, parameters and buffers left out.

    A tensor is named by the layer that made it: a view and an activation in place are their input.
    """

    graph: Graph
    memory: Mapping[str, frozenset[str]]
    """For every layer the tensors that its output is part of: one, or those of a list."""
    keeps: Mapping[str, frozenset[str]]
    """For every layer with a backward pass the tensors of others that it keeps for it."""
    made: Mapping[str, MadeTensors]
    """For every layer with a backward pass what it makes and keeps itself."""

    def of_layers(self, batch: int = 1, precision: Precision = FLOAT32) -> dict[str, int]:
        """Bytes by layer; a tensor counts once, for the first layer that keeps it."""
        counted: set[str] = set()
        found: dict[str, int] = {}
        for path, kept in self.keeps.items():
            size = self.made[path].bytes(batch, precision)
            for tensor in kept - counted:
                size += batch * precision.activation * self.graph.nodes[tensor].output.numel
            counted |= kept
            if size:
                found[path] = size
        return found

    def total(self, batch: int = 1, precision: Precision = FLOAT32) -> int:
        """Bytes of a batch."""
        kept = frozenset[str]().union(*self.keeps.values())
        numbers = sum(self.graph.nodes[path].output.numel for path in kept)
        made = sum(made.bytes(batch, precision) for made in self.made.values())
        return batch * precision.activation * numbers + made


def saved_tensors(graph: Graph, frozen: Collection[str] = ()) -> SavedTensors:
    """What autograd keeps in training. The parameters of ``frozen`` layers have no gradients.

    What is kept only for the gradient of an input is not kept where that input learns nothing.
    """
    inplace, learning = in_place(graph), learning_layers(graph, frozen)
    memory: dict[str, frozenset[str]] = {}
    keeps: dict[str, frozenset[str]] = {}
    made: dict[str, MadeTensors] = {}
    for node in graph.nodes.values():
        shares = node.path in inplace or is_view_in_training(node)
        reads = _NOTHING.union(*(memory[source] for source in node.operands))
        memory[node.path] = reads if shares else frozenset({node.path})
        if node.path not in learning:
            continue
        if node.path in inplace and node.op.clones_in_place:
            keeps[node.path], made[node.path] = _NOTHING, MadeTensors(node.output.numel)
            continue
        needed = [
            tensor
            for tensor in node.cost.kept
            if (tensor.own and module_of(node) not in frozen)
            or not learning.isdisjoint(node.sources[k] for k in tensor.gradients)
        ]
        kept = reads if node.cost.saves in ("input", "both") else _NOTHING
        if node.cost.saves in ("output", "both"):
            kept |= memory[node.path]
        inputs = (memory[node.sources[t.input]] for t in needed if t.input is not None)
        keeps[node.path] = kept.union(*inputs)
        made[node.path] = _made(node, sum(tensor.bytes for tensor in needed))
    return SavedTensors(graph, memory, keeps, made)


def _made(node: Node, needed: int) -> MadeTensors:
    cost = node.cost
    numbers = (cost.saved_bytes - cost.index_bytes + needed) // _FLOAT_BYTES
    weight = cost.parameters.get("weight") if node.weights is None else None
    copied = math.prod(weight) if weight and node.op.role in (Role.CONV, Role.LINEAR) else 0
    if cost.once:
        return MadeTensors(cost.copied_bytes // _FLOAT_BYTES, 0, numbers, copied)
    return MadeTensors(numbers, cost.index_bytes, 0, copied)


def learning_layers(graph: Graph, frozen: Collection[str] = ()) -> frozenset[str]:
    """Layers that learn something, or that stand behind one that does: they have a backward pass."""
    learning: set[str] = set()
    for node in graph.layers:
        learns = bool(node.cost.parameters) and module_of(node) not in frozen
        if learns or not learning.isdisjoint(node.operands):
            learning.add(node.path)
    return frozenset(learning)


def module_of(node: Node) -> str:
    """Path of the layer whose parameters are a layer's."""
    return node.weights or node.path


def is_view_in_training(node: Node) -> bool:
    """A dropout that drops makes a new tensor in training; every other view stays one."""
    drops = node.op.role is Role.DROP and node.cost.saved_bytes > 0
    return node.op.view and not drops

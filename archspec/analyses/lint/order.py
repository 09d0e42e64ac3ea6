"""Rules on the order of layers: what follows what."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.analyses.lint.observed import Observation
from archspec.analyses.paths.modules import is_weighted
from archspec.describe.values import number
from archspec.graph import Graph, Node
from archspec.op.base import Meaning, Role
from archspec.ops.activation import ReLU, ReLU6, Sigmoid
from archspec.ops.drop import DropBlock2d, StochasticDepth
from archspec.ops.merge import Add, Concat, Maximum, Multiply
from archspec.ops.norm import BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d

BATCH_NORMS = (BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d)


def bias_before_norm(graph: Graph) -> Iterator[Observation]:
    """A bias that only BatchNorms read, which subtract it again with the mean."""
    given = {output.source for output in graph.outputs}
    for node in graph.layers:
        readers = [graph.nodes[path] for path in graph.readers[node.path]]
        if not is_weighted(node) or "bias" not in node.cost.parameters or node.path in given:
            continue
        if readers and all(isinstance(reader.op, BATCH_NORMS) for reader in readers):
            yield Observation(
                f"the bias of a {node.op_name} has no effect in front of a BatchNorm",
                node.path,
                "write 'bias: false': the mean that is subtracted holds the bias",
            )


def repeated_activation(graph: Graph) -> Iterator[Observation]:
    """A ReLU of numbers none of which is negative."""
    positive: set[str] = set()
    for node in graph.layers:
        reads_positive = bool(node.operands) and positive.issuperset(node.operands)
        if isinstance(node.op, ReLU) and reads_positive:
            yield Observation(
                "a ReLU of numbers that a ReLU made positive already changes nothing",
                node.path,
                "remove it, or the one in front of it",
            )
        if isinstance(node.op, ReLU | ReLU6 | Sigmoid) or (reads_positive and _keeps_sign(node)):
            positive.add(node.path)


def _keeps_sign(node: Node) -> bool:
    """Whether a layer makes no negative number of positive ones."""
    if isinstance(node.op, Add):
        return all(factor >= 0 for factor in node.op.coefficients or ())
    if isinstance(node.op, Concat | Multiply | Maximum) or node.op.role is Role.POOL:
        return True
    return node.op.view


def norm_after_dropout(graph: Graph) -> Iterator[Observation]:
    """A BatchNorm that reads what a dropout dropped, with no other normalisation between."""
    dropped: set[str] = set()
    for node in graph.layers:
        reads_dropped = not dropped.isdisjoint(node.operands)
        if node.op.role is Role.NORM:
            if reads_dropped and isinstance(node.op, BATCH_NORMS):
                yield Observation(
                    "a BatchNorm behind a dropout sees another variance in training than at inference",
                    node.path,
                    "put the dropout behind the last BatchNorm",
                )
        elif reads_dropped or _drops_numbers(node):
            dropped.add(node.path)


def _drops_numbers(node: Node) -> bool:
    """Whether it is a dropout of single numbers or channels, and drops anything."""
    if node.op.role is not Role.DROP or isinstance(node.op, DropBlock2d | StochasticDepth):
        return False
    return bool(node.op.value_of(Meaning.PROBABILITY, 0))


def dropout_first(graph: Graph) -> Iterator[Observation]:
    """A dropout of the input itself: no layer that learns stands in front of it."""
    learned: set[str] = set()
    for node in graph.layers:
        if is_weighted(node) or not learned.isdisjoint(node.operands):
            learned.add(node.path)
        elif _drops_numbers(node):
            share = number(float(node.op.value_of(Meaning.PROBABILITY)))
            yield Observation(
                f"a dropout of {share} drops numbers of the input itself",
                node.path,
                "put it behind a layer that learns, or keep it near 0.2 there",
            )


def activation_before_softmax(graph: Graph) -> Iterator[Observation]:
    """A ReLU between the last layer that learns and the output, whose negative scores it cuts off."""
    for output in graph.outputs:
        node = graph.nodes[output.source]
        if node.output.is_map:
            continue
        while _passes_scores(node):
            node = graph.nodes[node.operands[0]]
        if isinstance(node.op, ReLU | ReLU6) and is_weighted(graph.nodes[node.operands[0]]):
            yield Observation(
                f"a {node.op_name} cuts off the negative scores of the output '{output.name}'",
                node.path,
                "remove it: a softmax tells classes apart by negative scores, too",
            )


def _passes_scores(node: Node) -> bool:
    is_softmax = node.op_name in ("Softmax", "LogSoftmax")
    return is_softmax or node.op.view or (node.op.role is Role.POOL and len(node.operands) == 1)

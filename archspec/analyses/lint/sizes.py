"""Rules on numbers: channels, shares of parameters, constants of papers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archspec.analyses.lint.observed import Observation
from archspec.analyses.paths.modules import is_weighted
from archspec.describe.values import number
from archspec.graph import Graph
from archspec.op.base import Role
from archspec.ops.norm import LocalResponseNorm

MOST: Final = 0.75
"""The share of parameters that fully connected layers have without a remark."""
MULTIPLE: Final = 8
"""Of channels, for matrix units that compute with 16-bit numbers."""


def dense_share(graph: Graph) -> Iterator[Observation]:
    """Convolutional networks whose parameters stand in fully connected layers."""
    dense = [node for node in graph.layers if node.op.role is Role.LINEAR and node.params]
    convolutions = [node for node in graph.layers if node.op.role is Role.CONV and node.params]
    held = sum(node.params for node in dense)
    if convolutions and held > MOST * graph.total_params:
        largest = max(dense, key=lambda node: node.params)
        share = 100 * held / graph.total_params
        yield Observation(
            f"fully connected layers hold {share:.1f} % of the {graph.total_params:,} parameters, "
            f"this one {largest.params:,}",
            largest.path,
            "a global average pooling in front of the classifier does without them",
        )


def channels_of_8(graph: Graph) -> Iterator[Observation]:
    """Channels between layers that matrix units cannot divide evenly."""
    inner = _followed(graph)
    for node in graph.layers:
        channels = node.output.channels
        many = not node.output.is_map or max(node.output.spatial) > 1  # a gate takes no time
        if is_weighted(node) and many and channels % MULTIPLE and node.path in inner:
            near = MULTIPLE * -(-channels // MULTIPLE)
            yield Observation(
                f"{channels} channels are no multiple of {MULTIPLE}",
                node.path,
                f"{near} cost the same on matrix units in half precision, which pad to {MULTIPLE}",
            )


def _followed(graph: Graph) -> set[str]:
    """Layers behind which another one learns: the channels of the others are those of the task."""
    found: set[str] = set()
    for node in reversed(graph.layers):
        if is_weighted(node) or node.path in found:
            found.update(node.operands)
    return found


def lrn_constants(graph: Graph) -> Iterator[Observation]:
    """Response normalisations with other constants than those of AlexNet's paper and code."""
    for node in graph.layers:
        op = node.op
        if not isinstance(op, LocalResponseNorm):
            continue
        usual = (op.size, op.beta, op.k) == (5, 0.75, 2) and op.alpha in (1e-4, 5e-4)
        if not usual:
            given = ", ".join(
                f"{name} {number(float(getattr(op, name)))}" for name in type(op).model_fields
            )
            yield Observation(
                f"LocalResponseNorm with {given}: in AlexNet it is size 5, alpha 0.0001, beta 0.75, k 2",
                node.path,
                "Caffe has k 1 by default; the formula of the paper, taken literally, is alpha 0.0005",
            )

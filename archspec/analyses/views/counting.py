"""Other tools' numbers: what each of them would print of a network, and why that is another number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, final

from archspec.analyses.stats import Stats
from archspec.diagnostics import failure, near
from archspec.graph import Node
from archspec.op.base import Role

Tool = Literal["fvcore", "thop", "ptflops", "calflops", "torchinfo", "torch", "keras"]

_RECTIFIERS: Final = frozenset({"ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU"})
"""Activations that tools count, one operation an element."""
_WEIGHTED: Final = frozenset({Role.CONV, Role.LINEAR})


@final
@dataclass(frozen=True, slots=True)
class Counting:
    """How a tool counts."""

    tool: Tool
    word: str
    """What it calls the number."""
    why: str
    """What it counts, beside or instead of the multiply-accumulates."""
    of_layer: Callable[[Node, bool], int]
    """Of a layer and one sample. Whether the layer is a function, where the model has no module."""
    per_batch: bool = True
    """Whether the number grows with the batch."""

    def count(self, stats: Stats) -> int:
        """The number that the tool would print."""
        functions = functions_of(stats)
        found = sum(self.of_layer(node, _is_one(node, functions)) for node in stats.graph.layers)
        return found * (stats.batch if self.per_batch else 1)


FUNCTIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"googlenet": frozenset({"ReLU"})}
    | dict.fromkeys(
        ("densenet121", "densenet161", "densenet169", "densenet201"), frozenset({"relu", "avgpool"})
    )
)
"""What torchvision's networks compute by functions where ours have modules, as ops or as paths: hooks
on modules do not see it."""


def functions_of(stats: Stats) -> frozenset[str]:
    """Layers and ops of which torchvision's network of the name has no modules."""
    return FUNCTIONS.get(stats.name, frozenset())


def _is_one(node: Node, functions: frozenset[str]) -> bool:
    return node.path in functions or node.op_name in functions


def _bias(node: Node) -> int:
    """A bias adds a number to each of the outputs."""
    return node.output.numel if "bias" in node.cost.parameters else 0


def _read(node: Node) -> int:
    return node.inputs[0].numel


def _is_norm(node: Node) -> bool:
    return node.op_name.startswith("BatchNorm")


def _is_affine(node: Node) -> bool:
    return "weight" in node.cost.parameters


def _is_adaptive(node: Node) -> bool:
    return node.op_name.startswith("AdaptiveAvgPool")


def _fvcore(node: Node, is_function: bool) -> int:
    if _is_norm(node):
        return (1 + _is_affine(node)) * node.output.numel
    return _read(node) if _is_adaptive(node) else node.cost.macs


def _thop(node: Node, is_function: bool) -> int:
    if is_function:
        return 0
    if _is_norm(node):
        return 2 * (1 + _is_affine(node)) * node.output.numel
    if _is_adaptive(node):
        window = math.prod(
            size // out
            for size, out in zip(node.inputs[0].spatial, node.output.spatial, strict=True)
        )
        return (window + 1) * node.output.numel
    return node.output.numel if node.op_name.startswith("AvgPool") else node.cost.macs


def _ptflops(node: Node, is_function: bool) -> int:
    times = 1 if is_function else 2
    if node.op.role in _WEIGHTED:
        return node.cost.macs + _bias(node)
    if node.op.role is Role.POOL:
        return times * _read(node)
    if node.op_name in _RECTIFIERS:
        return times * node.output.numel
    return (1 + _is_affine(node)) * node.output.numel if _is_norm(node) else 0


def _calflops(node: Node, is_function: bool) -> int:
    if node.op.role in _WEIGHTED:
        return 2 * node.cost.macs + (_bias(node) if node.op.role is Role.CONV else 0)
    if node.op.role is Role.POOL:
        return _read(node)
    if node.op_name in _RECTIFIERS:
        return node.output.numel
    return (1 + _is_affine(node)) * node.output.numel if _is_norm(node) else 0


def _torchinfo(node: Node, is_function: bool) -> int:
    if node.op.role is Role.CONV:
        return node.cost.params * math.prod(node.output.spatial)
    return node.cost.params


def _torch(node: Node, is_function: bool) -> int:
    return 2 * node.cost.macs


def _keras(node: Node, is_function: bool) -> int:
    statistics = (
        math.prod(shape)
        for name, shape in node.cost.buffers.items()
        if name in ("running_mean", "running_var")
    )
    return 0 if node.weights else node.params + sum(statistics)


_ALL: Final = (
    Counting(
        "fvcore",
        "flops",
        "they are MACs: with 2 for each element that a BatchNorm reads, and the input of an adaptive "
        "pooling",
        _fvcore,
    ),
    Counting(
        "thop",
        "macs",
        "with 4 for each element of a BatchNorm, and what poolings of means add up; functions are not "
        "seen",
        _thop,
    ),
    Counting(
        "ptflops",
        "MACs",
        "with biases, 2 for each element of a BatchNorm, and activations and the inputs of poolings, "
        "which count twice where they are modules (backend 'pytorch')",
        _ptflops,
    ),
    Counting(
        "calflops",
        "FLOPs",
        "2 × MACs, with biases of convolutions, 2 for each element of a BatchNorm, activations, and "
        "the inputs of poolings; its MACs are ours",
        _calflops,
    ),
    Counting(
        "torchinfo",
        "mult-adds",
        "with biases, and for a BatchNorm the number of its parameters, not of its elements",
        _torchinfo,
    ),
    Counting(
        "torch",
        "FLOPs",
        "2 × MACs of convolutions and matrix products, of FlopCounterMode",
        _torch,
    ),
    Counting(
        "keras",
        "Total params",
        "no operations: params and the moving statistics of BatchNorm, which are not trained",
        _keras,
        per_batch=False,
    ),
)
COUNTINGS: Final[Mapping[str, Counting]] = MappingProxyType({each.tool: each for each in _ALL})
"""By the name of the tool."""


def counting_of(tool: str) -> Counting:
    """How a tool counts. Raises SpecError."""
    if tool not in COUNTINGS:
        help = near(tool, COUNTINGS) or f"one of {', '.join(COUNTINGS)}"
        raise failure("bad-option", f"nothing is known about how {tool!r:.60} counts", help=help)
    return COUNTINGS[tool]

"""A convolution whose arguments have other names, and three kinds of merges."""

from __future__ import annotations

from typing import Annotated, final

from archspec.op.base import (
    Call,
    Cost,
    Example,
    Meaning,
    Op,
    Outputs,
    PositiveInt,
    Role,
)
from archspec.op.footprint import Footprint, sliding
from archspec.op.tensor import TensorType


@final
class Filter2d(Op):
    """Convolution whose arguments have other names, padded to keep the size."""

    role = Role.CONV
    short_name = "filter"
    formula = "out = floor((in − 1) / hop) + 1"
    inferred = frozenset({"in_maps"})
    positional = 3
    examples = (
        Example({"maps": 8, "filter_size": 3}),
        Example({"maps": 8, "filter_size": 5, "hop": 2}),
    )

    maps: Outputs
    filter_size: Annotated[PositiveInt, Meaning.KERNEL]
    hop: Annotated[PositiveInt, Meaning.STRIDE] = 1

    def infer(self, *inputs: TensorType) -> TensorType:
        height, width = ((size - 1) // self.hop + 1 for size in inputs[0].spatial)
        return TensorType((self.maps, height, width))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, Footprint] | None:
        side = sliding(self.filter_size, self.hop, self.filter_size // 2)
        return side, side

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        weight = (self.maps, inputs[0].channels, self.filter_size, self.filter_size)
        macs = weight[1] * weight[2] * weight[3] * output.numel
        return Cost(
            "input", {"weight": weight, "bias": (self.maps,)}, macs=macs, elementwise=output.numel
        )

    def lowered(self, *inputs: TensorType) -> Call:
        arguments = {"in_maps": inputs[0].channels, **self.arguments()}
        return Call(
            "archspec_swish.layers.Filter2d", arguments, {"hop": 1}, 3,
            sizes=self.sizes({"in_maps": inputs[0].channels}),
        )  # fmt: skip


class _Merge(Op):
    arity = None
    role = Role.MERGE
    examples = (Example(inputs=((4, 9, 9), (4, 9, 9))),)

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing", elementwise=(len(inputs) - 1) * output.numel)


@final
class Minus(_Merge):
    """Difference of two maps: a function that is written between its operands."""

    formula = "y = a − b"
    short_name = "subtract"
    sign = "−"

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("operator.sub", is_function=True, infix="-")


@final
class ScaledDifference(_Merge):
    """A function of tensors with an argument behind them."""

    formula = "y = scale·(a − b)"
    examples = (Example({"scale": 2.0}, inputs=((4, 9, 9), (4, 9, 9))),)

    scale: float = 1.0

    def lowered(self, *inputs: TensorType) -> Call:
        return Call(
            "archspec_swish.layers.scaled_difference",
            {"scale": self.scale},
            {"scale": 1.0},
            is_function=True,
        )


@final
class Blend(_Merge):
    """A merge that is a module with weights of its own."""

    formula = "y = w₁·a + w₂·b + …"

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        count = len(inputs)
        return Cost("input", {"weight": (count,)}, elementwise=2 * count * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("archspec_swish.layers.Blend", {"inputs": len(inputs)}, positional=1)

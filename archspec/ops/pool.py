"""Poolings, counted as one operation for each number in a window."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, final

from pydantic import Field

from archspec.op.base import (
    Call,
    Cost,
    Dilation,
    Example,
    Kernel,
    Meaning,
    Op,
    Padding,
    PositiveInt,
    Role,
    ShapeError,
    Size,
    Stride,
)
from archspec.op.footprint import Footprint, adaptive
from archspec.op.own import own_module
from archspec.op.requirements import require_map
from archspec.op.tensor import TensorType
from archspec.op.window import IntOrPair, pair, slid

OutputSize = Annotated[Size, Meaning.OUTPUT_SIZE]


@final
class MaxPool2d(Op):
    """Largest number of each window; the stride is the kernel size unless given."""

    role = Role.POOL
    short_name = "max pool"
    positional = 1
    formula = (
        "out = floor((in + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1, "
        "or ceil with ceil_mode"
    )
    examples = (
        Example({"kernel_size": 2}),
        Example({"kernel_size": (2, 3), "stride": (3, 2), "padding": (1, 1), "dilation": (1, 2)}),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True}, inputs=((4, 12, 17),)),
    )

    kernel_size: Kernel
    stride: Stride | None = None
    padding: Padding = 0
    dilation: Dilation = 1
    ceil_mode: bool = False

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "MaxPool2d")
        require_half(self.kernel_size, self.padding)
        stride = self.stride or self.kernel_size
        size = slid(x, self.kernel_size, stride, self.padding, self.dilation, ceil=self.ceil_mode)
        return TensorType((x.channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            elementwise=area(self.kernel_size) * output.numel,
            saved_bytes=8 * output.numel,  # indices
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class AvgPool2d(Op):
    """Mean of each window; the stride is the kernel size unless given.

    With ``divisor_override`` it is the sum of each window through that number. PyTorch's exporter to
    ONNX leaves it out where there is ``ceil_mode``, too.
    """

    role = Role.POOL
    short_name = "avg pool"
    positional = 1
    formula = "out = floor((in + 2·padding − kernel_size) / stride) + 1, or ceil with ceil_mode"
    examples = (
        Example({"kernel_size": 2}),
        Example({"kernel_size": (2, 3), "stride": (3, 2), "padding": (1, 1)}),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True, "count_include_pad": False}),
        Example({"kernel_size": 3, "divisor_override": 2}),
        Example(
            {
                "kernel_size": (3, 4),
                "stride": 2,
                "padding": 1,
                "ceil_mode": True,
                "divisor_override": 5,
            }
        ),
    )

    kernel_size: Kernel
    stride: Stride | None = None
    padding: Padding = 0
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: PositiveInt | None = None

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "AvgPool2d")
        require_half(self.kernel_size, self.padding)
        stride = self.stride or self.kernel_size
        size = slid(x, self.kernel_size, stride, self.padding, ceil=self.ceil_mode)
        return TensorType((x.channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("input", elementwise=area(self.kernel_size) * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        call = self.torch_module()
        if self.divisor_override is None or self.ceil_mode:
            return call
        return replace(call, target="archspec.layers.pool.SumPool2d")


@final
class LPPool2d(Op):
    """Power mean of each window, times its size (https://arxiv.org/abs/1204.3968)."""

    role = Role.POOL
    short_name = "LP pool"
    positional = 2
    formula = "y = (sum of x^norm_type over the window)^(1 / norm_type)"
    examples = (
        Example({"norm_type": 2, "kernel_size": 2}),
        Example({"norm_type": 1, "kernel_size": (2, 3), "stride": (3, 2)}),
        Example({"norm_type": 4, "kernel_size": 3, "stride": 2, "ceil_mode": True}),
    )

    norm_type: Annotated[float, Field(gt=0)]
    kernel_size: Kernel
    stride: Stride | None = None
    ceil_mode: bool = False

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "LPPool2d")
        stride = self.stride or self.kernel_size
        size = slid(x, self.kernel_size, stride, 0, ceil=self.ceil_mode)
        return TensorType((x.channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            elementwise=area(self.kernel_size) * output.numel,
            saved_bytes=4 * (inputs[0].numel + 4 * output.numel),  # powers, means, signs
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class AdaptiveAvgPool2d(Op):
    """Mean of as many windows as asked for; 1 is global average pooling."""

    role = Role.POOL
    short_name = "avg pool"
    positional = 1
    formula = "out = output_size; window i reaches from floor(i·in/out) to ceil((i + 1)·in/out)"
    examples = (
        Example({"output_size": 1}),
        Example({"output_size": (1, 1)}),
        Example({"output_size": (6, 17)}),
        Example({"output_size": 20}),
    )

    output_size: OutputSize

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "AdaptiveAvgPool2d")
        return TensorType((x.channels, *pair(self.output_size)))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, Footprint] | None:
        return adaptive_footprint(x, output)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "nothing" if output.spatial == (1, 1) else "input",
            elementwise=adaptive_reads(inputs[0], output),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class AdaptiveMaxPool2d(Op):
    """Largest number of as many windows as asked for; 1 is global max pooling."""

    role = Role.POOL
    short_name = "max pool"
    positional = 1
    formula = "out = output_size; window i reaches from floor(i·in/out) to ceil((i + 1)·in/out)"
    examples = (Example({"output_size": 1}), Example({"output_size": (6, 17)}))

    output_size: OutputSize

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "AdaptiveMaxPool2d")
        return TensorType((x.channels, *pair(self.output_size)))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, Footprint] | None:
        return adaptive_footprint(x, output)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            elementwise=adaptive_reads(inputs[0], output),
            saved_bytes=8 * output.numel,  # indices
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class StochasticPool2d(Op):
    """A number of each window by chance (Zeiler & Fergus 2013, https://arxiv.org/abs/1301.3557).

    It reads numbers of 0 or more, as behind a ReLU. The stride is the kernel size unless given.
    """

    role = Role.POOL
    positional = 1
    formula = (
        "y = x_i of the window with probability p_i = x_i / sum of x; at inference sum of p_i·x_i"
    )
    examples = (
        Example({"kernel_size": 2}),
        Example({"kernel_size": (2, 3), "stride": (3, 2)}),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True}, inputs=((4, 12, 17),)),
    )

    kernel_size: Kernel
    stride: Stride | None = None
    ceil_mode: bool = False

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "StochasticPool2d")
        stride = self.stride or self.kernel_size
        size = slid(x, self.kernel_size, stride, 0, ceil=self.ceil_mode)
        return TensorType((x.channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            elementwise=area(self.kernel_size) * output.numel,
            saved_bytes=8 * output.numel,  # indices
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


def adaptive_footprint(x: TensorType, output: TensorType) -> tuple[Footprint, Footprint] | None:
    """All of the input along a side of one window."""
    if 1 in output.spatial:
        return None
    height, width = map(adaptive, x.spatial, output.spatial)
    return height, width


def area(kernel: IntOrPair) -> int:
    height, width = pair(kernel)
    return height * width


def require_half(kernel: IntOrPair, padding: IntOrPair) -> None:
    """A window that stands in the padding alone has nothing to pool."""
    for name, k, p in zip(("height", "width"), pair(kernel), pair(padding), strict=True):
        if p > k // 2:
            raise ShapeError(
                f"padding {p} is more than half of the kernel in {name}: {p} > {k} / 2",
                field="padding",
                help=f"a padding of at most {k // 2}",
            )


def adaptive_reads(x: TensorType, output: TensorType) -> int:
    """How many numbers all windows read together: two share one where their border is inside it."""
    height, width = (
        size + count - math.gcd(size, count)
        for size, count in zip(x.spatial, output.spatial, strict=True)
    )
    return x.channels * height * width

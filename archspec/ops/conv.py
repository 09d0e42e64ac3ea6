"""Convolutions."""

from __future__ import annotations

import math
from typing import Literal, final

from archspec.op import Call, Cost, Example, Op, Padding, PositiveInt, Role, ShapeError, Size
from archspec.ops.window import pair, require_map, slid
from archspec.tensor import TensorType


@final
class Conv2d(Op):
    """2-D convolution; the input channels come from the graph."""

    role = Role.CONV
    positional = 3
    inferred = frozenset({"in_channels"})
    formula = "out = floor((in + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1"
    examples = (
        Example({"out_channels": 8, "kernel_size": 3}),
        Example({"out_channels": 6, "kernel_size": (3, 5), "stride": (2, 1), "padding": (1, 2)}),
        Example({"out_channels": 8, "kernel_size": 5, "padding": "same", "bias": False}),
        Example({"out_channels": 8, "kernel_size": 3, "groups": 4, "dilation": 2}),
        Example({"out_channels": 8, "kernel_size": 3, "padding": 1, "padding_mode": "reflect"}),
    )

    out_channels: PositiveInt
    kernel_size: Size
    stride: Size = 1
    padding: Padding | Literal["same", "valid"] = 0
    dilation: Size = 1
    groups: PositiveInt = 1
    bias: bool = True
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "Conv2d")
        for channels, field in ((x.channels, "groups"), (self.out_channels, "out_channels")):
            if channels % self.groups:
                raise ShapeError(
                    f"{channels} channels do not divide into {self.groups} groups", field=field
                )
        if self.padding == "same":
            if pair(self.stride) != (1, 1):
                raise ShapeError("padding 'same' needs stride 1", field="padding")
            return x.with_channels(self.out_channels)
        padding = 0 if self.padding == "valid" else self.padding
        size = slid(x, self.kernel_size, self.stride, padding, self.dilation)
        return TensorType((self.out_channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        weight = (self.out_channels, inputs[0].channels // self.groups, *pair(self.kernel_size))
        return Cost(
            "input",
            {"weight": weight} | ({"bias": (self.out_channels,)} if self.bias else {}),
            macs=math.prod(weight[1:]) * output.numel,
            elementwise=output.numel if self.bias else 0,
        )

    def lower(self, *inputs: TensorType) -> Call:
        return self.torch_module(in_channels=inputs[0].channels)

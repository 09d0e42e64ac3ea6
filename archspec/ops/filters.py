"""Filters whose weights are standardised, fixed, of each place, or slide over the channels."""

import math
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, final

from pydantic import Field

from archspec.op.base import (
    Call,
    Cost,
    Dilation,
    Example,
    Flag,
    Groups,
    Kept,
    Kernel,
    Meaning,
    NonNegativeInt,
    Op,
    Outputs,
    Padding,
    PositiveInt,
    Role,
    ShapeError,
    Stride,
)
from archspec.op.footprint import Footprint, sliding
from archspec.op.own import own_module, without
from archspec.op.requirements import require_groups, require_map
from archspec.op.tensor import TensorType
from archspec.op.window import is_always_even, pair, slid, surrounded
from archspec.ops.conv import require_multiple, with_bias

Numbers = float | Annotated[tuple[float, ...], Field(min_length=1)]
"""One number for all channels, or one for each."""


class _StandardisedConv2d(Op):
    role = Role.CONV
    short_name = "conv"
    positional = 3
    inferred = frozenset({"in_channels"})
    has_gain: ClassVar[bool] = False

    out_channels: Outputs
    kernel_size: Kernel
    stride: Stride = 1
    padding: Padding | Literal["same_tf"] = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Flag = False

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], type(self).__name__)
        require_groups(x.channels, self.groups, "groups")
        require_multiple(self.out_channels, self.groups)
        if self.padding == "same_tf":
            sizes = zip(x.spatial, pair(self.stride), strict=True)
            return TensorType((self.out_channels, *(-(-size // s) for size, s in sizes)))
        size = slid(x, self.kernel_size, self.stride, self.padding, self.dilation)
        return TensorType((self.out_channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        (x,) = inputs
        weight = (self.out_channels, x.channels // self.groups, *pair(self.kernel_size))
        gain = {"gain": (self.out_channels, 1, 1, 1)} if self.has_gain else {}
        statistics = (3 if self.has_gain else 2) * self.out_channels  # mean, deviation, gain
        padded = self._padded_size(x)
        return Cost(
            "nothing" if padded else "input",
            {**with_bias(weight, self.out_channels, self.bias), **gain},
            macs=math.prod(weight[1:]) * output.numel,
            elementwise=output.numel if self.bias else 0,
            saved_bytes=4 * math.prod(weight),  # standardised
            kept=(Kept((), bytes=4 * statistics, own=True),),
            once=True,
            copied_bytes=4 * padded,
        )

    def _padded_size(self, x: TensorType) -> int:
        """How many numbers the copy of the input has that is padded; 0 if the kernel pads itself."""
        window = (self.kernel_size, self.stride, self.dilation)
        if self.padding != "same_tf" or is_always_even(*window, 2):
            return 0
        borders = surrounded(x, *window)
        sides = (a + size + b for size, (a, b) in zip(x.spatial, borders, strict=True))
        return x.channels * math.prod(sides)

    def lowered(self, *inputs: TensorType) -> Call:
        call = own_module(self, in_channels=inputs[0].channels)
        if self.padding != "same_tf":
            return call
        window = (self.kernel_size, self.stride, self.dilation)
        if is_always_even(*window, 2):
            padding = tuple(before for before, _ in surrounded(inputs[0], *window))
            return replace(call, arguments={**call.arguments, "padding": padding})
        return without(call, f"archspec.layers.same.{type(self).__name__}Same", "padding")


@final
class StdConv2d(_StandardisedConv2d):
    """Conv2d with standardised weights (Qiao et al. 2019, https://arxiv.org/abs/1903.10520).

    The weights of each output channel have mean 0 and variance 1, as in BiT. What is done to the
    weights counts no operation, since it does not depend on the batch.
    """

    formula = (
        "y = conv(x, (w − mean) / sqrt(var + eps)), mean and var over an output channel's weights"
    )
    examples = (
        Example({"out_channels": 8, "kernel_size": 3, "padding": 1}),
        Example({"out_channels": 8, "kernel_size": (3, 5), "stride": 2, "bias": True, "groups": 2}),
        Example({"out_channels": 8, "kernel_size": 3, "dilation": 2, "eps": 1e-8}),
        Example({"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": "same_tf"}),
        Example({"out_channels": 8, "kernel_size": 3, "padding": "same_tf"}),
    )

    eps: Annotated[float, Field(gt=0), Meaning.MINOR] = 1e-6


@final
class ScaledStdConv2d(_StandardisedConv2d):
    """Conv2d with weights that are standardised and scaled, of networks without normalisation.

    Brock et al. 2021, https://arxiv.org/abs/2101.08692 and https://arxiv.org/abs/2102.06171 (NF-Net).
    The gain of each output channel is learned, gamma belongs to the activation. What is done to the
    weights counts no operation.
    """

    has_gain = True
    formula = "y = conv(x, gain·gamma / sqrt(n)·(w − mean) / sqrt(var + eps)), n weights a channel"
    examples = (
        Example({"out_channels": 8, "kernel_size": 3, "padding": 1, "gamma": 1.7139588594436646}),
        Example(
            {"out_channels": 8, "kernel_size": (3, 5), "stride": 2, "bias": False, "groups": 2}
        ),
        Example(
            {"out_channels": 8, "kernel_size": 3, "dilation": 2, "eps": 1e-8, "gain_init": 0.5}
        ),
        Example({"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": "same_tf"}),
    )

    bias: Flag = True
    gamma: float = 1.0
    eps: Annotated[float, Field(gt=0), Meaning.MINOR] = 1e-6
    gain_init: Annotated[float, Meaning.MINOR] = 1.0


@final
class ChannelConv1d(Op):
    """Convolution along the channels with one kernel (Wang et al. 2019, ECA).

    It reads one number a channel: C×1×1, or a vector. https://arxiv.org/abs/1910.03151.
    """

    role = Role.CONV
    short_name = "channel conv"
    positional = 1
    formula = "y[c] = sum of weight[k]·x[c + k − floor(kernel_size / 2)] over the kernel"
    examples = (
        Example({"kernel_size": 3, "bias": False}, inputs=((8, 1, 1),)),
        Example({"kernel_size": 5}, inputs=((8, 1, 1),)),
        Example({"kernel_size": 3}, inputs=((10,),)),
    )

    kernel_size: PositiveInt
    bias: Flag = True

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if math.prod(x.spatial) != 1:
            raise ShapeError(
                f"ChannelConv1d reads one number a channel, not a map of {x}",
                help="put an AdaptiveAvgPool2d with output_size: 1 before it",
            )
        if self.kernel_size % 2 == 0:
            raise ShapeError(
                f"a kernel of {self.kernel_size} has no middle",
                field="kernel_size",
                help="an odd kernel_size keeps the number of channels",
            )
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            with_bias((1, 1, self.kernel_size), 1, self.bias),
            macs=self.kernel_size * output.numel,
            elementwise=output.numel if self.bias else 0,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


@final
class LocallyConnected2d(Op):
    """Convolution with weights of its own at each place (Taigman et al. 2014, DeepFace, 3.2).

    The weights fit one size of the input.
    """

    role = Role.CONV
    short_name = "local conv"
    positional = 3
    inferred = frozenset({"input_shape"})
    formula = "out = floor((in + 2·padding − kernel_size) / stride) + 1"
    examples = (
        Example({"out_channels": 5, "kernel_size": 3}),
        Example({"out_channels": 5, "kernel_size": (3, 5), "stride": (2, 3), "padding": (1, 2)}),
        Example({"out_channels": 5, "kernel_size": 1, "bias": False}),
    )

    out_channels: Outputs
    kernel_size: Kernel
    stride: Stride = 1
    padding: Padding = 0
    bias: Flag = True

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "LocallyConnected2d")
        size = slid(x, self.kernel_size, self.stride, self.padding)
        return TensorType((self.out_channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        (x,) = inputs
        weight = (*output.spatial, self.out_channels, x.channels, *pair(self.kernel_size))
        windows = math.prod(weight) // self.out_channels
        return Cost(
            "nothing",
            {"weight": weight} | ({"bias": output.shape} if self.bias else {}),
            macs=math.prod(weight),
            elementwise=output.numel if self.bias else 0,
            kept=(Kept((), bytes=4 * windows, own=True),),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, input_shape=inputs[0].shape)


@final
class BlurPool2d(Op):
    """Blurs each channel before it keeps every second pixel (Zhang 2019).

    https://arxiv.org/abs/1904.11486. The filter is binomial, 1 2 1 for a kernel_size of 3, and no
    parameter; its products count as multiply-accumulates. It is not in the ``state_dict``, as in timm;
    where a file has it, its key is ``filt``. Without ``padding`` it is floor((stride + kernel_size) / 2) − 1.
    """

    role = Role.POOL
    short_name = "blur pool"
    positional = 1
    inferred = frozenset({"num_channels"})
    formula = "out = floor((in + 2·padding − kernel_size) / stride) + 1"
    examples = (
        Example(),
        Example({"kernel_size": 5, "stride": 1, "padding_mode": "zeros"}),
        Example({"kernel_size": 4, "padding": 1, "padding_mode": "replicate"}),
        Example({"kernel_size": 3, "stride": 3, "padding": 0}),
    )

    kernel_size: Annotated[PositiveInt, Meaning.KERNEL] = 3
    stride: Annotated[PositiveInt, Meaning.STRIDE] = 2
    padding: Annotated[NonNegativeInt | None, Meaning.PADDING] = None
    padding_mode: Literal["reflect", "replicate", "zeros"] = "reflect"

    def border(self) -> int:
        """Pixels around the map."""
        if self.padding is None:
            return (self.stride + self.kernel_size) // 2 - 1
        return self.padding

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "BlurPool2d")
        most = min(x.spatial) - 1
        if self.padding_mode == "reflect" and self.border() > most:
            raise ShapeError(
                f"a map of {x} mirrors at most {most} pixels, not {self.border()}",
                field="padding",
                help="padding_mode 'replicate' or 'zeros'",
            )
        size = slid(x, self.kernel_size, self.stride, self.border())
        return TensorType((x.channels, *size))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, Footprint] | None:
        side = sliding(self.kernel_size, self.stride, self.border())
        return side, side

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        channels, height, width = inputs[0].shape
        around = 2 * self.border()
        return Cost(
            "nothing",
            macs=self.kernel_size**2 * output.numel,
            saved_bytes=4 * channels * (height + around) * (width + around),  # with its border
            kept=() if self.padding_mode == "zeros" else (Kept((0,), input=0),),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, num_channels=inputs[0].channels)


@final
class FixedAffine(Op):
    """Scale and shift with numbers of the spec, which are not learned and not in the ``state_dict``.

    A number for each channel, or one for all: the mean shift of super-resolution (EDSR, Lim et al. 2017,
    https://arxiv.org/abs/1707.02921), or the normalisation of the input inside of a network.
    """

    role = Role.SHAPE
    short_name = "affine"
    has_row = False
    formula = "y = weight·x + bias"
    examples = (
        Example({"weight": (0.5, 2.0, 1.0, -1.0), "bias": (0.1, 0.2, 0.3, 0.4)}),
        Example({"weight": 255.0}, inputs=((10,),)),
        Example({"bias": (-0.4, -0.5, -0.6, 0.0)}),
    )

    weight: Annotated[Numbers, Meaning.MINOR] = 1.0
    bias: Annotated[Numbers, Meaning.MINOR] = 0.0

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        for name, numbers in (("weight", self.weight), ("bias", self.bias)):
            if isinstance(numbers, tuple) and len(numbers) != x.channels:
                raise ShapeError(
                    f"{len(numbers)} numbers for {x.channels} channels",
                    field=name,
                    help="one number for all channels, or one for each",
                )
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing", elementwise=2 * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)

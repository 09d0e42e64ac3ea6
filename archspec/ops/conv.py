"""Convolutions."""

import math
from collections import Counter
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, final

from pydantic import Field

from archspec.op.base import (
    MAX_SIZE,
    Call,
    Cost,
    Dilation,
    Dilation1d,
    Dilation3d,
    Example,
    Flag,
    Groups,
    Kept,
    Kernel,
    Kernel1d,
    Kernel3d,
    NonNegativeInt,
    Op,
    Outputs,
    Padding,
    Padding1d,
    Padding3d,
    PositiveInt,
    Role,
    ShapeError,
    Stride,
    Stride1d,
    Stride3d,
)
from archspec.op.footprint import Footprint, transposed
from archspec.op.own import own_module, without
from archspec.op.requirements import division, require_groups, require_map, require_rank
from archspec.op.tensor import TensorType
from archspec.op.window import Sides, along, is_always_even, pair, slid, surrounded, times

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class _Conv(Op):
    """Convolution of a map with as many sides as ``rank`` says."""

    role = Role.CONV
    short_name = "conv"
    positional = 3
    inferred = frozenset({"in_channels"})
    formula = "out = floor((in + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1"
    rank: ClassVar[int]

    out_channels: Outputs
    kernel_size: Sides
    stride: Sides = 1
    padding: Sides | Literal["same", "same_tf", "valid"] = 0
    dilation: Sides = 1
    groups: Groups = 1
    bias: Flag = True
    padding_mode: PaddingMode = "zeros"

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_rank(inputs[0], type(self).__name__, self.rank)
        require_groups(x.channels, self.groups, "groups")
        require_multiple(self.out_channels, self.groups)
        require_pixels_to_pad(x, self)
        if self.padding == "same":
            strides = along(self.stride, x.rank)
            if set(strides) != {1}:
                raise ShapeError(
                    f"padding 'same' needs stride 1, not {times(strides)}",
                    field="padding",
                    help="write the padding as a number: half of kernel_size, rounded down",
                )
            return x.with_channels(self.out_channels)
        if self.padding == "same_tf":
            sizes = zip(x.spatial, along(self.stride, x.rank), strict=True)
            return TensorType((self.out_channels, *(-(-size // s) for size, s in sizes)))
        padding = 0 if self.padding == "valid" else self.padding
        size = slid(x, self.kernel_size, self.stride, padding, self.dilation)
        return TensorType((self.out_channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        (x,) = inputs
        weight = (self.out_channels, x.channels // self.groups, *along(self.kernel_size, x.rank))
        copy = padded_copy(x, self)
        return Cost(
            "nothing" if copy else "input",
            with_bias(weight, self.out_channels, self.bias),
            macs=math.prod(weight[1:]) * output.numel,
            elementwise=output.numel if self.bias else 0,
            saved_bytes=4 * copy.numel if copy else 0,
            kept=(Kept((0,), input=0),) if self.padding_mode in ("reflect", "replicate") else (),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        call = self.torch_module(in_channels=inputs[0].channels)
        if self.padding != "same_tf":
            return call
        window = (self.kernel_size, self.stride, self.dilation)
        before = tuple(before for before, _ in surrounded(inputs[0], *window))
        if is_always_even(*window, self.rank):
            padding = before[0] if len(set(before)) == 1 else before
            return replace(call, arguments={**call.arguments, "padding": padding})
        return without(call, "archspec.layers.same.Conv2dSame", "padding", "padding_mode")


@final
class Conv1d(_Conv):
    """1-D convolution, of a sound or a sequence; the input channels come from the graph."""

    rank = 1
    examples = (
        Example({"out_channels": 8, "kernel_size": 3}, inputs=((4, 30),)),
        Example(
            {"out_channels": 6, "kernel_size": 5, "stride": 2, "padding": 2, "groups": 2},
            inputs=((4, 30),),
        ),
        Example(
            {"out_channels": 8, "kernel_size": 4, "padding": "same", "dilation": 3, "bias": False},
            inputs=((4, 30),),
        ),
        Example(
            {"out_channels": 8, "kernel_size": 3, "padding": 1, "padding_mode": "reflect"},
            inputs=((4, 30),),
        ),
    )

    kernel_size: Kernel1d
    stride: Stride1d = 1
    padding: Padding1d | Literal["same", "valid"] = 0
    dilation: Dilation1d = 1


@final
class Conv2d(_Conv):
    """2-D convolution; the input channels come from the graph.

    With padding same_tf the output is ceil(in / stride), as in TensorFlow: what is added depends on the
    size of the input, and of an odd number of pixels one more is below and to the right.
    """

    rank = 2
    examples = (
        Example({"out_channels": 8, "kernel_size": 3}),
        Example({"out_channels": 6, "kernel_size": (3, 5), "stride": (2, 1), "padding": (1, 2)}),
        Example({"out_channels": 8, "kernel_size": 5, "padding": "same", "bias": False}),
        Example({"out_channels": 8, "kernel_size": (4, 3), "padding": "same", "dilation": (3, 2)}),
        Example({"out_channels": 8, "kernel_size": 3, "padding": "valid"}),
        Example({"out_channels": 8, "kernel_size": 3, "groups": 4, "dilation": 2}),
        Example({"out_channels": 8, "kernel_size": 3, "padding": 1, "padding_mode": "reflect"}),
        Example({"out_channels": 8, "kernel_size": 4, "padding": 2, "padding_mode": "replicate"}),
        Example(
            {"out_channels": 8, "kernel_size": 4, "padding": "same", "padding_mode": "circular"}
        ),
        Example({"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": "same_tf"}),
        Example({"out_channels": 8, "kernel_size": (4, 3), "stride": (3, 1), "padding": "same_tf"}),
        Example({"out_channels": 8, "kernel_size": 3, "dilation": 2, "padding": "same_tf"}),
        Example({"out_channels": 8, "kernel_size": 1, "stride": 2, "padding": "same_tf"}),
    )

    kernel_size: Kernel
    stride: Stride = 1
    padding: Padding | Literal["same", "same_tf", "valid"] = 0
    dilation: Dilation = 1


@final
class Conv3d(_Conv):
    """3-D convolution, of a clip or a volume; the input channels come from the graph."""

    rank = 3
    examples = (
        Example({"out_channels": 8, "kernel_size": 3}, inputs=((4, 6, 9, 11),)),
        Example(
            {
                "out_channels": 6,
                "kernel_size": (1, 3, 5),
                "stride": (1, 2, 1),
                "padding": (0, 1, 2),
                "groups": 2,
            },
            inputs=((4, 6, 9, 11),),
        ),
        Example(
            {"out_channels": 8, "kernel_size": (2, 3, 4), "padding": "same", "bias": False},
            inputs=((4, 6, 9, 11),),
        ),
        Example(
            {
                "out_channels": 8,
                "kernel_size": 3,
                "padding": 2,
                "dilation": (1, 2, 3),
                "padding_mode": "replicate",
            },
            inputs=((4, 6, 9, 11),),
        ),
    )

    kernel_size: Kernel3d
    stride: Stride3d = 1
    padding: Padding3d | Literal["same", "valid"] = 0
    dilation: Dilation3d = 1


class _DepthwiseConv(Op):
    """Convolution of every channel of a map with as many sides as ``rank`` says."""

    role = Role.CONV
    short_name = "depthwise conv"
    positional = 3
    inferred = frozenset({"in_channels", "out_channels", "groups"})
    formula = "out = floor((in + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1"
    rank: ClassVar[int]
    grouped: ClassVar[type[_Conv]]
    """The convolution that it is."""

    kernel_size: Sides
    multiplier: PositiveInt = 1
    stride: Sides = 1
    padding: Sides | Literal["same", "same_tf", "valid"] = 0
    dilation: Sides = 1
    bias: Flag = True
    padding_mode: PaddingMode = "zeros"

    def conv(self, x: TensorType) -> _Conv:
        """The convolution that it is on an input."""
        arguments = self.arguments()
        out_channels = arguments.pop("multiplier") * x.channels
        if out_channels > MAX_SIZE:
            raise ShapeError(
                f"{self.multiplier} times {x.channels} channels are {out_channels:,}",
                field="multiplier",
                help=f"a layer has at most {MAX_SIZE:,} channels",
            )
        return self.grouped(out_channels=out_channels, groups=x.channels, **arguments)

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_rank(inputs[0], type(self).__name__, self.rank)
        return self.conv(x).infer(x)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return self.conv(inputs[0]).cost(inputs, output)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.conv(inputs[0]).lowered(*inputs)


@final
class DepthwiseConv1d(_DepthwiseConv):
    """Convolution of every channel by itself: a Conv1d with a group for each input channel."""

    rank = 1
    grouped = Conv1d
    examples = (
        Example({"kernel_size": 3, "padding": 1}, inputs=((4, 30),)),
        Example({"kernel_size": 7, "multiplier": 8, "stride": 2, "bias": False}, inputs=((4, 30),)),
        Example(
            {"kernel_size": 3, "dilation": 2, "padding": "same", "padding_mode": "reflect"},
            inputs=((4, 30),),
        ),
    )

    kernel_size: Kernel1d
    multiplier: PositiveInt = 1
    stride: Stride1d = 1
    padding: Padding1d | Literal["same", "valid"] = 0
    dilation: Dilation1d = 1


@final
class DepthwiseConv2d(_DepthwiseConv):
    """Convolution of every channel by itself: a Conv2d with a group for each input channel.

    It makes ``multiplier`` channels of each. With a 1×1 Conv2d behind it, it is a separable
    convolution (Chollet 2016, https://arxiv.org/abs/1610.02357).
    """

    rank = 2
    grouped = Conv2d
    examples = (
        Example({"kernel_size": 3, "padding": 1}),
        Example({"kernel_size": (7, 5), "multiplier": 8, "stride": 2, "bias": False}),
        Example({"kernel_size": 3, "dilation": 2, "padding": "same", "padding_mode": "reflect"}),
        Example({"kernel_size": 5, "stride": 2, "padding": "same_tf"}),
    )

    kernel_size: Kernel
    multiplier: PositiveInt = 1
    stride: Stride = 1
    padding: Padding | Literal["same", "same_tf", "valid"] = 0
    dilation: Dilation = 1


@final
class DepthwiseConv3d(_DepthwiseConv):
    """Convolution of every channel by itself: a Conv3d with a group for each input channel.

    Channel-separated video networks (Tran et al. 2019, https://arxiv.org/abs/1904.02811).
    """

    rank = 3
    grouped = Conv3d
    examples = (
        Example({"kernel_size": 3, "padding": 1}, inputs=((4, 6, 9, 11),)),
        Example(
            {"kernel_size": (1, 3, 5), "multiplier": 2, "stride": 2, "bias": False},
            inputs=((4, 6, 9, 11),),
        ),
        Example(
            {"kernel_size": 3, "dilation": 2, "padding": "same", "padding_mode": "replicate"},
            inputs=((4, 6, 9, 11),),
        ),
    )

    kernel_size: Kernel3d
    multiplier: PositiveInt = 1
    stride: Stride3d = 1
    padding: Padding3d | Literal["same", "valid"] = 0
    dilation: Dilation3d = 1


@final
class TableConv2d(Op):
    """Convolution with a list of input channels for each output channel (LeCun et al. 1998, C3).

    Only what is connected has weights, in the order of the table, and counts.
    """

    role = Role.CONV
    short_name = "table conv"
    positional = 2
    formula = "out = floor((in + 2·padding − kernel_size) / stride) + 1; C = rows of the table"
    examples = (
        Example({"table": ((0, 1, 2), (3, 1)), "kernel_size": 5}),
        Example(
            {
                "table": ((0,), (0, 3), (2,)),
                "kernel_size": (3, 5),
                "stride": (2, 1),
                "padding": (1, 0),
                "bias": False,
            }
        ),
    )

    table: Annotated[
        tuple[Annotated[tuple[NonNegativeInt, ...], Field(min_length=1)], ...],
        Field(min_length=1),
    ]
    """For each output channel the input channels that it reads, counted from 0."""
    kernel_size: Kernel
    stride: Stride = 1
    padding: Padding = 0
    bias: Flag = True

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "TableConv2d")
        for number, row in enumerate(self.table):
            require_connections(row, number, x.channels)
        size = slid(x, self.kernel_size, self.stride, self.padding)
        return TensorType((len(self.table), *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        (x,) = inputs
        connections = sum(map(len, self.table))
        weight = (connections, 1, *pair(self.kernel_size))
        read = x.with_channels(connections).numel
        products = output.with_channels(
            connections
        ).numel  # of each connection, before they are added
        return Cost(
            "nothing",
            with_bias(weight, output.channels, self.bias),
            macs=math.prod(weight) * math.prod(output.spatial),
            elementwise=output.numel if self.bias else 0,
            saved_bytes=4 * read,
            scratch_bytes=4 * (products + max(read - output.numel, 2 * output.numel)),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


class _ConvTranspose(Op):
    """Transposed convolution of a map with as many sides as ``rank`` says."""

    role = Role.CONV
    short_name = "up-conv"
    positional = 3
    inferred = frozenset({"in_channels"})
    formula = "out = (in − 1)·stride − 2·padding + dilation·(kernel_size − 1) + output_padding + 1"
    rank: ClassVar[int]

    out_channels: Outputs
    kernel_size: Sides
    stride: Sides = 1
    padding: Sides = 0
    output_padding: Sides = 0
    groups: Groups = 1
    bias: Flag = True
    dilation: Sides = 1
    padding_mode: Literal["zeros"] = "zeros"

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_rank(inputs[0], type(self).__name__, self.rank)
        require_groups(x.channels, self.groups, "groups")
        require_multiple(self.out_channels, self.groups)
        return TensorType((self.out_channels, *spread(x, self)))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        arguments = (self.kernel_size, self.stride, self.padding, self.dilation)
        directions = zip(*(along(value, x.rank) for value in arguments), strict=True)
        return tuple(transposed(*each) for each in directions)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        (x,) = inputs
        weight = (x.channels, self.out_channels // self.groups, *along(self.kernel_size, x.rank))
        return Cost(
            "input",
            with_bias(weight, self.out_channels, self.bias),
            macs=math.prod(weight) * math.prod(x.spatial),
            elementwise=output.numel if self.bias else 0,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module(in_channels=inputs[0].channels)


@final
class ConvTranspose1d(_ConvTranspose):
    """Transposed 1-D convolution, from few samples to more (https://arxiv.org/abs/1603.07285)."""

    rank = 1
    examples = (
        Example({"out_channels": 8, "kernel_size": 2, "stride": 2}, inputs=((4, 13),)),
        Example(
            {
                "out_channels": 6,
                "kernel_size": 5,
                "stride": 3,
                "padding": 2,
                "output_padding": 1,
                "groups": 2,
            },
            inputs=((4, 13),),
        ),
        Example(
            {"out_channels": 8, "kernel_size": 3, "dilation": 2, "bias": False}, inputs=((4, 13),)
        ),
        Example({"out_channels": 8, "kernel_size": 3, "padding_mode": "zeros"}, inputs=((4, 13),)),
    )

    kernel_size: Kernel1d
    stride: Stride1d = 1
    padding: Padding1d = 0
    output_padding: NonNegativeInt = 0
    dilation: Dilation1d = 1


@final
class ConvTranspose2d(_ConvTranspose):
    """Transposed 2-D convolution, from few pixels to more (https://arxiv.org/abs/1603.07285)."""

    rank = 2
    examples = (
        Example({"out_channels": 8, "kernel_size": 2, "stride": 2}),
        Example(
            {
                "out_channels": 6,
                "kernel_size": (3, 5),
                "stride": (2, 3),
                "padding": (1, 2),
                "output_padding": (1, 2),
            }
        ),
        Example({"out_channels": 8, "kernel_size": 3, "groups": 4, "dilation": 2}),
        Example({"out_channels": 8, "kernel_size": 3, "bias": False, "padding_mode": "zeros"}),
    )

    kernel_size: Kernel
    stride: Stride = 1
    padding: Padding = 0
    output_padding: NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt] = 0
    dilation: Dilation = 1


@final
class ConvTranspose3d(_ConvTranspose):
    """Transposed 3-D convolution, from few voxels to more (https://arxiv.org/abs/1603.07285)."""

    rank = 3
    examples = (
        Example({"out_channels": 8, "kernel_size": 2, "stride": 2}, inputs=((4, 3, 5, 4),)),
        Example(
            {
                "out_channels": 6,
                "kernel_size": (3, 5, 1),
                "stride": (2, 3, 1),
                "padding": (1, 2, 0),
                "output_padding": (1, 2, 0),
                "groups": 2,
            },
            inputs=((4, 3, 5, 4),),
        ),
        Example(
            {"out_channels": 8, "kernel_size": 3, "dilation": (1, 2, 1), "bias": False},
            inputs=((4, 3, 5, 4),),
        ),
        Example(
            {"out_channels": 8, "kernel_size": 3, "padding_mode": "zeros"},
            inputs=((4, 3, 5, 4),),
        ),
    )

    kernel_size: Kernel3d
    stride: Stride3d = 1
    padding: Padding3d = 0
    output_padding: NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt] = 0
    dilation: Dilation3d = 1


def with_bias(weight: tuple[int, ...], channels: int, bias: bool) -> dict[str, tuple[int, ...]]:
    return {"weight": weight, "bias": (channels,)} if bias else {"weight": weight}


def require_multiple(out_channels: int, groups: int) -> None:
    if out_channels % groups:
        raise ShapeError(
            f"{out_channels} output channels do not divide into {groups} groups: "
            f"{division(out_channels, groups)}",
            field="out_channels",
            help=f"out_channels: {groups * -(-out_channels // groups)} is a multiple of {groups}",
        )


def require_connections(row: tuple[int, ...], number: int, channels: int) -> None:
    """A row of a table names channels that are there, each once."""
    channel, count = Counter(row).most_common(1)[0]
    if count > 1:
        raise ShapeError(
            f"row {number} of the table names channel {channel} more than once",
            field="table",
            help="a channel is connected once or not at all",
        )
    if max(row) >= channels:
        raise ShapeError(
            f"row {number} of the table reads channel {max(row)} of {channels} channels",
            field="table",
            help=f"channels are counted from 0: the last one is {channels - 1}",
        )


def sides(x: TensorType, conv: _Conv) -> tuple[tuple[int, int], ...]:
    """Pixels before and after, along each side, that a convolution adds to its input."""
    if conv.padding == "same_tf":
        return surrounded(x, conv.kernel_size, conv.stride, conv.dilation)
    if conv.padding == "same":
        dilation, kernel = along(conv.dilation, conv.rank), along(conv.kernel_size, conv.rank)
        reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((each // 2, -(-each // 2)) for each in reach)
    padding = along(0 if conv.padding == "valid" else conv.padding, conv.rank)
    return tuple((each, each) for each in padding)


def require_pixels_to_pad(x: TensorType, conv: _Conv) -> None:
    """A mirrored border is narrower than the input, a wrapped-around one no wider than it."""
    if conv.padding == "same_tf" and conv.padding_mode != "zeros":
        raise ShapeError(
            f"padding 'same_tf' puts zeros around the map, not padding_mode '{conv.padding_mode}'",
            field="padding_mode",
            help="leave padding_mode out, or write the padding as a number",
        )
    if conv.padding_mode not in ("reflect", "circular"):
        return
    for name, size, (_, padding) in zip(x.sides, x.spatial, sides(x, conv), strict=True):
        most = size - 1 if conv.padding_mode == "reflect" else size
        if padding > most:
            raise ShapeError(
                f"padding_mode '{conv.padding_mode}' cannot make {padding} pixels "
                f"of a {name} of {size}: {padding} > {most}",
                field="padding_mode",
                help=f"a padding of at most {most}, or padding_mode 'replicate' or 'zeros'",
            )


def padded_copy(x: TensorType, conv: _Conv) -> TensorType | None:
    """The copy of its input that PyTorch pads, if it makes one: then that one is kept.

    The kernel pads with zeros itself, but only evenly: 'same' may need one more pixel on one side.
    """
    added = list(zip(x.spatial, sides(x, conv), strict=True))
    window = (conv.kernel_size, conv.stride, conv.dilation)
    by_size = conv.padding == "same_tf" and not is_always_even(*window, conv.rank)
    if conv.padding_mode != "zeros" or by_size:
        return TensorType((x.channels, *(before + size + after for size, (before, after) in added)))
    if any(before != after for _, (before, after) in added):
        return TensorType((x.channels, *(size + after - before for size, (before, after) in added)))
    return None


def spread(x: TensorType, conv: _ConvTranspose) -> tuple[int, ...]:
    """The sides that a transposed convolution makes of a map."""
    arguments = (conv.kernel_size, conv.stride, conv.padding, conv.output_padding, conv.dilation)
    directions = zip(x.spatial, *(along(value, x.rank) for value in arguments), strict=True)
    sizes = []
    for name, (size, k, s, p, extra, d) in zip(x.sides, directions, strict=True):
        if extra >= max(s, d):
            raise ShapeError(
                f"output_padding {extra} in {name} is not below stride {s} or dilation {d}",
                field="output_padding",
                help=f"an output_padding of at most {max(s, d) - 1}",
            )
        out = (size - 1) * s - 2 * p + d * (k - 1) + extra + 1
        if out < 1:
            raise ShapeError(
                f"padding {p} leaves nothing of a {times(x.spatial)} input: {name} "
                f"({size} − 1)·{s} − 2·{p} + {d}·({k} − 1) + {extra} + 1 is below 1",
                field="padding",
                help=f"a padding of at most {(out + 2 * p - 1) // 2} leaves at least one pixel",
            )
        sizes.append(out)
    return tuple(sizes)

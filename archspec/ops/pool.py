"""Poolings, counted as one operation for each number in a window."""

import math
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, final

from pydantic import Field

from archspec.op.base import (
    Call,
    Cost,
    Dilation,
    Dilation1d,
    Dilation3d,
    Example,
    Kernel,
    Kernel1d,
    Kernel3d,
    Meaning,
    Op,
    Padding,
    Padding1d,
    Padding3d,
    PositiveInt,
    Role,
    ShapeError,
    Size,
    Size3d,
    Stride,
    Stride1d,
    Stride3d,
)
from archspec.op.footprint import Footprint, adaptive, sliding, transposed
from archspec.op.own import own_module, without
from archspec.op.requirements import require_map, require_rank
from archspec.op.tensor import TensorType
from archspec.op.window import Sides, along, is_always_even, slid, surrounded

OutputSize = Annotated[Size, Meaning.OUTPUT_SIZE]
OutputSize1d = Annotated[PositiveInt, Meaning.OUTPUT_SIZE]
OutputSize3d = Annotated[Size3d, Meaning.OUTPUT_SIZE]


class _MaxPool(Op):
    role = Role.POOL
    short_name = "max pool"
    positional = 1
    formula = (
        "out = floor((in + 2·padding − dilation·(kernel_size − 1) − 1) / stride) + 1, "
        "or ceil with ceil_mode"
    )
    rank: ClassVar[int]

    kernel_size: Sides
    stride: Sides | None = None
    padding: Sides | Literal["same_tf"] = 0
    dilation: Sides = 1
    ceil_mode: bool = False

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_rank(inputs[0], type(self).__name__, self.rank)
        stride = self.stride or self.kernel_size
        if self.padding == "same_tf":
            return divided_by(x, stride)
        require_half(x, self.kernel_size, self.padding)
        size = slid(x, self.kernel_size, stride, self.padding, self.dilation, ceil=self.ceil_mode)
        return TensorType((x.channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        call = self.lowered(*inputs)
        copy = padded_same(inputs[0], self) if call.target.endswith("Same") else None
        return Cost(
            "nothing" if copy else "input",
            elementwise=area(self.kernel_size, self.rank) * output.numel,
            saved_bytes=8 * output.numel + (4 * copy.numel if copy else 0),  # with the indices
            index_bytes=8 * output.numel,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        call = self.torch_module()
        if self.padding == "same_tf":
            return padding_same(call, self, inputs[0], "padding", "ceil_mode")
        return call


@final
class MaxPool1d(_MaxPool):
    """Largest number of each window of a row; the stride is the kernel size unless given."""

    rank = 1
    examples = (
        Example({"kernel_size": 4}, inputs=((4, 30),)),
        Example({"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2}, inputs=((4, 30),)),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True}, inputs=((4, 30),)),
    )

    kernel_size: Kernel1d
    stride: Stride1d | None = None
    padding: Padding1d = 0
    dilation: Dilation1d = 1


@final
class MaxPool2d(_MaxPool):
    """Largest number of each window; the stride is the kernel size unless given."""

    rank = 2
    examples = (
        Example({"kernel_size": 2}),
        Example({"kernel_size": (2, 3), "stride": (3, 2), "padding": (1, 1), "dilation": (1, 2)}),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True}, inputs=((4, 12, 17),)),
        Example({"kernel_size": 3, "stride": 2, "padding": "same_tf"}),
        Example({"kernel_size": (2, 3), "dilation": 2, "stride": 1, "padding": "same_tf"}),
        Example({"kernel_size": 3, "stride": 1, "padding": "same_tf"}),
    )

    kernel_size: Kernel
    stride: Stride | None = None
    padding: Padding | Literal["same_tf"] = 0
    dilation: Dilation = 1


@final
class MaxPool3d(_MaxPool):
    """Largest number of each window of a volume; the stride is the kernel size unless given."""

    rank = 3
    examples = (
        Example({"kernel_size": 2}, inputs=((4, 6, 9, 11),)),
        Example(
            {"kernel_size": (1, 2, 3), "stride": (1, 3, 2), "padding": (0, 1, 1), "dilation": 2},
            inputs=((4, 6, 9, 11),),
        ),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True}, inputs=((4, 6, 9, 12),)),
    )

    kernel_size: Kernel3d
    stride: Stride3d | None = None
    padding: Padding3d = 0
    dilation: Dilation3d = 1


@final
class MaxUnpool2d(Op):
    """The way back from a MaxPool2d: each number where the largest of its window stood.

    It reads the pooled numbers and what the pooling read, and finds the places once more (SegNet,
    Badrinarayanan et al. 2015, https://arxiv.org/abs/1511.00561): ``from: [x, conv1]`` for a pooling of
    conv1. Its arguments are those of the pooling. No gradient reaches the second operand from here.
    """

    arity = 2
    role = Role.POOL
    short_name = "max unpool"
    positional = 1
    formula = "y[place of the largest number of window i] = x[i], else 0"
    examples = (
        Example({"kernel_size": 2}, inputs=((4, 6, 8), (4, 13, 17))),
        Example(
            {"kernel_size": (2, 3), "stride": (2, 3), "padding": (1, 0)},
            inputs=((4, 7, 5), (4, 13, 17)),
        ),
    )

    kernel_size: Kernel
    stride: Stride | None = None
    padding: Padding = 0

    def infer(self, *inputs: TensorType) -> TensorType:
        x, pooled = (require_map(each, "MaxUnpool2d") for each in inputs)
        pool = MaxPool2d(**self.arguments())
        if (given := pool.infer(pooled)) != x:
            raise ShapeError(
                f"a pooling of {pooled} gives {given}, and input 1 is {x}",
                help="the second operand is what the MaxPool2d read, not what it gave",
            )
        return pooled

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        kernel, stride = along(self.kernel_size, 2), along(self.stride or self.kernel_size, 2)
        if x.spatial == output.spatial:  # the windows that a pixel may be in
            return tuple(sliding(2 * k - 1, 1, k - 1) for k in kernel)
        padding = along(self.padding, 2)
        return tuple(
            transposed(k, s, p, 1) for k, s, p in zip(kernel, stride, padding, strict=True)
        )

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        x, _ = inputs
        return Cost(
            "nothing",
            elementwise=area(self.kernel_size, 2) * x.numel,
            saved_bytes=8 * x.numel,  # indices
            index_bytes=8 * x.numel,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


class _AvgPool(Op):
    role = Role.POOL
    short_name = "avg pool"
    positional = 1
    formula = "out = floor((in + 2·padding − kernel_size) / stride) + 1, or ceil with ceil_mode"
    rank: ClassVar[int]

    kernel_size: Sides
    stride: Sides | None = None
    padding: Sides | Literal["same_tf"] = 0
    ceil_mode: bool = False
    count_include_pad: bool = True

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_rank(inputs[0], type(self).__name__, self.rank)
        stride = self.stride or self.kernel_size
        if self.padding == "same_tf":
            return divided_by(x, stride)
        require_half(x, self.kernel_size, self.padding)
        require_volume_of_kernel(x, self.kernel_size)
        size = slid(x, self.kernel_size, stride, self.padding, ceil=self.ceil_mode)
        return TensorType((x.channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        elementwise = area(self.kernel_size, self.rank) * output.numel
        if not self.lowered(*inputs).target.endswith("Same"):
            return Cost("input", elementwise=elementwise)
        counts = 0 if self.count_include_pad else output.numel  # pixels inside of each window
        copy = padded_same(inputs[0], self)
        return Cost("nothing", elementwise=elementwise, saved_bytes=4 * (copy.numel + counts))


@final
class AvgPool1d(_AvgPool):
    """Mean of each window of a row; the stride is the kernel size unless given."""

    rank = 1
    examples = (
        Example({"kernel_size": 4}, inputs=((4, 30),)),
        Example(
            {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
            inputs=((4, 30),),
        ),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True}, inputs=((4, 30),)),
    )

    kernel_size: Kernel1d
    stride: Stride1d | None = None
    padding: Padding1d = 0

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class AvgPool2d(_AvgPool):
    """Mean of each window; the stride is the kernel size unless given.

    With ``divisor_override`` it is the sum of each window through that number. PyTorch's exporter to
    ONNX leaves it out where there is ``ceil_mode``, too.
    """

    rank = 2
    examples = (
        Example({"kernel_size": 2}),
        Example({"kernel_size": (2, 3), "stride": (3, 2), "padding": (1, 1)}),
        Example({"kernel_size": 3, "stride": 2, "ceil_mode": True, "count_include_pad": False}),
        Example({"kernel_size": 3, "divisor_override": 2}),
        Example({"kernel_size": 3, "stride": 2, "padding": "same_tf"}),
        Example({"kernel_size": 3, "stride": 2, "padding": "same_tf", "count_include_pad": False}),
        Example({"kernel_size": 3, "stride": 1, "padding": "same_tf", "count_include_pad": False}),
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
    padding: Padding | Literal["same_tf"] = 0
    divisor_override: PositiveInt | None = None

    def lowered(self, *inputs: TensorType) -> Call:
        call = self.torch_module()
        if self.padding == "same_tf":
            left_out = ("padding", "ceil_mode", "divisor_override")
            return padding_same(call, self, inputs[0], *left_out)
        return divided(call, "archspec.layers.pool.SumPool2d")


@final
class AvgPool3d(_AvgPool):
    """Mean of each window of a volume; the stride is the kernel size unless given.

    With ``divisor_override`` it is the sum of each window through that number. PyTorch's exporter to
    ONNX leaves it out where there is ``ceil_mode``, too.
    """

    rank = 3
    examples = (
        Example({"kernel_size": 2}, inputs=((4, 6, 9, 11),)),
        Example(
            {"kernel_size": (1, 2, 3), "stride": (1, 3, 2), "padding": (0, 1, 1)},
            inputs=((4, 6, 9, 11),),
        ),
        Example(
            {"kernel_size": 3, "stride": 2, "ceil_mode": True, "count_include_pad": False},
            inputs=((4, 6, 9, 12),),
        ),
        Example({"kernel_size": (2, 1, 3), "divisor_override": 2}, inputs=((4, 6, 9, 11),)),
    )

    kernel_size: Kernel3d
    stride: Stride3d | None = None
    padding: Padding3d = 0
    divisor_override: PositiveInt | None = None

    def lowered(self, *inputs: TensorType) -> Call:
        return divided(self.torch_module(), "archspec.layers.pool.SumPool3d")


def divided_by(x: TensorType, stride: Sides) -> TensorType:
    """A map whose sides are those of another through a stride, rounded up."""
    sizes = zip(x.spatial, along(stride, x.rank), strict=True)
    return TensorType((x.channels, *(-(-size // s) for size, s in sizes)))


def padded_same(x: TensorType, pool: _MaxPool | _AvgPool) -> TensorType:
    """A map with the border that padding 'same_tf' puts around it."""
    added = zip(x.spatial, surrounded(x, *_window(pool)), strict=True)
    return TensorType((x.channels, *(before + size + after for size, (before, after) in added)))


def padding_same(call: Call, pool: _MaxPool | _AvgPool, x: TensorType, *left_out: str) -> Call:
    """A pooling with padding 'same_tf': with a number where that is right for maps of any size."""
    kernel, _, dilation = _window(pool)
    if is_always_even(*_window(pool), x.rank) and along(dilation, x.rank) == (1,) * x.rank:
        padding = tuple(k // 2 for k in along(kernel, x.rank))
        alike = padding[0] if len(set(padding)) == 1 else padding
        return replace(call, arguments={**call.arguments, "padding": alike})
    name = call.target.rpartition(".")[2]
    return without(call, f"archspec.layers.same.{name}Same", *left_out)


def _window(pool: _MaxPool | _AvgPool) -> tuple[Sides, Sides, Sides]:
    dilation = pool.dilation if isinstance(pool, _MaxPool) else 1
    return pool.kernel_size, pool.stride or pool.kernel_size, dilation


class _LPPool(Op):
    role = Role.POOL
    short_name = "LP pool"
    positional = 2
    formula = "y = (sum of x^norm_type over the window)^(1 / norm_type)"
    rank: ClassVar[int]

    norm_type: Annotated[float, Field(gt=0)]
    kernel_size: Sides
    stride: Sides | None = None
    ceil_mode: bool = False

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_rank(inputs[0], type(self).__name__, self.rank)
        stride = self.stride or self.kernel_size
        require_volume_of_kernel(x, self.kernel_size)
        size = slid(x, self.kernel_size, stride, 0, ceil=self.ceil_mode)
        return TensorType((x.channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            elementwise=area(self.kernel_size, self.rank) * output.numel,
            saved_bytes=4 * (inputs[0].numel + 4 * output.numel),  # powers, means, signs
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class LPPool1d(_LPPool):
    """Power mean of each window of a row, times its size (https://arxiv.org/abs/1204.3968)."""

    rank = 1
    examples = (
        Example({"norm_type": 2, "kernel_size": 4}, inputs=((4, 30),)),
        Example(
            {"norm_type": 4, "kernel_size": 3, "stride": 2, "ceil_mode": True}, inputs=((4, 30),)
        ),
    )

    kernel_size: Kernel1d
    stride: Stride1d | None = None


@final
class LPPool2d(_LPPool):
    """Power mean of each window, times its size (https://arxiv.org/abs/1204.3968)."""

    rank = 2
    examples = (
        Example({"norm_type": 2, "kernel_size": 2}),
        Example({"norm_type": 1, "kernel_size": (2, 3), "stride": (3, 2)}),
        Example({"norm_type": 4, "kernel_size": 3, "stride": 2, "ceil_mode": True}),
    )

    kernel_size: Kernel
    stride: Stride | None = None


@final
class LPPool3d(_LPPool):
    """Power mean of each window of a volume, times its size (https://arxiv.org/abs/1204.3968)."""

    rank = 3
    examples = (
        Example({"norm_type": 2, "kernel_size": 2}, inputs=((4, 6, 9, 11),)),
        Example(
            {"norm_type": 4, "kernel_size": (1, 2, 3), "stride": (1, 3, 2), "ceil_mode": True},
            inputs=((4, 6, 9, 12),),
        ),
    )

    kernel_size: Kernel3d
    stride: Stride3d | None = None


class _AdaptivePool(Op):
    role = Role.POOL
    positional = 1
    formula = "out = output_size; window i reaches from floor(i·in/out) to ceil((i + 1)·in/out)"
    rank: ClassVar[int]

    output_size: Sides

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_rank(inputs[0], type(self).__name__, self.rank)
        return TensorType((x.channels, *along(self.output_size, x.rank)))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        return adaptive_footprint(x, output)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


class _AdaptiveAvgPool(_AdaptivePool):
    short_name = "avg pool"

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "nothing" if set(output.spatial) == {1} else "input",
            elementwise=adaptive_reads(inputs[0], output),
        )


class _AdaptiveMaxPool(_AdaptivePool):
    short_name = "max pool"

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            elementwise=adaptive_reads(inputs[0], output),
            saved_bytes=8 * output.numel,  # indices
            index_bytes=8 * output.numel,
        )


@final
class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Mean of as many windows of a row as asked for; 1 is global average pooling."""

    rank = 1
    examples = (
        Example({"output_size": 1}, inputs=((4, 30),)),
        Example({"output_size": 7}, inputs=((4, 30),)),
    )

    output_size: OutputSize1d


@final
class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Mean of as many windows as asked for; 1 is global average pooling."""

    rank = 2
    examples = (
        Example({"output_size": 1}),
        Example({"output_size": (1, 1)}),
        Example({"output_size": (6, 17)}),
        Example({"output_size": 20}),
    )

    output_size: OutputSize


@final
class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Mean of as many windows of a volume as asked for; 1 is global average pooling."""

    rank = 3
    examples = (
        Example({"output_size": 1}, inputs=((4, 6, 9, 11),)),
        Example({"output_size": (1, 7, 7)}, inputs=((4, 6, 9, 11),)),
        Example({"output_size": (4, 9, 13)}, inputs=((4, 6, 9, 11),)),
    )

    output_size: OutputSize3d


@final
class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Largest number of as many windows of a row as asked for; 1 is global max pooling."""

    rank = 1
    examples = (
        Example({"output_size": 1}, inputs=((4, 30),)),
        Example({"output_size": 7}, inputs=((4, 30),)),
    )

    output_size: OutputSize1d


@final
class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Largest number of as many windows as asked for; 1 is global max pooling."""

    rank = 2
    examples = (Example({"output_size": 1}), Example({"output_size": (6, 17)}))

    output_size: OutputSize


@final
class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Largest number of as many windows of a volume as asked for; 1 is global max pooling."""

    rank = 3
    examples = (
        Example({"output_size": 1}, inputs=((4, 6, 9, 11),)),
        Example({"output_size": (4, 9, 13)}, inputs=((4, 6, 9, 11),)),
    )

    output_size: OutputSize3d


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
        require_volume_of_kernel(x, self.kernel_size)
        size = slid(x, self.kernel_size, stride, 0, ceil=self.ceil_mode)
        return TensorType((x.channels, *size))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            elementwise=area(self.kernel_size, 2) * output.numel,
            saved_bytes=8 * output.numel,  # indices
            index_bytes=8 * output.numel,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


def divided(call: Call, sum_pool: str) -> Call:
    """An average pooling with a divisor of its own, as the sum that also ONNX gets."""
    if call.arguments["divisor_override"] is None or call.arguments["ceil_mode"]:
        return call
    return replace(call, target=sum_pool)


def adaptive_footprint(x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
    """All of the input along a side of one window."""
    if 1 in output.spatial:
        return None
    return tuple(map(adaptive, x.spatial, output.spatial))


def area(kernel: Sides, rank: int) -> int:
    """How many numbers a window has."""
    return math.prod(along(kernel, rank))


def require_half(x: TensorType, kernel: Sides, padding: Sides) -> None:
    """A window that stands in the padding alone has nothing to pool."""
    for name, k, p in zip(x.sides, along(kernel, x.rank), along(padding, x.rank), strict=True):
        if p > k // 2:
            raise ShapeError(
                f"padding {p} is more than half of the kernel in {name}: {p} > {k} / 2",
                field="padding",
                help=f"a padding of at most {k // 2}",
            )


def require_volume_of_kernel(x: TensorType, kernel: Sides) -> None:
    """PyTorch's means of volumes refuse a kernel that is larger than the input, padding or not."""
    if x.rank != 3:
        return
    for name, size, k in zip(x.sides, x.spatial, along(kernel, x.rank), strict=True):
        if k > size:
            raise ShapeError(
                f"PyTorch averages no volume that is smaller than the kernel: {name} {size} < {k}",
                field="kernel_size",
                help=f"in {name} a kernel_size of at most {size}",
            )


def adaptive_reads(x: TensorType, output: TensorType) -> int:
    """How many numbers all windows read together: two share one where their border is inside it."""
    return x.channels * math.prod(
        size + count - math.gcd(size, count)
        for size, count in zip(x.spatial, output.spatial, strict=True)
    )

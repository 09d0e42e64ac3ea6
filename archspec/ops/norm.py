"""Normalisations, counted as two operations an element: a scale and a shift."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, final

from pydantic import Field

from archspec.op.base import (
    Call,
    Cost,
    Example,
    Flag,
    Meaning,
    Op,
    PositiveInt,
    Probability,
    Role,
    ShapeError,
)
from archspec.op.footprint import Footprint, sliding
from archspec.op.own import own_module
from archspec.op.requirements import (
    largest_divisor,
    require_any_map,
    require_groups,
    require_map,
    require_rank,
)
from archspec.op.tensor import SIDES, TensorType
from archspec.op.window import times

Epsilon = Annotated[float, Field(gt=0), Meaning.MINOR]
NonNegativeFloat = Annotated[float, Field(ge=0)]


class _BatchNorm(Op):
    role = Role.NORM
    short_name = "BN"
    positional = 1
    inferred = frozenset({"num_features"})
    formula = "y = (x − mean) / sqrt(var + eps)·weight + bias, mean and var over batch and pixels"

    eps: Epsilon = 1e-5
    momentum: Annotated[Probability | None, Meaning.MINOR] = 0.1
    affine: bool = True
    track_running_stats: Flag = True

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        features = output.channels
        return Cost(
            "input",
            weight_and_bias((features,), self.affine),
            running_statistics(features, self.track_running_stats),
            elementwise=2 * output.numel,
            saved_bytes=8 * features,  # mean and deviation, once for the whole batch
        )


@final
class BatchNorm1d(_BatchNorm):
    """Batch normalisation of a vector or a row of pixels, channel by channel.

    Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167.
    """

    examples = (
        Example(inputs=((10,),)),
        Example({"eps": 0.001, "momentum": 0.01, "affine": False}, inputs=((10,),)),
        Example({"track_running_stats": False}, inputs=((10,),)),
        Example(inputs=((4, 30),)),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.rank > 1:
            raise ShapeError(
                f"BatchNorm1d reads a vector or a map (channels, length), not {x} ({x.axes})",
                help=f"BatchNorm{x.rank}d reads that; BatchNorm reads all",
            )
        return x

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module(num_features=inputs[0].channels)


@final
class BatchNorm2d(_BatchNorm):
    """Batch normalisation of a map (Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167)."""

    examples = (
        Example(),
        Example({"eps": 0.001, "momentum": 0.01}),
        Example({"affine": False}),
        Example({"track_running_stats": False}),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_normalised(inputs[0], "BatchNorm2d", 2)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module(num_features=inputs[0].channels)


@final
class BatchNorm3d(_BatchNorm):
    """Batch normalisation of a volume (Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167)."""

    examples = (
        Example(inputs=((4, 6, 9, 11),)),
        Example({"eps": 0.001, "momentum": 0.01}, inputs=((4, 6, 9, 11),)),
        Example({"affine": False, "track_running_stats": False}, inputs=((4, 6, 9, 11),)),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_normalised(inputs[0], "BatchNorm3d", 3)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module(num_features=inputs[0].channels)


@final
class BatchNorm(_BatchNorm):
    """Batch normalisation of whatever comes: BatchNorm1d of a vector, BatchNorm2d of a map."""

    examples = (
        Example(),
        Example(inputs=((10,),)),
        Example({"eps": 0.001, "momentum": 0.01}),
        Example({"affine": False, "track_running_stats": False}, inputs=((10,),)),
        Example(inputs=((4, 30),)),
        Example(inputs=((4, 6, 9, 11),)),
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def lowered(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        return Call(
            f"torch.nn.BatchNorm{x.rank or 1}d",
            {"num_features": x.channels, **self.arguments()},
            self.defaults(),
            self.positional,
            sizes=frozenset({"num_features"}),
        )


class _InstanceNorm(Op):
    role = Role.NORM
    short_name = "IN"
    positional = 1
    inferred = frozenset({"num_features"})
    formula = "y = (x − mean) / sqrt(var + eps)·weight + bias, mean and var over the pixels"
    rank: ClassVar[int]

    eps: Epsilon = 1e-5
    momentum: Annotated[Probability, Meaning.MINOR] = 0.1
    affine: bool = False
    track_running_stats: Flag = False

    def infer(self, *inputs: TensorType) -> TensorType:
        name = type(self).__name__
        x = require_rank(inputs[0], name, self.rank)
        if set(x.spatial) == {1}:
            ones = " = ".join(("·".join("1" * x.rank), "1")) if x.rank > 1 else "1"
            raise ShapeError(
                f"{name} of {x}: each channel has {ones} pixel, its own mean",
                help="put it before the pooling, or take GroupNorm",
            )
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        features = output.channels
        copies = 1 + self.track_running_stats  # PyTorch repeats statistics and weight a sample
        return Cost(
            "input",
            weight_and_bias((features,), self.affine),
            running_statistics(features, self.track_running_stats),
            elementwise=2 * output.numel,
            saved_bytes=8 * features * copies + 4 * features * self.affine,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module(num_features=inputs[0].channels)


@final
class InstanceNorm1d(_InstanceNorm):
    """Each channel of a row by itself (Ulyanov 2016, https://arxiv.org/abs/1607.08022)."""

    rank = 1
    examples = (
        Example(inputs=((4, 30),)),
        Example(
            {"eps": 0.001, "momentum": 0.01, "affine": True, "track_running_stats": True},
            inputs=((4, 30),),
        ),
    )


@final
class InstanceNorm2d(_InstanceNorm):
    """Each channel of each sample by itself (Ulyanov 2016, https://arxiv.org/abs/1607.08022)."""

    rank = 2
    examples = (
        Example(),
        Example({"affine": True}),
        Example({"eps": 0.001, "momentum": 0.01, "affine": True, "track_running_stats": True}),
    )


@final
class InstanceNorm3d(_InstanceNorm):
    """Each channel of a volume by itself (Ulyanov 2016, https://arxiv.org/abs/1607.08022)."""

    rank = 3
    examples = (
        Example(inputs=((4, 6, 9, 11),)),
        Example(
            {"eps": 0.001, "momentum": 0.01, "affine": True, "track_running_stats": True},
            inputs=((4, 6, 9, 11),),
        ),
    )


@final
class GroupNorm(Op):
    """Groups of channels by themselves (Wu & He 2018, https://arxiv.org/abs/1803.08494)."""

    role = Role.NORM
    short_name = "GN"
    positional = 2
    inferred = frozenset({"num_channels"})
    formula = "y = (x − mean) / sqrt(var + eps)·weight + bias, mean and var over a group"
    examples = (
        Example({"num_groups": 2}),
        Example({"num_groups": 1, "eps": 0.001, "affine": False}),
        Example({"num_groups": 5}, inputs=((10,),)),
        Example({"num_groups": 2}, inputs=((4, 30),)),
        Example({"num_groups": 2}, inputs=((4, 6, 9, 11),)),
    )

    num_groups: PositiveInt
    eps: Epsilon = 1e-5
    affine: bool = True

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        require_groups(x.channels, self.num_groups, "num_groups")
        if x.numel == self.num_groups:
            raise ShapeError(
                f"GroupNorm of {x} in {self.num_groups} groups: "
                f"each has {x.numel} / {self.num_groups} = 1 number, its own mean",
                field="num_groups",
                help=f"num_groups: {largest_divisor(x.channels, self.num_groups - 1)} or fewer"
                if self.num_groups > 1
                else None,
            )
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            weight_and_bias((output.channels,), self.affine),
            elementwise=2 * output.numel,
            saved_bytes=8 * self.num_groups,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        arguments = self.arguments()
        groups = arguments.pop("num_groups")
        return Call(
            "torch.nn.GroupNorm",
            {"num_groups": groups, "num_channels": inputs[0].channels, **arguments},
            self.defaults(),
            self.positional,
            sizes=frozenset({"num_channels"}),
        )


@final
class LayerNorm(Op):
    """The whole sample, or its last sides (Ba et al. 2016, https://arxiv.org/abs/1607.06450)."""

    role = Role.NORM
    short_name = "LN"
    positional = 1
    formula = "y = (x − mean) / sqrt(var + eps)·weight + bias, mean and var over normalized_shape"
    examples = (
        Example(),
        Example({"normalized_shape": (13, 17), "bias": False}),
        Example({"normalized_shape": 17, "eps": 0.001}),
        Example({"elementwise_affine": False}, inputs=((10,),)),
    )

    normalized_shape: Annotated[
        PositiveInt | Annotated[tuple[PositiveInt, ...], Field(min_length=1)] | None, Meaning.SHAPE
    ] = None
    """By default the shape of the whole sample."""
    eps: Epsilon = 1e-5
    elementwise_affine: bool = True
    bias: Flag = True

    def normalized(self, x: TensorType) -> tuple[int, ...]:
        if self.normalized_shape is None:
            return x.shape
        shape = self.normalized_shape
        return shape if isinstance(shape, tuple) else (shape,)

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        shape = self.normalized(x)
        if x.shape[-len(shape) :] != shape:
            raise ShapeError(
                f"normalized_shape {times(shape)} is not the end of the input's shape {x}",
                field="normalized_shape",
                help="leave it out, and it is the shape of the whole sample",
            )
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        shape = self.normalized(output)
        return Cost(
            "input",
            weight_and_bias(shape, self.elementwise_affine, self.bias),
            elementwise=2 * output.numel,
            saved_bytes=8 * (output.numel // math.prod(shape)),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return Call(
            "torch.nn.LayerNorm",
            {**self.arguments(), "normalized_shape": self.normalized(inputs[0])},
            {name: value for name, value in self.defaults().items() if name != "normalized_shape"},
            self.positional,
        )


@final
class LocalResponseNorm(Op):
    """Each pixel by its neighbour channels (Krizhevsky et al. 2012, AlexNet).

    alpha is divided by size, as in Krizhevsky's code (size 5, alpha 1e-4, k 2) and in Caffe (k 1).
    The formula of the paper is not: taken literally it is size 5, alpha 5e-4, k 2.
    Counted as size + 2 operations an element: the sum of squares, the power, the division.
    """

    role = Role.NORM
    short_name = "LRN"
    has_row = True
    positional = 1
    formula = "y = x / (k + alpha/size·sum of x² over size channels)^beta"
    examples = (Example({"size": 5}), Example({"size": 2, "alpha": 0.001, "beta": 0.5, "k": 2.0}))

    size: PositiveInt
    alpha: NonNegativeFloat = 1e-4
    beta: NonNegativeFloat = 0.75
    k: NonNegativeFloat = 1.0

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_any_map(inputs[0], "LocalResponseNorm")

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        padded = output.with_channels(output.channels + self.size - 1)
        return Cost(
            "input",
            elementwise=(self.size + 2) * output.numel,
            saved_bytes=4 * (padded.numel + 2 * output.numel),  # squares, denominator, its power
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class Scale(Op):
    """Every number times a constant (Szegedy et al. 2016, https://arxiv.org/abs/1602.07261).

    So Inception-ResNet scales what a residual adds (section 3.3).
    """

    role = Role.NORM
    short_name = "scale"
    formula = "y = factor·x"
    examples = (Example({"factor": 0.17}), Example({"factor": -2}, inputs=((10,),)))

    factor: Annotated[float, Meaning.CONSTANT]

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing", elementwise=output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("operator.mul", {"factor": self.factor}, is_function=True, infix="*")


@final
class SpatialResponseNorm(Op):
    """Each pixel by its neighbours in its own channel: Caffe's LRN of the region WITHIN_CHANNEL.

    Krizhevsky 2011, cuda-convnet's rnorm. alpha is divided by the size of the square; Caffe's own
    defaults are size 5 and alpha 1. Counted as size² + 2 operations an element.
    """

    role = Role.NORM
    short_name = "LRN"
    has_row = True
    positional = 1
    formula = "y = x / (k + alpha/size²·sum of x² over size×size pixels of the channel)^beta"
    examples = (Example({"size": 5}), Example({"size": 3, "alpha": 1.0, "beta": 0.5, "k": 2.0}))

    size: PositiveInt
    alpha: NonNegativeFloat = 1e-4
    beta: NonNegativeFloat = 0.75
    k: NonNegativeFloat = 1.0

    def infer(self, *inputs: TensorType) -> TensorType:
        if self.size % 2 == 0:
            message = f"a square of {self.size} pixels has no middle"
            raise ShapeError(message, field="size", help="an odd size has one")
        return require_map(inputs[0], "SpatialResponseNorm")

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, Footprint] | None:
        side = sliding(self.size, 1, self.size // 2)
        return side, side

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            elementwise=(self.size**2 + 2) * output.numel,
            saved_bytes=12 * output.numel,  # squares, denominator, its power
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


@final
class ChannelAffine(Op):
    """A scale and a shift for each channel, both learned (LeCun et al. 1998, LeNet-5).

    Behind an AvgPool2d with divisor_override 1 it is the trainable sub-sampling of LeNet-5.
    """

    role = Role.NORM
    short_name = "channel affine"
    positional = 1
    inferred = frozenset({"num_channels"})
    formula = "y = weight·x + bias"
    examples = (Example(), Example(inputs=((10,),)))

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        shape = (output.channels,)
        return Cost("input", weight_and_bias(shape, affine=True), elementwise=2 * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, num_channels=inputs[0].channels)


def require_normalised(x: TensorType, op: str, rank: int) -> TensorType:
    """The input itself, if it is a map with so many sides."""
    if not x.is_map:
        axes = ", ".join(("channels", *SIDES[rank]))
        raise ShapeError(
            f"{op} reads a map ({axes}), not a vector of {x}",
            help="BatchNorm1d reads vectors; BatchNorm reads both",
        )
    return require_rank(x, op, rank)


def weight_and_bias(
    shape: tuple[int, ...], affine: bool, bias: bool = True
) -> dict[str, tuple[int, ...]]:
    names = ("weight", "bias") if bias else ("weight",)
    return dict.fromkeys(names, shape) if affine else {}


def running_statistics(features: int, tracked: bool) -> dict[str, tuple[int, ...]]:
    if not tracked:
        return {}
    return {
        "running_mean": (features,),
        "running_var": (features,),
        "num_batches_tracked": (),
    }

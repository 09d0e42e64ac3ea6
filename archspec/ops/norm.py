"""Normalisations, counted as two operations an element: a scale and a shift."""

import math
from typing import Annotated, ClassVar, Final, final

from pydantic import Field

from archspec.op.base import (
    Call,
    Cost,
    Example,
    Flag,
    Kept,
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
LAYERS: Final = "archspec.layers.norm"
COUNTED: Final = frozenset({"num_channels"})


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
            saved_bytes=8 * features,  # mean and deviation
            once=True,
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
class FrozenBatchNorm2d(Op):
    """Batch normalisation whose statistics, scale and shift are fixed: buffers, not parameters.

    Detectors have it in their backbones (torchvision.ops.FrozenBatchNorm2d, Detectron): batches of one
    or two pictures are too few for statistics.
    """

    role = Role.NORM
    short_name = "frozen BN"
    positional = 1
    inferred = frozenset({"num_features"})
    formula = "y = (x − running_mean) / sqrt(running_var + eps)·weight + bias"
    examples = (Example(), Example({"eps": 0.001}))

    eps: Epsilon = 1e-5

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_map(inputs[0], "FrozenBatchNorm2d")

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        features = (output.channels,)
        names = ("weight", "bias", "running_mean", "running_var")
        return Cost(
            "nothing",
            {},
            dict.fromkeys(names, features),
            elementwise=2 * output.numel,
            kept=(Kept((0,), bytes=4 * output.channels),),  # the scale
            once=True,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, num_features=inputs[0].channels)


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
    """The whole sample, or its last sides (Ba et al. 2016, https://arxiv.org/abs/1607.06450).

    Of a map with its channels last, the channels of each pixel.
    """

    role = Role.NORM
    reads_channels_last = True
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
    """By default the shape of the whole sample; of a map with its channels last, the channels."""
    eps: Epsilon = 1e-5
    elementwise_affine: bool = True
    bias: Flag = True

    def normalized(self, x: TensorType) -> tuple[int, ...]:
        if self.normalized_shape is None:
            return (x.channels,) if x.channels_last else x.shape
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
        (x,) = inputs
        of_channels = self.normalized_shape is None and x.channels_last
        return Call(
            "torch.nn.LayerNorm",
            {
                **self.arguments(),
                "normalized_shape": x.channels if of_channels else self.normalized(x),
            },
            {name: value for name, value in self.defaults().items() if name != "normalized_shape"},
            self.positional,
            sizes=frozenset({"normalized_shape"}) if of_channels else frozenset(),
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
class LayerScale(Op):
    """A learned factor for each channel, which is a tensor of the scope itself: no module.

    So torchvision's ConvNeXt has it (Touvron et al. 2021, https://arxiv.org/abs/2103.17239): its key is
    the name of the layer, and its shape C×1×1. A ChannelAffine without a bias computes the same as a
    module with a weight. Rules for initial weights do not see it: ``init`` is what it begins with.
    """

    role = Role.NORM
    short_name = "layer scale"
    is_tensor = True
    inferred = frozenset({"num_channels", "sides"})
    formula = "y = weight·x"
    examples = (Example(), Example({"init": 1e-6}), Example(inputs=((4, 6, 9, 11),)))

    init: float = 1.0

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_any_map(inputs[0], "LayerScale")

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "nothing",
            {"weight": (output.channels, *(1 for _ in output.spatial))},
            elementwise=output.numel,
            kept=(Kept((), input=0, own=True),),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        ones = ", ".join("1" for _ in x.spatial)
        return Call(
            f"{LAYERS}.LayerScale",
            {"num_channels": x.channels, "init": self.init, "sides": x.rank},
            sizes=COUNTED,
            tensor=f"torch.full(({{num_channels}}, {ones}), {{init}})",
        )


@final
class ChannelAffine(Op):
    """A scale and a shift for each channel, both learned (LeCun et al. 1998, LeNet-5).

    Behind an AvgPool2d with divisor_override 1 it is the trainable sub-sampling of LeNet-5. Without a
    bias it is the layer scale of ConvNeXt (Touvron et al. 2021, https://arxiv.org/abs/2103.17239),
    whose scales begin with a small value, init.
    """

    role = Role.NORM
    short_name = "channel affine"
    positional = 1
    inferred = frozenset({"num_channels"})
    formula = "y = weight·x + bias"
    examples = (
        Example(),
        Example(inputs=((10,),)),
        Example({"bias": False, "init": 1e-6}),
        Example({"bias": False}, inputs=((10,),)),
    )

    bias: bool = True
    init: float = 1.0
    """What the scales begin with; without a bias."""

    def infer(self, *inputs: TensorType) -> TensorType:
        if self.bias and self.init != 1:
            raise ShapeError(
                f"init {self.init} is that of scales without a bias",
                field="init",
                help="bias: false; or a rule under 'init' of the file for the weight",
            )
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        shape = (output.channels,)
        operations = (1 + self.bias) * output.numel
        return Cost(
            "nothing",
            weight_and_bias(shape, True, self.bias),
            elementwise=operations,
            kept=(Kept((), input=0, own=True),),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        channels = inputs[0].channels
        if self.bias:
            return Call(f"{LAYERS}.ChannelAffine", {"num_channels": channels}, {}, 1, sizes=COUNTED)
        arguments = {"num_channels": channels, "init": self.init}
        return Call(f"{LAYERS}.ChannelScale", arguments, {"init": 1.0}, 1, sizes=COUNTED)


@final
class ScalarAffine(Op):
    """One scale and one shift for all numbers, both learned, or one of the two.

    The scale alone is the gain of a normalizer-free residual (De & Smith 2020,
    https://arxiv.org/abs/2002.10444), which begins with 0; the shift that of Fixup (Zhang et al. 2019,
    https://arxiv.org/abs/1901.09321).
    """

    role = Role.NORM
    short_name = "affine"
    formula = "y = weight·x + bias"
    examples = (
        Example(),
        Example({"bias": False, "init": 0.0}),
        Example({"weight": False}, inputs=((10,),)),
    )

    weight: bool = True
    bias: bool = True
    init: float = 1.0
    """What the scale begins with."""

    def infer(self, *inputs: TensorType) -> TensorType:
        if not (self.weight or self.bias):
            raise ShapeError("ScalarAffine without weight and bias learns nothing", field="bias",
                             help="an Identity computes the same")  # fmt: skip
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        given = {"weight": self.weight, "bias": self.bias}
        parameters: dict[str, tuple[int, ...]] = {name: () for name in given if given[name]}
        return Cost(
            "nothing",
            parameters,
            elementwise=len(parameters) * output.numel,
            kept=(Kept((), input=0, own=True),) if self.weight else (),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


@final
class LayerNorm2d(Op):
    """The channels of each pixel by themselves (Liu et al. 2022, ConvNeXt).

    It is LayerNorm over the channels of a map, as in https://arxiv.org/abs/2201.03545 and in
    torchvision's and timm's class of this name.
    """

    role = Role.NORM
    short_name = "LN"
    positional = 1
    inferred = frozenset({"num_channels"})
    formula = "y = (x − mean) / sqrt(var + eps)·weight + bias, mean and var over the channels"
    examples = (
        Example(),
        Example({"eps": 1e-6, "bias": False}),
        Example({"elementwise_affine": False}),
    )

    eps: Epsilon = 1e-5
    elementwise_affine: bool = True
    bias: Flag = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_map(inputs[0], "LayerNorm2d")

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            weight_and_bias((output.channels,), self.elementwise_affine, self.bias),
            elementwise=2 * output.numel,
            saved_bytes=8 * output.numel // output.channels,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, num_channels=inputs[0].channels)


@final
class L2Norm(Op):
    """Divides the channels of each pixel, or a vector, by their length (Liu et al. 2015, ParseNet).

    With a ChannelAffine without bias behind it, it is the L2Norm of SSD
    (https://arxiv.org/abs/1506.04579, section 3.3).
    """

    role = Role.NORM
    short_name = "L2 norm"
    formula = "y = x / max(sqrt(sum of x² over the channels), eps)"
    examples = (Example(), Example({"eps": 1e-10}, inputs=((10,),)))

    eps: Epsilon = 1e-12

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        lengths = output.numel // output.channels
        return Cost("input", elementwise=2 * output.numel, saved_bytes=8 * lengths)

    def lowered(self, *inputs: TensorType) -> Call:
        return Call(
            "torch.nn.functional.normalize",
            {"dim": 1, "eps": self.eps},
            self.defaults(),
            is_function=True,
        )


@final
class GRN(Op):
    """Global response normalisation (Woo et al. 2023, ConvNeXt V2).

    Each channel by its length over the pixels, relative to that of the others:
    https://arxiv.org/abs/2301.00808, section 3. Counted as 4 operations an element.
    """

    role = Role.NORM
    short_name = "GRN"
    positional = 1
    inferred = frozenset({"num_channels"})
    formula = "y = x + weight·x·length / (mean of the channels' lengths + eps) + bias"
    examples = (Example(), Example({"eps": 1e-5}))

    eps: Epsilon = 1e-6

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_map(inputs[0], "GRN")

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        channels = output.channels
        return Cost(
            "nothing",
            weight_and_bias((channels,), affine=True),
            elementwise=4 * output.numel,
            scratch_bytes=4 * output.numel,
            kept=(
                Kept((0,), input=0),
                Kept((0,), bytes=4 * (2 * channels + 1)),  # lengths
                Kept((), bytes=4 * output.numel, own=True),
            ),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, num_channels=inputs[0].channels)


class _EvoNorm(Op):
    role = Role.NORM
    positional = 1
    inferred = frozenset({"num_features"})

    def parameters(self, x: TensorType) -> dict[str, tuple[int, ...]]:
        return dict.fromkeys(("weight", "bias", "v"), (x.channels,))

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, num_features=inputs[0].channels)


@final
class EvoNormB0(_EvoNorm):
    """A normalisation by batch and sample that activates, too (Liu et al. 2020, table 2).

    EvoNorm-B0 of https://arxiv.org/abs/2004.02967. Counted as 5 operations an element.
    """

    formula = "y = x / max(std of the batch, v·x + std of the sample)·weight + bias"
    examples = (Example(), Example({"eps": 1e-5, "momentum": 0.01}))

    eps: Epsilon = 1e-3
    momentum: Annotated[Probability, Meaning.MINOR] = 0.1

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_map(inputs[0], "EvoNormB0")

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        features = output.channels
        return Cost(
            "input",
            self.parameters(output),
            {"running_var": (features,)},
            elementwise=5 * output.numel,
            saved_bytes=4 * (2 * output.numel + features),
            kept=(
                Kept((0,), bytes=4 * features),  # deviations of the sample
                Kept((), bytes=4 * output.numel, own=True),
            ),
        )


@final
class EvoNormS0(_EvoNorm):
    """A normalisation by groups of a sample that activates, too (Liu et al. 2020, table 2).

    EvoNorm-S0 of https://arxiv.org/abs/2004.02967. Counted as 5 operations an element.
    """

    formula = "y = x·sigmoid(v·x) / std of the group·weight + bias"
    examples = (Example({"groups": 2}), Example({"groups": 1, "eps": 1e-3}))

    groups: Annotated[PositiveInt, Meaning.GROUPS] = 32
    eps: Epsilon = 1e-5

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "EvoNormS0")
        require_groups(x.channels, self.groups, "groups")
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "input",
            self.parameters(output),
            elementwise=5 * output.numel,
            saved_bytes=4 * (output.numel + self.groups),
            scratch_bytes=4 * 2 * output.numel,
            kept=(
                Kept((0,), bytes=4 * output.numel),  # before the division
                Kept((), bytes=4 * output.numel, own=True),
            ),
        )


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

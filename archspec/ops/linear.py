"""Vectors: fully connected layers, and the way from maps to them."""

from typing import final

from archspec.op.base import Call, Cost, Example, Flag, Kept, Op, Outputs, Role, ShapeError
from archspec.op.footprint import POINTWISE, Footprint
from archspec.op.own import own_module
from archspec.op.requirements import require_any_map
from archspec.op.tensor import TensorType


@final
class LinearTranspose(Op):
    """Fully connected layer whose weight is that of a Linear the other way round: in × out.

    To a Linear it is what ConvTranspose2d is to Conv2d. So the decoder of an autoencoder has the
    weight of its encoder (Vincent et al. 2010, "Stacked denoising autoencoders", section 2.2).
    """

    role = Role.LINEAR
    short_name = "linear"
    positional = 2
    inferred = frozenset({"in_features"})
    formula = "y = Wᵀ·x + b"
    examples = (
        Example({"out_features": 10}, inputs=((20,),)),
        Example({"out_features": 10, "bias": False}, inputs=((20,),)),
    )

    out_features: Outputs
    bias: Flag = True

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.spatial:
            raise ShapeError(
                f"LinearTranspose reads a vector, not a map of {x}",
                help=f"put a Flatten before it: {'·'.join(map(str, x.shape))} = {x.numel} features",
            )
        return TensorType((self.out_features,))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        (x,) = inputs
        weight = (x.channels, self.out_features)
        return Cost(
            "input",
            {"weight": weight} | ({"bias": (self.out_features,)} if self.bias else {}),
            macs=x.channels * self.out_features,
            elementwise=self.out_features if self.bias else 0,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, in_features=inputs[0].channels)


@final
class Linear(Op):
    """Fully connected layer; the input features come from the graph.

    Of a map with its channels last, from the channels of each pixel.
    """

    role = Role.LINEAR
    reads_channels_last = True
    short_name = "linear"
    positional = 2
    inferred = frozenset({"in_features"})
    formula = "y = W·x + b"
    transposed = LinearTranspose
    examples = (
        Example({"out_features": 10}, inputs=((20,),)),
        Example({"out_features": 10, "bias": False}, inputs=((20,),)),
    )

    out_features: Outputs
    bias: Flag = True

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.spatial and not x.channels_last:
            raise ShapeError(
                f"Linear reads a vector, not a map of {x}",
                help=f"put a Flatten before it: {'·'.join(map(str, x.shape))} = {x.numel} features",
            )
        return x.with_channels(self.out_features)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        weight = (self.out_features, inputs[0].channels)
        return Cost(
            "nothing",
            {"weight": weight} | ({"bias": (self.out_features,)} if self.bias else {}),
            macs=inputs[0].numel * self.out_features,
            elementwise=output.numel if self.bias else 0,
            kept=(Kept((), input=0, own=True),),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module(in_features=inputs[0].channels)


@final
class ChannelLinear(Op):
    """Linear for the channels of each pixel, with the weight of a Linear, not of a 1×1 Conv2d.

    So ConvNeXt's blocks widen (Liu et al. 2022, https://arxiv.org/abs/2201.03545). A Conv2d of
    kernel_size 1 computes the same from a weight of four sides.
    """

    role = Role.CONV
    short_name = "linear"
    positional = 2
    inferred = frozenset({"in_channels"})
    formula = "y = W·x + b for each pixel"
    examples = (Example({"out_channels": 8}), Example({"out_channels": 3, "bias": False}))

    out_channels: Outputs
    bias: Flag = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_any_map(inputs[0], "ChannelLinear").with_channels(self.out_channels)

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        return (POINTWISE,) * x.rank

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        (x,) = inputs
        parameters: dict[str, tuple[int, ...]] = {"weight": (output.channels, x.channels)}
        if self.bias:
            parameters["bias"] = (output.channels,)
        return Cost(
            "nothing",
            parameters,
            macs=output.numel * x.channels,
            elementwise=output.numel if self.bias else 0,
            kept=(Kept((), input=0, own=True),),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, in_channels=inputs[0].channels)


@final
class Flatten(Op):
    """Makes a vector of a map, channel by channel and row by row."""

    role = Role.SHAPE
    short_name = "flatten"
    has_row = False
    folds = frozenset(Role)
    view = True
    formula = "C×H×W -> C·H·W"
    examples = (Example(), Example(inputs=((10,),)))

    def infer(self, *inputs: TensorType) -> TensorType:
        return TensorType((inputs[0].numel,))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class RBF(Op):
    """Squared distances to fixed codes of ±1, the output of LeNet-5 (LeCun et al. 1998).

    The codes are no parameters. The paper draws the digits; here they are rows of a Walsh matrix,
    about equally far from each other, in a buffer to which others may be copied. Training counts
    no gradient for them.
    """

    role = Role.LINEAR
    positional = 2
    inferred = frozenset({"in_features"})
    formula = "y = sum of (x − code)²"
    penalty = True
    examples = (
        Example({"out_features": 10}, inputs=((84,),)),
        Example({"out_features": 1}, inputs=((1,),)),
    )

    out_features: Outputs

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.spatial:
            raise ShapeError(
                f"RBF reads a vector, not a map of {x}",
                help=f"put a Flatten before it: {'·'.join(map(str, x.shape))} = {x.numel} features",
            )
        least = (1 << (self.out_features - 1).bit_length()) // 2 + 1
        if x.channels < least:
            raise ShapeError(
                f"{self.out_features} codes of {x.channels} numbers are not all different",
                field="out_features",
                help=f"a vector of at least {least} features has room for them",
            )
        return TensorType((self.out_features,))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        codes = (self.out_features, inputs[0].channels)
        distances = self.out_features * inputs[0].channels
        return Cost("nothing", {}, {"codes": codes}, macs=distances, saved_bytes=4 * distances)

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, in_features=inputs[0].channels)

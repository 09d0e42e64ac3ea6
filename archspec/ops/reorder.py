"""Ops that put numbers elsewhere: pixels into channels, vectors into maps."""

import math
from typing import Annotated, Literal, final

from pydantic import Field

from archspec.op.base import Call, Cost, Example, Meaning, Op, PositiveInt, Role, ShapeError
from archspec.op.footprint import Footprint, sliding
from archspec.op.own import own_module
from archspec.op.requirements import division, require_any_map, require_map
from archspec.op.tensor import TensorType


@final
class SpaceToDepth(Op):
    """Makes channels of blocks of pixels, in the order of TensorFlow or of darknet.

    All channels of the first pixel of every block come first (TensorFlow, and TResNet,
    https://arxiv.org/abs/2003.13630); a PixelUnshuffle has the pixels of the first channel there.
    Darknet's is the reorg of YOLOv2 (Redmon & Farhadi 2016, https://arxiv.org/abs/1612.08242), as its code
    computes it: it mixes pixels of different places.
    """

    role = Role.SHAPE
    short_name = "space to depth"
    positional = 1
    formula = "C×H·r×W·r -> C·r²×H×W, r = block_size"
    examples = (
        Example({"block_size": 2}, inputs=((4, 10, 6),)),
        Example({"block_size": 2, "order": "darknet"}, inputs=((8, 10, 6),)),
    )

    block_size: Annotated[PositiveInt, Meaning.FACTOR]
    order: Literal["tensorflow", "darknet"] = "tensorflow"

    def infer(self, *inputs: TensorType) -> TensorType:
        x, r = require_map(inputs[0], "SpaceToDepth"), self.block_size
        for name, size in zip(("height", "width"), x.spatial, strict=True):
            if size % r:
                raise ShapeError(
                    f"a {name} of {size} does not divide by {r}: {division(size, r)}",
                    field="block_size",
                    help=f"put a ZeroPad2d before it that makes it {r * -(-size // r)}",
                )
        if self.order == "darknet" and x.channels % r**2:
            raise ShapeError(
                f"{x.channels} channels do not divide by {r}² = {r**2}, which darknet's order needs: "
                f"{division(x.channels, r**2)}",
                field="order",
                help=f"make it {r**2 * -(-x.channels // r**2)} channels, or take the order tensorflow",
            )
        height, width = x.spatial
        return TensorType((x.channels * r**2, height // r, width // r))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, Footprint] | None:
        if self.order == "darknet":
            return None
        side = sliding(self.block_size, self.block_size)
        return side, side

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


@final
class Unflatten(Op):
    """Makes a map of a vector, channel by channel and row by row; the way back from Flatten."""

    role = Role.SHAPE
    short_name = "unflatten"
    has_row = False
    view = True
    positional = 2
    inferred = frozenset({"dim"})
    formula = "C·H·W -> C×H×W, one of which may be -1"
    examples = (
        Example({"unflattened_size": (4, 3, 5)}, inputs=((60,),)),
        Example({"unflattened_size": (-1, 1, 1)}, inputs=((60,),)),
    )

    unflattened_size: Annotated[
        tuple[
            Annotated[int, Field(ge=-1)],
            Annotated[int, Field(ge=-1)],
            Annotated[int, Field(ge=-1)],
        ],
        Meaning.SHAPE,
    ]

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.is_map:
            raise ShapeError(
                f"Unflatten reads a vector, not a map of {x}", help="put a Flatten before it"
            )
        known = math.prod(size for size in self.unflattened_size if size > 0)
        unknown = [size for size in self.unflattened_size if size <= 0]
        text = "·".join(map(str, self.unflattened_size))
        if unknown not in ([], [-1]) or x.numel % known or (not unknown and known != x.numel):
            raise ShapeError(
                f"{x.numel} features are no map of {text}",
                field="unflattened_size",
                help=f"{_factor_help(x.numel, self.unflattened_size)}",
            )
        return TensorType(
            tuple(size if size > 0 else x.numel // known for size in self.unflattened_size)
        )

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return Call(
            "torch.nn.Unflatten", {"dim": 1, "unflattened_size": self.unflattened_size}, {}, 2
        )


def _factor_help(features: int, size: tuple[int, ...]) -> str:
    """What the layer before has to make, or the channels that there are."""
    height, width = size[1:]
    if height > 0 and width > 0 and features % (height * width) == 0:
        channels = features // (height * width)
        return f"they are {channels} channels of {height}×{width}"
    if min(size) > 0:
        return f"out_features: {math.prod(size)} in the layer before makes it"
    return "at most one of the sizes is -1, and the others divide the features"


@final
class MoveChannels(Op):
    """Moves the channels of a map behind its sides, or back in front of them.

    ConvNeXt does so around its Linear layers (Liu et al. 2022, https://arxiv.org/abs/2201.03545).
    Channels last are read by Linear, LayerNorm, the activations and Dropout. ``ChannelLinear``
    and ``LayerNorm2d`` do the same for maps with their channels first.
    """

    role = Role.SHAPE
    short_name = "move channels"
    reads_channels_last = True
    positional = 1
    has_row = False
    folds = frozenset(Role)
    view = True
    formula = "C×H×W -> H×W×C, or back"
    examples = (Example({"to": "last"}), Example({"to": "last"}, inputs=((4, 6, 9, 11),)))

    to: Literal["last", "first"]

    def infer(self, *inputs: TensorType) -> TensorType:
        x, is_last = require_any_map(inputs[0], "MoveChannels"), self.to == "last"
        if x.channels_last == is_last:
            raise ShapeError(f"the channels are {self.to} already: {x} ({x.axes})", field="to")
        return x.with_channels_last(is_last)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)

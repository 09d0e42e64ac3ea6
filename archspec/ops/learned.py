"""Activations with parameters that torch.nn lacks."""

from typing import Annotated, Literal, final

from pydantic import Field

from archspec.op.base import Call, Cost, Example, Kept, Op, PositiveInt, Role
from archspec.op.own import own_module
from archspec.op.tensor import TensorType


@final
class FReLU(Op):
    """Flexible ReLU: a bias for each channel (Qiu et al. 2017, https://arxiv.org/abs/1706.08098)."""

    role = Role.ACTIVATION
    positional = 1
    inferred = frozenset({"num_channels"})
    formula = "y = max(0, x) + bias"
    examples = (Example(), Example({"init": -0.5}, inputs=((10,),)))

    init: float = 0.0

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "nothing",
            {"bias": (output.channels,)},
            elementwise=2 * output.numel,
            kept=(Kept((0,), bytes=4 * output.numel),),  # max(0, x)
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, num_channels=inputs[0].channels)


@final
class FELU(Op):
    """Flexible ELU: a bias for each channel (benchmark of Mishkin et al. 2016).

    The benchmark goes with https://arxiv.org/abs/1606.02228.
    """

    role = Role.ACTIVATION
    positional = 1
    inferred = frozenset({"num_channels"})
    formula = "y = (x if x > 0 else alpha·(exp(x) − 1)) + bias"
    examples = (Example(), Example({"alpha": 0.5, "init": -0.5}, inputs=((10,),)))

    alpha: Annotated[float, Field(ge=0)] = 1.0
    init: float = 0.0

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "nothing",
            {"bias": (output.channels,)},
            elementwise=2 * output.numel,
            kept=(Kept((0,), input=0),),
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, num_channels=inputs[0].channels)


@final
class APL(Op):
    """Adaptive piecewise linear unit (Agostinelli et al. 2014, https://arxiv.org/abs/1412.6830).

    Every element of a map has hinges of its own, or every channel. Counted as 1 + 4·pieces
    operations an element.
    """

    role = Role.ACTIVATION
    positional = 1
    inferred = frozenset({"shape"})
    formula = "y = max(0, x) + sum of slope·max(0, offset − x) over the pieces"
    examples = (
        Example(),
        Example({"pieces": 5, "per": "channel"}),
        Example({"pieces": 1}, inputs=((10,),)),
    )

    pieces: PositiveInt = 2
    per: Literal["element", "channel"] = "element"

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        sides = output.spatial if self.per == "element" else (1,) * len(output.spatial)
        size = (self.pieces, output.channels, *sides)
        return Cost(
            "nothing",
            {"slope": size, "offset": size},
            elementwise=(1 + 4 * self.pieces) * output.numel,
            saved_bytes=4 * self.pieces * output.numel,  # max(0, offset − x)
            kept=(Kept((0,), bytes=4 * output.numel),),  # max(0, x)
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self, shape=inputs[0].shape)

"""The inputs of a network, as what layers read."""

from __future__ import annotations

from typing import final

from archspec.op.base import Call, Cost, Op, PositiveInt, Role
from archspec.op.tensor import TensorType


@final
class Input(Op):
    """An input of the network; made by the compiler, not written as a layer."""

    role = Role.INPUT
    arity = 0
    examples = ()
    formula = "the data"
    shape: tuple[PositiveInt, ...]

    def infer(self, *inputs: TensorType) -> TensorType:
        return TensorType(self.shape)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        raise TypeError("an input is not a layer")

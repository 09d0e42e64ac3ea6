"""The layers of memory-efficient networks, as ops: made by the compiler, not written in a spec."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, final

from archspec.op.base import Call, Cost, Op, Role
from archspec.op.tensor import TensorType
from archspec.ops.merge import Concat

MODULE: Final = "archspec.layers.recompute"


class Recast(Op):
    """An op as a subclass of its module, with the same tensors and the same numbers."""

    examples = ()
    formula = "that of the op"

    op: Op

    def infer(self, *inputs: TensorType) -> TensorType:
        return self.op.infer(*inputs)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return self.op.cost(inputs, output)

    def recast(self, inputs: tuple[TensorType, ...], name: str) -> Call:
        call = self.op.lowered(*inputs)
        return replace(call, target=f"{MODULE}.{name}")


@final
class DeferredBatchNorm2d(Recast):
    """A BatchNorm2d whose work the next convolution does: it passes on what it reads."""

    role = Role.NORM
    view = True
    gives = "Deferred"

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return replace(self.op.cost(inputs, output), saves="nothing", saved_bytes=0, once=False)

    def lowered(self, *inputs: TensorType) -> Call:
        return _flagged(self.recast(inputs, type(self).__name__), deferred=True)


@final
class OwnBatchNorm2d(Recast):
    """A BatchNorm2d that does its work, beside others of its class that do not."""

    role = Role.NORM

    def lowered(self, *inputs: TensorType) -> Call:
        return _flagged(self.recast(inputs, DeferredBatchNorm2d.__name__), deferred=False)


@final
class DeferredReLU(Recast):
    """A ReLU whose work the next convolution does: it passes on what it reads."""

    role = Role.ACTIVATION
    view = True
    gives = "Deferred"

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return replace(self.op.cost(inputs, output), saves="nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return self.recast(inputs, type(self).__name__)


@final
class OwnReLU(Recast):
    """A ReLU that does its work, beside others of its class that do not."""

    role = Role.ACTIVATION

    def lowered(self, *inputs: TensorType) -> Call:
        return self.recast(inputs, DeferredReLU.__name__)


@final
class RecomputingConv2d(Recast):
    """A Conv2d that does the work of the BatchNorm2d and ReLU in front of it, forward and again.

    It keeps what the BatchNorm2d reads, with mean and deviation, and not what it reads itself.
    """

    role = Role.CONV

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        statistics = 8 * inputs[0].channels
        return replace(self.op.cost(inputs, output), saved_bytes=statistics, once=True)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.recast(inputs, type(self).__name__)


@final
class OwnConv2d(Recast):
    """A Conv2d beside others of its class that recompute."""

    role = Role.CONV

    def lowered(self, *inputs: TensorType) -> Call:
        return self.recast(inputs, RecomputingConv2d.__name__)


@final
class Join(Op):
    """A Concat whose readers put its pieces together themselves."""

    arity = None
    role = Role.MERGE
    view = True
    gives = "tuple[Tensor, ...]"
    examples = ()
    formula = "that of Concat"

    def infer(self, *inputs: TensorType) -> TensorType:
        return Concat().infer(*inputs)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return Call(f"{MODULE}.join", is_function=True)


@final
class Whole(Op):
    """The pieces of a Join put together."""

    role = Role.MERGE
    examples = ()
    formula = "that of Concat"

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("torch.cat", {"dim": 1}, positional=1, is_function=True)


def _flagged(call: Call, **flag: Any) -> Call:
    """A call with one more argument, which is True by default."""
    defaults = {**call.defaults, **dict.fromkeys(flag, True)}
    return replace(call, arguments={**call.arguments, **flag}, defaults=defaults)

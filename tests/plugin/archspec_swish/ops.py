"""Swish with a learned slope, as a word of the language."""

from __future__ import annotations

from typing import final

from archspec.op import Call, Cost, Example, Op, Role, TensorType


@final
class LearnedSwish(Op):
    """Swish with a slope that is learned for each channel (Ramachandran et al., 2017)."""

    role = Role.ACTIVATION
    formula = "y = x · sigmoid(slope·x)"
    inferred = frozenset({"channels"})
    positional = 1
    examples = (Example(), Example({"init": 0.5}, inputs=((10,),)))

    init: float = 1.0

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("input", {"slope": (output.channels,)}, elementwise=3 * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        arguments = {"channels": inputs[0].channels, "init": self.init}
        return Call("archspec_swish.layers.LearnedSwish", arguments, {"init": 1.0}, 1)

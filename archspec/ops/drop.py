"""Dropouts: at inference they do nothing, so no operation is counted."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, final

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from archspec.op import Call, Cost, Example, Op, Role
from archspec.ops.checks import require_map
from archspec.tensor import TensorType


def refuse_everything(p: Any) -> Any:
    if p == 1 and not isinstance(p, bool):
        raise PydanticCustomError("drops_everything", "p = 1 drops everything")
    return p


DropProbability = Annotated[float, Field(ge=0, lt=1), BeforeValidator(refuse_everything)]


class _Dropout(Op):
    role = Role.DROP
    view = True
    positional = 1
    examples: ClassVar[tuple[Example, ...]] = (Example(), Example({"p": 0.2}), Example({"p": 0}))
    whole_channels: ClassVar[bool] = False
    """One draw decides about a channel, not about a number."""

    p: DropProbability = 0.5

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        return require_map(x, type(self).__name__) if self.whole_channels else x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        drawn = output.channels if self.whole_channels else output.numel
        return Cost("nothing", saved_bytes=4 * drawn if self.p else 0)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class Dropout(_Dropout):
    """Drops numbers of a map or vector (Hinton et al. 2012, https://arxiv.org/abs/1207.0580)."""

    formula = "y = x / (1 − p) with probability 1 − p, else 0; at inference x"
    examples = (Example(), Example({"p": 0.2}, inputs=((10,),)), Example({"p": 0}))


@final
class Dropout2d(_Dropout):
    """Drops channels of a map (Tompson et al. 2014, https://arxiv.org/abs/1411.4280)."""

    formula = "y = x / (1 − p) with probability 1 − p a channel, else 0; at inference x"
    whole_channels = True


@final
class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance behind SELU (https://arxiv.org/abs/1706.02515)."""

    formula = "y = a·x + b with probability 1 − p, else a·(−1.7581) + b; at inference x"


@final
class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels (https://arxiv.org/abs/1706.02515)."""

    formula = "y = a·x + b with probability 1 − p a channel, else a·(−1.7581) + b; at inference x"
    whole_channels = True

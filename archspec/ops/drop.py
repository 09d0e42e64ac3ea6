"""Dropouts: at inference they do nothing, so no operation is counted."""

from typing import Annotated, Any, ClassVar, Literal, final

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from archspec.op.base import Call, Cost, Example, Meaning, Op, PositiveInt, Role, ShapeError
from archspec.op.own import own_module
from archspec.op.requirements import require_any_map, require_map, require_rank
from archspec.op.tensor import TensorType
from archspec.op.window import times


def refuse_everything(p: Any) -> Any:
    if p == 1 and not isinstance(p, bool):
        raise PydanticCustomError("drops_everything", "p = 1 drops everything")
    return p


DropProbability = Annotated[
    float, Field(ge=0, lt=1), BeforeValidator(refuse_everything), Meaning.PROBABILITY
]


class _Dropout(Op):
    role = Role.DROP
    view = True
    positional = 1
    examples: ClassVar[tuple[Example, ...]] = (Example(), Example({"p": 0.2}), Example({"p": 0}))
    whole_channels: ClassVar[bool] = False
    """One draw decides about a channel of a map, not about a number."""
    rank: ClassVar[int | None] = None
    """How many sides the maps have; None for any number."""

    p: DropProbability = 0.5

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if self.rank is not None:
            return require_rank(x, type(self).__name__, self.rank)
        return require_any_map(x, type(self).__name__) if self.whole_channels else x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        drawn = output.channels if self.whole_channels else output.numel
        return Cost("nothing", saved_bytes=4 * drawn if self.p else 0)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class Dropout(_Dropout):
    """Drops numbers of a map or vector (Hinton et al. 2012, https://arxiv.org/abs/1207.0580)."""

    reads_channels_last = True
    short_name = "dropout"
    formula = "y = x / (1 − p) with probability 1 − p, else 0; at inference x"
    examples = (Example(), Example({"p": 0.2}, inputs=((10,),)), Example({"p": 0}))


class _ChannelDropout(_Dropout):
    formula = "y = x / (1 − p) with probability 1 − p a channel, else 0; at inference x"
    whole_channels = True


@final
class Dropout1d(_ChannelDropout):
    """Drops channels of a row (Tompson et al. 2014, https://arxiv.org/abs/1411.4280)."""

    short_name = "dropout 1d"
    rank = 1
    examples = (Example(inputs=((4, 30),)), Example({"p": 0.2}, inputs=((4, 30),)))


@final
class Dropout2d(_ChannelDropout):
    """Drops channels of a map (Tompson et al. 2014, https://arxiv.org/abs/1411.4280)."""

    short_name = "dropout 2d"
    rank = 2


@final
class Dropout3d(_ChannelDropout):
    """Drops channels of a volume (Tompson et al. 2014, https://arxiv.org/abs/1411.4280)."""

    short_name = "dropout 3d"
    rank = 3
    examples = (Example(inputs=((4, 6, 9, 11),)), Example({"p": 0.2}, inputs=((4, 6, 9, 11),)))


@final
class AlphaDropout(_Dropout):
    """Dropout that keeps mean and variance behind SELU (https://arxiv.org/abs/1706.02515)."""

    formula = "y = a·x + b with probability 1 − p, else a·(−1.7581) + b; at inference x"


@final
class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels (https://arxiv.org/abs/1706.02515)."""

    formula = "y = a·x + b with probability 1 − p a channel, else a·(−1.7581) + b; at inference x"
    whole_channels = True


@final
class DropBlock2d(Op):
    """Drops squares of each channel (Ghiasi et al. 2018, https://arxiv.org/abs/1810.12890).

    With schedule linear the probability is p·progress, and the training loop sets the progress
    from 0 to 1: ``archspec.layers.set_progress(model, progress)``, or without archspec
    ``module.progress = progress`` of every module that has one.
    """

    role = Role.DROP
    short_name = "DropBlock"
    view = True
    positional = 2
    formula = (
        "y = x·mask / mean(mask); a block starts with probability "
        "p / block_size²·H·W / ((H − block_size + 1)·(W − block_size + 1)) where it fits; "
        "at inference x"
    )
    examples = (
        Example({"p": 0.1, "block_size": 7}),
        Example({"p": 0.1, "block_size": 4, "schedule": "linear"}),
        Example({"p": 0, "block_size": 1}),
    )

    p: DropProbability
    block_size: PositiveInt
    schedule: Literal["constant", "linear"] = "constant"

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "DropBlock2d")
        if self.block_size > min(x.spatial):
            raise ShapeError(
                f"a {times((self.block_size,) * 2)} block does not fit a {times(x.spatial)} map",
                field="block_size",
                help=f"a block_size of at most {min(x.spatial)}",
            )
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing", saved_bytes=4 * output.numel if self.p else 0)

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


@final
class StochasticDepth(Op):
    """Drops whole branches, by sample (Huang et al. 2016, https://arxiv.org/abs/1603.09382).

    Mode row draws for each sample, mode batch once for all of them. With schedule linear the
    probability is p·progress, and the training loop sets the progress as for DropBlock2d.
    """

    reads_channels_last = True
    role = Role.DROP
    view = True
    positional = 1
    formula = "y = x / (1 − p) with probability 1 − p, else 0; at inference x"
    examples = (
        Example({"p": 0.2}),
        Example({"p": 0.5, "mode": "batch", "schedule": "linear"}, inputs=((10,),)),
        Example({"p": 0}),
    )

    p: DropProbability
    mode: Literal["row", "batch"] = "row"
    schedule: Literal["constant", "linear"] = "constant"

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing", saved_bytes=4 if self.p else 0, once=self.mode == "batch")

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)

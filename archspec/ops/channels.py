"""Ops on the channels of each pixel: some of them, and statistics of all."""

from typing import Annotated, Any, ClassVar, final

from pydantic import Field

from archspec.op.base import MAX_SIZE, Call, Cost, Example, Meaning, Op, Role, ShapeError
from archspec.op.footprint import POINTWISE, Footprint
from archspec.op.requirements import require_any_map
from archspec.op.tensor import TensorType

Channel = Annotated[int, Field(ge=-MAX_SIZE, le=MAX_SIZE)]


@final
class Slice(Op):
    """Some of the channels of a map, or of the features of a vector.

    Channels are counted from 0, negative ones from the end, and stop is the first that is left out,
    as in Python. A split into halves is two slices (ShuffleNet V2, Ma et al. 2018,
    https://arxiv.org/abs/1807.11164).
    """

    role = Role.SHAPE
    short_name = "slice"
    has_row = False
    view = True
    formula = "y = x[start:stop]"
    examples = (
        Example({"stop": 2}),
        Example({"start": 1, "stop": 3}),
        Example({"start": -1}),
        Example({"start": 4, "stop": -2}, inputs=((10,),)),
    )

    start: Annotated[Channel, Meaning.START] = 0
    stop: Annotated[Channel | None, Meaning.STOP] = None
    """By default all that follow."""

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        start = place(x, "start", self.start)
        stop = x.channels if self.stop is None else place(x, "stop", self.stop)
        if start >= stop:
            raise ShapeError(
                f"of {x.channels} {parts(x)}, none is left from {start} to {stop}",
                field="start" if self.stop is None else "stop",
                help=f"start is the first of them, from 0 to {x.channels - 1}; "
                "stop is the first behind them",
            )
        return x.with_channels(stop - start)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        ends: dict[str, Any] = {"start": self.start or None, "stop": self.stop}
        return Call(
            "operator.getitem",
            {end: channel for end, channel in ends.items() if channel is not None},
            is_function=True,
            is_subscript=True,
            sizes=frozenset(ends),
        )


class _ChannelPool(Op):
    role = Role.POOL
    formula: ClassVar[str] = "C×H×W -> 1×H×W"
    examples = (Example(), Example(inputs=((4, 13),)))

    def infer(self, *inputs: TensorType) -> TensorType:
        return require_any_map(inputs[0], type(self).__name__).with_channels(1)

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        return (POINTWISE,) * x.rank


@final
class ChannelMean(_ChannelPool):
    """The mean of the channels, pixel by pixel (CBAM, Woo et al. 2018, section 3.2).

    With ChannelMax it makes the spatial gate of https://arxiv.org/abs/1807.06521.
    """

    short_name = "channel mean"

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing", elementwise=inputs[0].numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("torch.mean", {"dim": 1, "keepdim": True}, is_function=True)


@final
class ChannelMax(_ChannelPool):
    """The largest of the channels, pixel by pixel (CBAM, Woo et al. 2018, section 3.2).

    With ChannelMean it makes the spatial gate of https://arxiv.org/abs/1807.06521.
    """

    short_name = "channel max"

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("both", elementwise=inputs[0].numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("torch.amax", {"dim": 1, "keepdim": True}, is_function=True)


def place(x: TensorType, end: str, channel: int) -> int:
    """A channel counted from 0, one that is counted from the end too."""
    if not -x.channels <= channel <= x.channels:
        raise ShapeError(
            f"{end} {channel} is outside of {x.channels} {parts(x)}",
            field=end,
            help=f"they are counted from 0 to {x.channels - 1}, or from -{x.channels} to -1; "
            f"without a stop all that follow are taken",
        )
    return channel + x.channels if channel < 0 else channel


def parts(x: TensorType) -> str:
    return "channels" if x.is_map else "features"

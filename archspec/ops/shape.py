"""Ops that move numbers, and count no operation except to resize."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Final, Literal, final

from pydantic import Field

from archspec.op.base import (
    MAX_SIZE,
    Call,
    Cost,
    Example,
    Groups,
    Meaning,
    NonNegativeInt,
    Op,
    Outputs,
    PositiveInt,
    Role,
    Saves,
    ShapeError,
    Size,
)
from archspec.op.footprint import (
    MAX_DENOMINATOR,
    Footprint,
    enlarged,
    resampled,
    shifted,
    sliding,
)
from archspec.op.own import own_module
from archspec.op.requirements import (
    division,
    require_any_map,
    require_groups,
    require_map,
    require_rank,
)
from archspec.op.tensor import TensorType
from archspec.op.window import along, times

ScaleFactor = Annotated[float, Field(gt=0, le=MAX_SIZE)]
Borders = NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt, NonNegativeInt]
"""One number for all four borders, or (left, right, top, bottom)."""
Border = Annotated[int, Field(ge=-MAX_SIZE, le=MAX_SIZE)]
Margins = Border | tuple[Border, Border, Border, Border]
"""Borders of which a negative one takes pixels away."""

Borders1d = NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt]
"""One number for both borders, or (left, right)."""
Borders3d = (
    NonNegativeInt
    | tuple[
        NonNegativeInt,
        NonNegativeInt,
        NonNegativeInt,
        NonNegativeInt,
        NonNegativeInt,
        NonNegativeInt,
    ]
)
"""One number for all six borders, or (left, right, top, bottom, front, back)."""
Margins1d = Border | tuple[Border, Border]
Margins3d = Border | tuple[Border, Border, Border, Border, Border, Border]

REACH: Final = {
    "nearest": (0, 0),
    "nearest-exact": (0, 0),
    "linear": (0, 1),
    "bilinear": (0, 1),
    "trilinear": (0, 1),
    "bicubic": (-1, 2),
}
"""The first and the last pixel, from the nearest to the left, that one of an upsampled map is made of,
along one side."""
RANKS: Final = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}
"""How many sides the maps have that a mode resizes; the others resize all."""


@final
class Identity(Op):
    """Nothing: what comes in goes out."""

    role = Role.SHAPE
    reads_channels_last = True
    short_name = "identity"
    has_row = False
    folds = frozenset(Role)
    view = True
    formula = "y = x"
    examples = (Example(), Example(inputs=((10,),)))

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class Upsample(Op):
    """Resizes a map to a size, by a factor, or to the height and width of another layer (``like``).

    Counted as one operation for each pixel read: nearest 1, linear 2, bilinear 4, trilinear 8,
    bicubic 16 an output.
    """

    role = Role.SHAPE
    short_name = "upsample"
    takes_like = True
    formula = "out = size, or floor(in·scale_factor), or the size of the layer that it is like"
    examples = (
        Example({"scale_factor": 2}),
        Example({"scale_factor": (1.5, 0.7), "mode": "nearest-exact"}),
        Example({"size": 20, "mode": "bilinear", "align_corners": True}),
        Example({"size": (5, 40), "mode": "bicubic"}),
        Example({"mode": "bilinear", "align_corners": False}, inputs=((4, 13, 17), (6, 20, 40))),
        Example({"scale_factor": 1.5, "mode": "linear"}, inputs=((4, 30),)),
        Example({"size": 40}, inputs=((4, 30),)),
        Example(
            {"scale_factor": (1.5, 2.0, 0.5), "mode": "trilinear", "align_corners": True},
            inputs=((4, 6, 9, 11),),
        ),
        Example({"size": (6, 18, 5)}, inputs=((4, 6, 9, 11),)),
    )

    size: Annotated[Size | tuple[PositiveInt, PositiveInt, PositiveInt] | None, Meaning.RESIZED] = (
        None
    )
    scale_factor: Annotated[
        ScaleFactor
        | tuple[ScaleFactor, ScaleFactor]
        | tuple[ScaleFactor, ScaleFactor, ScaleFactor]
        | None,
        Meaning.FACTOR,
    ] = None
    mode: Literal["nearest", "bilinear", "bicubic", "nearest-exact", "linear", "trilinear"] = (
        "nearest"
    )
    align_corners: bool | None = None

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_any_map(inputs[0], "Upsample")
        require_sides(x, self)
        if self.align_corners is not None and self.mode.startswith("nearest"):
            raise ShapeError(
                f"mode '{self.mode}' has no align_corners",
                field="align_corners",
                help=f"leave it out, or take mode {' or '.join(smooth_modes(x.rank))}",
            )
        like = inputs[1] if len(inputs) > 1 else None
        return TensorType((x.channels, *resized(x, self, like)))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        return tuple(
            interpolated(self, side, x.spatial[side], output.spatial[side])
            for side in range(x.rank)
        )

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing", elementwise=reads(self.mode, output.rank) * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        if len(inputs) == 1:
            return self.torch_module()
        arguments = {"mode": self.mode, "align_corners": self.align_corners}
        target = "torch.nn.functional.interpolate"
        return Call(target, arguments, self.defaults(), is_function=True, like="size")


@final
class PixelShuffle(Op):
    """Makes pixels of channels (Shi et al. 2016, https://arxiv.org/abs/1609.05158)."""

    role = Role.SHAPE
    short_name = "pixel shuffle"
    positional = 1
    formula = "C·r²×H×W -> C×H·r×W·r, r = upscale_factor"
    examples = (Example({"upscale_factor": 2}, inputs=((8, 5, 6),)),)

    upscale_factor: Annotated[PositiveInt, Meaning.FACTOR]

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "PixelShuffle")
        factor = self.upscale_factor
        if x.channels % factor**2:
            raise ShapeError(
                f"{x.channels} channels do not divide by {factor}² = {factor**2}: "
                f"{division(x.channels, factor**2)}",
                field="upscale_factor",
                help=f"make it {factor**2 * -(-x.channels // factor**2)} in the layer before",
            )
        height, width = x.spatial
        return TensorType((x.channels // factor**2, height * factor, width * factor))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        return enlarged(self.upscale_factor), enlarged(self.upscale_factor)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class PixelUnshuffle(Op):
    """Makes channels of pixels (Shi et al. 2016, https://arxiv.org/abs/1609.05158)."""

    role = Role.SHAPE
    short_name = "pixel unshuffle"
    positional = 1
    formula = "C×H·r×W·r -> C·r²×H×W, r = downscale_factor"
    examples = (Example({"downscale_factor": 2}, inputs=((4, 10, 6),)),)

    downscale_factor: Annotated[PositiveInt, Meaning.FACTOR]

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "PixelUnshuffle")
        factor = self.downscale_factor
        for name, size in zip(("height", "width"), x.spatial, strict=True):
            if size % factor:
                raise ShapeError(
                    f"a {name} of {size} does not divide by {factor}: {division(size, factor)}",
                    field="downscale_factor",
                    help=f"put a ZeroPad2d before it that makes it {factor * -(-size // factor)}",
                )
        height, width = x.spatial
        return TensorType((x.channels * factor**2, height // factor, width // factor))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        side = sliding(self.downscale_factor, self.downscale_factor)
        return side, side

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class ChannelShuffle(Op):
    """Mixes the channels of groups (Zhang et al. 2017, https://arxiv.org/abs/1707.01083)."""

    role = Role.SHAPE
    short_name = "channel shuffle"
    has_row = False
    positional = 1
    formula = "output channel i·groups + g is input channel g·(C / groups) + i"
    examples = (Example({"groups": 2}), Example({"groups": 2}, inputs=((4, 30),)))

    groups: Groups

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_any_map(inputs[0], "ChannelShuffle")
        require_groups(x.channels, self.groups, "groups")
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class PadChannels(Op):
    """Appends channels of zeros, or puts half of them before (He et al. 2015, option A).

    After an AvgPool2d of kernel_size 1 it is the shortcut without parameters of
    https://arxiv.org/abs/1512.03385. The two ways differ by an order of the channels.
    """

    role = Role.SHAPE
    short_name = "pad channels"
    positional = 1
    formula = "C×H×W -> out_channels×H×W; both puts floor((out_channels − C) / 2) before"
    examples = (
        Example({"out_channels": 8}),
        Example({"out_channels": 9, "where": "both"}),
        Example({"out_channels": 4}),
    )

    out_channels: Outputs
    where: Literal["end", "both"] = "end"

    def infer(self, *inputs: TensorType) -> TensorType:
        x = require_map(inputs[0], "PadChannels")
        if self.out_channels < x.channels:
            raise ShapeError(
                f"PadChannels cannot make {self.out_channels} channels of {x.channels}",
                field="out_channels",
                help=f"out_channels of at least {x.channels}; a 1×1 Conv2d makes fewer",
            )
        return x.with_channels(self.out_channels)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


@final
class Crop(Op):
    """A part of a map, of a size or of the height and width of another layer (``like``).

    By default its middle, as the first U-Net crops what it passes on (Ronneberger et al. 2015,
    https://arxiv.org/abs/1505.04597); an odd border is smaller before than after. FCN crops at an
    offset from the top left corner (Long et al. 2014, https://arxiv.org/abs/1411.4038).
    """

    role = Role.SHAPE
    short_name = "crop"
    takes_like = True
    has_row = False
    view = True
    formula = "y = x[:, top:top + height, left:left + width], offset = (top, left)"
    examples = (
        Example({"size": 8}),
        Example({"size": (4, 17), "offset": (3, 0)}),
        Example({"offset": 2}, inputs=((4, 13, 17), (6, 9, 10))),
        Example(inputs=((4, 13, 17), (6, 6, 10))),
        Example({"size": 9}, inputs=((4, 30),)),
        Example({"offset": 2}, inputs=((4, 30), (6, 20))),
        Example({"size": (4, 9, 8), "offset": (2, 0, 1)}, inputs=((4, 6, 9, 11),)),
        Example(inputs=((4, 6, 9, 11), (2, 3, 3, 10))),
    )

    size: Annotated[Size | tuple[PositiveInt, PositiveInt, PositiveInt] | None, Meaning.RESIZED] = (
        None
    )
    offset: (
        Literal["center"]
        | NonNegativeInt
        | tuple[NonNegativeInt, NonNegativeInt]
        | tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt]
    ) = "center"

    def infer(self, *inputs: TensorType) -> TensorType:
        x, *like = inputs
        require_any_map(x, "Crop")
        require_numbers_of_sides(x, {"size": self.size, "offset": self.offset})
        if (self.size is None) == (not like):
            has = "neither" if self.size is None else "both"
            raise ShapeError(
                f"Crop needs either size or like, and has {has}",
                field="size" if like else None,
                help=f"like: LAYER gives it the {x.sides_in_words} of another layer",
            )
        size = size_like(x, like[0]) if like else along(self.size or 0, x.rank)
        output = TensorType((x.channels, *size))
        for name, had, left, before in zip(
            x.sides, x.spatial, size, self.corner(x, output), strict=True
        ):
            if before < 0 or before + left > had:
                raise ShapeError(
                    f"a {name} of {left} from pixel {max(before, 0)} on is not inside of "
                    f"{had} pixels",
                    field="size" if before < 0 else "offset",
                    help=f"a {name} of at most {had - max(before, 0)} is; Upsample enlarges",
                )
        return output

    def corner(self, x: TensorType, output: TensorType) -> tuple[int, ...]:
        """Where the part begins: (top, left)."""
        if self.offset != "center":
            return along(self.offset, x.rank)
        return tuple((a - b) // 2 for a, b in zip(x.spatial, output.spatial, strict=True))

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        return tuple(shifted(-before) for before in self.corner(x, output))

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("nothing")

    def lowered(self, *inputs: TensorType) -> Call:
        call = own_module(self)
        rank = inputs[0].rank
        return call if rank == 2 else replace(call, target=f"{call.target}{rank}d")


class _Pad(Op):
    role = Role.SHAPE
    positional = 1
    formula = "out = in + both borders; padding is one number or (left, right, top, bottom)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"padding": 2}),
        Example({"padding": (0, 1, 2, 3)}),
    )
    saves: ClassVar[Saves] = "nothing"
    rank: ClassVar[int] = 2

    padding: int | tuple[int, ...]

    def infer(self, *inputs: TensorType) -> TensorType:
        return bordered(require_rank(inputs[0], type(self).__name__, self.rank), self.padding)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(self.saves)

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        return tuple(shifted(before) for before, _ in borders(self.padding, x.rank))

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


class _Pad1d(_Pad):
    formula = "out = in + both borders; padding is one number or (left, right)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"padding": 2}, inputs=((4, 30),)),
        Example({"padding": (0, 3)}, inputs=((4, 30),)),
    )
    rank = 1

    padding: Annotated[Margins1d, Meaning.BORDER]


class _Pad2d(_Pad):
    padding: Annotated[Margins, Meaning.BORDER]


class _Pad3d(_Pad):
    formula = (
        "out = in + both borders; padding is one number or (left, right, top, bottom, front, back)"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"padding": 2}, inputs=((4, 6, 9, 11),)),
        Example({"padding": (0, 1, 2, 3, 4, 5)}, inputs=((4, 6, 9, 11),)),
    )
    rank = 3

    padding: Annotated[Margins3d, Meaning.BORDER]


@final
class ZeroPad1d(_Pad1d):
    """Puts zeros at the ends of a row; a negative number takes pixels away."""

    short_name = "zero pad"
    has_row = False


@final
class ZeroPad2d(_Pad2d):
    """Puts zeros around a map; a negative number takes pixels away."""

    short_name = "zero pad"
    has_row = False
    examples = (
        *_Pad2d.examples,
        Example({"padding": -2}),
        Example({"padding": (-3, 1, 0, -1)}),
    )


@final
class ZeroPad3d(_Pad3d):
    """Puts zeros around a volume."""

    short_name = "zero pad"
    has_row = False


@final
class ConstantPad1d(_Pad1d):
    """Puts a value at the ends of a row; a negative number takes pixels away."""

    positional = 2
    examples = (Example({"padding": (0, 3), "value": -1.5}, inputs=((4, 30),)),)

    value: float


@final
class ConstantPad2d(_Pad2d):
    """Puts a value around a map; a negative number takes pixels away."""

    positional = 2
    examples = (
        Example({"padding": (0, 1, 2, 3), "value": -1.5}),
        Example({"padding": (0, 1, -2, -3), "value": -1.5}),
    )

    value: float


@final
class ConstantPad3d(_Pad3d):
    """Puts a value around a volume."""

    positional = 2
    examples = (Example({"padding": (0, 1, 2, 3, 4, 5), "value": -1.5}, inputs=((4, 6, 9, 11),)),)

    value: float


@final
class ReplicationPad1d(_Pad1d):
    """Repeats the outermost pixels at the ends of a row."""

    saves = "input"

    padding: Annotated[Borders1d, Meaning.BORDER]


@final
class ReplicationPad2d(_Pad2d):
    """Repeats the outermost pixels around a map."""

    saves = "input"

    padding: Annotated[Borders, Meaning.BORDER]


@final
class ReplicationPad3d(_Pad3d):
    """Repeats the outermost pixels around a volume."""

    saves = "input"

    padding: Annotated[Borders3d, Meaning.BORDER]


@final
class ReflectionPad1d(_Pad1d):
    """Mirrors a row at its outermost pixels."""

    saves = "input"

    padding: Annotated[Borders1d, Meaning.BORDER]

    def infer(self, *inputs: TensorType) -> TensorType:
        return mirrored(require_rank(inputs[0], "ReflectionPad1d", 1), self.padding)


@final
class ReflectionPad2d(_Pad2d):
    """Mirrors a map at its outermost pixels."""

    saves = "input"

    padding: Annotated[Borders, Meaning.BORDER]

    def infer(self, *inputs: TensorType) -> TensorType:
        return mirrored(require_rank(inputs[0], "ReflectionPad2d", 2), self.padding)


@final
class ReflectionPad3d(_Pad3d):
    """Mirrors a volume at its outermost pixels."""

    saves = "input"

    padding: Annotated[Borders3d, Meaning.BORDER]

    def infer(self, *inputs: TensorType) -> TensorType:
        return mirrored(require_rank(inputs[0], "ReflectionPad3d", 3), self.padding)


@final
class CircularPad1d(_Pad1d):
    """Continues a row at each end with what stands at the other end."""

    padding: Annotated[Borders1d, Meaning.BORDER]

    def infer(self, *inputs: TensorType) -> TensorType:
        return wrapped_around(require_rank(inputs[0], "CircularPad1d", 1), self.padding)


@final
class CircularPad2d(_Pad2d):
    """Continues a map at each end with what stands at the other end."""

    padding: Annotated[Borders, Meaning.BORDER]

    def infer(self, *inputs: TensorType) -> TensorType:
        return wrapped_around(require_rank(inputs[0], "CircularPad2d", 2), self.padding)


@final
class CircularPad3d(_Pad3d):
    """Continues a volume at each end with what stands at the other end."""

    padding: Annotated[Borders3d, Meaning.BORDER]

    def infer(self, *inputs: TensorType) -> TensorType:
        return wrapped_around(require_rank(inputs[0], "CircularPad3d", 3), self.padding)


def require_sides(x: TensorType, upsample: Upsample) -> None:
    """The mode is one for maps of so many sides, and the arguments have as many numbers."""
    if RANKS.get(upsample.mode, x.rank) != x.rank:
        raise ShapeError(
            f"mode '{upsample.mode}' does not resize a map ({x.axes})",
            field="mode",
            help=f"mode {' or '.join(('nearest', *smooth_modes(x.rank)))} does",
        )
    require_numbers_of_sides(x, {"size": upsample.size, "scale_factor": upsample.scale_factor})


def require_numbers_of_sides(x: TensorType, arguments: Mapping[str, Any]) -> None:
    """Arguments that are lists have as many numbers as a map has sides."""
    for field, given in arguments.items():
        if isinstance(given, tuple) and len(given) != x.rank:
            raise ShapeError(
                f"{field} has {len(given)} numbers, and the map {x} has {x.rank} "
                f"{'sides' if x.rank > 1 else 'side'}: {', '.join(x.sides)}",
                field=field,
                help="one number is for all sides",
            )


def smooth_modes(rank: int) -> list[str]:
    """The modes that interpolate between the pixels of a map with so many sides."""
    return [mode for mode, sides in RANKS.items() if sides == rank]


def resized(x: TensorType, upsample: Upsample, like: TensorType | None) -> tuple[int, ...]:
    """The sides of an upsampled map, from the one of three that is given."""
    size, factors = upsample.size, upsample.scale_factor
    given = {"size": size, "scale_factor": factors, "like": like}
    names = [name for name, value in given.items() if value is not None]
    if len(names) != 1:
        raise ShapeError(
            f"Upsample needs one of size, scale_factor and like, "
            f"and has {' and '.join(names) or 'none'}",
            field=names[0] if names else None,
            help="leave all but one of them out" if names else resize_help(x),
        )
    if like is not None:
        return size_like(x, like)
    if size is not None:
        return along(size, x.rank)
    assert factors is not None
    each = factors if isinstance(factors, tuple) else (factors,) * x.rank
    out = tuple(int(size * factor) for size, factor in zip(x.spatial, each, strict=True))
    if 0 in out:
        products = (f"floor({size}·{factor})" for size, factor in zip(x.spatial, each, strict=True))
        raise ShapeError(
            f"scale_factor makes a {times(x.spatial)} input {times(out)}: {', '.join(products)}",
            field="scale_factor",
            help=f"a factor of at least 1/{min(x.spatial)}",
        )
    return out


def resize_help(x: TensorType) -> str:
    those = "those" if x.rank > 1 else "that"
    return (
        f"scale_factor: 2 doubles {x.sides_in_words}, like: LAYER gives it {those} of another layer"
    )


def size_like(x: TensorType, like: TensorType) -> tuple[int, ...]:
    """The sides of the map that another one is to be like."""
    if not like.is_map:
        raise ShapeError(f"a vector of {like} has no {x.sides_in_words}", field="like")
    if like.rank != x.rank:
        raise ShapeError(f"{like} ({like.axes}) is no size for {x} ({x.axes})", field="like")
    return like.spatial


def reads(mode: str, rank: int) -> int:
    """How many pixels make one of an upsampled map."""
    first, last = REACH[mode]
    return int((last - first + 1) ** rank)


def interpolated(upsample: Upsample, side: int, size: int, out: int) -> Footprint:
    """What an upsampled map reads along one side, as PyTorch computes it."""
    mode, factor, half = upsample.mode, upsample.scale_factor, Fraction(1, 2)
    step = Fraction(size, out)
    has_corners = bool(upsample.align_corners) and out > 1
    if has_corners:
        step = Fraction(size - 1, out - 1)
    elif factor is not None:
        given = factor[side] if isinstance(factor, tuple) else factor
        step = 1 / Fraction(given).limit_denominator(MAX_DENOMINATOR)
    first, last = REACH[mode]
    if has_corners or mode == "nearest":
        return resampled(step, first, last, lambda pixel: pixel * step)
    back = 0 if mode == "nearest-exact" else half  # the others count from pixel centres
    return resampled(step, first, last, lambda pixel: (pixel + half) * step - back)


def borders(padding: int | tuple[int, ...], rank: int) -> list[tuple[int, int]]:
    """What is put before and after each side; an argument begins with the last side."""
    each = padding if isinstance(padding, tuple) else (padding,) * (2 * rank)
    return [(each[2 * k], each[2 * k + 1]) for k in reversed(range(rank))]


def bordered(x: TensorType, padding: int | tuple[int, ...]) -> TensorType:
    sizes = []
    for name, size, (before, after) in zip(
        x.sides, x.spatial, borders(padding, x.rank), strict=True
    ):
        if before + size + after < 1:
            raise ShapeError(
                f"nothing is left of a {name} of {size}: {size} {before:+d} {after:+d} is below 1",
                field="padding",
                help=f"together the two borders take at most {size - 1} pixels away",
            )
        sizes.append(before + size + after)
    return TensorType((x.channels, *sizes))


def mirrored(x: TensorType, padding: int | tuple[int, ...]) -> TensorType:
    """A map with borders that are narrower than it."""
    for name, size, border in zip(x.sides, x.spatial, borders(padding, x.rank), strict=True):
        if max(border) >= size:
            raise ShapeError(
                f"a {name} of {size} mirrors at most {size} − 1 = {size - 1} pixels, "
                f"not {max(border)}",
                field="padding",
                help=f"a padding of at most {size - 1}, or ReplicationPad{x.rank}d",
            )
    return bordered(x, padding)


def wrapped_around(x: TensorType, padding: int | tuple[int, ...]) -> TensorType:
    """A map with borders that are no wider than it."""
    for name, size, border in zip(x.sides, x.spatial, borders(padding, x.rank), strict=True):
        if max(border) > size:
            raise ShapeError(
                f"a {name} of {size} goes around at most once, by {size} pixels, not {max(border)}",
                field="padding",
                help=f"a padding of at most {size}, or ReplicationPad{x.rank}d",
            )
    return bordered(x, padding)

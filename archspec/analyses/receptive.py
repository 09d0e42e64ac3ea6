"""Receptive fields: how much of the input one pixel of a layer's output can depend on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, final

from archspec.graph import Graph, Node
from archspec.ops.base import Role
from archspec.ops.window import pair

MAX_PERIOD: Final = 4096
"""Pixels after which a field repeats; one that takes longer is told as the whole input."""
REACH: Final = {"nearest": (0, 0), "nearest-exact": (0, 0), "bilinear": (0, 1), "bicubic": (-1, 2)}
"""The first and the last pixel, from the nearest to the left, that an upsampled one is made of."""


@final
@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """Araujo et al., 2019, https://doi.org/10.23915/distill.00021, height before width.

    The size is that of an input without borders, and of the pixel that sees most: it counts what
    a network would see in its padding, and may pass the size of the input. Vectors, global
    poolings and what depends on them see the whole input: that is their size. Normalisations of a
    whole map count as what they are at inference with fixed statistics: pixel by pixel.
    """

    size: tuple[int, int]
    stride: tuple[Fraction, Fraction]
    """Pixels of the input between neighbours; below 1 where a map is larger than the input."""
    whole: bool = False
    """Sees everything; the stride means nothing then."""


def receptive_fields(graph: Graph) -> Mapping[str, ReceptiveField]:
    """For every input that is a map, and every layer that such an input reaches."""
    seen: dict[str, _Seen] = {}
    for node in graph.nodes.values():
        known = [seen[source] for source in node.sources if source in seen]
        if known:
            seen[node.path] = _after(node, known)
        elif not node.sources and node.output.is_map:
            height, width = node.output.spatial
            seen[node.path] = _Seen((_PIXEL, _PIXEL), (height, width))
    return {path: _told(field) for path, field in seen.items()}


@final
@dataclass(frozen=True, slots=True)
class _Axis:
    """The first and the last pixel of the input that each pixel sees, along one side.

    They are told for one period: so many pixels further on, all is shifted by ``shift``.
    """

    lows: tuple[int, ...]
    highs: tuple[int, ...]
    shift: int

    def low(self, pixel: int) -> int:
        periods, place = divmod(pixel, len(self.lows))
        return self.lows[place] + periods * self.shift

    def high(self, pixel: int) -> int:
        periods, place = divmod(pixel, len(self.highs))
        return self.highs[place] + periods * self.shift

    @property
    def size(self) -> int:
        return max(high - low for low, high in zip(self.lows, self.highs, strict=True)) + 1

    @property
    def stride(self) -> Fraction:
        return Fraction(self.shift, len(self.lows))


@final
@dataclass(frozen=True, slots=True)
class _Seen:
    axes: tuple[_Axis, _Axis] | None
    """None: everything."""
    input: tuple[int, int]
    """Size of the largest input."""


_PIXEL: Final = _Axis((0,), (0,), 1)
_Range = Callable[[int], tuple[int, int]]
"""Pixel of the output -> first and last pixel of what is read."""


def _told(seen: _Seen) -> ReceptiveField:
    if seen.axes is None:
        return ReceptiveField(seen.input, (Fraction(1), Fraction(1)), whole=True)
    rows, columns = seen.axes
    return ReceptiveField((rows.size, columns.size), (rows.stride, columns.stride))


def _after(node: Node, known: list[_Seen]) -> _Seen:
    height, width = (max(sizes) for sizes in zip(*(seen.input for seen in known), strict=True))
    axes = [seen.axes for seen in known]
    if not node.output.is_map or not node.inputs[0].is_map or None in axes:
        return _Seen(None, (height, width))
    rows = _merged([pair[0] for pair in axes if pair])
    columns = _merged([pair[1] for pair in axes if pair])
    if rows is None or columns is None:
        return _Seen(None, (height, width))
    new = _read(node, 0, rows), _read(node, 1, columns)
    return _Seen(None if None in new else new, (height, width))  # type: ignore[arg-type]


def _merged(axes: list[_Axis]) -> _Axis | None:
    """The hull of what several see; everything, if their pixels are not those of one grid."""
    if len(axes) == 1:
        return axes[0]
    period = math.lcm(*(len(axis.lows) for axis in axes))
    if len({axis.stride for axis in axes}) > 1 or period > MAX_PERIOD:
        return None
    lows = tuple(min(axis.low(pixel) for axis in axes) for pixel in range(period))
    highs = tuple(max(axis.high(pixel) for axis in axes) for pixel in range(period))
    return _Axis(lows, highs, int(axes[0].stride * period))


def _read(node: Node, side: int, axis: _Axis) -> _Axis | None:
    """What a layer sees through one that sees ``axis``; which pixels it reads, its arguments tell."""
    arguments = node.op.arguments()
    size, out = node.inputs[0].spatial[side], node.output.spatial[side]
    if "output_size" in arguments:
        return None if out == 1 else _composed(axis, *_adaptive(size, out))
    if "output_padding" in arguments:
        return _composed(axis, *_spread(arguments, side))
    if "kernel_size" in arguments:
        return _composed(axis, *_window(arguments, side))
    if "scale_factor" in arguments:
        return _composed(axis, *_resized(arguments, side, size, out))
    if size != out and node.op.role is Role.SHAPE and "padding" in arguments:
        before = _border(arguments["padding"], side)
        return _composed(axis, lambda pixel: (pixel - before, pixel - before), Fraction(1))
    if size == out:
        return axis
    if out % size == 0 and node.op.role is Role.SHAPE:  # pixels made of channels
        factor = out // size
        return _composed(axis, lambda pixel: (pixel // factor,) * 2, Fraction(1, factor))
    if size % out == 0 and node.op.role is Role.SHAPE:  # channels made of pixels
        step = size // out
        return _composed(
            axis, lambda pixel: (pixel * step, pixel * step + step - 1), Fraction(step)
        )
    return None


def _composed(axis: _Axis, reads: _Range, step: Fraction) -> _Axis | None:
    """``step``: pixels that are read for one pixel more."""
    period = (step / len(axis.lows)).denominator
    if period > MAX_PERIOD:
        return None
    ranges = [reads(pixel) for pixel in range(period)]
    lows = tuple(axis.low(first) for first, _ in ranges)
    highs = tuple(axis.high(last) for _, last in ranges)
    return _Axis(lows, highs, int(axis.stride * step * period))


def _window(arguments: Mapping[str, Any], side: int) -> tuple[_Range, Fraction]:
    kernel = pair(arguments["kernel_size"])[side]
    stride = pair(arguments.get("stride", 1) or arguments["kernel_size"])[side]
    reach = pair(arguments.get("dilation", 1))[side] * (kernel - 1)
    padding = arguments.get("padding", 0)
    if isinstance(padding, str):
        before = reach // 2 if padding == "same" else 0
    else:
        before = pair(padding)[side]
    return lambda pixel: (pixel * stride - before, pixel * stride - before + reach), Fraction(
        stride
    )


def _spread(arguments: Mapping[str, Any], side: int) -> tuple[_Range, Fraction]:
    """Of a transposed convolution: pixel + padding = stride·read + dilation·place in the kernel."""
    kernel, stride, padding, dilation = (
        pair(arguments[name])[side] for name in ("kernel_size", "stride", "padding", "dilation")
    )

    def reads(pixel: int) -> tuple[int, int]:
        offsets = [pixel + padding - dilation * place for place in range(kernel)]
        read = [offset // stride for offset in offsets if offset % stride == 0]
        nearest = (pixel + padding) // stride  # of a pixel that only the bias reaches
        return (read[-1], read[0]) if read else (nearest, nearest)

    return reads, Fraction(1, stride)


def _adaptive(size: int, out: int) -> tuple[_Range, Fraction]:
    step = Fraction(size, out)
    return lambda i: (i * size // out, -(-(i + 1) * size // out) - 1), step


def _resized(
    arguments: Mapping[str, Any], side: int, size: int, out: int
) -> tuple[_Range, Fraction]:
    mode = arguments["mode"]
    first, last = REACH[mode]
    corners = bool(arguments.get("align_corners")) and out > 1
    step = Fraction(size - 1, out - 1) if corners else Fraction(size, out)
    if not corners and (factor := arguments["scale_factor"]) is not None:
        step = 1 / Fraction(pair(factor)[side]).limit_denominator(MAX_PERIOD)  # as PyTorch does
    half = Fraction(1, 2)

    def reads(pixel: int) -> tuple[int, int]:
        if corners or mode == "nearest":
            place = math.floor(pixel * step)
        else:
            place = math.floor((pixel + half) * step - (0 if mode == "nearest-exact" else half))
        return place + first, place + last

    return reads, step


def _border(padding: Any, side: int) -> int:
    """Of (left, right, top, bottom), or one number for all."""
    if not isinstance(padding, tuple):
        return int(padding)
    return int(padding[0] if side else padding[2])

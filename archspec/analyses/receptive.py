"""Receptive fields: how much of the input one pixel of a layer's output can depend on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, final

from archspec.graph import Graph, Node
from archspec.op.footprint import Footprint
from archspec.op.plugins import footprint_of
from archspec.op.tensor import TensorType

MAX_PERIOD: Final = 4096
"""Pixels after which a field repeats; one that takes longer counts as the whole input."""


@final
@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """Araujo et al., 2019, https://doi.org/10.23915/distill.00021, height before width.

    The size is that of an input without borders, and of the pixel that sees most: it counts what
    a network would see in its padding, and may pass the size of the input. Vectors, global
    poolings and what depends on them see the whole input: that is their size. Normalisations of a
    whole map count as what they are at inference with fixed statistics: pixel by pixel.
    """

    size: tuple[int, ...]
    stride: tuple[Fraction, ...]
    """Pixels of the input between neighbours; below 1 where a map is larger than the input."""
    whole: bool = False
    """Sees everything; the stride means nothing then."""


def receptive_fields(graph: Graph) -> Mapping[str, ReceptiveField]:
    """For every input that is a map, and every layer that such an input reaches."""
    seen: dict[str, _Seen] = {}
    for node in graph.nodes.values():
        if any(source in seen for source in node.operands):
            seen[node.path] = _after(node, seen)
        elif not node.sources and node.output.is_map:
            seen[node.path] = _Seen((PIXEL,) * node.output.rank, node.output.spatial)
    return {path: _field(one) for path, one in seen.items()}


@final
@dataclass(frozen=True, slots=True)
class Axis:
    """The first and the last pixel of the input that each pixel sees, along one side.

    They are those of one period: so many pixels further on, all is shifted by ``shift``.
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

    def over(self, pixels: int) -> tuple[int, int]:
        """The first and the last pixel of the input that any of so many pixels sees."""
        ends = min(pixels, len(self.lows))
        lows = (self.low(pixel) for pixel in range(ends))
        highs = (self.high(pixel) for pixel in range(pixels - ends, pixels))
        return min(lows), max(highs)

    @property
    def size(self) -> int:
        return max(high - low for low, high in zip(self.lows, self.highs, strict=True)) + 1

    @property
    def stride(self) -> Fraction:
        return Fraction(self.shift, len(self.lows))


Axes = tuple[Axis, ...]
"""Along each side; None in its place where a layer sees everything."""


@final
@dataclass(frozen=True, slots=True)
class _Seen:
    axes: Axes | None
    input: tuple[int, ...]
    """Size of the largest input: of those with most sides, if they are no maps of one kind."""


PIXEL: Final = Axis((0,), (0,), 1)
"""What each pixel of an input sees: itself."""


def _field(seen: _Seen) -> ReceptiveField:
    if seen.axes is None:
        return ReceptiveField(seen.input, (Fraction(1),) * len(seen.input), whole=True)
    return ReceptiveField(
        tuple(axis.size for axis in seen.axes), tuple(axis.stride for axis in seen.axes)
    )


def _after(node: Node, seen: Mapping[str, _Seen]) -> _Seen:
    known = [
        (seen[source], x)
        for source, x in zip(node.operands, node.inputs, strict=False)
        if source in seen
    ]
    rank = max(len(one.input) for one, _ in known)
    inputs = [one.input for one, _ in known if len(one.input) == rank]
    size = tuple(map(max, zip(*inputs, strict=True)))
    return _Seen(seen_by_all([seen_through(node, one.axes, x) for one, x in known]), size)


def seen_by_all(branches: Sequence[Axes | None]) -> Axes | None:
    """The hull of what several branches see."""
    axes = [each for each in branches if each is not None]
    if len(axes) < len(branches):
        return None
    merged = [_merged(list(side)) for side in zip(*axes, strict=True)]
    whole = [axis for axis in merged if axis is not None]
    return tuple(whole) if len(whole) == len(merged) else None


def seen_through(node: Node, before: Axes | None, x: TensorType) -> Axes | None:
    """What a layer sees through one of its inputs, of which it is known what that sees."""
    footprints = footprint_of(node.op, x, node.output)
    if before is None or footprints is None:
        return None
    composed = [_composed(axis, each) for axis, each in zip(before, footprints, strict=True)]
    axes = tuple(axis for axis in composed if axis is not None)
    return axes if len(axes) == len(composed) else None


def _merged(axes: list[Axis]) -> Axis | None:
    """The hull of what several see; everything, if their pixels are not those of one grid."""
    if len(axes) < 2:
        return axes[0] if axes else None
    period = math.lcm(*(len(axis.lows) for axis in axes))
    if len({axis.stride for axis in axes}) > 1 or period > MAX_PERIOD:
        return None
    lows = tuple(min(axis.low(pixel) for axis in axes) for pixel in range(period))
    highs = tuple(max(axis.high(pixel) for axis in axes) for pixel in range(period))
    return Axis(lows, highs, int(axes[0].stride * period))


def _composed(axis: Axis, footprint: Footprint) -> Axis | None:
    """What a layer sees through one that sees ``axis``."""
    periods = footprint.step if len(axis.lows) == 1 else footprint.step / len(axis.lows)
    period = periods.denominator
    if period > MAX_PERIOD:
        return None
    ranges = [footprint.reads(pixel) for pixel in range(period)]
    lows = tuple(axis.low(first) for first, _ in ranges)
    highs = tuple(axis.high(last) for _, last in ranges)
    return Axis(lows, highs, axis.shift * periods.numerator)

"""Which pixels of its input a layer reads for each pixel of its output: one layer's receptive field."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, final

MAX_DENOMINATOR: Final = 4096
"""Of the step of a map that is resized: PyTorch's factors are floating-point numbers."""


@final
@dataclass(frozen=True, slots=True)
class Footprint:
    """Along one side: what each output pixel is made of, borders and padding included."""

    reads: Callable[[int], tuple[int, int]]
    """Output pixel -> first and last input pixel; below 0 or past the end in the padding."""
    step: Fraction
    """Input pixels from what one output pixel reads to what the next one reads."""


POINTWISE: Final = Footprint(lambda pixel: (pixel, pixel), Fraction(1))
"""Each pixel is made of the one at its place."""


def sliding(kernel: int, stride: int, padding: int = 0, dilation: int = 1) -> Footprint:
    """Of a convolution or a pooling; ``padding`` is what stands before the first pixel."""
    reach = dilation * (kernel - 1)

    def reads(pixel: int) -> tuple[int, int]:
        first = pixel * stride - padding
        return first, first + reach

    return Footprint(reads, Fraction(stride))


def same_tf(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Pixels that TensorFlow's SAME puts before and after one side of a map."""
    border = max((-(-size // stride) - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return border // 2, border - border // 2


def transposed(kernel: int, stride: int, padding: int, dilation: int) -> Footprint:
    """Of a transposed convolution: output + padding = stride·input + dilation·place in the kernel."""

    def reads(pixel: int) -> tuple[int, int]:
        offsets = [pixel + padding - dilation * place for place in range(kernel)]
        read = [offset // stride for offset in offsets if offset % stride == 0]
        nearest = (pixel + padding) // stride  # of a pixel that only the bias reaches
        return (read[-1], read[0]) if read else (nearest, nearest)

    return Footprint(reads, Fraction(1, stride))


def adaptive(size: int, out: int) -> Footprint:
    """Of a pooling into a number of windows."""
    return Footprint(
        lambda pixel: (pixel * size // out, -(-(pixel + 1) * size // out) - 1), Fraction(size, out)
    )


def shifted(before: int) -> Footprint:
    """Of a border with so many pixels in front."""
    return Footprint(lambda pixel: (pixel - before, pixel - before), Fraction(1))


def enlarged(factor: int) -> Footprint:
    """Of a map whose every pixel becomes so many pixels."""
    return Footprint(lambda pixel: (pixel // factor, pixel // factor), Fraction(1, factor))


def resampled(step: Fraction, first: int, last: int, place: Callable[[int], Fraction]) -> Footprint:
    """Of a resized map: from ``first`` to ``last`` beside the pixel at whose place an output stands."""

    def reads(pixel: int) -> tuple[int, int]:
        at = math.floor(place(pixel))
        return at + first, at + last

    return Footprint(reads, step)

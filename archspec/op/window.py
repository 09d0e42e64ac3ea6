"""The arithmetic of sliding windows: what a convolution or a pooling makes of a size."""

from __future__ import annotations

from archspec.op.base import ShapeError
from archspec.op.footprint import same_tf
from archspec.op.tensor import TensorType

IntOrPair = int | tuple[int, int]
Sides = int | tuple[int, ...]
"""One number for all sides of a map, or one for each."""


def pair(value: IntOrPair) -> tuple[int, int]:
    """(height, width) of an argument that may be one number for both."""
    return value if isinstance(value, tuple) else (value, value)


def along(value: Sides, rank: int) -> tuple[int, ...]:
    """One number for each side, of an argument that may be one for all."""
    return value if isinstance(value, tuple) else (value,) * rank


def times(sizes: tuple[int, ...]) -> str:
    """``7×7``: sizes as a message writes them."""
    return "×".join(map(str, sizes))


def windows(
    size: int, kernel: int, stride: int, padding: int, dilation: int = 1, *, ceil: bool = False
) -> int:
    """How many windows stand along one side; below 1 where not even one fits.

    With ``ceil`` the last may reach over the end, if it starts inside the input or its left padding.
    """
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if not ceil:
        return room // stride + 1
    count = -(-room // stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding else count


def surrounded(
    x: TensorType, kernel: Sides, stride: Sides, dilation: Sides = 1
) -> tuple[tuple[int, int], ...]:
    """Pixels before and after each side that padding 'same_tf' adds to a map."""
    arguments = (along(value, x.rank) for value in (kernel, stride, dilation))
    return tuple(map(same_tf, x.spatial, *arguments))


def is_always_even(kernel: Sides, stride: Sides, dilation: Sides, rank: int) -> bool:
    """Whether 'same_tf' adds as much before as after to maps of any size, and always as much."""
    sides = zip(*(along(value, rank) for value in (kernel, stride, dilation)), strict=True)
    return all(k == 1 or (s == 1 and d * (k - 1) % 2 == 0) for k, s, d in sides)


def slid(
    x: TensorType,
    kernel: Sides,
    stride: Sides,
    padding: Sides,
    dilation: Sides = 1,
    *,
    ceil: bool = False,
) -> tuple[int, ...]:
    """The sides that a window leaves of a map; ShapeError where it does not fit."""
    arguments = (along(value, x.rank) for value in (kernel, stride, padding, dilation))
    directions = zip(x.spatial, *arguments, strict=True)
    counts = []
    for name, (size, k, s, p, d) in zip(x.sides, directions, strict=True):
        count = windows(size, k, s, p, d, ceil=ceil)
        if count < 1:
            reach = d * (k - 1) + 1
            rounding = "ceil" if ceil else "floor"
            raise ShapeError(
                f"{_fitting(along(kernel, x.rank), x)}: "
                f"{name} {rounding}(({size} + 2·{p} − {reach}) / {s}) + 1 is below 1",
                field="kernel_size",
                help=f"in {name} a kernel_size of at most {(size + 2 * p - 1) // d + 1} fits, "
                f"or a padding of at least {-(-(reach - size) // 2)}",
            )
        counts.append(count)
    return tuple(counts)


def _fitting(kernel: tuple[int, ...], x: TensorType) -> str:
    if x.rank == 1:
        return f"a kernel of {kernel[0]} does not fit an input of {x.spatial[0]}"
    return f"a {times(kernel)} kernel does not fit a {times(x.spatial)} input"

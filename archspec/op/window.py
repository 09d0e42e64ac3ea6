"""The arithmetic of sliding windows: what a convolution or a pooling makes of a size."""

from __future__ import annotations

from archspec.op.base import ShapeError
from archspec.op.tensor import TensorType

IntOrPair = int | tuple[int, int]


def pair(value: IntOrPair) -> tuple[int, int]:
    """(height, width) of an argument that may be one number for both."""
    return value if isinstance(value, tuple) else (value, value)


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


def slid(
    x: TensorType,
    kernel: IntOrPair,
    stride: IntOrPair,
    padding: IntOrPair,
    dilation: IntOrPair = 1,
    *,
    ceil: bool = False,
) -> tuple[int, int]:
    """(height, width) that a window leaves of a map; ShapeError where it does not fit."""
    directions = zip(
        x.spatial, pair(kernel), pair(stride), pair(padding), pair(dilation), strict=True
    )
    counts = []
    for name, (size, k, s, p, d) in zip(("height", "width"), directions, strict=True):
        count = windows(size, k, s, p, d, ceil=ceil)
        if count < 1:
            reach = d * (k - 1) + 1
            rounding = "ceil" if ceil else "floor"
            raise ShapeError(
                f"a {times(pair(kernel))} kernel does not fit a {times(x.spatial)} input: "
                f"{name} {rounding}(({size} + 2·{p} − {reach}) / {s}) + 1 is below 1",
                field="kernel_size",
                help=f"in {name} a kernel_size of at most {(size + 2 * p - 1) // d + 1} fits, "
                f"or a padding of at least {-(-(reach - size) // 2)}",
            )
        counts.append(count)
    return counts[0], counts[1]

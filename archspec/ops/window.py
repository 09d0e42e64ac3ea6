"""The arithmetic of sliding windows: what a convolution or a pooling makes of a size."""

from __future__ import annotations

from archspec.op import ShapeError
from archspec.tensor import TensorType

IntOrPair = int | tuple[int, int]


def pair(value: IntOrPair) -> tuple[int, int]:
    """(height, width) of an argument that may be one number for both."""
    return value if isinstance(value, tuple) else (value, value)


def require_map(x: TensorType, op: str) -> TensorType:
    """The input itself, if it is a (C, H, W) map."""
    if not x.is_map:
        raise ShapeError(f"{op} reads a map (channels, height, width), not a vector of {x}")
    return x


def slid(
    x: TensorType, kernel: IntOrPair, stride: IntOrPair, padding: IntOrPair, dilation: IntOrPair = 1
) -> tuple[int, int]:
    """(height, width) that a window leaves: floor((in + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1."""
    sizes = []
    for size, k, s, p, d in zip(
        x.spatial, pair(kernel), pair(stride), pair(padding), pair(dilation), strict=True
    ):
        reach = d * (k - 1) + 1
        if size + 2 * p < reach:
            shape = "×".join(map(str, pair(kernel)))
            padded = f" with padding {p}" if p else ""
            raise ShapeError(
                f"a {shape} kernel does not fit a {'×'.join(map(str, x.spatial))} input{padded}",
                field="kernel_size",
                help=f"({size} + 2·{p} − {reach}) / {s} + 1 is below 1; "
                f"the kernel reaches over {reach}, padding {-(-(reach - size) // 2)} would do",
            )
        sizes.append((size + 2 * p - reach) // s + 1)
    return sizes[0], sizes[1]

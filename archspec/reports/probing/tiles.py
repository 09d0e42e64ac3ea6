"""Small maps as one picture: tiles beside and below each other, a square of pixels for each number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GAP: Final = 6
"""Pixels between tiles."""


def tiles(maps: Sequence[NDArray[np.uint8]], columns: int, scale: int) -> NDArray[np.uint8]:
    """Maps (height, width, 3) of one size in rows of so many, each number a square of so many pixels;
    what is between and behind them is white."""
    import numpy as np

    height, width = (scale * side for side in maps[0].shape[:2])
    rows = -(-len(maps) // columns)
    down, right = height + GAP, width + GAP
    page = np.full((rows * down - GAP, columns * right - GAP, 3), 255, np.uint8)
    for k, each in enumerate(maps):
        row, column = divmod(k, columns)
        tile = each.repeat(scale, 0).repeat(scale, 1)
        page[row * down :][:height, column * right :][:, :width] = tile
    return page


def around_grey(values: NDArray[np.float32], largest: float) -> NDArray[np.uint8]:
    """Numbers (height, width, 1 or 3) as colours: 0 is a middle grey, the largest absolute value is
    black or white, and what is no number black."""
    import numpy as np

    shares = 0.5 + values / (2 * largest or 1)
    colours = (255 * np.nan_to_num(np.clip(shares, 0, 1))).round().astype(np.uint8)
    return np.broadcast_to(colours, (*colours.shape[:2], 3))


def by_colour(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.uint8]:
    """Numbers (height, width) as colours between those of the lowest and the highest."""
    import numpy as np
    from matplotlib import colormaps

    shares = (values - low) / ((high - low) or 1)
    colours: NDArray[np.uint8] = colormaps["viridis"](np.clip(shares, 0, 1), bytes=True)[..., :3]
    return colours


def as_picture(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(1 or 3, height, width) -> (height, width, 3)."""
    import numpy as np

    return np.broadcast_to(pixels, (3, *pixels.shape[1:])).transpose(1, 2, 0)

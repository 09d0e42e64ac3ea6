"""Changes of pictures that numpy makes for a whole batch: crops, borders, mirror images, colours, orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from archspec.diagnostics import failure
from archspec.recipe.augmentations import (
    CenterCrop,
    Fill,
    Lighting,
    Pad,
    PaddingMode,
    RandomCrop,
    RandomHorizontalFlip,
    RandomVerticalFlip,
    ShufflePixels,
    borders,
    pair,
)
from archspec.training.pictures.counters import Counters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pictures = NDArray[np.uint8]
    """Number, channels, height, width."""

EIGENVALUES: Final = (0.2175, 0.0188, 0.0045)
EIGENVECTORS: Final = (
    (-0.5675, 0.7192, 0.4009),
    (-0.5808, -0.0045, -0.8140),
    (-0.5836, -0.6948, 0.4203),
)
"""Of the covariance of ImageNet's pixels from 0 to 1, a row for red, green and blue."""


def grouped(pictures: Sequence[Pictures]) -> list[Pictures]:
    """Pictures (C, H, W) in one array if they are equally large, else each in one of its own."""
    import numpy as np

    if len({picture.shape for picture in pictures}) == 1:
        return [np.stack(pictures)]
    return [picture[None] for picture in pictures]


def _random_crop(crop: RandomCrop, pictures: Pictures, counters: Counters) -> Pictures:
    size = pictures.shape[2:] if crop.size is None else pair(crop.size)
    pictures = _padded(pictures, borders(crop.padding), crop.fill, crop.padding_mode)
    if crop.pad_if_needed:
        missing = [max(0, side - has) for side, has in zip(size, pictures.shape[2:], strict=True)]
        border = (missing[1], missing[0], missing[1], missing[0])
        pictures = _padded(pictures, border, crop.fill, crop.padding_mode)
    height, width = pictures.shape[2:]
    if size[0] > height or size[1] > width:
        raise _too_small(size, (height, width))
    tops = counters.below(height - size[0] + 1, 0)
    lefts = counters.below(width - size[1] + 1, 1)
    return crops(pictures, tops, lefts, size)


def crops(
    pictures: Pictures, tops: NDArray[np.int64], lefts: NDArray[np.int64], size: tuple[int, int]
) -> Pictures:
    """A part of each picture, from its own corner."""
    import numpy as np

    height, width = size
    parts = np.empty((*pictures.shape[:2], height, width), np.uint8)
    corners = zip(tops.tolist(), lefts.tolist(), strict=True)
    for part, picture, (top, left) in zip(parts, pictures, corners, strict=True):
        part[:] = picture[:, top : top + height, left : left + width]
    return parts


def _center_crop(crop: CenterCrop, pictures: Pictures, counters: Counters) -> Pictures:
    height, width = pair(crop.size)
    rows, columns = max(0, height - pictures.shape[2]), max(0, width - pictures.shape[3])
    border = (columns // 2, rows // 2, (columns + 1) // 2, (rows + 1) // 2)
    pictures = _padded(pictures, border, 0, "constant")
    top = round((pictures.shape[2] - height) / 2)
    left = round((pictures.shape[3] - width) / 2)
    return pictures[:, :, top : top + height, left : left + width]


def _pad(pad: Pad, pictures: Pictures, counters: Counters) -> Pictures:
    return _padded(pictures, borders(pad.padding), pad.fill, pad.padding_mode)


def _padded(
    pictures: Pictures, border: tuple[int, int, int, int], fill: Fill, mode: PaddingMode
) -> Pictures:
    import numpy as np

    left, top, right, bottom = border
    if not any(border):
        return pictures
    if mode != "constant":
        return np.pad(pictures, ((0, 0), (0, 0), (top, bottom), (left, right)), mode)
    count, channels, height, width = pictures.shape
    colour = np.asarray(fill, np.uint8)
    if colour.ndim and len(colour) not in (1, channels):
        raise failure(
            "bad-data",
            f"a fill of {len(colour)} numbers does not fit pictures of {channels} channels",
            help="give one number, or as many as there are channels",
        )
    padded = np.empty((count, channels, height + top + bottom, width + left + right), np.uint8)
    padded[:] = colour.reshape(-1, 1, 1)
    padded[:, :, top : top + height, left : left + width] = pictures
    return padded


def _horizontal_flip(
    flip: RandomHorizontalFlip, pictures: Pictures, counters: Counters
) -> Pictures:
    chosen = counters.uniform(0) < flip.p
    flipped = pictures.copy()
    flipped[chosen] = pictures[chosen, :, :, ::-1]
    return flipped


def _vertical_flip(flip: RandomVerticalFlip, pictures: Pictures, counters: Counters) -> Pictures:
    chosen = counters.uniform(0) < flip.p
    flipped = pictures.copy()
    flipped[chosen] = pictures[chosen, :, ::-1]
    return flipped


def _lighting(lighting: Lighting, pictures: Pictures, counters: Counters) -> Pictures:
    import numpy as np

    if pictures.shape[1] != 3:
        raise failure(
            "bad-data",
            f"Lighting changes red, green and blue, and the pictures have {pictures.shape[1]} "
            "channels",
            help="leave it out of the recipe for these pictures",
        )
    alphas = np.stack([counters.normal(draw) for draw in range(3)], 1) * lighting.std
    moved = 255 * (alphas * EIGENVALUES) @ np.array(EIGENVECTORS).T
    light = pictures + moved[:, :, None, None].astype(np.float32)
    lit: Pictures = np.clip(np.rint(light), 0, 255).astype(np.uint8)
    return lit


def _shuffle_pixels(shuffle: ShufflePixels, pictures: Pictures, counters: Counters) -> Pictures:
    pixels = pictures.reshape(*pictures.shape[:2], -1)
    return pixels[:, :, _order(shuffle.seed, pixels.shape[2])].reshape(pictures.shape)


@lru_cache(maxsize=8)
def _order(seed: int, pixels: int) -> NDArray[np.intp]:
    """Which pixel comes to each place."""
    import numpy as np

    return Counters.of(seed, 0, 0, np.arange(pixels)).bits(0).argsort()


def _too_small(size: tuple[int, int], found: tuple[int, int]) -> Exception:
    wanted, has = ("×".join(map(str, sides)) for sides in (size, found))
    return failure(
        "bad-data",
        f"RandomCrop takes {wanted} pixels of pictures that have {has}",
        help="resize them first, or give it 'padding' or 'pad_if_needed: true'",
    )


BATCHED: Final[Mapping[str, Callable[[Any, Pictures, Counters], Pictures]]] = {
    "RandomCrop": _random_crop,
    "CenterCrop": _center_crop,
    "Pad": _pad,
    "RandomHorizontalFlip": _horizontal_flip,
    "RandomVerticalFlip": _vertical_flip,
    "Lighting": _lighting,
    "ShufflePixels": _shuffle_pixels,
}
"""How each of them is done."""

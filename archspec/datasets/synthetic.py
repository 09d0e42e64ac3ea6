"""Pictures that are made, not read: a pattern for each class, shifted, under noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archspec.datasets.dataset import ArrayImages, Dataset, Shape, Split
from archspec.diagnostics import failure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CELLS: Final = 4
"""A pattern is a coarse grid of so many cells in height and width."""
CONTRAST: Final = 48
NOISE: Final = 64
CHUNK: Final = 256
"""Images that are made at once."""


def synthetic(
    shape: Shape, classes: int, train: int = 2048, test: int = 512, seed: int = 0
) -> Dataset:
    """A data set that networks can learn; the same for the same arguments on every machine."""
    if min(*shape, classes, train, test) < 1:
        raise failure(
            "bad-data",
            f"synthetic data cannot have {'×'.join(map(str, shape))} pixels, {classes} classes, "
            f"{train} + {test} images",
            help="each of them is at least 1",
        )
    patterns = _patterns(shape, classes, seed)
    names = tuple(f"class {number}" for number in range(classes))
    splits = [_split(patterns, count, [seed, part]) for part, count in ((1, train), (2, test))]
    return Dataset("synthetic", "synthetic data", names, None, *splits)


def _patterns(shape: Shape, classes: int, seed: int) -> NDArray[np.int16]:
    """One for each class: cells that are darker or brighter than the middle."""
    import numpy as np

    channels, height, width = shape
    generator = np.random.Generator(np.random.PCG64([seed, 0]))
    signs = generator.integers(0, 2, (classes, channels, CELLS, CELLS), np.int16) * 2 - 1
    rows, columns = (np.arange(size) * CELLS // size for size in (height, width))
    return (signs[:, :, rows][..., columns] * CONTRAST).astype(np.int16)


def _split(patterns: NDArray[np.int16], count: int, seed: list[int]) -> Split:
    """Every class as often as any other, in random order."""
    import numpy as np

    generator = np.random.Generator(np.random.PCG64(seed))
    labels = generator.permutation(np.arange(count) % len(patterns)).astype(np.int64)
    images = np.empty((count, *patterns.shape[1:]), np.uint8)
    for start in range(0, count, CHUNK):
        chosen = patterns[labels[start : start + CHUNK]]
        noise = generator.integers(-NOISE, NOISE, chosen.shape, np.int16)
        images[start : start + CHUNK] = 128 + chosen + noise
    return Split(ArrayImages(images), labels)

"""MNIST and Fashion-MNIST: two files of idx for a split, plain or compressed with gzip."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archspec.datasets.dataset import ArrayImages, Dataset, Split, SplitName, require_labels
from archspec.datasets.streams import AGAIN, capacity, fill, opened
from archspec.diagnostics import SpecError, failure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TITLES: Final = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
CLASSES: Final = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
}
FIRST_LABELS: Final = {
    bytes((5, 0, 4, 1, 9, 2, 1, 3)): "mnist",
    bytes((7, 2, 1, 0, 4, 1, 4, 9)): "mnist",
    bytes((9, 0, 0, 3, 0, 2, 7, 2)): "fashion_mnist",
    bytes((9, 2, 1, 1, 6, 1, 4, 6)): "fashion_mnist",
}
"""How the labels of training and test images begin: else the two look the same."""
STEMS: Final[dict[SplitName, str]] = {"train": "train", "test": "t10k"}
KINDS: Final = {"images": 3, "labels": 1}
"""Dimensions: number, height, width; number."""
BELOW: Final = {".": None, "raw": None, "MNIST/raw": "mnist", "FashionMNIST/raw": "fashion_mnist"}
"""Where the files may lie in a folder, and what they are there: torchvision makes the last two."""


def find(folder: Path, asked: str | None) -> Iterator[tuple[str, Path]]:
    """What has files of idx in a folder and below it: its name and its place."""
    for below, name in BELOW.items():
        if _has_files(place := folder / below):
            yield _known(place) or name or _assumed(place, asked), place


def _has_files(folder: Path) -> bool:
    return any(_file(folder, split, kind) for split in STEMS for kind in KINDS)


def _file(folder: Path, split: SplitName, kind: str) -> Path | None:
    stem = f"{STEMS[split]}-{kind}"
    spellings = (f"{stem}{dot}idx{KINDS[kind]}-ubyte" for dot in "-.")
    names = (f"{name}{suffix}" for name in spellings for suffix in ("", ".gz"))
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _known(folder: Path) -> str | None:
    """Which of the two it is by its first labels, unless they are somebody's own."""
    for split in STEMS:
        path = _file(folder, split, "labels")
        if path is not None:
            with opened(path) as stream:
                known = FIRST_LABELS.get(stream.read(16)[8:])
            if known is not None:
                return known
    return None


def _assumed(folder: Path, asked: str | None) -> str:
    """Which of the two it is as it was asked for, else by its path."""
    if asked in TITLES:
        return asked
    words = (part.lower() for part in reversed(folder.resolve().parts))
    named = next((word for word in words if "fashion" in word or "mnist" in word), "mnist")
    return "fashion_mnist" if "fashion" in named else "mnist"


def read(folder: Path, name: str, needs: Collection[SplitName]) -> Dataset:
    """The data set of a folder. Raises SpecError."""
    splits = {split: _split(folder, name, split) for split in STEMS if split in needs}
    shapes = {split.images.shape for split in splits.values()}
    if len(shapes) > 1:
        sizes = " and ".join("×".join(map(str, shape or ())) for shape in shapes)
        raise failure(
            "bad-data",
            f"the training and test images in '{folder}' have different sizes: {sizes}",
            help="the files belong to different data sets",
        )
    return Dataset(
        name, TITLES[name], CLASSES[name], folder, splits.get("train"), splits.get("test")
    )


def _split(folder: Path, name: str, split: SplitName) -> Split:
    import numpy as np

    images, labels = (_require_file(folder, split, kind) for kind in KINDS)
    pixels = _read(images, 3)
    numbers = _read(labels, 1).astype(np.int64)
    require_labels(numbers, len(pixels), 10, labels, f"those of {TITLES[name]}")
    return Split(ArrayImages(pixels[:, None]), numbers)


def _require_file(folder: Path, split: SplitName, kind: str) -> Path:
    path = _file(folder, split, kind)
    if path is None:
        raise failure(
            "bad-data",
            f"'{folder}' has no {kind} of the {'training' if split == 'train' else split} split",
            help=f"they are in a file '{STEMS[split]}-{kind}-idx{KINDS[kind]}-ubyte', "
            "perhaps with '.gz'",
        )
    return path


def _read(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The numbers of a file. Raises SpecError if its header, its size or its gzip is wrong."""
    import numpy as np

    with opened(path) as stream:
        header = stream.read(4 + 4 * dimensions)
        shape = _shape(path, header, dimensions)
        if prod(shape) > capacity(path):
            raise _truncated(path, shape)
        array = np.empty(shape, np.uint8)
        if fill(array, stream) < array.size:
            raise _truncated(path, shape)
        if stream.read(1):
            raise failure(
                "bad-data",
                f"'{path}' is longer than its header says: {_sizes(shape)} bytes",
                help=AGAIN,
            )
    return array


def _shape(path: Path, header: bytes, dimensions: int) -> tuple[int, ...]:
    if len(header) < 4 + 4 * dimensions:
        raise failure("bad-data", f"'{path}' is truncated: it has {len(header)} bytes", help=AGAIN)
    magic, *shape = struct.unpack(f">{1 + dimensions}I", header)
    expected = 0x800 + dimensions
    kinds = {0x800 + number: kind for kind, number in KINDS.items()}
    if magic != expected:
        found = f", which is that of {kinds[magic]}" if magic in kinds else ""
        raise failure(
            "bad-data",
            f"'{path}' has the magic number {magic}{found}; for {kinds[expected]} it is {expected}",
            help="this is not a file of idx, or its name is wrong",
        )
    if 0 in shape:
        raise failure("bad-data", f"'{path}' has no {kinds[expected]}: {_sizes(shape)}", help=AGAIN)
    return tuple(shape)


def _truncated(path: Path, shape: Collection[int]) -> SpecError:
    return failure(
        "bad-data",
        f"'{path}' is truncated: its header says {_sizes(shape)} bytes, and there are fewer",
        help=AGAIN,
    )


def _sizes(shape: Collection[int]) -> str:
    return "×".join(f"{size:,}" for size in shape)

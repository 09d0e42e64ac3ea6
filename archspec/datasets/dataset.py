"""A data set as a value: pictures and their labels, in splits, with the names of the classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, final

from archspec.datasets.picture import read_picture
from archspec.diagnostics import failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

SplitName = Literal["train", "test"]
SPLITS: Final[tuple[SplitName, ...]] = ("train", "test")

Shape = tuple[int, int, int]
"""Channels, height, width."""


class Images(Protocol):
    """Pictures of bytes, channel by channel, read by their number."""

    @property
    def shape(self) -> Shape | None:
        """Of all of them, if they are equally large and lie in memory."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        """Channels, height, width of one picture."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class ArrayImages:
    """Pictures of one size, all in memory."""

    array: NDArray[np.uint8]
    """Number, channels, height, width."""

    @property
    def shape(self) -> Shape:
        _, channels, height, width = self.array.shape
        return channels, height, width

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        picture: NDArray[np.uint8] = self.array[index]
        return picture


@final
@dataclass(frozen=True, slots=True, eq=False)
class FileImages:
    """Pictures in files, decoded when they are read."""

    paths: Sequence[Path]
    channels: int
    """3 for red, green and blue, 1 for grey, whatever a file has."""

    @property
    def shape(self) -> None:
        return None

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        return read_picture(self.paths[index], self.channels)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Pictures and what each of them shows."""

    images: Images
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A data set; a split that nobody needed is None."""

    name: str
    """As in ``DATASETS``."""
    title: str
    """As people call it."""
    classes: tuple[str, ...]
    folder: Path | None
    train: Split | None
    test: Split | None

    def __str__(self) -> str:
        """``Fashion-MNIST: 60,000 + 10,000 images, 1×28×28, 10 classes``."""
        splits = [split for split in (self.train, self.test) if split is not None]
        count = " + ".join(f"{len(split):,}" for split in splits)
        which = "" if len(splits) != 1 else "training " if self.train else "test "
        shape = splits[0].images.shape if splits else None
        size = "×".join(map(str, shape)) if shape else "files of any size"
        return f"{self.title}: {count} {which}images, {size}, {len(self.classes):,} classes"


def require_labels(
    labels: NDArray[np.integer], count: int, classes: int, path: Path, kind: str = "labels"
) -> None:
    """There is a label for each picture, and each is that of a class. Raises SpecError."""
    if len(labels) != count:
        raise failure(
            "bad-data",
            f"'{path}' has {len(labels):,} labels for {count:,} images",
            help="the two files belong to different data sets, or one is incomplete; "
            "download both again",
        )
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        at = int(wrong.argmax())
        raise failure(
            "bad-data",
            f"'{path}' has the label {int(labels[at])} for image {at:,}; "
            f"{kind} are 0 to {classes - 1}",
            help="this is another data set, or the file is damaged; download it again",
        )

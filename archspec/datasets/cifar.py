"""CIFAR-10 and CIFAR-100 in their binary format: records of labels and 3×32×32 bytes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

from archspec.datasets.dataset import ArrayImages, Dataset, Split, SplitName, require_labels
from archspec.datasets.streams import AGAIN, fill, opened
from archspec.diagnostics import SpecError, failure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHAPE: Final = (3, 32, 32)
BYTES: Final = 3 * 32 * 32


@final
@dataclass(frozen=True, slots=True)
class CifarFormat:
    """What one of the two is made of."""

    name: str
    title: str
    files: dict[SplitName, tuple[str, ...]]
    labels: int
    """Bytes before each image; the last one counts."""
    meta: str
    """The file with the names of the classes, a line each."""
    classes: tuple[str, ...]
    below: str
    """The folder that its archive makes."""
    pickled: tuple[str, ...]
    """Files of the version for Python, and the folder that they are in."""


_TEN: Final = "airplane automobile bird cat deer dog frog horse ship truck"
_HUNDRED: Final = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""

CIFAR10: Final = CifarFormat(
    "cifar10",
    "CIFAR-10",
    {
        "train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
        "test": ("test_batch.bin",),
    },
    1,
    "batches.meta.txt",
    tuple(_TEN.split()),
    "cifar-10-batches-bin",
    ("data_batch_1", "test_batch", "cifar-10-batches-py"),
)
CIFAR100: Final = CifarFormat(
    "cifar100",
    "CIFAR-100",
    {"train": ("train.bin",), "test": ("test.bin",)},
    2,
    "fine_label_names.txt",
    tuple(_HUNDRED.split()),
    "cifar-100-binary",
    ("train", "test", "cifar-100-python"),
)


def find(folder: Path, form: CifarFormat) -> Path | None:
    """The folder, of one and that below it, that has files of a format."""
    names = [name for files in form.files.values() for name in files]
    places = (folder, folder / form.below)
    return next((p for p in places if any((p / name).is_file() for name in names)), None)


def is_pickled(folder: Path, form: CifarFormat) -> bool:
    """Whether a folder has the version for Python, which is not read: it could run code."""
    *files, below = form.pickled
    inside = folder / below
    return any((place / name).is_file() for place in (folder, inside) for name in files)


def pickled(folder: Path, form: CifarFormat) -> SpecError:
    return failure(
        "bad-data",
        f"'{folder}' has the version of {form.title} for Python, which is pickled",
        help=f"a pickle can run code, so it is not read; take the binary version, whose folder is "
        f"'{form.below}'; both are at https://www.cs.toronto.edu/~kriz/cifar.html",
    )


def read(folder: Path, form: CifarFormat, needs: Collection[SplitName]) -> Dataset:
    """The data set of a folder. Raises SpecError."""
    classes = _classes(folder / form.meta, form)
    splits = {split: _split(folder, form, split) for split in form.files if split in needs}
    return Dataset(form.name, form.title, classes, folder, splits.get("train"), splits.get("test"))


def _classes(path: Path, form: CifarFormat) -> tuple[str, ...]:
    """As the file says; the well-known ones if there is none."""
    if not path.is_file():
        return form.classes
    with opened(path) as stream:
        lines = stream.read(1 << 16).decode("utf-8", "replace").splitlines()
    names = tuple(line.strip() for line in lines if line.strip())
    if len(names) != len(form.classes):
        raise failure(
            "bad-data",
            f"'{path}' names {len(names)} classes; {form.title} has {len(form.classes)}",
            help=AGAIN,
        )
    return names


def _split(folder: Path, form: CifarFormat, split: SplitName) -> Split:
    """All files of a split in one array, of which images and labels are views or small."""
    import numpy as np

    paths = [_require_file(folder / name, form, split) for name in form.files[split]]
    counts = [_records(path, form) for path in paths]
    records = np.empty((sum(counts), form.labels + BYTES), np.uint8)
    start = 0
    for path, count in zip(paths, counts, strict=True):
        _fill(path, records[start : start + count], form)
        start += count
    labels = records[:, form.labels - 1].astype(np.int64)
    return Split(ArrayImages(records[:, form.labels :].reshape(-1, *SHAPE)), labels)


def _require_file(path: Path, form: CifarFormat, split: SplitName) -> Path:
    if not path.is_file():
        which = "training" if split == "train" else split
        files = ", ".join(form.files[split])
        raise failure(
            "bad-data",
            f"'{path.parent}' lacks '{path.name}' of the {which} split",
            help=f"the {which} images of {form.title} are in {files}",
        )
    return path


def _records(path: Path, form: CifarFormat) -> int:
    """How many images a file has, by its size."""
    size, record = path.stat().st_size, form.labels + BYTES
    if size == 0 or size % record:
        raise failure(
            "bad-data",
            f"'{path}' is truncated, or not a file of {form.title}: {size:,} bytes are not a "
            f"multiple of {record:,}, an image with its label",
            help=AGAIN,
        )
    return size // record


def _fill(path: Path, records: NDArray[np.uint8], form: CifarFormat) -> None:
    with opened(path) as stream:
        filled = fill(records, stream)
    if filled < records.size:
        raise failure("bad-data", f"'{path}' ends after {filled:,} bytes", help=AGAIN)
    kind = f"those of {form.title}" if form.labels == 1 else "its fine labels"
    labels = records[:, form.labels - 1]
    require_labels(labels, len(records), len(form.classes), path, kind)

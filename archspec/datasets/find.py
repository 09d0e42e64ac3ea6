"""Which data set a folder holds, and where data sets lie if no folder is named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, final

from archspec.datasets import cifar, idx, images
from archspec.datasets.dataset import Dataset, SplitName
from archspec.datasets.synthetic import synthetic
from archspec.diagnostics import SpecError, failure, near

DATASETS: Final = ("mnist", "fashion_mnist", "cifar10", "cifar100", "images", "synthetic")
TITLES: Final = {
    **idx.TITLES,
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "images": "folders of pictures",
    "synthetic": "synthetic data",
}
SYNTHETIC: Final = (3, 32, 32), 10
"""Shape and classes where nobody says otherwise."""
ROOTS: Final = ("data", "datasets", "~/data", "~/datasets", "/usr/share/datasets")
"""Where data sets lie; Debian's packages put theirs into the last one."""
USUAL: Final = {
    "mnist": ("mnist", "MNIST"),
    "fashion_mnist": ("fashion-mnist", "fashion_mnist", "FashionMNIST"),
    "cifar10": ("cifar-10-batches-bin", "cifar10", "cifar-10"),
    "cifar100": ("cifar-100-binary", "cifar100", "cifar-100"),
}
"""What their folders are called."""
FILES: Final = {
    "mnist": "'train-images-idx3-ubyte' and the like, perhaps with '.gz'",
    "fashion_mnist": "'train-images-idx3-ubyte' and the like, perhaps with '.gz'",
    "cifar10": "'data_batch_1.bin' and the like",
    "cifar100": "'train.bin' and 'test.bin'",
    "images": "'train' and 'val', each with a folder for each class",
}


@final
@dataclass(frozen=True, slots=True)
class FoundDataset:
    """A data set of this machine, not read yet."""

    name: str
    title: str
    folder: Path


def open_dataset(
    name: str | None, folder: str | None, needs: Collection[SplitName], channels: int = 3
) -> Dataset:
    """The splits of a data set that are needed: of a folder, or from where it usually lies.

    Without a name it is what the folder holds. Files of pictures are read with so many channels.
    Raises SpecError.
    """
    _require_numpy()
    if name is not None and name not in DATASETS:
        raise failure("bad-data", f"there is no data set '{name}'", help=near(name, DATASETS))
    if name == "synthetic":
        return synthetic(*SYNTHETIC)
    place = _require_folder(folder) if folder is not None else _usual_folder(name)
    found = dict(_formats(place, name, channels))
    if name is None and len(found) > 1:
        raise failure(
            "bad-data",
            f"'{place}' holds {_titles(found)}: it is not clear which is meant",
            help="say which: " + " or ".join(found),
        )
    read = next((read for held, read in found.items() if name in (None, held)), None)
    if read is None:
        raise _nothing(place, name, found)
    return read(needs)


def datasets_here() -> list[FoundDataset]:
    """The data sets that are found without a folder."""
    return [
        FoundDataset(name, TITLES[name], place)
        for name in USUAL
        for place in _usual_folders(name)[:1]
    ]


def _require_numpy() -> None:
    try:
        import numpy  # noqa: F401
    except ImportError:
        raise failure(
            "no-torch",
            "data sets are read with numpy, which is not installed",
            help="pip install 'archspec-nn[torch]'",
        ) from None


# Where.


def _require_folder(name: str) -> Path:
    """A folder that can be looked into, and is not empty."""
    folder = Path(name).expanduser()
    try:
        if any(folder.iterdir()):
            return folder
        what = "is empty"
    except FileNotFoundError:
        what = "does not exist"
    except NotADirectoryError:
        what = "is a file"
    except (OSError, ValueError) as error:
        what = f"cannot be read: {getattr(error, 'strerror', None) or error}".lower()
    raise failure(
        "bad-data", f"the folder of data '{name}' {what}", help="name the folder with the files"
    )


def _usual_folder(name: str | None) -> Path:
    if name is None or name not in USUAL:
        what = "folders of pictures lie" if name else "a data set lies"
        raise failure("bad-data", f"it is not clear where {what}", help="name the folder of data")
    found = _usual_folders(name)
    if not found:
        raise failure(
            "bad-data",
            f"{TITLES[name]} is not found on this machine",
            help=f"name its folder, which has {FILES[name]}; it is found by itself as "
            f"{' or '.join(USUAL[name])} in {', '.join(ROOTS)}",
        )
    return found[0]


def _usual_folders(name: str) -> list[Path]:
    places = (Path(root).expanduser() / below for root in ROOTS for below in (*USUAL[name], "."))
    return [place for place in places if place.is_dir() and _holds(place, name)]


def _holds(place: Path, name: str) -> bool:
    try:
        return any(held == name for held, _ in _binary_formats(place, None))
    except (SpecError, OSError):  # what cannot be read is not offered
        return False


# What.

Read = Callable[[Collection[SplitName]], Dataset]


def _formats(place: Path, asked: str | None, channels: int) -> Iterator[tuple[str, Read]]:
    """The data sets that a folder holds, each with how it is read."""
    yield from _binary_formats(place, asked)
    if images.find(place):
        yield "images", partial(images.read, place, channels=channels)


def _binary_formats(place: Path, asked: str | None) -> Iterator[tuple[str, Read]]:
    for name, inside in idx.find(place, asked):
        yield name, partial(idx.read, inside, name)
    for form in (cifar.CIFAR10, cifar.CIFAR100):
        if below := cifar.find(place, form):
            yield form.name, partial(cifar.read, below, form)


def _titles(names: Iterable[str]) -> str:
    return " and ".join(TITLES[name] for name in names)


def _nothing(place: Path, name: str | None, held: Collection[str]) -> SpecError:
    """Why a folder does not have what was asked for."""
    for form in (cifar.CIFAR10, cifar.CIFAR100):
        if name in (None, form.name) and cifar.is_pickled(place, form):
            return cifar.pickled(place, form)
    wanted = TITLES[name] if name else "a data set that is known here"
    if held:
        return failure(
            "bad-data",
            f"'{place}' holds {_titles(held)}, not {wanted}",
            help=f"name a folder that holds {wanted}, or a recipe for {' or '.join(held)}",
        )
    if images.has_loose_pictures(place):
        help = f"its pictures lie in no folders of classes; {FILES['images']} are expected"
    else:
        files = [FILES[name]] if name else dict.fromkeys(FILES.values())
        help = f"expected are {', or '.join(files)}"
    return failure("bad-data", f"'{place}' does not hold {wanted}", help=help)

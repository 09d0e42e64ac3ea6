"""Pictures in folders, one folder a class, as ImageNet is laid out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final

from archspec.datasets.dataset import Dataset, FileImages, Split, SplitName
from archspec.datasets.paths import Paths
from archspec.datasets.picture import SUFFIXES, read_picture, size_of
from archspec.diagnostics import failure

NAMES: Final[dict[SplitName, tuple[str, ...]]] = {
    "train": ("train", "training"),
    "test": ("val", "valid", "validation", "test"),
}
"""Folders of the splits; the first that is there."""
MAX_CHECKED: Final = 1000
"""Files of a split whose headers are read before anything else is done."""
MAX_PIXELS: Final = 20_000_000
"""Of those that are decoded, too."""


def find(folder: Path) -> Path | None:
    """A folder, if it is one of pictures: it has splits, or folders with pictures."""
    if any(_split_folder(folder, split) for split in NAMES):
        return folder
    return folder if any(_has_picture(place) for place in _subfolders(folder)) else None


def has_loose_pictures(folder: Path) -> bool:
    """Whether a folder has pictures that are in no folder of a class."""
    return _has_picture(folder)


def _split_folder(folder: Path, split: SplitName) -> Path | None:
    places = (folder / name for name in NAMES[split])
    return next((place for place in places if place.is_dir() and _subfolders(place)), None)


def _has_picture(folder: Path) -> bool:
    return next(_pictures(folder), None) is not None


def read(folder: Path, needs: Collection[SplitName], channels: int) -> Dataset:
    """The data set of a folder. Raises SpecError.

    The classes of a split that nobody needs are compared, too: else a few of ImageNet's would be
    taken for its first ones.
    """
    places = {split: _require_split(folder, split, needs) for split in NAMES if split in needs}
    splits = {split: _split(place, channels) for split, place in places.items()}
    there = {split: place for split in NAMES if (place := _split_folder(folder, split))} or places
    names = {split: [place.name for place in _subfolders(at)] for split, at in there.items()}
    if len(names) > 1 and names["train"] != names["test"]:
        raise _different(there, names)
    classes = next(iter(names.values()), [])
    return Dataset(
        "images",
        folder.resolve().name,
        tuple(classes),
        folder,
        splits.get("train"),
        splits.get("test"),
    )


def _require_split(folder: Path, split: SplitName, needs: Collection[SplitName]) -> Path:
    """The folder of a split; where there are no splits and one is needed, the folder itself."""
    found = _split_folder(folder, split)
    bare = [name for names in NAMES.values() for name in names if (folder / name).is_dir()]
    if found is None and len(needs) == 1 and not bare:
        return folder
    if found is None:
        bare = [name for name in bare if name in NAMES[split]]
        missing = f"no folders of classes in '{bare[0]}'" if bare else f"no '{NAMES[split][0]}'"
        raise failure(
            "bad-data",
            f"'{folder}' has {missing}, for the {'training' if split == 'train' else split} images",
            help=f"they are in a folder {_alternatives(NAMES[split])}, a folder for each class",
        )
    return found


def _alternatives(names: Sequence[str]) -> str:
    return " or ".join(f"'{name}'" for name in names)


def _different(places: dict[SplitName, Path], names: dict[SplitName, list[str]]) -> Exception:
    """The classes of which one split knows nothing."""
    train, test = set(names["train"]), set(names["test"])
    split: SplitName = "train" if train - test else "test"
    other: SplitName = "test" if split == "train" else "train"
    only = sorted(set(names[split]) - set(names[other]))
    some = ", ".join(map(repr, only[:3])) + (f" and {len(only) - 3} more" if only[3:] else "")
    return failure(
        "bad-data",
        f"'{places[split]}' has folders of classes that '{places[other]}' has not: {some}",
        help="training and test images need the same classes",
    )


def _classes(folder: Path) -> list[Path]:
    found = _subfolders(folder)
    empty = [place for place in found if not _has_picture(place)]
    if empty:
        raise failure(
            "bad-data",
            f"there are no pictures in '{empty[0]}'",
            help=f"put some there, or remove the folder; pictures end in {_suffixes()}"
            + (", and lie in no folders below" if _subfolders(empty[0]) else ""),
        )
    return found


def _suffixes() -> str:
    return ", ".join(f".{suffix}" for suffix in sorted(SUFFIXES))


def _split(folder: Path, channels: int) -> Split:
    import numpy as np

    names: list[str] = []
    counts: list[int] = []
    for place in _classes(folder):
        found = sorted(_pictures(place))
        names += (f"{place.name}/{name}" for name in found)
        counts.append(len(found))
    paths = Paths(folder, names)
    _check_some(paths, channels)
    labels = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    return Split(FileImages(paths, channels), labels)


def _check_some(paths: Sequence[Path], channels: int) -> None:
    """All pictures of a small data set, else some from everywhere: before hours are spent."""
    step = -(-len(paths) // MAX_CHECKED)
    pixels = 0
    for path in paths[::step]:
        width, height = size_of(path)
        pixels += width * height
        if pixels <= MAX_PIXELS:
            read_picture(path, channels)


# What lies in a folder. Links are followed; hidden files are not seen.


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry for entry in entries if not entry.name.startswith("."))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise failure("bad-data", f"'{folder}' cannot be read: {reason}") from None


def _subfolders(folder: Path) -> list[Path]:
    return sorted(Path(entry.path) for entry in _entries(folder) if entry.is_dir())


def _pictures(folder: Path) -> Iterator[str]:
    """Their names, in no order."""
    for entry in _entries(folder):
        if entry.name.rpartition(".")[2].lower() in SUFFIXES and entry.is_file():
            yield entry.name

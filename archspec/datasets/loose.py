"""Pictures that belong to no data set, as a user names them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from archspec.datasets.picture import SUFFIXES
from archspec.diagnostics import failure


def pictures_in(places: Sequence[str]) -> tuple[Path, ...]:
    """Files as they are named, and all pictures below folders. Raises SpecError for a folder without."""
    found: dict[Path, None] = {}
    for place in places:
        path = Path(place)
        below = sorted(_below(path)) if path.is_dir() else [path]
        if not below:
            raise failure(
                "bad-data",
                f"there are no pictures in '{place}'",
                help=f"pictures end in {', '.join(sorted(SUFFIXES))}",
            )
        found.update(dict.fromkeys(below))
    return tuple(found)


def _below(folder: Path) -> Iterator[Path]:
    """Links to folders are not followed, because they may lead back."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and os.path.splitext(name)[1][1:].lower() in SUFFIXES:
                yield Path(place) / name

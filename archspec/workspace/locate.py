"""Which file and variant a reference means: a path, path:variant, or a network of the zoo."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from archspec.diagnostics import MIN_RATIO, failure, near
from archspec.frontends.yaml.headings import headings

Location = tuple[Path, str | None]
"""A file and a variant of it; None for the file's own network."""

SUFFIXES: Final = (".yaml", ".yml")

_PACKAGE: Final = Path(__file__).parents[1]


def find(reference: str) -> tuple[Path, str | None]:
    """The file and the variant that a reference means. Raises SpecError."""
    whole = Path(reference)
    if reference.endswith(SUFFIXES) and exists(whole):
        return whole, None
    stem, _, variant = reference.rpartition(":")
    if stem.endswith(SUFFIXES):
        if exists(Path(stem)):
            return Path(stem), variant
        whole = Path(stem)
    if whole.suffix in SUFFIXES or os.sep in reference:
        raise failure("not-found", f"there is no file '{whole}'", help=_near_file(whole))
    found = in_zoo(reference)
    if found is None:
        raise failure(
            "not-found",
            f"there is no file or network of the zoo called '{reference}'",
            help=_near_network(reference),
        )
    return found


def candidates(reference: str, folder: Path) -> Iterator[Location]:
    """Where the network may be that a spec in a folder names: there, or in the zoo."""
    stem, _, variant = reference.partition(":")
    if Path(stem).suffix in SUFFIXES:
        yield folder / stem, variant or None
        yield zoo_folder() / stem, variant or None
    if found := in_zoo(reference):
        yield found


def is_inside(path: Path, folders: Iterable[Path]) -> bool:
    """Whether a file, links followed, is in one of the folders or below it."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError):  # links in a circle, or no name of a file
        return False
    return any(real.is_relative_to(folder) for folder in folders)


def exists(path: Path) -> bool:
    """Whether there is a file; also if that is kept from us, which reading it reports."""
    try:
        path.stat()
    except PermissionError:
        return True
    except (OSError, ValueError):  # nothing, or a name that no file can have
        return False
    return True


def _near_network(reference: str) -> str:
    """The networks that are surely meant, and the way to all of them."""
    meant = near(reference, zoo_names(), least=MIN_RATIO)
    way = "'archspec zoo' lists all networks"
    return f"{meant} {way}" if meant else way


def _near_file(path: Path) -> str | None:
    """What is called nearly like a file: a network of the zoo, or a file beside it."""
    if path.stem in zoo_names():
        return f"the network of the zoo is called '{path.stem}', without a suffix"
    return near(path.name, specs_in(path.parent))


def specs_in(folder: Path) -> list[str]:
    try:
        return sorted(file.name for file in folder.glob("*.y*ml"))
    except (OSError, ValueError):
        return []


# The zoo.


def zoo_folder() -> Path:
    """Where the shipped specs are: beside the code, or above it in a checkout."""
    shipped = _PACKAGE / "specs"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "specs"


@cache
def zoo_files() -> tuple[Path, ...]:
    """Its files, in their order."""
    return tuple(sorted(zoo_folder().glob("*.yaml")))


@cache
def zoo_names() -> Mapping[str, Location]:
    """Every network of the zoo by its bare name, in the order of the files."""
    names: dict[str, Location] = {}
    for path in zoo_files():
        for name, location in _networks_in(path).items():
            names.setdefault(name, location)
    return names


def in_zoo(reference: str) -> Location | None:
    """Where a network of the zoo is, by its name, or by that of its file's network and its own:
    ``resnet20_cifar:resnet56_cifar``."""
    stem, _, variant = reference.rpartition(":")
    found = _in_zoo(stem or reference)
    if not stem or found is None:
        return found
    path, is_variant = found
    return None if is_variant else (path, variant)


def _in_zoo(name: str) -> Location | None:
    """A file whose text lacks the name is not parsed for it."""
    for path in zoo_files():
        if name == path.stem or name in _text(path):
            networks = _networks_in(path)
            if name in networks:
                return networks[name]
    return None


@cache
def _networks_in(path: Path) -> Mapping[str, Location]:
    own, variants = headings(_text(path))
    networks: dict[str, Location] = {own or path.stem: (path, None)}
    for variant in variants:
        networks.setdefault(variant, (path, variant))
    return networks


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")

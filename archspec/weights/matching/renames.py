"""Names that the same tensor had elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

_OLD_DENSENET: Final = re.compile(r"(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.\w+)")
"""``denselayer1.norm.1.weight``: names of torchvision before a name could not have a dot."""


def network_key(key: str, keys: Collection[str], around: tuple[str, str]) -> str | None:
    """The key of a network that a key of a file means. ``around`` is what all keys of the file,
    and all keys of the network, begin with."""
    return next((name for name in _names(key, *around) if name in keys), None)


def common_prefix(keys: Collection[str]) -> str:
    """The scope that all keys are in, with its dot; empty if there is none."""
    first, *others = keys or ("",)
    parts = first.split(".")[:-2]
    while parts:
        prefix = ".".join(parts) + "."
        if all(key.startswith(prefix) for key in others):
            return prefix
        parts.pop()
    return ""


def _names(key: str, of_file: str, of_network: str) -> Iterator[str]:
    yield key
    yield f"{of_network}{key}"
    rest = key
    for part in of_file.split(".")[:-1]:
        rest = rest.removeprefix(f"{part}.")
        yield rest
        yield f"{of_network}{rest}"
    old = _OLD_DENSENET.fullmatch(key)
    if old is not None:
        yield old[1] + old[2]
    if ".module." in key:  # a part of the network in DataParallel
        yield key.replace(".module.", ".")


def natural(path: str) -> list[tuple[int, str]]:
    """By which names are sorted as people count: ``layer2`` in front of ``layer10``."""
    parts = re.split(r"(\d+)", path)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts if part]

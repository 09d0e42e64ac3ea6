"""The volumes of a network: its feature maps with their names, and what makes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from archspec.figures.styles.volumes.ends import of_each_layer, of_each_resolution
from archspec.figures.styles.volumes.main_path import MainPath
from archspec.figures.styles.volumes.towers import is_even, is_grouped_twice, split_towers
from archspec.figures.styles.volumes.volume import Twin, Volume
from archspec.figures.styles.volumes.volume_labels import (
    ArrowLabel,
    join_names,
    label_arrow,
    name_paths,
)
from archspec.graph import Node, Scope
from archspec.op.base import Role

MOST: Final = 12
"""With more volumes, equal linear layers are drawn as one."""
MAX_BEFORE: Final = 3
"""Labels under an arrow."""


def choose_volumes(path: MainPath) -> list[Volume]:
    """From the input to the output."""
    each = of_each_layer(path)
    if each is None:
        volumes = _chain(path, of_each_resolution(path), is_folded=True)
    else:
        volumes = _chain(path, each, is_folded=False)
        if not path.twins and is_grouped_twice(path.nodes) and is_even(volumes):
            volumes = split_towers(volumes, path.graph)
    return volumes if len(volumes) <= MOST else _fold(volumes)


def _chain(path: MainPath, ends: Iterable[Node], *, is_folded: bool) -> list[Volume]:
    """The input and a volume for every end; the last stands for what comes after it, too."""
    start = path.nodes[0]
    name = name_paths([start.path])
    twin = _twin(path, start, start.path)
    volumes = [Volume(start.path, name, Role.INPUT.value, start.output, twin=twin)]
    for end in ends:
        volume = _volume(path, start, end, is_folded)
        if volume is not None:
            volumes.append(volume)
            start = end
    layers = (*volumes[-1].layers, *path.layers_between(start))
    return [*volumes[:-1], replace(volumes[-1], layers=layers)]


def _volume(path: MainPath, start: Node, end: Node, is_folded: bool) -> Volume | None:
    """The volume of a feature map, labelled with what lies between it and the one before."""
    parts = path.parts_between(start, end)
    labels = label_arrow(parts, with_merges=is_folded)
    if not labels:
        return None
    main = _main(labels)
    return Volume(
        main.paths[-1],
        name_paths(main.paths),
        main.role,
        end.output,
        main.lines_with_count,
        _before([label for label in labels if label is not main]),
        path.layers_between(start, end),
        _twin(path, end, main.paths[-1]),
        _reads_both(path, start, parts),
    )


def _main(labels: Sequence[ArrowLabel]) -> ArrowLabel:
    """What makes the feature map: the last, but no normalisation or sum if there is anything else."""
    makers = [label for label in labels if label.role not in (Role.NORM.value, Role.MERGE.value)]
    return (makers or labels)[-1]


def _before(labels: Sequence[ArrowLabel]) -> tuple[str, ...]:
    """The lines under an arrow."""
    lines = [label.lines_with_count for label in labels]
    if len(lines) > MAX_BEFORE:
        lines = [*lines[: MAX_BEFORE - 1], ("…",)]
    return tuple(line for part in lines for line in part)


def _twin(path: MainPath, end: Node, maker: str) -> Twin | None:
    """The same feature map in the other tower, by what makes it there."""
    if not path.twins or end.path not in path.twins:
        return None
    twin = path.twins[end.path]
    other = path.twins[maker] if maker in path.graph.nodes else path.largest.get(twin, twin)
    return Twin(other, name_paths([other]))


def _reads_both(path: MainPath, start: Node, parts: Sequence[Node | Scope]) -> bool:
    if not path.twins or start.path not in path.twins:
        return False
    return any(isinstance(part, Node) and part.path in path.cuts for part in parts)


def _fold(volumes: Sequence[Volume]) -> list[Volume]:
    """Equal linear layers in a row as one."""
    runs = groupby(enumerate(volumes), key=lambda placed: _fold_key(*placed))
    return [_merge_equal([volume for _, volume in run]) for _, run in runs]


def _fold_key(place: int, volume: Volume) -> object:
    """Equal for linear layers of equal outputs, and for nothing else."""
    return (volume.output, volume.above) if volume.role == Role.LINEAR.value else place


def _merge_equal(same: Sequence[Volume]) -> Volume:
    if len(same) == 1:
        return same[0]
    name = join_names([volume.name for volume in same])
    above = (*same[0].above, f"×{len(same)}")
    layers = tuple(path for volume in same for path in volume.layers)
    return replace(same[-1], name=name, above=above, below=same[0].below, layers=layers)

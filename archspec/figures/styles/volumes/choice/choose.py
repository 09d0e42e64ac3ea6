"""The volumes of a path: its feature maps with their names, and what makes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from archspec.figures.styles.volumes.choice.ends import of_each_layer, of_each_resolution
from archspec.figures.styles.volumes.choice.main_path import MainPath
from archspec.figures.styles.volumes.choice.skips import Bypass, bypasses, with_begins
from archspec.figures.styles.volumes.choice.slabs import slabs, take_apart
from archspec.figures.styles.volumes.choice.towers import (
    is_even,
    is_grouped_twice,
    split_towers,
)
from archspec.figures.styles.volumes.choice.volume import Skip, Strand, Twin, Volume
from archspec.figures.styles.volumes.choice.volume_labels import (
    ArrowLabel,
    join_names,
    label_arrow,
    name_paths,
)
from archspec.figures.styles.volumes.choice.windows import Window, window
from archspec.graph import Node, Scope
from archspec.op.base import Role

MOST: Final = 12
"""With more volumes, equal linear layers are drawn as one."""
MAX_BEFORE: Final = 3
"""Labels under an arrow."""


def choose_volumes(path: MainPath) -> Strand:
    """From the beginning of a path to its end."""
    each = of_each_layer(path)
    if each is None:
        strand = _stages(path)
    else:
        volumes = [volume for _, volume in _chain(path, each)]
        if not path.twins and is_grouped_twice(path.nodes) and is_even(volumes):
            volumes = split_towers(volumes, path.graph)
        strand = Strand(tuple(volumes))
    return strand if len(strand.volumes) <= MOST else _fold(strand)


def _stages(path: MainPath) -> Strand:
    """A volume for every resolution, and the lines that lead past some."""
    ends = with_begins(path, of_each_resolution(path))
    found = bypasses(path, [path.nodes[0], *ends])
    chain = _chain(path, ends, {each.joint.path for each in found if each.word})
    places = {end.path: place for place, (end, _) in enumerate(chain)}
    parts = [path.nodes[0], *ends]

    def skip(each: Bypass) -> Skip | None:
        source, target = parts[each.source].path, parts[each.target].path
        if source not in places or target not in places:
            return None
        return Skip(places[source], places[target], each.word)

    skips = tuple(made for each in found if (made := skip(each)) is not None)
    return Strand(tuple(volume for _, volume in chain), skips)


def _chain(
    path: MainPath, ends: Iterable[Node], joints: Collection[str] | None = None
) -> list[tuple[Node, Volume]]:
    """The input and a volume for every end; the last stands for what comes after it, too. With
    joints, where skips end, a volume has slabs."""
    start = path.nodes[0]
    name = name_paths([start.path])
    twin = _twin(path, start, start.path)
    found = [(start, Volume(start.path, name, Role.INPUT.value, start.output, twin=twin))]
    for end in ends:
        volume = _volume(path, start, end, joints)
        if volume is not None:
            found.append((end, volume))
            start = end
    (end, last), rest = found[-1], path.layers_between(start)
    return [*found[:-1], (end, _with_layers(last, rest))]


def _with_layers(volume: Volume, rest: tuple[str, ...]) -> Volume:
    """With some more that come after it."""
    *others, last = volume.parts
    parts = (*others, replace(last, layers=(*last.layers, *rest)))
    return replace(volume, layers=(*volume.layers, *rest), slabs=parts if others else ())


def _volume(
    path: MainPath, start: Node, end: Node, joints: Collection[str] | None
) -> Volume | None:
    """The volume of a feature map, labelled with what lies between it and the one before."""
    parts = path.parts_between(start, end)
    apart = parts if joints is None else list(take_apart(path, parts))
    kept = [part for part in apart if part.path not in (joints or ())]
    labels = label_arrow(kept or apart, with_merges=joints is not None)
    if not labels:
        return None
    main = _main(labels)
    maker = _main(label_arrow(parts, with_merges=joints is not None))
    layers = path.layers_between(start, end)
    is_whole = joints is None or path.twins
    drawn = () if is_whole else slabs(path, apart, layers)
    return Volume(
        maker.paths[-1],
        name_paths(maker.paths),
        main.role,
        end.output,
        main.lines_with_count,
        _before([label for label in labels if label is not main]),
        layers,
        _twin(path, end, maker.paths[-1]),
        _reads_both(path, start, parts),
        drawn,
        _window(path, start, drawn[0].path if drawn else end.path),
    )


def _window(path: MainPath, start: Node, first: str) -> Window | None:
    """What one pixel of the first map that is drawn is made of; of a block nothing is said."""
    if first not in path.place:
        return None
    return window(path.nodes[path.place[start.path] + 1 : path.place[first] + 1])


def _main(labels: Sequence[ArrowLabel]) -> ArrowLabel:
    """What makes the feature map: the last, but no normalisation or sum if there is anything else."""
    return ([label for label in labels if label.makes] or labels)[-1]


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


def _fold(strand: Strand) -> Strand:
    """Equal linear layers in a row as one."""
    runs = groupby(enumerate(strand.volumes), key=lambda placed: _fold_key(*placed))
    volumes = tuple(_merge_equal([volume for _, volume in run]) for _, run in runs)
    places = {volume.path: place for place, volume in enumerate(volumes)}
    kept = [
        (strand.volumes[skip.source].path, strand.volumes[skip.target].path, skip.word)
        for skip in strand.skips
    ]
    skips = (Skip(places[a], places[b], word) for a, b, word in kept if {a, b} <= places.keys())
    return replace(strand, volumes=volumes, skips=tuple(skips))


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

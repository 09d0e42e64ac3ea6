"""Parts of a scope before they are a diagram: which output of a box with several a line carries, and a
frame with the title around a group of the spec."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final, final

from archspec.escaping import clean
from archspec.figures.outline.boxes import is_inside
from archspec.figures.outline.diagram import Diagram, Frame, Leaf
from archspec.figures.outline.series_parallel import BEGIN, compose

MAX_NAME: Final = 26
"""Characters of the name of an output on a line."""


@final
@dataclass(frozen=True, slots=True)
class Part:
    """A part of a scope's diagram, before it is known what leads where."""

    diagram: Diagram
    paths: frozenset[str]
    """Of the layers and scopes that it stands for."""
    sources: tuple[str, ...] = ()
    """Paths of what it reads, one for each line."""
    dashed: frozenset[str] = frozenset()
    """Those of which the line is dashed."""


def owners_of(parts: Sequence[Part]) -> dict[str, int]:
    """For every path the part that it belongs to."""
    return {path: k for k, part in enumerate(parts) for path in part.paths}


def owner_of(path: str, owners: Mapping[str, int]) -> int:
    """The part that a layer belongs to, or BEGIN where it is an input."""
    while path and path not in owners:
        path = path.rpartition(".")[0]
    return owners.get(path, BEGIN)


def with_outputs(parts: Sequence[Part]) -> list[Part]:
    """The parts, where one reads one of several outputs of a box with the name of that output; on the
    line out of that box is no shape that only one of them has."""
    owners = owners_of(parts)
    read: dict[int, set[str]] = defaultdict(set)
    for part in parts:
        for source in part.sources:
            read[owner_of(source, owners)].add(source)
    several = {
        k: _names(sources)
        for k, sources in read.items()
        if k != BEGIN and len(sources) > 1 and _is_block(parts[k].diagram)
    }
    found = []
    for k, part in enumerate(parts):
        taken = {several.get(owner_of(source, owners), {}).get(source) for source in part.sources}
        (name,) = taken if len(taken) == 1 else (None,)
        leaf = part.diagram
        if isinstance(leaf, Leaf):
            shape = None if k in several else leaf.shape
            takes = name if name and leaf.form == "box" and not leaf.is_output else ""
            part = replace(part, diagram=replace(leaf, shape=shape, takes=takes))
        found.append(part)
    return found


def _is_block(diagram: Diagram) -> bool:
    return isinstance(diagram, Leaf) and diagram.role == "block"


def _names(sources: Iterable[str]) -> dict[str, str]:
    """The paths of several outputs without the scopes that are around all of them."""
    split = {source: source.split(".") for source in sources}
    around = zip(*(parts[:-1] for parts in split.values()), strict=False)
    shared = len(list(takewhile(lambda names: len(set(names)) == 1, around)))
    return {source: clean(".".join(parts[shared:]), MAX_NAME) for source, parts in split.items()}


def frame_groups(
    parts: list[Part], groups: Iterable[tuple[str, frozenset[str]]], ends: Sequence[str]
) -> list[Part]:
    """The parts with a frame around each group into which lines lead from one part, and out of
    which they lead from one part; small groups first."""
    for title, paths in sorted(groups, key=lambda group: len(group[1])):
        inside = [k for k, part in enumerate(parts) if all(is_inside(p, paths) for p in part.paths)]
        frame = _frame(parts, inside, title, ends) if len(inside) > 1 else None
        if frame is not None:
            kept = [part for k, part in enumerate(parts) if k not in inside]
            kept.insert(inside[0], frame)
            parts = kept
    return parts


def _frame(
    parts: Sequence[Part], inside: Sequence[int], title: str, ends: Sequence[str]
) -> Part | None:
    owners = owners_of(parts)
    reads = {k: [owner_of(source, owners) for source in parts[k].sources] for k in inside}
    entries = {source for sources in reads.values() for source in sources} - set(inside)
    others = [part for k, part in enumerate(parts) if k not in inside]
    outside = [*ends, *(source for part in others for source in part.sources)]
    exits = {owner_of(path, owners) for path in outside} & set(inside)
    if len(entries) != 1 or len(exits) != 1:
        return None
    place = {k: number for number, k in enumerate(inside)}
    diagram = compose(
        [parts[k].diagram for k in inside],
        [[place.get(source, BEGIN) for source in reads[k]] for k in inside],
        [place[k] for k in exits],
    )
    first = parts[inside[0]]
    paths = frozenset(path for k in inside for path in parts[k].paths)
    entry = next(s for k in inside for s in parts[k].sources if owner_of(s, owners) in entries)
    output = next(path for path in outside if owner_of(path, owners) in exits)
    frame = Frame(f"{min(first.paths)} ({title})", title, diagram, output=output)
    return Part(frame, paths, (entry,))

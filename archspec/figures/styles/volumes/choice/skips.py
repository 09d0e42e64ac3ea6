"""Lines that lead past volumes of a path: the skips of U-Nets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.describe.layers import paper_name
from archspec.figures.styles.volumes.choice.labelled_layers import is_labelled
from archspec.figures.styles.volumes.choice.main_path import MainPath
from archspec.figures.styles.volumes.choice.volume_labels import makes_map
from archspec.graph import Node
from archspec.op.base import Role

MAX_SKIPS: Final = 8
"""Of a figure; with more, none is drawn."""


@final
@dataclass(frozen=True, slots=True)
class Bypass:
    """From the end of a part of a path to a layer in a later part."""

    source: int
    target: int
    """Numbers of the parts, 0 being the beginning."""
    begin: Node
    """The layer of the path from which it leads."""
    joint: Node
    """What reads it."""

    @property
    def word(self) -> str:
        return paper_name(self.joint.op) if self.joint.op.role is Role.MERGE else ""


def bypasses(path: MainPath, ends: Sequence[Node]) -> list[Bypass]:
    """Those past at least one whole part; ``ends`` are the last layers of the parts."""
    found = {(each.source, each.target): each for each in _each(path, ends)}
    return list(found.values()) if len(found) <= MAX_SKIPS else []


def _each(path: MainPath, ends: Sequence[Node]) -> Iterator[Bypass]:
    part_of: dict[str, int] = {}
    part = 0
    for node in path.nodes:
        part_of[node.path] = part
        part += part < len(ends) - 1 and node.path == ends[part].path
    for node in path.nodes:
        target = part_of[node.path]
        for hit in path.joins(node):
            source = part_of[hit.path]
            if source < target - 1 and hit.output.is_map:
                yield Bypass(source, target, hit, node)


def with_begins(path: MainPath, ends: Sequence[Node]) -> list[Node]:
    """Ends of parts, and the layers from which something leads past a whole part, so that a line
    begins at the map that is read."""
    parts = [path.nodes[0], *ends]
    begins = [
        each.begin
        for each in bypasses(path, parts)
        if any(map(_makes, _between(path, each.begin, parts[each.source])))
    ]
    return sorted({*ends, *begins}, key=lambda node: path.place[node.path])


def _between(path: MainPath, first: Node, last: Node) -> Sequence[Node]:
    return path.nodes[path.place[first.path] + 1 : path.place[last.path] + 1]


def _makes(node: Node) -> bool:
    return is_labelled(node) and makes_map(node)

"""Two towers where convolutions have two groups: half of the channels in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archspec.figures.styles.volumes.choice.volume import Twin, Volume
from archspec.graph import Graph, Node
from archspec.op.base import Meaning, Role


def is_grouped_twice(nodes: Sequence[Node]) -> bool:
    """Whether some convolutions have two groups and none has more."""
    return {_groups(node) for node in nodes} - {1} == {2}


def is_even(volumes: Sequence[Volume]) -> bool:
    """Whether all volumes but the input and the output can be halved."""
    return all(volume.output.channels % 2 == 0 for volume in volumes[1:-1])


def split_towers(volumes: Sequence[Volume], graph: Graph) -> list[Volume]:
    """The volumes in two towers, except the input and the output; where a layer is not grouped,
    both towers read both."""
    found = [volumes[0]]
    for volume in volumes[1:]:
        meets = found[-1].twin is not None and not _is_grouped(volume, graph)
        half = volume if volume is volumes[-1] else _half(volume)
        found.append(replace(half, meets=meets))
    return found


def merge_towers(volume: Volume) -> Volume:
    """Both towers as one volume."""
    if volume.twin is None:
        return replace(volume, meets=False)
    output = volume.output.with_channels(volume.output.channels * 2)
    return replace(volume, output=output, twin=None, meets=False)


def _half(volume: Volume) -> Volume:
    output = volume.output.with_channels(volume.output.channels // 2)
    above = tuple(line.removesuffix(", 2 groups") for line in volume.above)
    return replace(volume, output=output, twin=Twin(volume.path, volume.name), above=above)


def _is_grouped(volume: Volume, graph: Graph) -> bool:
    node = graph.nodes.get(volume.path)
    return node is not None and _groups(node) == 2


def _groups(node: Node) -> int:
    groups = node.op.value_of(Meaning.GROUPS, 1) if node.op.role is Role.CONV else 1
    return groups if isinstance(groups, int) else 1

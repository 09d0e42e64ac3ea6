"""Which feature maps become volumes: that of every convolution, or the last of every resolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from archspec.figures.styles.volumes.choice.labelled_layers import MAKERS, is_pool
from archspec.figures.styles.volumes.choice.main_path import MainPath
from archspec.figures.styles.volumes.choice.towers import is_grouped_twice
from archspec.graph import Node
from archspec.op.base import Role
from archspec.op.tensor import TensorType

MANY: Final = 10
"""Up to so many volumes every convolution has one; above, every resolution."""
ALIKE: Final = 0.75
"""Of a side is left at one resolution."""


def of_each_layer(path: MainPath) -> list[Node] | None:
    """The last layer of each group that makes one volume, with a convolution, linear layer or
    pooling in each; None if something is beside the path, or if there are too many."""
    if path.twins is None:
        return None
    nodes = path.nodes
    wide = {place for place, node in enumerate(nodes) if node.op.role in (Role.CONV, Role.LINEAR)}
    pools = {place for place, node in enumerate(nodes) if is_pool(node)}
    places = wide | {place for place in pools if place > max(wide, default=0)}
    if len(places) + 1 > MANY:
        return None
    is_double = path.twins or is_grouped_twice(nodes)
    if not is_double and len(wide | pools) + 1 <= MANY:
        places = wide | pools
    return [_end(path, place) for place in sorted(places)]


def _end(path: MainPath, place: int) -> Node:
    """The last layer that belongs to the one at a place, and is not in a tower after it."""
    node = path.nodes[place]
    for following in path.nodes[place + 1 :]:
        is_beside = (node.path in path.cuts) != (following.path in path.cuts)
        if is_beside or not _belongs(following, node):
            break
        node = following
    return node


def _belongs(following: Node, node: Node) -> bool:
    if following.op.role is Role.NORM:
        return node.op.role in MAKERS
    return following.op.role in (Role.ACTIVATION, Role.DROP)


def of_each_resolution(path: MainPath) -> list[Node]:
    """The outputs of stages: the last feature map of every resolution."""
    ends: list[Node] = []
    for run in _stages(path.nodes[1:]):
        for nodes in _without_linear(run):
            if any(node.op.role in MAKERS for node in nodes):
                ends.append(_end_of_stage(path, nodes))
    return ends


def _stages(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Neighbours of one resolution: what convolutions without padding take from it begins no stage."""
    stage: list[Node] = []
    for node in nodes:
        if stage and not is_alike(stage[0].output, node.output):
            yield stage
            stage = []
        stage.append(node)
    if stage:
        yield stage


def is_alike(first: TensorType, second: TensorType) -> bool:
    """Whether two maps have about one resolution."""
    sides, others = _sides(first), _sides(second)
    if len(sides) != len(others):
        return False
    return all(a * ALIKE <= b <= a / ALIKE for a, b in zip(sides, others, strict=True))


def _sides(output: TensorType) -> tuple[int, ...]:
    return () if set(output.spatial) == {1} else output.spatial


def _without_linear(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Every linear layer of vectors begins anew."""
    part: list[Node] = []
    for node in nodes:
        if node.op.role is Role.LINEAR and part and not node.output.is_map:
            yield part
            part = []
        part.append(node)
    yield part


def _end_of_stage(path: MainPath, nodes: Sequence[Node]) -> Node:
    """Of the layers that everything goes through, the last in the largest scope."""
    solid = [node for node in nodes if node.op.role not in (Role.SHAPE, Role.DROP)]
    cuts = [node for node in solid if node.path in path.cuts] or solid
    least = min(path.depth(node) for node in cuts)
    return [node for node in cuts if path.depth(node) == least][-1]

"""The slabs of a volume: one for each layer of the path that makes a map, or for each block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from archspec.figures.styles.volumes.choice.ends import is_alike
from archspec.figures.styles.volumes.choice.labelled_layers import WINDOWS, is_labelled
from archspec.figures.styles.volumes.choice.main_path import MainPath
from archspec.figures.styles.volumes.choice.volume import Slab
from archspec.figures.styles.volumes.choice.volume_labels import makes_map
from archspec.graph import Member, Node, Scope, output_of
from archspec.graph.folding import repeated_block
from archspec.op.base import Meaning, Role

MAX_SLABS: Final = 6
"""Of a volume; one of more is drawn in one piece."""
MAX_TAKEN_APART: Final = 4
"""Layers that make maps in a block that is taken apart."""


def take_apart(path: MainPath, parts: Iterable[Member]) -> Iterator[Member]:
    """Blocks that are but a few layers in a row as these layers."""
    for part in parts:
        if isinstance(part, Scope) and _is_row(path, part):
            yield from take_apart(path, _on_path(path, part))
        else:
            yield part


def slabs(path: MainPath, parts: Iterable[Member], layers: Sequence[str]) -> tuple[Slab, ...]:
    """Those of the layers up to a map, if they are several and no more than one can count."""
    graph = path.graph
    makers = [part for part in _each(path, parts) if _makes(part)]
    if makers:
        last = graph.output_type(makers[-1].path)
        makers = [part for part in makers if is_alike(graph.output_type(part.path), last)]
    if not 1 < len(makers) <= MAX_SLABS:
        return ()
    ends = [path.order[output_of(part)] for part in makers]
    own = [[name for name in layers if path.order[name] <= ends[0]]]
    own += [[name for name in layers if a < path.order[name] <= b] for a, b in pairwise(ends)]
    own[-1] += [name for name in layers if path.order[name] > ends[-1]]
    return tuple(
        Slab(part.path, _role(part), graph.output_type(part.path), tuple(names))
        for part, names in zip(makers, own, strict=True)
    )


def _each(path: MainPath, parts: Iterable[Member]) -> Iterator[Member]:
    """The blocks of a stage each."""
    for part in parts:
        if isinstance(part, Scope) and (repeated_block(part) or ("", 0))[1] > 1:
            yield from take_apart(path, part.children)
        else:
            yield part


def _makes(part: Member) -> bool:
    if isinstance(part, Node):
        return is_labelled(part) and makes_map(part)
    return any(is_labelled(node) and makes_map(node) for node in part.nodes())


def _role(part: Member) -> str:
    if isinstance(part, Node):
        return part.op.role.value
    roles = {node.op.role for node in part.nodes()}
    return next((r.value for r in (Role.CONV, Role.LINEAR, Role.POOL) if r in roles), "block")


def _on_path(path: MainPath, scope: Scope) -> list[Member]:
    return [
        child for child in scope.children if any(node.path in path.place for node in _nodes(child))
    ]


def _nodes(member: Member) -> Iterable[Node]:
    return (member,) if isinstance(member, Node) else member.nodes()


def _is_row(path: MainPath, scope: Scope) -> bool:
    return scope.block is not None and scope.block not in _uneven_blocks(path)


@lru_cache(maxsize=8)
def _uneven_blocks(path: MainPath) -> frozenset[str]:
    """Blocks of which some instance is more than a row of plain layers: it has a shortcut, or something
    beside the path other than what fits a map to another."""
    scopes = path.graph.scopes.values()
    return frozenset(each.block for each in scopes if each.block and not _is_plain(path, each))


def _is_plain(path: MainPath, scope: Scope) -> bool:
    nodes = list(scope.nodes())
    inside = {node.path for node in nodes}
    on_path = [node for node in nodes if node.path in path.place]
    makers = [node for node in on_path if is_labelled(node) and makes_map(node)]
    if not on_path or len(makers) > MAX_TAKEN_APART or any(map(_is_grouped, makers)):
        return False
    if any(node.op.role is not Role.SHAPE for node in nodes if node.path not in path.place):
        return False
    first = path.place[on_path[0].path]
    entry = path.nodes[first - 1].path if first else ""
    return not any(
        hit.path in inside or hit.path == entry for node in on_path for hit in path.joins(node)
    )


def _is_grouped(node: Node) -> bool:
    return node.op.role in WINDOWS and node.op.value_of(Meaning.GROUPS, 1) != 1

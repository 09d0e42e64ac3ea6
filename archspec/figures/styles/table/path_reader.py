"""The main path of a network as a table shows it: layers, and blocks as lines in brackets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, final

from archspec.figures.styles.table.path_items import PathItem, has_row, line_of, size_of
from archspec.graph import Graph, Node, Scope, output_of
from archspec.graph.folding import nodes_of
from archspec.op.base import Meaning, Role

MAX_BLOCK: Final = 200
"""Layers of a block; what has more is taken apart."""
MAX_NESTED: Final = 8
"""Merges inside of branches inside of merges; what is deeper is listed in written order."""


def main_path(graph: Graph) -> list[PathItem]:
    """The main path of a network."""
    reader = PathReader(graph)
    found: list[PathItem] = []
    waiting: list[Node] = []
    for member in reader.members(graph.root):
        item = reader.item(member)
        if item is not None:
            found.append(replace(item, nodes=(*waiting, *item.nodes)))
            waiting = []
        elif found:
            found[-1] = replace(found[-1], nodes=(*found[-1].nodes, *nodes_of(member)))
        else:
            waiting += nodes_of(member)
    return found


@final
class PathReader:
    """Reads lines from one graph, and remembers what they leave out."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._order = {path: k for k, path in enumerate(graph.nodes)}
        self._hidden: set[str] = set()
        self._forks = 0
        self._branches: list[tuple[Node, ...]] = []
        self._blocks = {
            scope.block
            for scope in graph.scopes.values()
            if scope.block and not self._is_chain(scope) and self._is_small(scope)
        }

    def members(self, scope: Scope) -> Iterator[Node | Scope]:
        """Layers and blocks in written order; scopes that are chains are taken apart."""
        for child in scope.children:
            if isinstance(child, Scope) and not self._is_block(child):
                yield from self.members(child)
            else:
                yield child

    def item(self, member: Node | Scope) -> PathItem | None:
        """A layer or a block; None if it has no row."""
        self._hidden, self._forks = set(), 0
        if isinstance(member, Node):
            is_shown = has_row(member)
            return (
                PathItem(member, (line_of((member,)),), (member,), member.output)
                if is_shown
                else None
            )
        lines = tuple(line_of(nodes) for nodes in self._lines(member))
        output = self._graph.output_type(member.output)
        return (
            PathItem(member, lines, tuple(nodes_of(member)), output, bool(self._hidden))
            if lines
            else None
        )

    # Blocks.

    def _is_block(self, scope: Scope) -> bool:
        """Whether a scope is shown in brackets: no chain, or like one that is none."""
        is_like_one = scope.block in self._blocks or not self._is_chain(scope)
        return is_like_one and self._is_small(scope)

    def _is_small(self, scope: Scope) -> bool:
        """Whether a scope is at one resolution, but for what it reads."""
        nodes = list(islice(scope.nodes(), MAX_BLOCK + 1))
        if len(nodes) > MAX_BLOCK:
            return False
        ends = {size_of(self._graph.output_type(path)) for path in (*scope.sources, scope.output)}
        return {size_of(node.output) for node in nodes} <= {*ends, ()}

    def _is_chain(self, scope: Scope) -> bool:
        previous = set(scope.sources)
        for child in scope.children:
            if not set(child.sources) <= previous or len(set(child.sources)) > 1:
                return False
            previous = {output_of(child)}
        return True

    def _lines(self, scope: Scope) -> list[tuple[Node, ...]]:
        """The layers of a block one below the other, or if it is a fork and a merge and nothing
        else, a line for every branch; what is neither is listed in written order."""
        nodes = {node.path: node for node in scope.nodes()}
        listed = [
            node for node in nodes.values() if has_row(node) and node.op.role is not Role.MERGE
        ]
        lines = self._series(scope.output, set(nodes), 0)
        shown = {node.path for line in lines for node in line} | self._hidden
        is_clear = not self._forks or (self._forks == 1 and lines == self._branches)
        if is_clear and shown == {node.path for node in listed}:
            return lines
        self._hidden = set()
        return [(node,) for node in listed]

    def _series(self, end: str, allowed: set[str], depth: int) -> list[tuple[Node, ...]]:
        """Lines from what is allowed to an end, by going backwards."""
        backwards: list[tuple[Node, ...]] = []
        while end in allowed:
            node = self._graph.nodes[end]
            sources = tuple(dict.fromkeys(node.operands))
            if len(sources) == 1:
                has_line = has_row(node) and node.op.role is not Role.MERGE
                backwards += [(node,)] if has_line else []
                end = sources[0]
                continue
            reached = [self._reached(source, allowed) for source in sources]
            shared = _in_several(reached)
            if depth < MAX_NESTED:
                branches = [
                    self._series(source, paths - shared, depth + 1)
                    for source, paths in zip(sources, reached, strict=True)
                ]
                backwards += reversed(self._merged(node, branches))
            end = max(shared, key=self._order.__getitem__, default="")
            allowed = shared
        return backwards[::-1]

    def _reached(self, path: str, allowed: set[str]) -> set[str]:
        """What a layer depends on, of what is allowed."""
        seen: set[str] = set()
        waiting = [path]
        while waiting:
            path = waiting.pop()
            if path in allowed and path not in seen:
                seen.add(path)
                waiting += self._graph.nodes[path].operands
        return seen

    def _merged(
        self, node: Node, branches: Sequence[list[tuple[Node, ...]]]
    ) -> list[tuple[Node, ...]]:
        """Lines for the branches of one merge; a projection beside a longer path has none."""
        longest = max(map(len, branches))
        kept = []
        for branch in branches:
            inside = [layer for line in branch for layer in line]
            if node.op.stands_in and len(branch) < longest and all(map(_is_projection, inside)):
                self._hidden |= {layer.path for layer in inside}
            elif branch:
                kept.append(branch)
        if len(kept) == 1:
            return kept[0]
        self._forks += len(kept) > 1
        self._branches = [tuple(layer for line in branch for layer in line) for branch in kept]
        return self._branches


def _is_projection(node: Node) -> bool:
    """What brings a shortcut to the shape of the sum."""
    return node.op.role is Role.POOL or node.op.value_of(Meaning.KERNEL) in (1, (1, 1))


def _in_several(reached: Sequence[set[str]]) -> set[str]:
    seen: set[str] = set()
    several: set[str] = set()
    for paths in reached:
        several |= seen & paths
        seen |= paths
    return several

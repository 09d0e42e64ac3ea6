"""The main path of a network: always the largest feature maps, of these the most layers."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import final

from archspec.graph import Graph, Node, Scope
from archspec.op.base import Role


@final
@dataclass(frozen=True, eq=False)
class MainPath:
    graph: Graph
    nodes: tuple[Node, ...]
    """From an input to the first output."""
    cuts: frozenset[str]
    """Layers that everything goes through: no edge leads past them."""
    twins: Mapping[str, str] | None
    """For layers of one of two equal towers those of the other; None if there is anything else
    beside the path."""
    members: frozenset[str]
    """Layers that belong to it, on the path or beside."""

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Places in the order of the spec."""
        return {path: place for place, path in enumerate(self.graph.nodes)}

    @cached_property
    def largest(self) -> Mapping[str, str]:
        """For layers that are the output of a scope: the largest such scope."""
        scopes = reversed(list(self.graph.scopes.values()))
        return {scope.output: scope.path for scope in scopes if scope.path}

    @cached_property
    def _spans(self) -> Mapping[str, tuple[int, int]]:
        """Places of the first and the last layer of every scope."""
        return {path: self._span(scope) for path, scope in self.graph.scopes.items()}

    def _span(self, scope: Scope) -> tuple[int, int]:
        places = [self.order[node.path] for node in scope.nodes()]
        return min(places, default=0), max(places, default=0)

    def depth(self, node: Node) -> int:
        """How many scopes are around a layer, or around the largest that it is the output of."""
        return self.largest.get(node.path, node.path).count(".")

    def layers_between(self, start: Node, end: Node | None = None) -> tuple[str, ...]:
        """All of its layers, on the path or not, after one and up to another, or to the last."""
        until = None if end is None else self.order[end.path] + 1
        between = tuple(self.order)[self.order[start.path] + 1 : until]
        inputs = {node.path for node in self.graph.inputs}
        return tuple(path for path in between if path in self.members and path not in inputs)

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Places of the layers of the path on it."""
        return {node.path: place for place, node in enumerate(self.nodes)}

    def joins(self, node: Node) -> Iterator[Node]:
        """The layers of the path from which something leads to one of them beside the path."""
        before = self.nodes[self.place[node.path] - 1].path if self.place[node.path] else ""
        waiting = [source for source in node.operands if source != before]
        seen: set[str] = set()
        while waiting:
            path = waiting.pop()
            if path in self.place:
                yield self.graph.nodes[path]
            elif path not in seen:
                seen.add(path)
                waiting += self.graph.nodes[path].operands

    def parts_between(self, start: Node, end: Node) -> list[Node | Scope]:
        """Layers and whole scopes of the path after one layer and up to another."""
        first, last = self.order[start.path], self.order[end.path]
        found: list[Node | Scope] = []
        for node in self.nodes:
            if first < self.order[node.path] <= last:
                part = self._part(node, first, last)
                if not found or found[-1].path != part.path:
                    found.append(part)
        return found

    def _part(self, node: Node, start: int, end: int) -> Node | Scope:
        """The largest scope around a layer that lies between two places, or the layer."""
        steps = node.path.split(".")
        for length in range(1, len(steps)):
            path = ".".join(steps[:length])
            first, last = self._spans[path]
            is_whole = start < first and last <= end
            if is_whole and self.graph.scopes[path].output in self.place:
                return self.graph.scopes[path]
        return node


def main_path(graph: Graph) -> MainPath:
    """Of the network that the first output needs."""
    needed = graph.ancestors({graph.outputs[0].source})
    nodes = [node for path, node in graph.nodes.items() if path in needed]
    on_path, cuts = way_to(graph, nodes), _cuts(graph, nodes)
    members = frozenset(node.path for node in nodes)
    return MainPath(graph, on_path, cuts, _twins(nodes, on_path, cuts), members)


def way_to(
    graph: Graph, needed: Sequence[Node], stops: Container[str] = frozenset()
) -> tuple[Node, ...]:
    """The way to the last of some layers, from an input or a stop."""
    # Backwards to the largest operand of each merge: branches that pool or squeeze (heads, gates)
    # have smaller maps. Of equally large ones the one with more layers is not the shortcut.
    areas = {node.path: prod(map(int, node.output.spatial)) for node in needed}
    lengths: dict[str, int] = {}
    before: dict[str, str] = {}
    for node in needed:
        lengths[node.path] = 0
        if node.operands and node.path not in stops:
            read = node.operands if node.op.role is Role.MERGE else node.operands[:1]
            source = max(read, key=lambda path: (areas[path], lengths[path]))
            before[node.path] = source
            lengths[node.path] = lengths[source] + 1
    found = [needed[-1].path]
    while found[-1] in before:
        found.append(before[found[-1]])
    return tuple(graph.nodes[path] for path in reversed(found))


def _cuts(graph: Graph, needed: Sequence[Node]) -> frozenset[str]:
    # Layers are sorted, so everything goes through one if no layer before it is read after it:
    # ``reach`` is the furthest reader so far.
    places = {node.path: place for place, node in enumerate(needed)}
    inputs = sum(not node.operands for node in needed)
    reach = 0
    found: set[str] = set()
    for place, node in enumerate(needed):
        if reach <= place and (place >= inputs or inputs == 1):
            found.add(node.path)
        readers = (places.get(path, 0) for path in graph.readers[node.path])
        reach = max(reach, *readers, 0)
    return frozenset(found)


def _twins(
    needed: Sequence[Node], on_path: Sequence[Node], cuts: frozenset[str]
) -> Mapping[str, str] | None:
    # Towers are written in the same order, so that their layers pair up: equal ops that read each
    # other's twins. A single layer that does not pair up is a branch, and there are no towers.
    paths = {node.path for node in on_path}
    singles = [node for node in on_path if node.path not in cuts]
    others = [node for node in needed if node.path not in paths]
    if len(singles) != len(others):
        return None
    twins: dict[str, str] = {}
    for node, other in zip(singles, others, strict=True):
        sources = tuple(twins.get(source, source) for source in node.sources)
        if node.op != other.op or sources != other.sources:
            return None
        twins[node.path] = other.path
    return twins

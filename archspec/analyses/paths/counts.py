"""Paths through a network: how many, how long, and which of them carry the gradient.

Veit et al., 2016, Residual Networks Behave Like Ensembles of Relatively Shallow Networks,
https://arxiv.org/abs/1605.06431.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, final

from archspec.analyses.paths.modules import Edge, find_modules, is_weighted
from archspec.diagnostics import failure, near
from archspec.display import made_by, show_by
from archspec.graph import Graph, Node
from archspec.workspace.load import Network, as_graph

DECAY: Final = 0.25
"""What remains of a gradient behind a module; so the paths of 5 to 17 of 54 modules carry 95 % of
it, as Veit et al. measured in a ResNet-110."""
LEFT_OUT: Final = Fraction(25, 1000)
"""The share of the gradient at either end that the effective paths leave out."""
MAX_WORDS: Final = 2_000_000_000
"""Words of numbers that are added at most: those of 4,000 modules with two layers each."""
MAX_BITS: Final = 13_000
"""Of the number of paths: Python prints numbers of 4,300 digits."""
MAX_DIGITS: Final = 6
"""Of a decay, behind the point."""


@final
@dataclass(frozen=True, slots=True)
class Lengths:
    """How many paths have which length."""

    shortest: int
    counts: tuple[int, ...]
    """Of the shortest length and those above it, one after the other."""

    @property
    def longest(self) -> int:
        return self.shortest + len(self.counts) - 1

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def by_length(self) -> Mapping[int, int]:
        """Length -> number of paths, of which there may be none."""
        return dict(enumerate(self.counts, self.shortest))

    @property
    def mean(self) -> Fraction:
        weighed = sum(length * count for length, count in self.by_length.items())
        return Fraction(weighed, self.total)

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        squares = sum(length * length * count for length, count in self.by_length.items())
        return math.sqrt(Fraction(squares, self.total) - self.mean**2)

    def share(self, first: int, last: int) -> Fraction:
        """Of all paths those whose length is one of these."""
        found = sum(count for length, count in self.by_length.items() if first <= length <= last)
        return Fraction(found, self.total)


@final
@dataclass(frozen=True)
class PathCounts:
    """The paths of one network at inference: ``print`` shows the table of ``archspec paths``."""

    name: str
    """Name of the network."""
    begin: str
    """Where the paths begin: an input, a layer or a scope; several inputs with commas."""
    end: str
    """The layer where they end."""
    layers: Lengths
    """Lengths in weight layers: convolutions and linear layers that learn."""
    modules: Lengths
    """Lengths in modules that have a shortcut beside them, or that a dense block concatenates."""
    module_count: int
    """How many such modules stand between begin and end."""
    connections: int
    """Tensors that the layers of dense blocks read: L(L + 1)/2 of a block of L layers."""
    decay: Fraction
    """What remains of a gradient behind each module."""
    shortest: tuple[str, ...]
    """The weight layers on one of the shortest paths."""
    longest: tuple[str, ...]
    """The weight layers on one of the longest paths."""

    @property
    def count(self) -> int:
        """How many paths there are, exactly."""
        return self.layers.total

    @cached_property
    def gradient(self) -> Mapping[int, Fraction]:
        """Modules on a path -> the share of the gradient that all such paths carry together."""
        by_length = self.modules.by_length
        weights = {length: count * self.decay**length for length, count in by_length.items()}
        total = sum(weights.values())
        return {length: weight / total for length, weight in weights.items()}

    @cached_property
    def effective(self) -> tuple[int, int]:
        """Lengths in modules between which the paths carry 95 % of the gradient: 2.5 % at each end
        are left out."""
        found, passed = [], Fraction(0)
        for length, share in self.gradient.items():
            if passed + share > LEFT_OUT and passed < 1 - LEFT_OUT:
                found.append(length)
            passed += share
        return found[0], found[-1]

    def remaining(self, deleted: int) -> Fraction:
        """Paths that are left without some modules, whose shortcuts stay: the mean over all choices
        of them. In a residual network every choice leaves the same number."""
        choices = math.comb(self.module_count, deleted)
        left = (
            count * math.comb(self.module_count - length, deleted)
            for length, count in self.modules.by_length.items()
        )
        return Fraction(sum(left), choices)

    def draw(self, path: str | os.PathLike[str], **choices: Any) -> None:
        """Draw the lengths as a histogram; the choices are those of ``archspec.draw`` that are for
        any style, such as ``theme`` and ``width``. Raises SpecError."""
        made_by("archspec.figures.charts.paths_chart.draw_paths", self, path=path, **choices)

    def __repr__(self) -> str:
        return f"<Paths of {self.name}: {self.count:,}>"

    def __str__(self) -> str:
        return show_by("archspec.reports.analyses.paths_report.paths_text", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.analyses.paths_report.paths_html", self)


def paths(
    network: Network,
    begin: str | None = None,
    end: str | None = None,
    *,
    decay: float | str | Fraction = DECAY,
) -> PathCounts:
    """Count the paths of a network at inference, without following each: a sum for every merge.

    They lead from all inputs to the first output, or from and to a layer or scope; at their begin
    the layer itself does not count. Each module multiplies the gradient by ``decay``. A network is
    a Graph, or what ``load`` takes. Raises SpecError.
    """
    graph = as_graph(network).at("inference")
    factor = _factor(decay)
    begins = [_layer(graph, begin)] if begin else [node.path for node in graph.inputs]
    last = _layer(graph, end) if end else graph.main_output.source
    between = _between(graph, begins, last)
    found = find_modules(graph)
    inside = {edge: name for edge, name in found.of_edge.items() if _leads(graph, edge, between)}
    nodes = [graph.nodes[path] for path in graph.nodes if path in between]
    count = _count(nodes, begins)
    _check_size(nodes, count, graph.name)
    return PathCounts(
        name=graph.name,
        begin=begin or ", ".join(begins),
        end=last,
        layers=_lengths(nodes, begins, count, lambda node, _: is_weighted(node)),
        modules=_lengths(nodes, begins, count, lambda node, k: (node.path, k) in inside),
        module_count=len(set(inside.values())),
        connections=found.connections,
        decay=factor,
        shortest=_one_path(nodes, begins, min),
        longest=_one_path(nodes, begins, max),
    )


def _factor(decay: float | str | Fraction) -> Fraction:
    """A decay, exactly as it is written."""
    try:
        factor = Fraction(str(decay)) if isinstance(decay, float | str) else Fraction(decay)
    except (ValueError, ZeroDivisionError):
        factor = Fraction(0)
    if not 0 < factor <= 1 or factor.denominator > 10**MAX_DIGITS:
        message = f"a decay cannot be {decay!s:.40}"
        help = f"a number above 0 and up to 1, such as {DECAY}, of {MAX_DIGITS} digits at most"
        raise failure("bad-option", message, help=help)
    return factor


def _layer(graph: Graph, path: str) -> str:
    """The layer that a path means: itself, or the one that gives a scope's output."""
    outputs = {output.name: output.source for output in graph.outputs}
    if path in graph.nodes:
        return path
    if path in graph.scopes and path:
        return graph.scopes[path].output
    if path in outputs:
        return outputs[path]
    known = (*graph.nodes, *filter(None, graph.scopes), *outputs)
    help = near(path, known) or f"archspec show {graph.name} lists the layers"
    raise failure("unknown-layer", f"'{graph.name}' has no layer '{path:.60}'", help=help)


def _between(graph: Graph, begins: list[str], last: str) -> frozenset[str]:
    """The layers on a path between some layers and a last one. Raises SpecError if there are none."""
    reached = set(begins)
    for node in graph.layers:
        if not reached.isdisjoint(node.operands):
            reached.add(node.path)
    needed, waiting = {last}, [last]
    while waiting:
        for source in graph.nodes[waiting.pop()].operands:
            if source not in needed:
                needed.add(source)
                waiting.append(source)
    between = frozenset(reached & needed)
    if last not in between or begins == [last]:
        names = " or ".join(f"'{path}'" for path in begins[:3])
        message = f"no path leads from {names} to '{last}'"
        raise failure(
            "bad-option", message, help="a path follows the data: it ends behind its begin"
        )
    return between


def _leads(graph: Graph, edge: Edge, between: frozenset[str]) -> bool:
    path, position = edge
    return path in between and graph.nodes[path].operands[position] in between


def _count(nodes: Sequence[Node], begins: Sequence[str]) -> int:
    """How many paths lead to the last of the layers."""
    found = dict.fromkeys(begins, 1)
    for node in nodes:
        if node.path not in found:
            found[node.path] = sum(found.get(source, 0) for source in node.operands)
    return found[nodes[-1].path]


def _check_size(nodes: Sequence[Node], count: int, name: str) -> None:
    """Refuse what would take minutes: sums of as many numbers as paths have lengths."""
    lengths = max(
        sum(map(is_weighted, nodes)), len(nodes) - sum(len(n.operands) < 2 for n in nodes)
    )
    sums = sum(max(len(node.operands) - 1, 0) for node in nodes)
    if count.bit_length() > MAX_BITS or lengths * sums * count.bit_length() > 64 * MAX_WORDS:
        message = f"the paths of '{name}' have too many lengths to count them"
        help = "count those of a part of it, from one layer to another"
        raise failure("limit", message, help=help)


_Longer = Callable[[Node, int], bool]
"""Whether a path through a layer, from an operand by its position, is longer by one there."""


def _lengths(nodes: Sequence[Node], begins: Sequence[str], count: int, longer: _Longer) -> Lengths:
    """The lengths of all paths to the last layer: those to each operand, shifted and added.

    The numbers of paths of all lengths stand in one whole number side by side, each in as many
    bits as the number of all paths needs; beside it, how many lengths it is shifted.
    """
    width = -(-count.bit_length() // 8) * 8
    unread = Counter(source for node in nodes for source in node.operands)
    found = dict.fromkeys(begins, (0, 1))
    for node in nodes:
        if node.path in begins:
            continue
        before = [
            (found[source][0] + longer(node, k), found[source][1])
            for k, source in enumerate(node.operands)
            if source in found
        ]
        first = min(shift for shift, _ in before)
        parts = [number << (width * (shift - first)) for shift, number in before if shift > first]
        parts += [number for shift, number in before if shift == first]
        found[node.path] = first, sum(parts[1:], parts[0])
        for source in node.operands:
            unread[source] -= 1
            if not unread[source]:
                found.pop(source, None)  # else long numbers of thousands of layers stay
    shift, packed = found[nodes[-1].path]
    size = width // 8
    data = packed.to_bytes(-(-packed.bit_length() // width) * size, "little")
    places = range(0, len(data), size)
    return Lengths(shift, tuple(int.from_bytes(data[k : k + size], "little") for k in places))


def _one_path(
    nodes: Sequence[Node], begins: Sequence[str], choose: Callable[..., Any]
) -> tuple[str, ...]:
    """The weight layers on a path of least or greatest length."""
    length = dict.fromkeys(begins, 0)
    before: dict[str, str] = {}
    for node in nodes:
        if node.path not in length:
            known = [source for source in node.operands if source in length]
            before[node.path] = choose(known, key=length.__getitem__)
            length[node.path] = length[before[node.path]] + is_weighted(node)
    path = [nodes[-1].path]
    while path[-1] in before:
        path.append(before[path[-1]])
    path.reverse()
    return tuple(after for one, after in pairwise(path) if length[after] > length[one])

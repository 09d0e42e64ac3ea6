"""What tools lay out themselves: boxes in frames, and which box feeds which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import final

from archspec.figures.outline.build import Inset, network_diagram
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Leaf,
    Series,
    Wire,
    in_series,
    leaves,
    map_children,
    map_leaves,
)
from archspec.figures.outline.edges import Edge, edges, network_edges
from archspec.figures.request import Options
from archspec.graph import Graph
from archspec.op.base import Role


@final
@dataclass(frozen=True, slots=True)
class Flowchart:
    name: str
    title: str
    """What stands above it; nothing if it is empty."""
    diagram: Diagram
    edges: Sequence[Edge]
    """Between the leaves of the diagram, which are named by their places."""

    @property
    def spine(self) -> set[tuple[int, int]]:
        """The ends of the edges of the path through the most boxes; boxes are in an order in which
        each is behind those that it reads."""
        length: dict[int, int] = defaultdict(int)
        before: dict[int, int] = {}
        for edge in sorted(self.edges, key=lambda edge: edge.target):
            if not edge.dashed and length[edge.source] + 1 > length[edge.target]:
                length[edge.target], before[edge.target] = length[edge.source] + 1, edge.source
        place = max(length, key=lambda place: length[place], default=-1)
        path = set[tuple[int, int]]()
        while place in before:
            path.add((before[place], place))
            place = before[place]
        return path


def network_flowchart(graph: Graph, options: Options) -> Flowchart:
    """A network: an edge into an open block leads to what reads it there, past the input. Raises
    SpecError if the options name a scope that there is not."""
    shown = map_leaves(network_diagram(graph, options), _without_entry)
    diagram = _with_braces(_with_others_outside(shown, graph.scopes))
    title = graph.name if options.title else ""
    return Flowchart(graph.name, title, diagram, network_edges(graph, diagram))


def inset_flowchart(graph: Graph, inset: Inset, *, titled: bool) -> Flowchart:
    """What a block is inside, behind a box for its input, or for each of several."""
    name, diagram = f"{graph.name}: {inset.name}", inset.diagram
    if not any(leaf.is_entry for leaf in leaves(diagram)):
        diagram = in_series((Leaf("input", "in", role=Role.INPUT.value), diagram))
    return Flowchart(name, name if titled else "", diagram, list(edges(diagram)))


def _with_braces(diagram: Diagram) -> Diagram:
    """The same with a frame around neighbours that are under one word."""
    changed = map_children(diagram, _with_braces)
    if not isinstance(changed, Series):
        return changed
    parts = list[Diagram]()
    for word, run in groupby(changed.parts, key=_word_over):
        inside = tuple(run)
        parts += [_braced(word, inside)] if word else inside
    return in_series(parts)


def _braced(word: str, parts: tuple[Diagram, ...]) -> Frame:
    first = next(leaf for part in parts for leaf in leaves(part))
    return Frame(f"{first.path} ({word})", word, in_series(parts))


def _word_over(part: Diagram) -> str:
    """The word that all boxes of a part are under."""
    words = {leaf.mark.group for leaf in leaves(part)}
    return words.pop() if len(words) == 1 else ""


def _without_entry(leaf: Leaf) -> Diagram:
    return Wire() if leaf.is_entry else leaf


def _with_others_outside(diagram: Diagram, scopes: Container[str]) -> Diagram:
    """The same, but side branches that hang from what is in an open scope, and are no part of it, hang
    from its frame."""
    changed = map_children(diagram, lambda part: _with_others_outside(part, scopes))
    is_scope = isinstance(changed, Frame) and changed.path in scopes and changed.heading
    if not isinstance(changed, Frame) or not is_scope:  # what repeats has no heading
        return changed
    prefix, others = f"{changed.path}.", list[Diagram]()

    def strip(part: Diagram) -> Diagram:
        part = map_children(part, strip)
        if not isinstance(part, Leaf | Frame):
            return part
        own = [one for one in part.side_branches if next(leaves(one)).path.startswith(prefix)]
        others.extend(one for one in part.side_branches if one not in own)
        return replace(part, side_branches=tuple(own))

    inside = strip(changed.inside)
    return replace(changed, inside=inside, side_branches=(*changed.side_branches, *others))

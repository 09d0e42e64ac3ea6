"""What stands one below the other in a column: boxes, sums as dots, and what leads past them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import final

from archspec.figures.outline.diagram import Diagram, Leaf, Parallel, Wire, chain, leaves
from archspec.graph import Graph, Node
from archspec.op.base import Role

UNSEEN = (Role.NORM, Role.ACTIVATION, Role.DROP)
"""What has no box of its own, but for those that tables show."""


@final
@dataclass(frozen=True, slots=True)
class Element:
    """A part of a column, as a rule a box."""

    part: Diagram
    is_dot: bool = False
    """A sum: a dot on the line, which stands for what comes right behind it, too."""


@final
@dataclass(frozen=True, slots=True)
class Shortcut:
    """What leads past elements, from behind one to another, by their places."""

    begin: int
    end: int
    part: Diagram
    """A wire, or what is on it."""

    @property
    def dashed(self) -> bool:
        return not isinstance(self.part, Wire) or self.part.dashed


@final
@dataclass(slots=True)
class NetworkColumn:
    """A network from top to bottom."""

    graph: Graph
    elements: list[Element] = field(default_factory=list)
    shortcuts: list[Shortcut] = field(default_factory=list)
    _ahead: list[Leaf] = field(default_factory=list)
    """What belongs to the next box."""

    def add(self, parts: Sequence[Diagram]) -> None:
        """Parts of a chain, each behind those before."""
        for k, part in enumerate(parts):
            following = parts[k + 1] if k + 1 < len(parts) else None
            if (ways := _shortcut(part, following)) is not None and self.elements:
                main, beside = ways
                self.finish()
                begin = len(self.elements) - 1
                self.add(chain(main))
                self.shortcuts.append(Shortcut(begin, len(self.elements), beside))
            elif isinstance(part, Leaf) and self._is_unseen(part):
                self._absorb(part, is_first=not k)
            else:
                self._append(part)

    def finish(self) -> None:
        """What no box follows has one of its own."""
        self.elements += [Element(leaf) for leaf in self._ahead]
        self._ahead = []

    def _append(self, part: Diagram) -> None:
        if isinstance(part, Leaf):
            before = [path for leaf in self._ahead for path in leaf.layers]
            part = replace(part, layers=(*before, *part.layers))
            self._ahead = []
        self.finish()
        self.elements.append(Element(part, _is_dot(part)))

    def _is_unseen(self, leaf: Leaf) -> bool:
        nodes = [self.graph.nodes[path] for path in leaf.layers]
        return bool(nodes) and not leaf.side_branches and all(map(_is_unseen, nodes))

    def _absorb(self, leaf: Leaf, *, is_first: bool) -> None:
        """At the beginning of a branch it belongs to what follows, as before a convolution that comes
        after its activation; else to what it follows."""
        last = self.elements[-1].part if self.elements else None
        is_before = is_first or bool(self._ahead)
        if is_before or not isinstance(last, Leaf) or last.role == "input" or last.side_branches:
            self._ahead.append(leaf)
            return
        part = replace(last, layers=(*last.layers, *leaf.layers), output=leaf.output)
        self.elements[-1] = replace(self.elements[-1], part=part)


def _is_dot(part: Diagram) -> bool:
    """A sum from which no side branches begin."""
    if not isinstance(part, Leaf) or part.side_branches:
        return False
    return part.form == "circle" and part.title == "+"


def _is_unseen(node: Node) -> bool:
    return node.op.role in UNSEEN and not node.op.is_shown()


def _shortcut(part: Diagram, following: Diagram | None) -> tuple[Diagram, Diagram] | None:
    """The longer and the shorter of two branches that a box behind them joins."""
    if not isinstance(part, Parallel) or len(part.branches) != 2:
        return None
    if not isinstance(following, Leaf) or following.role == "block":
        return None
    counts = [sum(1 for _ in leaves(branch)) for branch in part.branches]
    if counts[0] == counts[1]:
        return None
    beside, main = sorted(part.branches, key=lambda branch: sum(1 for _ in leaves(branch)))
    return main, beside

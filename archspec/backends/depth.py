"""How deep a picture looks: which scopes are open if nobody has said so."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from archspec.backends.stretches import Stretches
from archspec.graph import Graph, Scope

MAX_BOXES: Final = 60
"""Of a picture whose depth nobody has chosen."""


@final
@dataclass(frozen=True, slots=True)
class View:
    """Which scopes are open: all down to a depth, and some of those below."""

    depth: int
    opened: frozenset[str] = frozenset()
    """Their paths."""

    def opens(self, scope: Scope, depth: int) -> bool:
        return depth < self.depth or scope.path in self.opened


def readable(graph: Graph, stretches: Stretches) -> View:
    """As much as a reader can take in; of the blocks that are closed then, the first of each kind
    is open, if there is room."""
    room = MAX_BOXES - len(graph.inputs) - len(graph.outputs)
    depth = 0
    while any(_closed(graph.root, stretches, depth)):
        if stretches.boxes(graph.root, depth + 1) > room:
            break
        depth += 1
    room -= stretches.boxes(graph.root, depth)
    shown = {scope.kind for scope in _open(graph.root, stretches, depth)}
    opened: set[str] = set()
    waiting = deque(_closed(graph.root, stretches, depth))
    while waiting:
        scope = waiting.popleft()
        more = stretches.boxes(scope, 0) - 1
        if (scope.kind is None or scope.kind not in shown) and more <= room:
            room -= more
            opened.add(scope.path)
            shown.add(scope.kind)
            waiting.extendleft(reversed(list(_closed(scope, stretches, 0))))
    return View(depth, frozenset(opened))


def _scopes(scope: Scope, stretches: Stretches) -> Iterator[Scope]:
    """The scopes in a scope that are boxes or frames of their own."""
    for stretch in stretches.of(scope):
        for unit in stretch.units:
            if isinstance(unit[0], Scope) and stretches.lone(unit[0]) is None:
                yield unit[0]


def _closed(scope: Scope, stretches: Stretches, depth: int) -> Iterator[Scope]:
    for inner in _scopes(scope, stretches):
        if depth == 0:
            yield inner
        else:
            yield from _closed(inner, stretches, depth - 1)


def _open(scope: Scope, stretches: Stretches, depth: int) -> Iterator[Scope]:
    if depth > 0:
        for inner in _scopes(scope, stretches):
            yield inner
            yield from _open(inner, stretches, depth - 1)

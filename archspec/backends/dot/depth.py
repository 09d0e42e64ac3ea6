"""How deep a picture looks: which scopes are open if nobody has said so."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

from archspec.backends.dot.stretches import Stretches
from archspec.graph import Graph, Scope

SMALL: Final = 40
"""Boxes of a picture that may show everything."""
LARGE: Final = 60
"""Boxes of a picture whose depth nobody has chosen."""


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
    """All scopes of a small network; of a large one each kind of scope once, where it first comes,
    with the scopes without a kind that it is made of, as long as a reader can take it in."""
    room = LARGE - len(graph.inputs) - len(graph.outputs)
    depth = 0
    while stretches.boxes(graph.root, depth) <= room - (LARGE - SMALL):
        if not any(_closed(graph.root, stretches, depth)):
            return View(depth)
        depth += 1
    room -= stretches.boxes(graph.root, 0)
    shown: set[int] = set()
    opened: set[str] = set()
    waiting = deque((scope, False) for scope in _closed(graph.root, stretches, 0))
    while waiting:
        scope, in_block = waiting.popleft()
        kind, more = stretches.skeleton(scope), stretches.boxes(scope, 0) - 1
        is_part = in_block and scope.kind is None
        if more <= room and (is_part or kind not in shown):
            room -= more
            opened.add(scope.path)
            shown.add(kind)
            inner = [
                (part, is_part or scope.kind is not None) for part in _scopes(scope, stretches)
            ]
            waiting.extendleft(reversed(inner))
    return View(0, frozenset(opened))


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

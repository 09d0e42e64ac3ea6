"""Which layer of one network takes the place of which layer of another."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from archspec.graph import Graph, Node

FEW_PAIRS: Final = 10_000
"""Of layers that are compared each with each."""
MAX_PAIRS: Final = 250_000
"""The same where nothing else says what is what; beyond that nothing is taken for the same."""
CONFLICTS: Final = 0.1
"""The share of common paths with other ops from which on paths say nothing about what is what."""

Match = tuple[Node | None, Node | None]
"""A layer of each network; None where only one has something there."""


def align(before: Graph, after: Graph) -> list[Match]:
    """All layers of both, inputs too, in an order that is that of both networks.

    Networks that mostly give one name to one thing are aligned by names, others by what their
    layers compute; what is between is aligned by how much two layers have in common.
    """
    keys = [_named, *_KEYS] if _agree(before, after) else _KEYS
    return list(_between(list(before.nodes.values()), list(after.nodes.values()), keys))


def _between(
    old: Sequence[Node], new: Sequence[Node], keys: Sequence[Callable[[Node], Hashable]]
) -> Iterator[Match]:
    """Long runs of layers with equal keys side by side; what is between by the other keys."""
    pairs = len(old) * len(new)
    is_small = pairs <= FEW_PAIRS and keys[:1] != [_named]
    if not keys or not pairs or is_small:
        yield from _best(old, new) if 0 < pairs <= MAX_PAIRS else _apart(old, new)
        return
    first, second = list(map(keys[0], old)), list(map(keys[0], new))
    for tag, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from zip(old[a:b], new[c:d], strict=True)
        else:
            yield from _between(old[a:b], new[c:d], keys[1:])


def _apart(old: Sequence[Node], new: Sequence[Node]) -> Iterator[Match]:
    yield from ((node, None) for node in old)
    yield from ((None, node) for node in new)


def _named(node: Node) -> Hashable:
    return node.path


def _content(node: Node) -> Hashable:
    """Equal for layers of one op and equal arguments."""
    return node.op_name, tuple(node.op.__dict__.values()), len(node.sources)


_KEYS: Final[list[Callable[[Node], Hashable]]] = [
    lambda node: (_content(node), *(x.channels for x in node.inputs)),
    _content,
    lambda node: node.op_name,
]
"""What two layers have in common, in less and less."""


def _agree(before: Graph, after: Graph) -> bool:
    """Whether a path is mostly the same op in both networks."""
    common = before.nodes.keys() & after.nodes.keys()
    conflicts = sum(before.nodes[path].op.role is not after.nodes[path].op.role for path in common)
    smaller = min(len(before.nodes), len(after.nodes))
    return 2 * len(common) >= smaller and conflicts <= CONFLICTS * len(common)


def _best(old: Sequence[Node], new: Sequence[Node]) -> Iterator[Match]:
    """Those with most in common side by side, in their order."""
    worth = [[_likeness(one, other) for other in new] for one in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = worth[i][j] and worth[i][j] + best[i + 1][j + 1]
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(old) and j < len(new):
        if worth[i][j] and best[i][j] == worth[i][j] + best[i + 1][j + 1]:
            yield old[i], new[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield old[i], None
            i += 1
        else:
            yield None, new[j]
            j += 1
    yield from ((node, None) for node in old[i:])
    yield from ((None, node) for node in new[j:])


def _likeness(one: Node, other: Node) -> float:
    """How much two layers have in common; 0 if they are nothing to each other."""
    if one.op.role is not other.op.role:
        return 0.0
    same_op = type(one.op) is type(other.op)
    alike = same_op and _content(one) == _content(other)
    return 1 + 2 * same_op + 4 * alike + (one.path == other.path) + (one.output == other.output)

"""Folding: which layers are shown as one, and which equal neighbours are shown once, as ``×6``."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.graph.graph import Graph, Member, Node, Scope, output_of
from archspec.op.base import Role

MAX_PERIOD: Final = 8
"""The longest repetition, in groups, that is looked for."""

LayerGroup = tuple[Member, ...]
"""What is shown as one: a scope, or a layer with those that only follow it."""


@final
@dataclass(frozen=True, slots=True)
class Policy:
    """Which layers join those in front of them: in one row, one box, one statement."""

    followers: frozenset[Role]
    """What joins a layer in front of it."""
    alone: frozenset[Role] = frozenset()
    """What nothing joins."""
    leads: frozenset[Role] = frozenset()
    """What any layer joins: the normalisation and activation before a convolution."""

    def admits(self, roles: Sequence[Role], role: Role) -> bool:
        """Whether a layer of a role joins a group that has these roles."""
        if roles[0] in self.alone:
            return False
        if roles[0] in self.leads:
            return all(other in self.leads for other in roles)
        return role in self.followers


_CONNECTED: Final = frozenset({Role.NORM, Role.ACTIVATION})
ROWS: Final = Policy(_CONNECTED)
"""Of a table: conv · BN · ReLU, add · ReLU."""
BOXES: Final = Policy(_CONNECTED | {Role.DROP, Role.SHAPE}, alone=frozenset({Role.MERGE}))
"""Of a figure: a merge stays a circle, and what a box passes on without a window is in it."""
STATEMENTS: Final = Policy(_CONNECTED | {Role.DROP, Role.SHAPE}, leads=_CONNECTED)
"""Of printed source: ``self.relu(self.bn(self.conv(x)))``."""
MAX_NESTED: Final = 72
"""Characters of an expression of printed source up to which calls are nested."""


def group_layers(graph: Graph, members: Sequence[Member], policy: Policy) -> list[LayerGroup]:
    """Neighbours in groups: a layer joins the one above it, which only this one reads."""
    outputs = {output.source for output in graph.outputs}
    groups: list[list[Member]] = []
    for member in members:
        if groups and _joins(graph, member, groups[-1], policy, outputs):
            groups[-1].append(member)
        else:
            groups.append([member])
    return [tuple(group) for group in groups]


def _joins(
    graph: Graph, member: Member, group: Sequence[Member], policy: Policy, outputs: set[str]
) -> bool:
    previous = group[-1]
    if not isinstance(member, Node) or not isinstance(previous, Node):
        return False
    if previous.op.role not in member.op.folds_behind():
        return False
    roles = [layer.op.role for layer in group if isinstance(layer, Node)]
    if not policy.admits(roles, member.op.role) or member.sources != (previous.path,):
        return False
    if len(graph.readers[previous.path]) != 1 or previous.path in outputs:
        return False
    return (member.path in graph.training_only) == (previous.path in graph.training_only)


@final
@dataclass(frozen=True, slots=True)
class Repeat:
    """Groups that are shown once for all of their copies; often there is one copy only."""

    copies: tuple[tuple[LayerGroup, ...], ...]
    """For every copy its groups."""

    @property
    def count(self) -> int:
        return len(self.copies)

    @property
    def first(self) -> tuple[Member, ...]:
        """The members of the first copy."""
        return tuple(member for group in self.copies[0] for member in group)

    @property
    def scope(self) -> Scope | None:
        """The scope that is repeated, if it is no layer."""
        member = self.copies[0][0][0]
        return member if isinstance(member, Scope) else None

    @property
    def last(self) -> Member:
        """The member whose output is the output of all."""
        return self.copies[-1][-1][-1]

    @property
    def members(self) -> Iterator[Member]:
        """Those of all copies."""
        return (member for copy in self.copies for group in copy for member in group)


Extends = Callable[[tuple[LayerGroup, ...], tuple[LayerGroup, ...]], bool]
"""Whether a copy goes on where the previous one ends."""


def fold(groups: Sequence[LayerGroup], keys: Sequence[Hashable]) -> list[Repeat]:
    """All groups in order, equal neighbours (by their keys) folded."""
    folded: list[Repeat] = []
    position = 0
    while position < len(groups):
        period, count = find_repeat(keys, position)
        folded.append(Repeat(tuple(split_copies(groups, position, period, count))))
        position += period * count
    return folded


def split_copies(
    groups: Sequence[LayerGroup], start: int, period: int, count: int
) -> Iterator[tuple[LayerGroup, ...]]:
    for place in range(start, start + period * count, period):
        yield tuple(groups[place : place + period])


def find_repeat(keys: Sequence[Hashable], start: int) -> tuple[int, int]:
    """Period and count of the longest repetition that begins here; (1, 1) if nothing repeats.

    What repeats has no equal parts: ``pool, conv ×3, pool, conv ×3`` reads better than
    ``(...) ×2``.
    """
    best = (1, 1)
    for period in range(1, MAX_PERIOD + 1):
        if start + 2 * period > len(keys):
            break
        pattern, count = keys[start : start + period], 1
        if len(set(pattern)) < period:
            break
        while keys[start + period * count : start + period * (count + 1)] == pattern:
            count += 1
        if count > 1 and period * count > best[0] * best[1]:
            best = (period, count)
    return best


def chain_copies(
    groups: Sequence[LayerGroup],
    keys: Sequence[Hashable],
    start: int,
    period: int,
    extends: Extends,
) -> Repeat:
    """The equal copies that begin here, each of which extends the one before it; the first group
    alone if there is one copy only."""
    copies = [tuple(groups[start : start + period])]
    pattern = keys[start : start + period]
    for place in range(start + period, len(groups) - period + 1, period):
        copy = tuple(groups[place : place + period])
        if keys[place : place + period] != pattern or not extends(copies[-1], copy):
            break
        copies.append(copy)
    return Repeat(tuple(copies) if len(copies) > 1 else (tuple(groups[start : start + 1]),))


@final
class Signatures:
    """Numbers for layers and scopes: equal for those that differ in names and input channels only.

    Two layers are equal if their ops are, argument by argument; two scopes if their layers are
    equal one by one and are wired in the same way.
    """

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._of_scope: dict[int, int] = {}
        self._kept: list[Scope] = []

    def of(self, member: Member) -> int:
        if isinstance(member, Node):
            shared = bool(member.weights), *member.tied
            return self._number(("op", type(member.op), _frozen(member), shared))
        if id(member) not in self._of_scope:
            places = {source: ("input", k) for k, source in enumerate(member.sources)}
            children = []
            for k, child in enumerate(member.children):
                wiring = tuple(places.get(source) for source in child.sources)
                children.append((self.of(child), wiring))
                places[output_of(child)] = ("child", k)
            key = ("scope", member.block, tuple(children), places.get(member.output))
            self._of_scope[id(member)] = self._number(key)
            self._kept.append(member)
        return self._of_scope[id(member)]

    def of_group(self, group: LayerGroup) -> int:
        return self._number(("group", tuple(self.of(member) for member in group)))

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))


def _frozen(node: Node) -> Hashable:
    return tuple(node.op.__dict__.values())


def nodes_of(member: Member) -> Iterator[Node]:
    """A layer alone, or the layers of a scope."""
    if isinstance(member, Node):
        yield member
    else:
        yield from member.nodes()


def repeated_block(scope: Scope) -> tuple[str, int] | None:
    """Block and count of a scope that is a chain of one block: a stage of a network."""
    blocks = {child.block if isinstance(child, Scope) else None for child in scope.children}
    block = next(iter(blocks))
    return (block, len(scope.children)) if len(blocks) == 1 and block is not None else None

"""Equal parts of a network: what a table folds to one row, a figure to one box ×6."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.graph import Node, Scope
from archspec.ops.base import Role

Member = Node | Scope

MAX_PERIOD: Final = 8
"""The longest unit, in parts, of which repetitions are looked for."""


def nodes_of(member: Member) -> Iterator[Node]:
    """A layer alone, or the layers of a scope."""
    if isinstance(member, Node):
        yield member
    else:
        yield from member.nodes()


@final
@dataclass(frozen=True, slots=True)
class Part:
    """One or more neighbours in a scope that are told together, and how often they come."""

    copies: tuple[tuple[Member, ...], ...]
    """For every repetition its members: a single scope, or a layer with what is told with it."""

    @property
    def count(self) -> int:
        return len(self.copies)

    @property
    def first(self) -> tuple[Member, ...]:
        return self.copies[0]

    @property
    def scope(self) -> Scope | None:
        """The scope that the part is a copy of, if it is no layer."""
        member = self.first[0]
        return member if isinstance(member, Scope) else None

    @property
    def last(self) -> Member:
        """The member whose output is the part's."""
        return self.copies[-1][-1]

    def nodes(self) -> Iterator[Node]:
        """All layers of all copies."""
        return (node for copy in self.copies for member in copy for node in nodes_of(member))


@final
class Signatures:
    """Numbers for parts: equal for parts that differ in names and input channels only.

    Two layers are equal if their ops are, argument by argument; two scopes if their layers are
    equal one by one and are wired in the same way.
    """

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._of_scope: dict[int, int] = {}
        self._kept: list[Scope] = []

    def of(self, member: Member) -> int:
        if isinstance(member, Node):
            return self._number(("op", type(member.op), _frozen(member), bool(member.weights)))
        if id(member) not in self._of_scope:
            places = {source: ("input", k) for k, source in enumerate(member.sources)}
            children = []
            for k, child in enumerate(member.children):
                wiring = tuple(places.get(source) for source in child.sources)
                children.append((self.of(child), wiring))
                places[child.output if isinstance(child, Scope) else child.path] = ("child", k)
            key = ("scope", member.block, tuple(children), places.get(member.output))
            self._of_scope[id(member)] = self._number(key)
            self._kept.append(member)
        return self._of_scope[id(member)]

    def of_all(self, members: Iterable[Member]) -> int:
        return self._number(("unit", tuple(self.of(member) for member in members)))

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))


def _frozen(node: Node) -> Hashable:
    return tuple(node.op.__dict__.values())


def units(scope: Scope, *, join: bool = True) -> list[tuple[Member, ...]]:
    """The children of a scope; with ``join``, a layer and the normalisation and activation that
    only follow it are one unit."""
    found: list[list[Member]] = []
    readers: dict[str, int] = {}
    for child in scope.children:
        for source in child.sources:
            readers[source] = readers.get(source, 0) + 1
    readers[scope.output] = readers.get(scope.output, 0) + 1
    for child in scope.children:
        previous = found[-1][-1] if found else None
        if join and previous is not None and _follows(child, previous, readers):
            found[-1].append(child)
        else:
            found.append([child])
    return [tuple(unit) for unit in found]


def _follows(child: Member, previous: Member, readers: dict[str, int]) -> bool:
    if not isinstance(child, Node) or not isinstance(previous, Node):
        return False
    if child.sources != (previous.path,) or readers.get(previous.path) != 1:
        return False
    if child.op.role is Role.NORM:
        return previous.op.role in (Role.CONV, Role.LINEAR)
    return child.op.role is Role.ACTIVATION and previous.op.role in (
        Role.CONV,
        Role.LINEAR,
        Role.NORM,
        Role.MERGE,
    )


def fold(scope: Scope, signatures: Signatures, *, join: bool = True) -> list[Part]:
    """The children of a scope with equal neighbours folded: ``×6``."""
    parts = units(scope, join=join)
    numbers = [signatures.of_all(unit) for unit in parts]
    folded: list[Part] = []
    position = 0
    while position < len(parts):
        period, count = run(numbers, position)
        length = period * count
        copies = [
            tuple(member for unit in parts[start : start + period] for member in unit)
            for start in range(position, position + length, period)
        ]
        folded.append(Part(tuple(copies)))
        position += length
    return folded


def run(numbers: Sequence[Hashable], start: int) -> tuple[int, int]:
    """Period and count of the longest repetition that begins here; (1, 1) if nothing repeats.
    A unit has no equal parts: ``pool, conv ×3, pool, conv ×3`` reads better than ``(...) ×2``."""
    best = (1, 1)
    for period in range(1, MAX_PERIOD + 1):
        if start + 2 * period > len(numbers):
            break
        unit, count = numbers[start : start + period], 1
        if len(set(unit)) < period:
            break
        while numbers[start + period * count : start + period * (count + 1)] == unit:
            count += 1
        if count > 1 and period * count > best[0] * best[1]:
            best = (period, count)
    return best


def repeated_block(scope: Scope) -> tuple[str, int] | None:
    """Block and count of a scope that is a chain of one block: a stage of a network."""
    kinds = {child.block if isinstance(child, Scope) else None for child in scope.children}
    kind = next(iter(kinds))
    if len(kinds) == 1 and kind is not None:
        return kind, len(scope.children)
    return None

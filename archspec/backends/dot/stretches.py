"""What of a scope is drawn once: its units, and how often each comes in series or in parallel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.graph import Graph, Node, Scope
from archspec.op import Role
from archspec.structure import Member, Part, Signatures, fold, units

Unit = tuple[Member, ...]
"""One scope, or a layer and what is told with it."""

MIN_PARALLEL: Final = 5
"""So many equal branches are drawn as one; fewer are drawn side by side."""


@final
@dataclass(frozen=True, slots=True)
class Stretch:
    """Units that are drawn once, for all of their copies."""

    units: tuple[Unit, ...]
    """Those of the first copy."""
    copies: tuple[Unit, ...]
    parallel: bool = False

    @property
    def count(self) -> int:
        return len(self.copies)

    @property
    def members(self) -> Iterator[Member]:
        return (member for copy in self.copies for member in copy)


@final
class Stretches:
    """The stretches of every scope of a graph that is asked for."""

    def __init__(self, graph: Graph, *, fold: bool) -> None:
        self._fold = fold
        self._signatures = Signatures()
        self._found: dict[int, list[Stretch]] = {}
        self._skeletons: dict[int, int] = {}
        self._numbers: dict[Hashable, int] = {}
        self._outputs = frozenset(output.source for output in graph.outputs)
        self._outputs_in: dict[str, set[str]] = defaultdict(set)
        """The outputs of the network that come from inside of a scope, or are a layer's."""
        for source in self._outputs:
            for end, character in enumerate(f"{source}."):
                if character == ".":
                    self._outputs_in[source[:end]].add(source)

    def of(self, scope: Scope) -> list[Stretch]:
        if id(scope) not in self._found:
            self._found[id(scope)] = list(self._of(scope))
        return self._found[id(scope)]

    def lone(self, member: Member) -> tuple[Node, ...] | None:
        """The one unit of layers that a scope is made of, if it is: a box needs no frame."""
        if isinstance(member, Node):
            return (member,)
        stretches = self.of(member)
        if len(stretches) != 1 or stretches[0].count > 1 or len(stretches[0].units) > 1:
            return None
        (unit,) = stretches[0].units
        return self.lone(unit[0]) if len(unit) == 1 else layers(unit)

    def skeleton(self, member: Member) -> int:
        """Equal for scopes that look the same but for the numbers in their boxes."""
        if isinstance(member, Node):
            return self._number(type(member.op))
        if id(member) not in self._skeletons:
            inner = tuple(
                tuple(self.skeleton(part) for part in unit)
                for stretch in self.of(member)
                for unit in stretch.units
            )
            self._skeletons[id(member)] = self._number((member.kind, inner))
        return self._skeletons[id(member)]

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def boxes(self, scope: Scope, depth: int) -> int:
        """How many boxes a scope makes if scopes that are deeper than that are closed."""
        return sum(self._boxes(unit, depth) for stretch in self.of(scope) for unit in stretch.units)

    def _boxes(self, unit: Unit, depth: int) -> int:
        if isinstance(unit[0], Node):
            return len(boxed(layers(unit)))
        lone = self.lone(unit[0])
        if lone is not None:
            return len(boxed(lone))
        return self.boxes(unit[0], depth - 1) if depth > 0 else 1

    def _of(self, scope: Scope) -> Iterator[Stretch]:
        whole = units(scope)
        if not self._fold:
            yield from (Stretch((unit,), (unit,)) for unit in whole)
            return
        unit_of = {id(member): unit for unit in whole for member in unit}
        readers = _readers(scope)
        for part in fold(scope, self._signatures):
            for copies, parallel in self._runs(part, readers):
                split = tuple(dict.fromkeys(unit_of[id(member)] for member in copies[0]))
                if len(copies) > 1:
                    yield Stretch(split, tuple(copies), parallel)
                else:
                    yield from (Stretch((unit,), (unit,)) for unit in split)

    def _runs(
        self, part: Part, readers: Mapping[str, set[str]]
    ) -> Iterator[tuple[list[Unit], bool]]:
        """Equal copies that feed one the other, or that all read and feed the same."""
        if self._side_by_side(part.copies, readers):
            yield list(part.copies), True
            return
        run = [part.copies[0]]
        for copy in part.copies[1:]:
            if self._follows(copy, run[-1], readers):
                run.append(copy)
            else:
                yield run, False
                run = [copy]
        yield run, False

    def _follows(self, copy: Unit, previous: Unit, readers: Mapping[str, set[str]]) -> bool:
        """The copy reads the previous one and nothing else, and nothing else reads that."""
        end = output(previous[-1])
        return (
            end not in self._outputs
            and read(copy) == {end}
            and len(read(previous)) == 1
            and read_from(previous, readers) <= {member.path for member in copy}
            and not self._is_tapped(previous)
            and not self._is_tapped(copy)
        )

    def _side_by_side(self, copies: Sequence[Unit], readers: Mapping[str, set[str]]) -> bool:
        sources, targets = read(copies[0]), read_from(copies[0], readers)
        return len(copies) >= MIN_PARALLEL and all(
            read(copy) == sources
            and read_from(copy, readers) == targets
            and output(copy[-1]) not in self._outputs
            and not self._is_tapped(copy)
            for copy in copies
        )

    def _is_tapped(self, copy: Unit) -> bool:
        """Whether an output of the network comes from inside, and not from the end."""
        taps = {tap for member in copy for tap in self._outputs_in.get(member.path, ())}
        return bool(taps - {output(copy[-1])})


def layers(unit: Unit) -> tuple[Node, ...]:
    return tuple(member for member in unit if isinstance(member, Node))


def boxed(unit: tuple[Node, ...]) -> tuple[tuple[Node, ...], ...]:
    """The boxes of a unit of layers: a merge is a circle and never holds its activation."""
    if unit[0].op.role is Role.MERGE and len(unit) > 1:
        return (unit[:1], unit[1:])
    return (unit,)


def output(member: Member) -> str:
    """Path of the layer whose output is the member's."""
    return member.output if isinstance(member, Scope) else member.path


def read(copy: Iterable[Member]) -> set[str]:
    """What a copy reads from outside."""
    members = list(copy)
    own = {output(member) for member in members}
    return {source for member in members for source in member.sources} - own


def read_from(copy: Unit, readers: Mapping[str, set[str]]) -> set[str]:
    """Who reads a copy from outside."""
    own = {member.path for member in copy}
    return {reader for member in copy for reader in readers.get(output(member), ())} - own


def _readers(scope: Scope) -> Mapping[str, set[str]]:
    """For every output in a scope who reads it; the empty path stands for who reads the scope."""
    readers: dict[str, set[str]] = defaultdict(set)
    for child in scope.children:
        for source in child.sources:
            readers[source].add(child.path)
    readers[scope.output].add("")
    return readers

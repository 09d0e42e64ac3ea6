"""What of a scope is drawn once: layers that are told together, and copies that follow each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from archspec.escaping import clean
from archspec.figures.outline.formulas import Formulas
from archspec.figures.request import Options
from archspec.graph import Graph, Node, Scope
from archspec.graph.folding import Member, Signatures, nodes_of, repeated_block, run
from archspec.ops.base import Role

MAX_TOLD: Final = 5
"""Layers in one box."""

Unit = tuple[Member, ...]
"""One scope, or a layer with what is told with it."""


@final
@dataclass(frozen=True, slots=True)
class Stretch:
    """Units that are drawn once for all of their copies."""

    copies: tuple[tuple[Unit, ...], ...]

    @property
    def members(self) -> Iterator[Member]:
        return (member for copy in self.copies for unit in copy for member in unit)


@final
class Stretches:
    """The stretches of the scopes of one graph, as the options want them."""

    def __init__(self, graph: Graph, options: Options) -> None:
        self._graph = graph
        self._options = options
        self._signatures = Signatures()
        self._outputs = frozenset(output.source for output in graph.outputs)
        self._joins = options.style != "full"

    def members(self, scope: Scope, depth: int) -> Iterator[Member]:
        """The children, where inline scopes without a picture of their own are taken apart."""
        for child in scope.children:
            if isinstance(child, Scope) and self._is_apart(child):
                yield from self.members(child, depth)
            else:
                yield child

    def groups(self, scope: Scope) -> Iterator[tuple[str, frozenset[str]]]:
        """Title and paths of the groups in a scope, and in what of it is taken apart. A group that
        repeats is a loop, and no part of the network."""
        prefix = f"{scope.path}." if scope.path else ""
        titles = Counter(group.title for group in scope.groups)
        for group in scope.groups:
            if titles[group.title] == 1:
                yield clean(group.title), frozenset(f"{prefix}{name}" for name in group.children)
        for child in scope.children:
            if isinstance(child, Scope) and self._is_apart(child):
                yield from self.groups(child)

    def _is_apart(self, scope: Scope) -> bool:
        if scope.path in self._options.close or scope.path in self._options.open:
            return False
        if self._options.style in ("full", "blocks"):
            return True
        if scope.block is None:
            return not self.is_stage(scope)
        return self._is_lone(scope)

    def _is_lone(self, scope: Scope) -> bool:
        """Whether one box tells all of a scope: a convolution with what follows it."""
        nodes = [child for child in scope.children if isinstance(child, Node)]
        if len(nodes) < len(scope.children) or len(nodes) > MAX_TOLD or not self._joins:
            return False
        return len(self._units(nodes)) == 1 and scope.output == nodes[-1].path

    def is_stage(self, scope: Scope) -> bool:
        """A chain of at least two instances of one block."""
        block = repeated_block(scope)
        return (
            self._options.fold
            and block is not None
            and block[1] > 1
            and isinstance(scope.children[0], Scope)
            and not self._is_lone(scope.children[0])
            and self._is_chain(scope.children)
            and scope.output == output_of(scope.children[-1])
        )

    def opens(self, scope: Scope, depth: int) -> bool:
        """Whether one sees what is inside: of a scope that is to be open, or has such a one in it."""
        if scope.path in self._options.close:
            return False
        if any(f"{path}.".startswith(f"{scope.path}.") for path in self._options.open):
            return True
        return depth < (self._options.depth or 0)

    def _units(self, members: Sequence[Member]) -> list[Unit]:
        units: list[list[Member]] = []
        for member in members:
            if units and self._joins and self._follows(member, units[-1]):
                units[-1].append(member)
            else:
                units.append([member])
        return [tuple(unit) for unit in units]

    def _follows(self, member: Member, unit: Sequence[Member]) -> bool:
        """Whether a layer is told in the box of the one that it alone reads."""
        previous = unit[-1]
        if not isinstance(member, Node) or not isinstance(previous, Node):
            return False
        if member.sources != (previous.path,) or not self._is_read_once(previous.path):
            return False
        if (member.path in self._graph.training_only) != (
            previous.path in self._graph.training_only
        ):
            return False
        head, role = unit[0].op.role if isinstance(unit[0], Node) else None, member.op.role
        if head is Role.MERGE:
            return False
        if role in (Role.NORM, Role.ACTIVATION):
            return previous.op.role in (Role.CONV, Role.LINEAR, Role.NORM)
        return role is Role.DROP or (
            role is Role.SHAPE and member.op_name in ("Flatten", "Identity")
        )

    def _is_read_once(self, path: str) -> bool:
        return len(self._graph.readers[path]) == 1 and path not in self._outputs

    def of(self, scope: Scope, depth: int, formulas: Formulas | None = None) -> list[Stretch]:
        """The stretches of a scope, in written order."""
        units = self._units(list(self.members(scope, depth)))
        if not self._options.fold:
            return [Stretch(((unit,),)) for unit in units]
        kinds: list[Hashable] = [self._kind_of(unit, depth) for unit in units]
        numbers: list[Hashable] = [self._number(unit, depth) for unit in units]
        if formulas is not None:
            everywhere = [formulas.values(only_nodes(unit)) for unit in units]
            kinds = list(zip(kinds, everywhere, strict=True))
            numbers = list(zip(numbers, everywhere, strict=True))
        stretches: list[Stretch] = []
        position = 0
        while position < len(units):
            stretch = self._chain(units, kinds, position, 1, by_size=True)
            if len(stretch.copies) == 1:
                stretch = self._chain(units, numbers, position, run(numbers, position)[0])
            stretches.append(stretch)
            position += len(stretch.copies) * len(stretch.copies[0])
        return stretches

    def _chain(
        self,
        units: Sequence[Unit],
        kinds: Sequence[Hashable],
        start: int,
        period: int,
        *,
        by_size: bool = False,
    ) -> Stretch:
        """The copies that begin here and feed one the other; a single unit if there are none.
        With ``by_size``, one that changes the resolution begins anew."""
        copies = [tuple(units[start : start + period])]
        wanted = kinds[start : start + period]
        for place in range(start + period, len(units) - period + 1, period):
            copy = tuple(units[place : place + period])
            if kinds[place : place + period] != wanted or not self._continues(copies[-1], copy):
                break
            if by_size and self.reduction([copy[0][0]]):
                break
            copies.append(copy)
        return Stretch(tuple(copies) if len(copies) > 1 else (tuple(units[start : start + 1]),))

    def _number(self, unit: Unit, depth: int) -> int:
        """Equal for equal units that may be told together; an open scope is told alone."""
        member = unit[0]
        if isinstance(member, Scope) and self.opens(member, depth):
            return -1 - id(member)
        return self._signatures.of_all(unit)

    def _kind_of(self, unit: Unit, depth: int) -> Hashable:
        """Equal for instances of a block, which are told together whatever their arguments."""
        member = unit[0]
        if not isinstance(member, Scope) or self.opens(member, depth):
            return self._number(unit, depth)
        if member.block is None or self.is_stage(member):
            return self._number(unit, depth)
        return member.block

    def _continues(self, previous: tuple[Unit, ...], copy: tuple[Unit, ...]) -> bool:
        """The copy reads the previous one and nothing else, and nothing else reads that."""
        end = output_of(previous[-1][-1])
        inside = {member.path for unit in copy for member in unit}
        readers = self._graph.readers[end]
        members = [member for unit in copy for member in unit]
        before = [member for unit in previous for member in unit]
        return (
            set(read_by(copy)) == {end}
            and end not in self._outputs
            and all(is_inside(reader, inside) for reader in readers)
            and not self._is_tapped(members)
            and not self._is_tapped(before)
        )

    def _is_chain(self, members: Sequence[Member]) -> bool:
        pairs = pairwise(members)
        return all(self._continues(((first,),), ((second,),)) for first, second in pairs)

    def _is_tapped(self, members: Sequence[Member]) -> bool:
        """Whether something outside reads what is inside, and not the end."""
        paths = {member.path for member in members}
        end = output_of(members[-1])
        nodes = (node for member in members for node in nodes_of(member) if node.path != end)
        return any(
            node.path in self._outputs
            or any(not is_inside(reader, paths) for reader in self._graph.readers[node.path])
            for node in nodes
        )

    def reduction(self, copies: Sequence[Member]) -> int | None:
        """2 of what halves the resolution."""
        first = copies[0]
        source = self._graph.nodes[first.sources[0]].output if first.sources else None
        target = self._graph.nodes[output_of(copies[-1])].output
        if source is None or not (source.is_map and target.is_map):
            return None
        for ratio in (2, 4, 8, 16, 32):
            if all(
                abs(before / ratio - after) < 1
                for before, after in zip(source.spatial, target.spatial, strict=True)
            ):
                return ratio if target.spatial != (1, 1) else None
        return None


# ---------------------------------------------------------------- members


def only_nodes(unit: Unit) -> tuple[Node, ...]:
    return tuple(member for member in unit if isinstance(member, Node))


def output_of(member: Member) -> str:
    return member.output if isinstance(member, Scope) else member.path


def read_by(copy: Iterable[Unit]) -> list[str]:
    """What some units read from outside, one entry an edge of the figure."""
    members = [member for unit in copy for member in unit]
    paths = {member.path for member in members}
    return [
        source
        for member in members
        for source in (
            dict.fromkeys(member.sources) if isinstance(member, Scope) else member.sources
        )
        if not is_inside(source, paths)
    ]


def is_inside(path: str, scopes: Set[str]) -> bool:
    while path and path not in scopes:
        path = path.rpartition(".")[0]
    return bool(path)

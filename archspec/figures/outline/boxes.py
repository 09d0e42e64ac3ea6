"""The boxes of a scope: which layers share one, and which copies are drawn once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby, pairwise
from typing import Final, final

from archspec.describe.formulas import as_unicode
from archspec.describe.layers import SEPARATOR
from archspec.escaping import clean
from archspec.figures.annotations.selectors import find_scopes
from archspec.figures.outline.formulas import Formulas
from archspec.figures.request import Options
from archspec.graph import Depiction, Graph, Group, Member, Node, Scope, output_of
from archspec.graph.folding import (
    BOXES,
    LayerGroup,
    Repeat,
    Signatures,
    chain_copies,
    find_repeat,
    group_layers,
    nodes_of,
    repeated_block,
)

MAX_LAYERS: Final = 5
"""Layers in one box."""


@final
class Boxes:
    """The boxes of the scopes of one graph, as the options want them."""

    def __init__(
        self,
        graph: Graph,
        options: Options,
        formulas: Formulas | None,
        depiction: Callable[[Member], Depiction],
        *,
        flat: bool = False,
    ) -> None:
        self._graph = graph
        self._options = options
        self._formulas = formulas
        self._depiction = depiction
        self._flat = flat
        self.flattened: dict[str, Scope] = {}
        """Open scopes that were taken apart, by path."""
        self._opened = find_scopes(graph, options.open)
        self._closed = find_scopes(graph, options.close)
        self._with_open = {around for path in self._opened for around in _around(path)}
        """Open scopes, and those that have one in them."""
        self._signatures = Signatures()
        self._outputs = frozenset(output.source for output in graph.outputs)
        self._folds = options.fold and options.style != "full"

    def members(self, scope: Scope, depth: int) -> Iterator[Member]:
        """The children, where inline scopes without a picture of their own are taken apart."""
        for child in scope.children:
            if isinstance(child, Scope) and self._is_flattened(child, depth):
                self.flattened[child.path] = child
                yield from self.members(child, depth)
            elif isinstance(child, Scope) and self._is_apart(child):
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
                yield _title_of(group), frozenset(f"{prefix}{name}" for name in group.children)
        for child in scope.children:
            if isinstance(child, Scope) and self._is_apart(child):
                yield from self.groups(child)

    def _is_flattened(self, scope: Scope, depth: int) -> bool:
        """Whether a scope is open that has several inputs, or is read in the middle: a frame with
        one beginning and one end would show edges that there are not."""
        is_plain = len(scope.inputs) == 1 and scope.path not in self._graph.taps
        return self._flat and not is_plain and self.opens(scope, depth)

    def _is_apart(self, scope: Scope) -> bool:
        if scope.path in self._closed or scope.path in self._opened:
            return False
        if self._options.style in ("full", "blocks"):
            return True
        is_tapped = scope.path in self._graph.taps
        if scope.block is None:  # a line out of the middle of it would not show where it begins
            return is_tapped or not self.is_stage(scope)
        if is_tapped and _is_divided(scope):  # a box would say that each input leads to each output
            return True
        return self._is_lone(scope)

    def _is_lone(self, scope: Scope) -> bool:
        """Whether one box shows all of a scope: a convolution with what follows it."""
        nodes = [child for child in scope.children if isinstance(child, Node)]
        if len(nodes) < len(scope.children) or len(nodes) > MAX_LAYERS:
            return False
        return len(self._grouped(nodes)) == 1 and scope.output == nodes[-1].path

    def is_stage(self, scope: Scope) -> bool:
        """A chain of at least two instances of one block."""
        block = repeated_block(scope)
        return (
            self._folds
            and block is not None
            and block[1] > 1
            and isinstance(scope.children[0], Scope)
            and not self._is_lone(scope.children[0])
            and self._is_chain(scope.children)
            and len({self._depiction(child) for child in scope.children}) == 1
            and scope.output == output_of(scope.children[-1])
        )

    def opens(self, scope: Scope, depth: int) -> bool:
        """Whether one sees what is inside: of a scope that is to be open, or has such a one in it."""
        if scope.path in self._closed:
            return False
        if scope.path in self._with_open:
            return True
        depth += sum(scope.path.startswith(f"{path}.") for path in self.flattened)
        return depth < (self._options.depth or 0)

    def of(self, scope: Scope, depth: int) -> list[Repeat]:
        """The boxes of a scope, in written order."""
        groups = self._grouped(list(self.members(scope, depth)))
        groups = [group for group in groups if not self._depiction(group[0]).hide]
        if not self._folds:
            return [Repeat(((group,),)) for group in groups]
        blocks: list[Hashable] = [self._block_of(group, depth) for group in groups]
        numbers: list[Hashable] = [self._number(group, depth) for group in groups]
        if self._formulas is not None:
            everywhere = [self._formulas.values(group) for group in groups]
            blocks = list(zip(blocks, everywhere, strict=True))
            numbers = list(zip(numbers, everywhere, strict=True))
        repeats: list[Repeat] = []
        position = 0
        while position < len(groups):
            repeat = chain_copies(groups, blocks, position, 1, self._continues_at_size)
            if repeat.count == 1:
                period, _ = find_repeat(numbers, position)
                repeat = chain_copies(groups, numbers, position, period, self._continues)
            if len(repeat.copies[0]) > 1 and len(set(read_by(repeat.copies[0]))) > 1:
                repeat = Repeat(((groups[position],),))  # a frame has one beginning
            if not _is_as_written(repeat.copies[0]):
                repeat = Repeat(((groups[position],),))
            repeats.append(repeat)
            position += repeat.count * len(repeat.copies[0])
        return repeats

    def hidden(self, scope: Scope, depth: int) -> Mapping[str, Sequence[str]]:
        """What a spec hides of a scope, with what it reads."""
        groups = self._grouped(list(self.members(scope, depth)))
        hidden = [group for group in groups if self._depiction(group[0]).hide]
        return {member.path: read_by([(member,)]) for group in hidden for member in group}

    def _grouped(self, members: Sequence[Member]) -> list[LayerGroup]:
        """Neighbours in one box, all of which the same instances have, and the spec shows alike."""
        groups = [
            part
            for group in group_layers(self._graph, members, BOXES)
            for part in self._divided(group)
        ]
        if self._formulas is None:
            return groups
        having = self._formulas.union.having
        return [
            tuple(alike)
            for group in groups
            for _, alike in groupby(group, key=lambda member: having(member.path))
        ]

    def _divided(self, group: LayerGroup) -> Iterator[LayerGroup]:
        """A layer with a text or a colour of its own begins a box, and so does what goes on behind
        one that is hidden, or under another brace."""
        start = 0
        for k, member in enumerate(group):
            own, head = self._depiction(member), self._depiction(group[start])
            has_own = own.label or own.note or own.color not in (None, head.color)
            is_apart = own.group and own.group != head.group
            if k and (has_own or is_apart or (head.hide and not own.hide)):
                yield group[start:k]
                start = k
        yield group[start:]

    def _continues_at_size(
        self, previous: tuple[LayerGroup, ...], copy: tuple[LayerGroup, ...]
    ) -> bool:
        """The same for copies at one resolution: one that changes it begins anew."""
        return self._continues(previous, copy) and not reduction(self._graph, [copy[0][0]])

    def _number(self, group: LayerGroup, depth: int) -> Hashable:
        """Equal for equal groups that one box may stand for; an open scope stands alone."""
        member = group[0]
        if isinstance(member, Scope) and self.opens(member, depth):
            return -1 - id(member)
        return self._signatures.of_group(group), self._depiction(member)

    def _block_of(self, group: LayerGroup, depth: int) -> Hashable:
        """Equal for instances of a block, for which one box stands whatever their numbers are; not
        for those of which one has other ops than the other."""
        member = group[0]
        if not isinstance(member, Scope) or self.opens(member, depth):
            return self._number(group, depth)
        if member.block is None or self.is_stage(member):
            return self._number(group, depth)
        chosen = {name: one for name, one in member.arguments.items() if isinstance(one, str)}
        return member.block, self._depiction(member), *chosen.items()

    def _continues(self, previous: tuple[LayerGroup, ...], copy: tuple[LayerGroup, ...]) -> bool:
        """The copy reads the previous one and nothing else, and nothing else reads that; or both
        are cells that read two before them (NASNet)."""
        members = [member for group in copy for member in group]
        before = [member for group in previous for member in group]
        inside = {member.path for member in members}
        ends, read = self._given(before), set(read_by(copy))
        others = {
            reader
            for end in ends
            for reader in self._graph.readers[end]
            if not is_inside(reader, inside)
        }
        alone = read == ends and not others
        return (
            (alone or self._are_cells(previous, copy, others))
            and not ends & self._outputs
            and not self._is_tapped(members)
            and not self._is_tapped(before)
        )

    def _are_cells(
        self, previous: tuple[LayerGroup, ...], copy: tuple[LayerGroup, ...], others: Set[str]
    ) -> bool:
        """The copy reads the previous one, and one that the previous one reads; what else reads the
        previous one reads the copy, too."""
        end, after = output_of(previous[-1][-1]), output_of(copy[-1][-1])
        read, before = set(read_by(copy)), set(read_by(previous))
        is_cell = isinstance(copy[0][0], Scope) and len(copy) == 1
        if not is_cell or not len(read) == len(before) == 2 or not {end} < read <= {end} | before:
            return False
        around = copy[0][0].path.rpartition(".")[0]
        readers = {_child_of(around, reader) for reader in self._graph.readers[after]}
        return {_child_of(around, reader) for reader in others} <= readers

    def _given(self, members: Sequence[Member]) -> set[str]:
        """What some members give: the output of the last, of a block all of its outputs."""
        last = members[-1]
        is_block = isinstance(last, Scope) and last.block is not None
        taps = self._graph.taps.get(last.path, ()) if is_block else ()
        return {output_of(last), *(f"{last.path}.{tap}" for tap in taps)}

    def _is_chain(self, members: Sequence[Member]) -> bool:
        pairs = pairwise(members)
        return all(self._continues(((first,),), ((second,),)) for first, second in pairs)

    def _is_tapped(self, members: Sequence[Member]) -> bool:
        """Whether something outside reads what is inside, and none of what they give."""
        paths = {member.path for member in members}
        ends = self._given(members)
        nodes = (node for member in members for node in nodes_of(member) if node.path not in ends)
        return any(
            node.path in self._outputs
            or any(not is_inside(reader, paths) for reader in self._graph.readers[node.path])
            for node in nodes
        )


# ---------------------------------------------------------------- members


def _around(path: str) -> Iterator[str]:
    """The path, and those of all scopes that it is in."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _title_of(group: Group) -> str:
    """What stands over a group: its title, or what the spec says instead or beside it."""
    own = group.figure or Depiction()
    words = (as_unicode(own.label) if own.label else group.title, own.note)
    return clean(SEPARATOR.join(filter(None, words)))


def only_nodes(group: LayerGroup) -> tuple[Node, ...]:
    return tuple(member for member in group if isinstance(member, Node))


def _is_divided(scope: Scope) -> bool:
    """Whether it is several networks beside each other, such as a convolution for each level."""
    pieces: list[set[str]] = []
    for node in scope.nodes():
        joined = [piece for piece in pieces if not piece.isdisjoint(node.sources)]
        pieces = [piece for piece in pieces if piece.isdisjoint(node.sources)]
        pieces.append({node.path}.union(*joined))
    return len(pieces) > 1


def _is_as_written(copy: Sequence[LayerGroup]) -> bool:
    """Whether the lines of a copy follow each other in the file: what repeats there begins with the
    first of them."""
    origins = [origin for group in copy if (origin := group[0].origin) is not None]
    return all(
        first.source is not second.source or first.key.line <= second.key.line
        for first, second in pairwise(origins)
    )


def read_by(copy: Iterable[LayerGroup]) -> list[str]:
    """What some groups read from outside, one entry an edge of the figure."""
    members = [member for group in copy for member in group]
    paths = {member.path for member in members}
    return [
        source
        for member in members
        for source in (
            dict.fromkeys(member.sources) if isinstance(member, Scope) else member.operands
        )
        if not is_inside(source, paths)
    ]


def past(hidden: Mapping[str, Sequence[str]], sources: Iterable[str]) -> list[str]:
    """Sources without those that are hidden, in whose place is what they read."""
    if not hidden:
        return list(sources)
    found: dict[str, None] = {}
    for source in sources:
        around = next((path for path in _around(source) if path in hidden), None)
        found |= dict.fromkeys(past(hidden, hidden[around]) if around else (source,))
    return list(found)


def reduction(graph: Graph, copies: Sequence[Member]) -> int | None:
    """2 of what halves the resolution."""
    first = copies[0]
    source = graph.nodes[first.sources[0]].output if first.sources else None
    target = graph.nodes[output_of(copies[-1])].output
    if source is None or not source.is_map or source.rank != target.rank:
        return None
    for ratio in (2, 4, 8, 16, 32):
        if all(
            abs(before / ratio - after) < 1
            for before, after in zip(source.spatial, target.spatial, strict=True)
        ):
            return ratio if set(target.spatial) != {1} else None
    return None


def _child_of(scope: str, path: str) -> str:
    """The child of a scope that a path leads through; the path if it is elsewhere."""
    prefix = f"{scope}." if scope else ""
    return prefix + path[len(prefix) :].partition(".")[0] if path.startswith(prefix) else path


def is_inside(path: str, scopes: Set[str]) -> bool:
    while path and path not in scopes:
        path = path.rpartition(".")[0]
    return bool(path)

"""The rows of a network: repeats folded, layers joined, and no deeper than there is room for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, final

from archspec.analyses.stats import Totals, total
from archspec.describe.layers import abbreviation, block, layer
from archspec.graph import Graph, Member, Node, Scope
from archspec.graph.folding import (
    ROWS,
    LayerGroup,
    Repeat,
    Signatures,
    fold,
    group_layers,
    nodes_of,
    repeated_block,
)

MAX_ROWS: Final = 22
"""Rows of a table, without its head and its total."""


@final
@dataclass(frozen=True, slots=True)
class StatsRow:
    """One line of a network's table."""

    name: str
    indent: int
    count: int
    """How many equal neighbours the row stands for."""
    operation: str
    short_operation: str
    """The same with the ops' short names."""
    output: tuple[int, ...] = ()
    """Of the last copy."""
    totals: Totals | None = None
    """Over all copies; None for a scope whose insides follow as rows of their own."""
    legend: str | None = None
    """The names of the block parameters whose values ``operation`` shows."""
    is_even: bool = True
    """All copies give outputs of one shape."""
    layers: tuple[Node, ...] = ()
    """Those of all copies, the one whose output is shown at the end; none of an open scope."""


@final
class FoldedMembers:
    """A part of a scope, in all copies of the scope at once."""

    def __init__(self, repeat: Repeat, members: Sequence[Member], tree: _Tree) -> None:
        self.repeat = repeat
        self.members = members
        """Of all copies of the part in all copies of the scope."""
        self._tree = tree

    @property
    def scopes(self) -> list[Scope]:
        return [member for member in self.members if isinstance(member, Scope)]

    @cached_property
    def children(self) -> list[FoldedMembers]:
        """The parts inside; none of a layer, or of several that repeat together."""
        if self.repeat.scope is None or len(self.repeat.first) > 1:
            return []
        return self._tree.entries(self.scopes)

    @property
    def core(self) -> FoldedMembers:
        """What the part consists of: of a scope with one part, that part."""
        return self.children[0].core if len(self.children) == 1 else self

    @property
    def core_depth(self) -> int:
        """How many scopes are around the core."""
        return 1 + self.children[0].core_depth if len(self.children) == 1 else 0

    @property
    def count(self) -> int:
        """How many equal cores there are side by side."""
        return self.repeat.count * (self.children[0].count if len(self.children) == 1 else 1)

    @property
    def outputs(self) -> list[str]:
        """Paths of what the copies give."""
        return [
            member.path
            for member in self.members[len(self.repeat.first) - 1 :: len(self.repeat.first)]
        ]

    @cached_property
    def layers(self) -> list[Node]:
        return [node for member in self.members for node in nodes_of(member)]


@final
class _Tree:
    """The entries of a network, made as far as they are asked for."""

    def __init__(self, graph: Graph, *, split: bool = False) -> None:
        self.graph = graph
        self._split = split
        self._signatures = Signatures()

    @cached_property
    def top(self) -> list[FoldedMembers]:
        return self.entries([self.graph.root])

    def entries(self, scopes: Sequence[Scope]) -> list[FoldedMembers]:
        """The repeats of scopes that are equal: folded as those of the first."""
        found, start = [], 0
        for repeat in self._repeats(scopes[0]):
            end = start + sum(1 for _ in repeat.members)
            members = [member for scope in scopes for member in scope.children[start:end]]
            found.append(FoldedMembers(repeat, members, self))
            start = end
        return found

    def _repeats(self, scope: Scope) -> Iterator[Repeat]:
        """The children of a scope, folded; split, only copies with the same numbers are folded, one
        scope each."""
        groups = group_layers(self.graph, scope.children, ROWS)
        repeats = fold(groups, [self._signatures.of_group(group) for group in groups])
        if not self._split:
            yield from repeats
            return
        for repeat in repeats:
            is_one = repeat.scope is None or len(repeat.first) == 1
            if is_one and _are_equal(repeat.copies):
                yield repeat
            else:
                yield from (Repeat(((group,),)) for copy in repeat.copies for group in copy)

    def rows(self, depth: int, limit: int | None = None) -> list[StatsRow] | None:
        """The rows with scopes opened so far; None if there are more than the limit."""
        found: list[StatsRow] = []
        for row in self._walk(self.top, 0, depth):
            if limit is not None and len(found) == limit:
                return None
            found.append(row)
        return found

    def _walk(
        self, entries: Sequence[FoldedMembers], level: int, depth: int, indent: int = 0
    ) -> Iterator[StatsRow]:
        for entry in entries:
            inner_level = level + entry.core_depth + 1
            inner = entry.core.children if inner_level <= depth else []
            yield self._row(entry, indent, is_open=bool(inner))
            yield from self._walk(inner, inner_level, depth, indent + 1)

    def _row(self, entry: FoldedMembers, indent: int, *, is_open: bool) -> StatsRow:
        operation, short, legend = _operation(entry.core, is_open=is_open)
        row = StatsRow(_name(entry.repeat), indent, entry.count, operation, short)
        if is_open:
            return row
        *others, output = (self.graph.output_type(path).shape for path in entry.outputs)
        return replace(
            row,
            output=output,
            totals=total(entry.layers),
            legend=legend,
            is_even=all(other == output for other in others),
            layers=self._ending(entry),
        )

    def _ending(self, entry: FoldedMembers) -> tuple[Node, ...]:
        """The layers of an entry, with the one that gives its output at the end."""
        path = entry.outputs[-1]
        last = path if path in self.graph.nodes else self.graph.scopes[path].output
        *others, end = sorted(entry.layers, key=lambda node: node.path == last)
        return (*others, end)


def stats_rows(graph: Graph, *, depth: int | None = None, expand: bool = False) -> list[StatsRow]:
    """The rows of a network: to the given depth, or as deep as MAX_ROWS allow.

    A depth that is asked for is shown whole: no copies that differ in one row.
    """
    if expand:
        return [_layer_row(node) for node in graph.layers]
    exact = _Tree(graph, split=True)
    if depth is not None:
        return exact.rows(depth) or []
    tree = _Tree(graph)
    depth = _deepest(tree)
    if depth is None:
        return _shortened(tree.rows(0) or [])
    return exact.rows(depth, MAX_ROWS) or tree.rows(depth) or []


def _deepest(tree: _Tree) -> int | None:
    """How deep the rows can go within MAX_ROWS; None if not even the top fits."""
    best = None
    for depth in range(1 + max(node.path.count(".") for node in tree.graph.layers)):
        if tree.rows(depth, MAX_ROWS) is None:
            break
        best = depth
    return best


def _layer_row(node: Node) -> StatsRow:
    long, short = _layer(node, short=False), _layer(node, short=True)
    return StatsRow(node.path, 0, 1, long, short, node.output.shape, total([node]), layers=(node,))


def _shortened(rows: list[StatsRow]) -> list[StatsRow]:
    """The first and the last rows, and one for all between them."""
    half = MAX_ROWS // 2
    first, between, last = rows[:half], rows[half : 1 - half], rows[1 - half :]
    totals = [row.totals for row in between if row.totals is not None]
    summed = Totals(
        *(
            sum(getattr(t, name) for t in totals)
            for name in ("layers", "params", "macs", "elementwise")
        )
    )
    text = f"{summed.layers:,} more layers"
    layers = tuple(node for row in between for node in row.layers)
    rest = StatsRow("…", 0, 1, text, text, between[-1].output, summed, layers=layers)
    return [*first, rest, *last]


# What a row says.


def _are_equal(copies: Sequence[Sequence[LayerGroup]]) -> bool:
    """Whether the layers of copies have the same numbers and outputs, one by one."""
    first, *others = (
        [(n.params, n.cost.macs, n.output) for group in copy for m in group for n in nodes_of(m)]
        for copy in copies
    )
    return all(other == first for other in others)


def _operation(entry: FoldedMembers, *, is_open: bool) -> tuple[str, str, str | None]:
    """The operation in long and short names, and the legend of a block's values."""
    scope = entry.repeat.scope
    if scope is None or len(entry.repeat.first) > 1:
        long, short = (
            " · ".join(_member(member, short=short) for member in entry.repeat.first)
            for short in (False, True)
        )
        return long, short, None
    if scope.block is not None and scope.arguments and not is_open:
        text = block(entry.scopes)
        return text, text, f"{scope.block} {', '.join(scope.arguments)}"
    text = scope.block or ("" if is_open else _content(scope))
    return text, text, None


def _member(member: Member, *, short: bool) -> str:
    if isinstance(member, Node):
        return _layer(member, short=short)
    return member.block or _content(member)


def _layer(node: Node, *, short: bool) -> str:
    return layer(node, name=abbreviation(node.op) if short else node.op_name).line


def _content(scope: Scope) -> str:
    """What a closed scope without a kind holds: ``Bottleneck ×3``."""
    repeated = repeated_block(scope)
    if repeated is not None:
        return f"{repeated[0]} ×{repeated[1]}"
    return f"{sum(1 for _ in scope.nodes()):,} layers"


def _name(repeat: Repeat) -> str:
    """The layer's name; ``denselayer1–6`` or ``conv1–relu`` for several."""
    first, last = repeat.first[0].name, repeat.last.name
    if first == last:
        return first
    stem, begin = _numbered(first)
    other, end = _numbered(last)
    return f"{first}–{end}" if stem == other and begin and end else f"{first}–{last}"


def _numbered(name: str) -> tuple[str, str]:
    """``("conv", "12")``"""
    match = re.fullmatch(r"(.*?)(\d*)", name)
    assert match
    return match[1], match[2]

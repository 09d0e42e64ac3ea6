"""Two networks by their structure: which boxes are the same, and which blocks are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, final

from archspec.describe.layers import format_argument, shown_arguments
from archspec.figures.difference.align import SIGNS, Merger, Pair, State
from archspec.figures.difference.words import arrow, differences, join_values, name_few
from archspec.figures.outline.build import Inset, inset, network_diagram, outline
from archspec.figures.outline.diagram import (
    Diagram,
    Leaf,
    Parallel,
    Series,
    Wire,
    children,
    leaves,
    map_children,
    map_leaves,
)
from archspec.figures.outline.outliner import instances_of
from archspec.figures.request import Options
from archspec.graph import Graph, Node

MAX_UNFOLDED: Final = 16
"""Boxes of a block that is compared layer by layer, not folded."""
MORE: Final = "…"
"""With which a row begins that stands for others."""
INSIDE: Final = "→ changed inside"


@final
@dataclass(frozen=True, slots=True)
class MergedDiagram:
    """One diagram of two, with what its boxes were and became, by their paths."""

    diagram: Diagram
    pairs: Mapping[str, Pair]


@final
@dataclass(frozen=True, slots=True)
class BlockDifference:
    """The inset of a block that differs, or that only one network has."""

    state: State
    inset: Inset
    pairs: Mapping[str, Pair]
    """Of the boxes in it; empty if only one network has the block."""


@final
@dataclass(frozen=True, slots=True)
class Difference:
    first: Graph
    second: Graph
    network: MergedDiagram
    blocks: tuple[BlockDifference, ...]

    @property
    def counts(self) -> Counter[State]:
        """Boxes in each state, those in insets too."""
        drawn = (self.network.pairs, *(block.pairs for block in self.blocks))
        return Counter(pair.state for pairs in drawn for pair in pairs.values())


def difference(first: Graph, second: Graph, options: Options) -> Difference:
    """Two networks aligned by their structure. Raises SpecError if they are too large."""
    comparer = _Comparer(_Side(first, options), _Side(second, options))
    network = comparer.network()
    return Difference(first, second, network, tuple(comparer.blocks(network)))


# ---------------------------------------------------------------- one of the networks


@final
class _Side:
    """What is asked of one of the networks."""

    def __init__(self, graph: Graph, options: Options) -> None:
        self.graph = graph
        self._options = options
        self._unfolded = replace(options, fold=False)
        drawn = outline(graph, options)
        self.diagram = drawn.diagram
        self._insets = {inset.name: inset for inset in drawn.insets}
        self.instances = instances_of(graph)
        self._contents: dict[tuple[str, int], Hashable] = {}
        self._insides: dict[str, Diagram] = {}

    def nodes(self, leaf: Leaf) -> list[Node]:
        return [self.graph.nodes[path] for path in leaf.layers]

    def content(self, leaf: Leaf) -> Hashable:
        """Equal for leaves of equal layers that are wired in the same way."""
        key = leaf.path, leaf.count
        if key not in self._contents:
            place = {path: k for k, path in enumerate(leaf.layers)}
            box = leaf.role, leaf.block, leaf.count, leaf.dashed, not leaf.layers and leaf.under
            layers = tuple(
                (
                    node.op_name,
                    *node.op.__dict__.values(),
                    node.weights is None,
                    *node.tied,
                    *map(place.get, node.sources),
                )
                for node in self.nodes(leaf)
            )
            self._contents[key] = box, layers
        return self._contents[key]

    def arguments(self, leaf: Leaf) -> list[Mapping[str, Any]]:
        """Of all instances of the block that a leaf stands for."""
        inside = set(leaf.layers)
        return [
            scope.arguments
            for scope in self.instances[leaf.block]
            if next(scope.nodes()).path in inside
        ]

    def take_apart(self, names: frozenset[str]) -> tuple[Diagram, frozenset[str]]:
        """The diagram without stacks with some names, and the paths of what was in them."""
        drawn = leaves(network_diagram(self.graph, self._unfolded))
        copies = {leaf.layers[0]: leaf for leaf in drawn if leaf.layers}
        paths: set[str] = set()

        def apart(leaf: Leaf) -> Diagram:
            found = [copies[path] for path in leaf.layers if path in copies]
            if leaf.count == 1 or _name(leaf) not in names or len(found) != leaf.count:
                return leaf
            paths.update(copy.path for copy in found)
            last = replace(found[-1], side_branches=leaf.side_branches)
            return Series((*(replace(copy, side_branches=()) for copy in found[:-1]), last))

        return map_leaves(self.diagram, apart), frozenset(paths)

    def inset(self, block: str) -> Inset:
        """What a block is inside, as a figure of the network alone shows it."""
        if block not in self._insets:
            self._insets[block] = inset(self.graph, self._options, self.instances[block])
        return self._insets[block]

    def inside(self, block: str) -> Diagram:
        """The same with nothing folded, unless that is too large."""
        if block not in self._insides:
            diagram = inset(self.graph, self._unfolded, self.instances[block]).diagram
            is_large = sum(1 for _ in leaves(diagram)) > MAX_UNFOLDED
            self._insides[block] = self.inset(block).diagram if is_large else diagram
        return self._insides[block]


def _name(leaf: Leaf) -> str:
    return leaf.block or leaf.title


def _has_wire(diagram: Diagram) -> bool:
    return isinstance(diagram, Wire) or any(map(_has_wire, children(diagram)))


def _with_wire(diagram: Diagram) -> Diagram:
    """With a wire beside each branch that is one where its layers are absent: another network may
    have just that."""
    branches = diagram.branches if isinstance(diagram, Parallel) else ()
    if any(all(leaf.optional for leaf in leaves(branch)) for branch in branches):
        return Parallel((Wire(), *branches))
    return map_children(diagram, _with_wire)


# ---------------------------------------------------------------- both


@final
class _Comparer:
    def __init__(self, first: _Side, second: _Side) -> None:
        self._first = first
        self._second = second
        self._in_common: dict[tuple[str, str], MergedDiagram] = {}

    def network(self) -> MergedDiagram:
        """Both networks in one diagram. Stacks that only one has in one piece are taken apart:
        ``×2``, pool, ``×5`` and ``×3``, ``×5`` have most in common copy by copy."""
        first = Counter(map(_name, leaves(self._first.diagram)))
        second = Counter(map(_name, leaves(self._second.diagram)))
        names = frozenset(name for name in first if 0 != second[name] != first[name])
        before, old = self._first.take_apart(names)
        after, new = self._second.take_apart(names)
        merger = Merger(self._are_equal, self._hidden, old | new)
        return MergedDiagram(merger.merge(before, after), merger.pairs)

    def _compare(self, old: str, new: str) -> MergedDiagram:
        """The insides of two blocks in one diagram."""
        if (old, new) not in self._in_common:
            merger = Merger(self._are_equal_inside, self._hidden_inside)
            before, after = self._first.inside(old), self._second.inside(new)
            if _has_wire(before) != _has_wire(after):
                before, after = _with_wire(before), _with_wire(after)
            self._in_common[old, new] = MergedDiagram(merger.merge(before, after), merger.pairs)
        return self._in_common[old, new]

    def blocks(self, network: MergedDiagram) -> Iterator[BlockDifference]:
        """The blocks that are not the same in both networks, each once, in the order of the boxes
        and then of those in insets."""
        waiting = [pair.blocks for pair in network.pairs.values()]
        seen = {("", "")}
        while waiting:
            old, new = waiting.pop(0)
            # A block that both have is compared with itself, even where only one uses it.
            old = old or (new if new in self._first.instances else "")
            new = new or (old if old in self._second.instances else "")
            if (old, new) in seen:
                continue
            seen.add((old, new))
            if not old or not new:
                yield self._lone(old, new)
                continue
            compared = self._compare(old, new)
            first, second = self._first.inset(old), self._second.inset(new)
            if old != new or not self._is_same(old) or _have_other_values(first, second):
                yield _common(first, second, compared)
            waiting += [pair.blocks for pair in compared.pairs.values()]

    def _lone(self, old: str, new: str) -> BlockDifference:
        state: State = "removed" if old else "added"
        inset = self._first.inset(old) if old else self._second.inset(new)
        return BlockDifference(state, replace(inset, name=f"{SIGNS[state]} {inset.name}"), {})

    # ---------------------------------------------------------------- equality

    def _are_equal(self, before: Leaf, after: Leaf) -> bool:
        """Whether the layers are equal; their inputs may have other channels."""
        if self._first.content(before) == self._second.content(after):
            return True
        if not before.block or (before.block, before.count) != (after.block, after.count):
            return False
        if before.dashed != after.dashed or not self._is_same(before.block):
            return False
        given = zip(self._first.arguments(before), self._second.arguments(after), strict=False)
        return not any(differences(*arguments) for arguments in given)

    def _is_same(self, name: str) -> bool:
        """Whether a block is written in the same way in both networks, and all that is in it."""
        for inner in self._inner_first(name):
            self._compare(inner, inner)
        return all(
            pair.state == "kept" and pair.blocks[0] == pair.blocks[1]
            for pair in self._compare(name, name).pairs.values()
        )

    def _inner_first(self, name: str) -> Iterator[str]:
        """What is yet to be compared of a block and the blocks in it, each behind those in it: so
        the comparison of one never waits for that of another."""
        waiting, seen = [(name, False)], set[str]()
        while waiting:
            block, is_done = waiting.pop()
            if is_done:
                yield block
            elif block not in seen and (block, block) not in self._in_common:
                seen.add(block)
                inside = {leaf.block for leaf in leaves(self._first.inside(block))}
                waiting.append((block, True))
                waiting += [(one, False) for one in inside if one in self._second.instances]

    def _are_equal_inside(self, before: Leaf, after: Leaf) -> bool:
        """The same in insets, where what differs between the instances has a name."""
        if _read(before) != _read(after):
            return False
        return (
            self._is_same(before.block) if before.block else not self._hidden_changes(before, after)
        )

    # ---------------------------------------------------------------- words

    def _hidden(self, before: Leaf, after: Leaf) -> str:
        """Words for the difference of two leaves of which one reads the same."""
        if not before.block:
            return self._changes(before, after) or "→ other inputs"
        old, new = self._first.arguments(before), self._second.arguments(after)
        return name_few(differences(join_values(old), join_values(new))) or INSIDE

    def _hidden_inside(self, before: Leaf, after: Leaf) -> str:
        return INSIDE if before.block else self._hidden_changes(before, after)

    def _hidden_changes(self, before: Leaf, after: Leaf) -> str:
        """What differs between the layers of two leaves, and no label shows."""
        return self._changes(before, after, hidden=True)

    def _changes(self, before: Leaf, after: Leaf, *, hidden: bool = False) -> str:
        """What differs between the layers of two leaves."""
        first, second = self._first.nodes(before), self._second.nodes(after)
        if len(first) != len(second):
            return f"{len(first)} → {len(second)} layers"
        found: list[str] = []
        for old, new in zip(first, second, strict=True):
            if old.op_name != new.op_name:
                found.append(f"{old.op_name} → {new.op_name}")
                continue
            found += differences(_arguments(old, hidden=hidden), _arguments(new, hidden=hidden))
            if len(old.sources) != len(new.sources):
                found.append(f"inputs {len(old.sources)} → {len(new.sources)}")
        return name_few(found)


def _read(leaf: Leaf) -> Hashable:
    return leaf.title, leaf.under, leaf.count, leaf.dashed, leaf.block


def _arguments(node: Node, *, hidden: bool) -> dict[str, Any]:
    """What a layer was given, and whether its weights are another's; hidden: but what labels show."""
    op = type(node.op)
    shown = shown_arguments(op) if hidden else frozenset()
    found = {
        name: format_argument(op, name, value)
        for name, value in node.op.arguments().items()
        if name not in shown
    }
    found |= {tensor: f"that of {path}" for tensor, path in node.tied.items()}
    return {**found, "weights": "shared"} if node.weights else found


# ---------------------------------------------------------------- insets


ValuesByName = Mapping[str, Mapping[str | None, str]]
"""Values by the names of row and column; the column of the channels that come out is None."""


def _common(before: Inset, after: Inset, compared: MergedDiagram) -> BlockDifference:
    parameters = dict.fromkeys((*before.parameters, *after.parameters))
    training_only = before.training_only and after.training_only
    name, table = arrow(before.name, after.name), _table(before, after)
    inset = Inset(name, tuple(parameters), compared.diagram, table, training_only)
    return BlockDifference("changed", inset, compared.pairs)


def _table(before: Inset, after: Inset) -> tuple[tuple[str, ...], ...]:
    """The values of both insets; rows and columns that only one has come with a sign."""
    if not before.table or not after.table:
        return before.table or after.table
    old, new = _rows(before), _rows(after)
    columns = sorted(dict.fromkeys((*old[""], *new[""])), key=lambda column: column is None)[1:]
    names = sorted(dict.fromkeys((*old, *new)), key=lambda name: name.startswith(MORE))[1:]
    heading = "", *(_sign(column, old[""], new[""]) for column in columns)
    rows = (
        (_sign(name, old, new), *(_cell(old, new, name, column) for column in columns))
        for name in names
    )
    return heading, *rows


def _have_other_values(before: Inset, after: Inset) -> bool:
    """Whether a block is given other values in a place that both networks have."""
    if not before.table or not after.table:
        return False
    old, new = _rows(before), _rows(after)
    columns = {*old[""], *new[""]} - {None}
    return any(
        old[name].get(key) != new[name].get(key) for name in old.keys() & new for key in columns
    )


def _rows(inset: Inset) -> ValuesByName:
    """By their first column; the heading has none."""
    columns: list[str | None] = list(inset.table[0])
    if columns[-1] == "out" and len(columns) > 1 + len(inset.parameters):
        columns[-1] = None
    return {row[0]: dict(zip(columns, row, strict=True)) for row in inset.table}


def _sign(name: str | None, old: Mapping[Any, Any], new: Mapping[Any, Any]) -> str:
    """A row or a column by its name, with a sign if only one table has it."""
    if name is None:
        return "out"
    if name.startswith(MORE) or (name in old and name in new):
        return name
    return f"{SIGNS['added' if name in new else 'removed']} {name}"


def _cell(old: ValuesByName, new: ValuesByName, name: str, column: str | None) -> str:
    before, after = (rows.get(name, {}).get(column, "") for rows in (old, new))
    return arrow(before or after, after or before)

"""Two networks by their structure: which boxes are the same, and which blocks are not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, final

from archspec.figures.diagram import Diagram, Leaf, Series, leaves
from archspec.figures.difference.merge import SIGNS, Comparison, Pair, State, compared, mapped
from archspec.figures.difference.words import arrow, differing, in_words, some
from archspec.figures.options import Options
from archspec.figures.outline import Inset, Outliner, outline
from archspec.graph import Graph, Node, Scope

MAX_UNFOLDED: Final = 16
"""Boxes of a block that is compared layer by layer, not folded."""
MORE: Final = "…"
"""With which a row begins that stands for others."""
TOLD: Final = frozenset(
    (
        "kernel_size", "out_channels", "out_features", "p", "scale_factor", "upscale_factor",
        "downscale_factor", "stride", "dilation", "groups", "output_size", "size",
    )
)  # fmt: skip
"""Arguments that labels tell."""

Table = tuple[tuple[str, ...], ...]


@final
@dataclass(frozen=True, slots=True)
class Block:
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
    network: Comparison
    blocks: tuple[Block, ...]

    @property
    def counts(self) -> Counter[State]:
        """Boxes of each kind, those in insets not counted."""
        return Counter(pair.state for pair in self.network.pairs.values())


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
        drawn = outline(graph, options)
        self.diagram = drawn.diagram
        self._insets = {inset.name: inset for inset in drawn.insets}
        self._instances: dict[str | None, list[Scope]] = defaultdict(list)
        for scope in graph.scopes.values():
            self._instances[scope.kind].append(scope)
        self._contents: dict[tuple[str, int], Hashable] = {}

    def content(self, leaf: Leaf) -> Hashable:
        """Equal for leaves of equal layers that are wired in the same way."""
        key = leaf.path, leaf.count
        if key not in self._contents:
            place = {path: k for k, path in enumerate(leaf.layers)}
            layers = tuple(_content(self.graph.nodes[path], place) for path in leaf.layers)
            told = leaf.role, leaf.block, leaf.count, leaf.dashed
            self._contents[key] = told, layers or leaf.under
        return self._contents[key]

    def arguments(self, leaf: Leaf) -> list[Mapping[str, Any]]:
        """Of all instances of the block that a leaf stands for."""
        inside = set(leaf.layers)
        return [
            scope.arguments
            for scope in self._instances[leaf.block]
            if next(scope.nodes()).path in inside
        ]

    def taken_apart(self, kinds: frozenset[str]) -> tuple[Diagram, frozenset[str]]:
        """The diagram without stacks of some kinds, and the paths of what was in them."""
        paths: set[str] = set()

        def copies(leaf: Leaf) -> Diagram:
            found = self._copies(leaf) if leaf.count > 1 and _kind(leaf) in kinds else []
            if len(found) != leaf.count:
                return leaf
            paths.update(copy.path for copy in found)
            last = replace(found[-1], hanging=leaf.hanging)
            return Series((*(replace(copy, hanging=()) for copy in found[:-1]), last))

        return mapped(self.diagram, copies), frozenset(paths)

    def _copies(self, leaf: Leaf) -> list[Leaf]:
        inside = set(leaf.layers)
        found = (copy for copy in self._unfolded if copy.layers[0] in inside)
        return [copy for copy in found if copy.block == leaf.block]

    @cached_property
    def _unfolded(self) -> list[Leaf]:
        """What is drawn where nothing is folded."""
        drawn = outline(self.graph, replace(self._options, fold=False))
        return [leaf for leaf in leaves(drawn.diagram) if leaf.layers]

    def has(self, block: str) -> bool:
        return block in self._instances

    def inset(self, block: str) -> Inset:
        """What a block is inside, as a figure of the network alone shows it."""
        if block not in self._insets:
            self._insets[block] = Outliner(self.graph, self._options).inset(block)
        return self._insets[block]

    def inside(self, block: str) -> Diagram:
        """The same with nothing folded, unless that is too large."""
        unfolded = Outliner(self.graph, replace(self._options, fold=False))
        diagram = unfolded.inset(block).diagram
        is_small = sum(1 for _ in leaves(diagram)) <= MAX_UNFOLDED
        return diagram if is_small else self.inset(block).diagram


def _content(node: Node, place: Mapping[str, int]) -> Hashable:
    wiring = tuple(place.get(source) for source in node.sources)
    return type(node.op), tuple(node.op.__dict__.values()), bool(node.weights), wiring


def _kind(leaf: Leaf) -> str:
    return leaf.block or leaf.title


# ---------------------------------------------------------------- both


@final
class _Comparer:
    def __init__(self, first: _Side, second: _Side) -> None:
        self._sides = first, second
        self._in_common: dict[tuple[str, str], Comparison] = {}

    def network(self) -> Comparison:
        """Both networks in one diagram. Stacks that only one has in one piece are taken apart:
        ``×2``, pool, ``×5`` and ``×3``, ``×5`` have most in common copy by copy."""
        first, second = (Counter(map(_kind, leaves(side.diagram))) for side in self._sides)
        kinds = frozenset(kind for kind in first if kind in second and first[kind] != second[kind])
        (before, old), (after, new) = (side.taken_apart(kinds) for side in self._sides)
        return compared(before, after, self._are_equal, self._hidden, old | new)

    def blocks(self, network: Comparison) -> Iterator[Block]:
        """The blocks that are not the same in both networks, each once, in the order of the boxes
        and then of those in insets."""
        waiting = [pair.blocks for pair in network.pairs.values()]
        seen = {("", "")}
        while waiting:
            old, new = names = self._counterparts(*waiting.pop(0))
            if names in seen:
                continue
            seen.add(names)
            if not old or not new:
                yield self._lone(names)
                continue
            block = self._common(old, new)
            waiting += [pair.blocks for pair in self._compared(old, new).pairs.values()]
            if block is not None:
                yield block

    # ---------------------------------------------------------------- equality

    def _are_equal(self, before: Leaf, after: Leaf) -> bool:
        """Whether the layers are equal; their inputs may have other channels."""
        first, second = self._sides
        if first.content(before) == second.content(after):
            return True
        if not before.block or (before.block, before.count) != (after.block, after.count):
            return False
        if before.dashed != after.dashed or not self._is_same(before.block):
            return False
        return list(map(_told, first.arguments(before))) == list(
            map(_told, second.arguments(after))
        )

    def _is_same(self, name: str) -> bool:
        """Whether a block is written in the same way in both networks, and all that is in it."""
        return all(
            pair.state == "kept" and pair.blocks[0] == pair.blocks[1]
            for pair in self._compared(name, name).pairs.values()
        )

    def _are_equal_inside(self, before: Leaf, after: Leaf) -> bool:
        """The same in insets, where what differs between the instances has a name."""
        if _read(before) != _read(after):
            return False
        if before.block:
            return self._is_same(before.block)
        first, second = self._nodes(before, after)
        return [*map(_untold, first)] == [*map(_untold, second)]

    def _nodes(self, before: Leaf, after: Leaf) -> tuple[list[Node], list[Node]]:
        first, second = self._sides
        return (
            [first.graph.nodes[path] for path in before.layers],
            [second.graph.nodes[path] for path in after.layers],
        )

    # ---------------------------------------------------------------- words

    def _hidden(self, before: Leaf, after: Leaf) -> str:
        """Words for the difference of two leaves of which one reads the same."""
        if not before.block:
            return self._told(before, after, frozenset())
        first, second = self._sides
        arguments = zip(first.arguments(before), second.arguments(after), strict=False)
        found = [word for pair in arguments for word in differing(*pair)]
        return some([*dict.fromkeys(found)]) or "→ changed inside"

    def _hidden_inside(self, before: Leaf, after: Leaf) -> str:
        return "→ changed inside" if before.block else self._told(before, after, TOLD)

    def _told(self, before: Leaf, after: Leaf, known: frozenset[str]) -> str:
        first, second = self._nodes(before, after)
        if len(first) != len(second):
            return f"{len(first)} → {len(second)} layers"
        found = []
        for old, new in zip(first, second, strict=True):
            if old.kind != new.kind:
                found.append(f"{old.kind} → {new.kind}")
                continue
            found += differing(_arguments(old, known), _arguments(new, known))
            if len(old.sources) != len(new.sources):
                found.append(f"inputs {len(old.sources)} → {len(new.sources)}")
        return some([*dict.fromkeys(found)]) or "→ other inputs"

    # ---------------------------------------------------------------- insets

    def _counterparts(self, old: str, new: str) -> tuple[str, str]:
        """A block that both have is compared with itself, even where only one uses it."""
        if not new and self._sides[1].has(old):
            return old, old
        if not old and self._sides[0].has(new):
            return new, new
        return old, new

    def _compared(self, old: str, new: str) -> Comparison:
        """The insides of two blocks in one diagram."""
        if (old, new) not in self._in_common:
            before, after = self._sides[0].inside(old), self._sides[1].inside(new)
            found = compared(before, after, self._are_equal_inside, self._hidden_inside)
            self._in_common[old, new] = found
        return self._in_common[old, new]

    def _common(self, old: str, new: str) -> Block | None:
        """None if a block and the values it is given are the same in both."""
        first, second = self._sides[0].inset(old), self._sides[1].inset(new)
        if old == new and self._is_same(old) and not _have_other_values(first, second):
            return None
        merged, table = self._compared(old, new), _table(first, second)
        names = dict.fromkeys((*first.parameters, *second.parameters))
        training_only = first.training_only and second.training_only
        inset = Inset(arrow(old, new), tuple(names), merged.diagram, table, training_only)
        return Block("changed", inset, merged.pairs)

    def _lone(self, names: tuple[str, str]) -> Block:
        old, new = names
        state: State = "removed" if old else "added"
        inset = self._sides[0].inset(old) if old else self._sides[1].inset(new)
        return Block(state, replace(inset, name=f"{SIGNS[state]} {inset.name}"), {})


def _read(leaf: Leaf) -> Hashable:
    return leaf.title, leaf.under, leaf.count, leaf.dashed, leaf.block


def _told(arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, in_words(value)) for name, value in arguments.items()]


def _untold(node: Node) -> Hashable:
    return type(node.op), *_arguments(node, TOLD).items()


def _arguments(node: Node, known: frozenset[str]) -> dict[str, Any]:
    """What a layer was given but what is known, and whether its weights are another's."""
    shared = {"weights": "shared"} if node.weights else {}
    found = {name: value for name, value in node.op.arguments().items() if name not in known}
    return {**found, **shared}


# ---------------------------------------------------------------- tables of values


Row = Mapping[str | None, str]
"""Values by the name of their column; that of the channels that come out is None."""


def _table(before: Inset, after: Inset) -> Table:
    """The values of both insets; rows and columns that only one has come with a sign."""
    if not before.table or not after.table:
        return before.table or after.table
    old, new = _rows(before), _rows(after)
    columns = sorted(dict.fromkeys((*old[""], *new[""])), key=lambda column: column is None)[1:]
    heading = "", *(_name(column, old[""], new[""]) for column in columns)
    names = sorted(dict.fromkeys((*old, *new)), key=lambda name: name.startswith(MORE))[1:]
    rows = (
        (_name(name, old, new), *(_cell(old.get(name), new.get(name), key) for key in columns))
        for name in names
    )
    return heading, *rows


def _have_other_values(before: Inset, after: Inset) -> bool:
    """Whether a block is given other values in a place that both networks have."""
    if not before.table or not after.table:
        return False
    old, new = _rows(before), _rows(after)
    columns = {*old[""], *new[""]} - {None}
    places = old.keys() & new.keys()
    return any(old[name].get(key) != new[name].get(key) for name in places for key in columns)


def _rows(inset: Inset) -> dict[str, Row]:
    """By their first column; the heading has none."""
    heading = inset.table[0]
    columns = [*heading[: 1 + len(inset.parameters)], None][: len(heading)]
    return {row[0]: dict(zip(columns, row, strict=True)) for row in inset.table}


def _name(name: str | None, old: Mapping[Any, Any], new: Mapping[Any, Any]) -> str:
    """Of a row or a column, with a sign if only one table has it."""
    if name is None:
        return "out"
    if name.startswith(MORE) or (name in old and name in new):
        return name
    return f"{SIGNS['added' if name in new else 'removed']} {name}"


def _cell(old: Row | None, new: Row | None, column: str | None) -> str:
    before, after = (None if row is None else row.get(column) for row in (old, new))
    if before is None or after is None:
        return after or before or ""
    return arrow(before, after)

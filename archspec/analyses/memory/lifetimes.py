"""Lifetimes: when the memory of a tensor is taken, and after which layer nobody holds it any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.analyses.inplace import accumulating, in_place
from archspec.analyses.memory.saved import is_view_in_training
from archspec.graph import Graph, Member, Node, Scope
from archspec.graph.folding import MAX_NESTED, STATEMENTS
from archspec.graph.graph import output_of
from archspec.op.base import Role

_NOBODY: Final[frozenset[str]] = frozenset()


@final
@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Of every tensor, by the layer that made it, in the order in which layers run."""

    memory: Mapping[str, frozenset[str]]
    """For every layer the tensors that its output is part of."""
    last: Mapping[str, int]
    """For every tensor the number of the layer after which the forward pass drops it; that of the
    last layer for what is given to the user, or was given by him."""


def lifetimes(graph: Graph, *, training: bool) -> Lifetimes:
    """When tensors live in a forward pass of the module.

    The printed source decides: a block holds what it was given until it returns, ``x`` lives until
    another value has its name, and a value with a name of its own until the block returns.
    """
    memory = _memory(graph, training=training)
    places = {node.path: place for place, node in enumerate(graph.layers)}
    ends = _ends(graph.root, places)
    last: dict[str, int] = {}
    for node in graph.layers:
        last.setdefault(node.path, places[node.path])
        for source in node.sources:
            for tensor in memory[source]:
                end = _held_until(tensor, source, node.path, places, ends)
                last[tensor] = max(last.get(tensor, 0), end)
    for scope in graph.scopes.values():
        for path, end in _named_until(graph, scope, places, ends):
            for tensor in memory[path]:
                last[tensor] = max(last.get(tensor, 0), end)
    final_place = len(graph.layers) - 1
    given = {tensor for output in graph.outputs for tensor in memory[output.source]}
    for tensor in (*given, *(node.path for node in graph.inputs)):
        last[tensor] = final_place
    return Lifetimes(memory, last)


def _memory(graph: Graph, *, training: bool) -> dict[str, frozenset[str]]:
    """Which tensors the outputs are part of: views and what works in place make none."""
    over = in_place(graph)
    returned = {scope.output for scope in graph.scopes.values()}
    passed = _passed_on(graph)
    added = {  # ``return x + y`` and ``x = y + x`` make a tensor
        path for path in accumulating(graph) - returned if graph.nodes[path].sources[0] in passed
    }
    memory: dict[str, frozenset[str]] = {}
    for node in graph.nodes.values():
        view = is_view_in_training(node) if training else node.op.view
        if node.path in over or view:
            memory[node.path] = _NOBODY.union(*(memory[source] for source in node.operands))
        elif node.path in added:
            memory[node.path] = memory[node.sources[0]]
        else:
            memory[node.path] = frozenset({node.path})
    return memory


def _ends(scope: Scope, places: Mapping[str, int]) -> dict[str, int]:
    """For every scope the number of its last layer."""
    found: dict[str, int] = {}

    def walk(scope: Scope) -> int:
        ends = [
            places[child.path] if isinstance(child, Node) else walk(child)
            for child in scope.children
        ]
        found[scope.path] = max(ends)
        return found[scope.path]

    walk(scope)
    return found


def _held_until(
    tensor: str, source: str, reader: str, places: Mapping[str, int], ends: Mapping[str, int]
) -> int:
    """The end of the part that reads a tensor, seen from the innermost scope around both."""
    around = source.split(".")[:-1]
    parts = reader.split(".")
    shared = 0
    while shared < min(len(around), len(parts) - 1) and around[shared] == parts[shared]:
        shared += 1
    part = ".".join(parts[: shared + 1])
    return places[reader] if part == reader else ends[part]


def _passed_on(graph: Graph) -> frozenset[str]:
    """The layers whose values have the name ``x``: only the next statement reads them."""
    found: set[str] = set()
    for scope in graph.scopes.values():
        groups = _statements(graph, scope)
        readers = _readers(graph, scope, groups)
        values = [output_of(group[-1]) for group in groups]
        found.update(value for k, value in enumerate(values) if readers[value] == {k + 1})
    return frozenset(found)


def _named_until(
    graph: Graph, scope: Scope, places: Mapping[str, int], ends: Mapping[str, int]
) -> Iterator[tuple[str, int]]:
    """For the value of every statement of a scope's forward method, by the layer that gives it, the
    number of the layer that runs when its name gets another value, or ends."""

    def end_of(member: Member) -> int:
        return places[member.path] if isinstance(member, Node) else ends[member.path]

    groups = _statements(graph, scope)
    readers = _readers(graph, scope, groups)
    for tap in graph.taps.get(scope.path, ()):
        yield f"{scope.path}.{tap}", ends[scope.path]
    tapped = [k for k, group in enumerate(groups) if graph.taps.get(group[-1].path)]
    for k in tapped:
        following = next((j for j in tapped if j > k), len(groups) - 1)
        for tap in graph.taps[groups[k][-1].path]:
            yield f"{groups[k][-1].path}.{tap}", end_of(groups[following][-1])
    values = [output_of(group[-1]) for group in groups]
    names = [_name(readers[value], k) for k, value in enumerate(values)]
    for k, value in enumerate(values):
        if value == scope.output or (not readers[value] and k not in tapped):
            continue
        again = (j for j in range(k + 1, len(groups)) if names[k] and names[j] == names[k])
        yield value, end_of(groups[next(again, len(groups) - 1)][-1])


def _name(readers: set[int], statement: int) -> str | None:
    """``x`` for what only the next statement reads, ``_`` for what none does; None for a name of its
    own."""
    return "x" if readers == {statement + 1} else None if readers else "_"


def _statements(graph: Graph, scope: Scope) -> list[tuple[Member, ...]]:
    """The children that stand in one statement; of an nn.Sequential each by itself."""
    if scope.path and _is_sequential(scope):
        return [(child,) for child in scope.children]
    groups: list[tuple[Member, ...]] = []
    for child in scope.children:
        if groups and (_nests(graph, child, groups[-1]) or _adds(graph, child, groups)):
            groups[-1] = (*groups[-1], child)
        else:
            groups.append((child,))
    return groups


def _nests(graph: Graph, member: Member, group: Sequence[Member]) -> bool:
    """Whether a module is called with the call before it: ``self.relu(self.bn(x))``."""
    path = output_of(group[-1])
    nodes = [each for each in (*group, member) if isinstance(each, Node)]
    if len(nodes) <= len(group) or path not in member.sources or len(graph.readers[path]) != 1:
        return False
    if any(node.op.lowered(*node.inputs).is_function for node in nodes[-2:]):
        return False
    if sum(len(node.name) + len("self.()") for node in nodes) + len("return x") > MAX_NESTED:
        return False
    *before, last = (node.op.role for node in nodes)
    return STATEMENTS.admits(before, last)


def _is_sequential(scope: Scope) -> bool:
    """Whether each child is a module that reads the one before it, and nothing else."""
    before: str | None = None
    for child in scope.children:
        sources = child.sources
        is_module = isinstance(child, Scope) or not child.op.lowered(*child.inputs).is_function
        if not is_module or len(sources) != 1 or (before is not None and sources != (before,)):
            return False
        before = output_of(child)
    return scope.output == before


def _adds(graph: Graph, member: Member, groups: Sequence[Sequence[Member]]) -> bool:
    """Whether a sum has the call before it as its last operand: ``x + self.branch(x)``. That call
    reads no result of the statement before: it would be one long chain in one line."""
    (before, *others) = groups[-1]
    return (
        not others
        and isinstance(member, Node)
        and member.op.role is Role.MERGE
        and member.op.sign is not None
        and len(member.sources) == 2
        and member.sources[-1] == output_of(before)
        and len(graph.readers[output_of(before)]) == 1
        and not graph.taps.get(before.path)
        and before.weights is None
        and not (isinstance(before, Node) and before.op.lowered(*before.inputs).is_function)
        and (len(groups) < 2 or output_of(groups[-2][-1]) not in before.sources)
    )


def _readers(
    graph: Graph, scope: Scope, groups: Sequence[tuple[Member, ...]]
) -> dict[str, set[int]]:
    """For the value of every statement the statements that read it; the one behind the last for what
    is returned, and for what has a name of its own since a function reads several."""
    ends = [group[-1] for group in groups]
    taps = (f"{end.path}.{tap}" for end in ends for tap in graph.taps.get(end.path, ()))
    readers: dict[str, set[int]] = {value: set() for value in (*map(output_of, ends), *taps)}
    for k, group in enumerate(groups):
        for member in group:
            read = [source for source in member.sources if source in readers]
            for source in read:
                readers[source].add(k)
            if len(set(read)) > 1 and _names_operands(member):
                for source in read:
                    readers[source].add(len(groups))
    for value in _returned(graph, scope) & readers.keys():
        readers[value].add(len(groups))
    return readers


def _returned(graph: Graph, scope: Scope) -> set[str]:
    """What a scope gives to others, or to the user."""
    if not scope.path:
        return {output.source for output in graph.outputs}
    return {scope.output, *(f"{scope.path}.{tap}" for tap in graph.taps.get(scope.path, ()))}


def _names_operands(member: Member) -> bool:
    """Whether the operands of a layer have names of their own: those of a function, no operator."""
    if not isinstance(member, Node) or member.op.sign is not None:
        return False
    return member.op.lowered(*member.inputs).is_function

"""The dense blocks of a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from archspec.diagnostics import SpecError, failure
from archspec.figures.outline import labels
from archspec.graph import Graph, Scope


@final
@dataclass(frozen=True, slots=True)
class DenseBlock:
    """A chain of units, each of which ends by concatenating its input with what it made."""

    scope: Scope
    units: tuple[Scope, ...]
    features: tuple[str, ...]
    """Paths of the layers that give x₀, x₁, …; x₀ is what the block reads."""
    growth: tuple[int, ...]
    """Channels that each unit adds."""

    @property
    def depth(self) -> int:
        return len(self.units)

    @property
    def name(self) -> str:
        if self.scope.path and len(self.units) == len(self.scope.children):
            return self.scope.name
        return labels.span([unit.name for unit in self.units])


def chosen(graph: Graph, module: str | None) -> DenseBlock:
    """The first block of a path or a kind, or the first of all. Raises SpecError."""
    found = list(dense_blocks(graph))
    if not found:
        raise _none(graph)
    for block in found:
        named = module is not None and f".{block.scope.path}".endswith(f".{module}")
        if named or module in (None, block.scope.block, block.units[0].block):
            return block
    paths = [repr(block.scope.path) for block in found[:3] if block.scope.path]
    raise failure(
        "cannot-draw",
        f"'{labels.clean(module or '')}' is not a dense block of '{labels.clean(graph.name)}'",
        help=f"its dense blocks: {', '.join(paths)}" if paths else "leave the module out",
    )


def _none(graph: Graph) -> SpecError:
    return failure(
        "cannot-draw",
        f"'{labels.clean(graph.name)}' has no dense block",
        help="the style 'dense' needs a chain of scopes, each of which ends with a Concat of its own"
        " input and what it made: the zoo's densenet121 and densenet40_k12 have them",
    )


def dense_blocks(graph: Graph) -> Iterator[DenseBlock]:
    """All of them, in written order."""
    for scope in graph.scopes.values():
        for units in _chains(graph, scope):
            if len(units) > 1:
                yield _block(graph, scope, units)


def _chains(graph: Graph, scope: Scope) -> Iterator[list[Scope]]:
    """Runs of dense units among the parts of a scope."""
    chain: list[Scope] = []
    for child in scope.children:
        if not isinstance(child, Scope) or not _made(graph, child):
            yield chain
            chain = []
        elif chain and child.sources != (chain[-1].output,):
            yield chain
            chain = [child]
        else:
            chain.append(child)
    yield chain


def _block(graph: Graph, scope: Scope, units: Sequence[Scope]) -> DenseBlock:
    made = [_made(graph, unit) for unit in units]
    features = (units[0].sources[0], *(paths[-1] for paths in made))
    growth = (sum(graph.nodes[path].output.channels for path in paths) for paths in made)
    return DenseBlock(scope, tuple(units), features, tuple(growth))


def _made(graph: Graph, unit: Scope) -> tuple[str, ...]:
    """What a unit concatenates with its only input; nothing if it is no dense unit."""
    last = graph.nodes[unit.output]
    if (
        len(unit.sources) != 1
        or last.op_name != "Concat"
        or last.sources.count(unit.sources[0]) != 1
    ):
        return ()
    made = tuple(path for path in last.sources if path != unit.sources[0])
    is_own = all(path.startswith(f"{unit.path}.") for path in (last.path, *made))
    return made if is_own else ()

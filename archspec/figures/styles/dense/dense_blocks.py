"""The dense blocks of a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from archspec.describe.values import span
from archspec.diagnostics import SpecError, failure
from archspec.escaping import clean
from archspec.graph import Graph, Scope


@final
@dataclass(frozen=True, slots=True)
class DenseBlock:
    """A chain of dense layers, each of which ends by concatenating its input with new features."""

    scope: Scope
    layers: tuple[Scope, ...]
    features: tuple[str, ...]
    """Paths of the layers that give x₀, x₁, …; x₀ is what the block reads."""
    growth: tuple[int, ...]
    """Channels that each layer adds."""

    @property
    def depth(self) -> int:
        return len(self.layers)

    @property
    def name(self) -> str:
        if self.scope.path and len(self.layers) == len(self.scope.children):
            return self.scope.name
        return span([layer.name for layer in self.layers])


def choose_block(graph: Graph, module: str | None) -> DenseBlock:
    """The first block with this path or block name, or the first of all. Raises SpecError."""
    found = list(dense_blocks(graph))
    if not found:
        raise _none(graph)
    for block in found:
        named = module is not None and f".{block.scope.path}".endswith(f".{module}")
        if named or module in (None, block.scope.block, block.layers[0].block):
            return block
    paths = [repr(block.scope.path) for block in found[:3] if block.scope.path]
    raise failure(
        "cannot-draw",
        f"'{clean(module or '')}' is not a dense block of '{clean(graph.name)}'",
        help=f"its dense blocks: {', '.join(paths)}" if paths else "leave the module out",
    )


def _none(graph: Graph) -> SpecError:
    return failure(
        "cannot-draw",
        f"'{clean(graph.name)}' has no dense block",
        help="the style 'dense' needs a chain of scopes, each of which ends with a Concat of its own"
        " input and new features: the zoo's densenet121 and densenet40_k12 have them",
    )


def dense_blocks(graph: Graph) -> Iterator[DenseBlock]:
    """All of them, in the order of the spec."""
    for scope in graph.scopes.values():
        for layers in _chains(graph, scope):
            if len(layers) > 1:
                yield _block(graph, scope, layers)


def _chains(graph: Graph, scope: Scope) -> Iterator[list[Scope]]:
    """Dense layers of a scope that feed each other."""
    chain: list[Scope] = []
    for child in scope.children:
        if not isinstance(child, Scope) or not _new_features(graph, child):
            yield chain
            chain = []
        elif chain and child.sources != (chain[-1].output,):
            yield chain
            chain = [child]
        else:
            chain.append(child)
    yield chain


def _block(graph: Graph, scope: Scope, layers: Sequence[Scope]) -> DenseBlock:
    added = [_new_features(graph, layer) for layer in layers]
    features = (layers[0].sources[0], *(paths[-1] for paths in added))
    growth = (sum(graph.nodes[path].output.channels for path in paths) for paths in added)
    return DenseBlock(scope, tuple(layers), features, tuple(growth))


def _new_features(graph: Graph, layer: Scope) -> tuple[str, ...]:
    """What a scope concatenates with its only input; nothing if it is no dense layer."""
    last = graph.nodes[layer.output]
    if (
        len(layer.sources) != 1
        or last.output.channels != sum(x.channels for x in last.inputs)
        or last.sources.count(layer.sources[0]) != 1
    ):
        return ()
    added = tuple(path for path in last.sources if path != layer.sources[0])
    is_own = all(path.startswith(f"{layer.path}.") for path in (last.path, *added))
    return added if is_own else ()

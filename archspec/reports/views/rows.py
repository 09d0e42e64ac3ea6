"""The rows of a view: layers one by one, or together by what they are or where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, final

from archspec.analyses.views.measures import Layers
from archspec.graph import Graph, Node, Scope
from archspec.reports.stats_rows import stats_rows

By = Literal["layer", "block", "stage", "op"]
OUTSIDE: Final = "no block"
"""Of layers that stand in none."""


@final
@dataclass(frozen=True, slots=True)
class ViewRow:
    """One line of a view."""

    name: str
    layers: Layers
    """What it counts; none of a scope whose insides follow as rows of their own."""
    count: int = 1
    """How many equal parts it stands for."""
    indent: int = 0
    operation: str | None = None
    """What it computes, where the layers one by one would not say it."""
    output: tuple[int, ...] | None = None


def folded(graph: Graph, depth: int | None, *, expand: bool) -> list[ViewRow]:
    """The rows of the usual table."""
    return [
        ViewRow(row.name, row.layers, row.count, row.indent, row.operation, row.output or None)
        for row in stats_rows(graph, depth=depth, expand=expand)
    ]


def _by_layer(graph: Graph) -> list[ViewRow]:
    return [ViewRow(node.path, (node,)) for node in graph.layers]


def _by_op(graph: Graph) -> list[ViewRow]:
    return _together((node.op_name, node) for node in graph.layers)


def _by_block(graph: Graph) -> list[ViewRow]:
    """Each layer counts for the innermost block that it stands in."""
    rows = _together(_with_blocks(graph.root, OUTSIDE))
    copies: dict[str, int] = {}
    for scope in graph.scopes.values():
        if scope.block:
            copies[scope.block] = copies.get(scope.block, 0) + 1
    return [ViewRow(row.name, row.layers, copies.get(row.name, 1)) for row in rows]


def _with_blocks(scope: Scope, around: str) -> Iterable[tuple[str, Node]]:
    block = scope.block or around
    for child in scope.children:
        if isinstance(child, Scope):
            yield from _with_blocks(child, block)
        else:
            yield block, child


def _by_stage(graph: Graph) -> list[ViewRow]:
    """The parts of the network itself."""
    return at_depth(graph, 0)


def at_depth(graph: Graph, depth: int) -> list[ViewRow]:
    """Scopes and layers so many levels below the network, each with all that is inside."""
    return _together((".".join(node.path.split(".")[: depth + 1]), node) for node in graph.layers)


def _together(named: Iterable[tuple[str, Node]]) -> list[ViewRow]:
    groups: dict[str, list[Node]] = {}
    for name, node in named:
        groups.setdefault(name, []).append(node)
    return [ViewRow(name, nodes) for name, nodes in groups.items()]


GROUPINGS: Final[Mapping[str, Callable[[Graph], list[ViewRow]]]] = MappingProxyType(
    {"layer": _by_layer, "block": _by_block, "stage": _by_stage, "op": _by_op}
)
SCATTERED: Final = frozenset({"block", "op"})
"""Groupings whose layers do not stand together: they have no shape of their own."""

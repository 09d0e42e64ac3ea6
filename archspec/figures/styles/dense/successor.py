"""What reads the output of a dense block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.describe.layers import SEPARATOR, layer
from archspec.escaping import clean
from archspec.figures.styles.dense.dense_blocks import DenseBlock
from archspec.graph import Graph, Node, Scope
from archspec.op.base import Role

MAX_NAME: Final = 18
MAX_DETAILS: Final = 5
"""Lines under the last box."""
MAX_DETAIL: Final = 28


@final
@dataclass(frozen=True, slots=True)
class Successor:
    path: str
    title: str
    details: tuple[str, ...] = ()
    role: str = Role.INPUT.value
    layers: tuple[str, ...] = ()


def successor(graph: Graph, block: DenseBlock) -> Successor:
    """A scope, a chain of layers, or the network's output."""
    last = block.layers[-1]
    readers = graph.readers[last.output]
    if not readers:
        return Successor(last.output, "output")
    scope = _scope(graph, readers[0], last)
    if scope is not None:
        title = scope.block if scope.name.isdigit() and scope.block else scope.name
        return _describe(scope.path, title, tuple(scope.nodes()))
    chain = tuple(_chain(graph, readers[0]))
    linear = next((node for node in chain if node.op.role is Role.LINEAR), chain[0])
    return _describe(chain[0].path, linear.name, chain)


def _scope(graph: Graph, reader: str, last: Scope) -> Scope | None:
    """The largest scope that begins after the block."""
    steps = reader.split(".")
    for length in range(1, len(steps)):
        path = ".".join(steps[:length])
        if not last.path.startswith(f"{path}."):
            return graph.scopes[path]
    return None


def _chain(graph: Graph, path: str) -> Iterator[Node]:
    """A layer and those after it, as long as each has one reader."""
    while True:
        yield graph.nodes[path]
        readers = graph.readers[path]
        if len(readers) != 1:
            return
        path = readers[0]


def _describe(path: str, title: str, nodes: Sequence[Node]) -> Successor:
    roles = {node.op.role for node in nodes}
    role = next((role for role in (Role.LINEAR, Role.POOL, Role.CONV) if role in roles), None)
    details = list(_details(nodes))
    return Successor(
        path,
        clean(title, MAX_NAME),
        tuple(details) if len(details) <= MAX_DETAILS else (),
        role.value if role else "block",
        tuple(node.path for node in nodes),
    )


def _details(nodes: Sequence[Node]) -> Iterator[str]:
    """A line for every layer with a window or features, and one for what is between them."""
    small: list[str] = []
    for node in nodes:
        label = layer(node)
        if node.op.role in (Role.CONV, Role.LINEAR, Role.POOL):
            if small:
                yield clean(SEPARATOR.join(small), MAX_DETAIL)
            yield clean(", ".join((label.title, *label.details)), MAX_DETAIL)
            small = []
        elif node.op.role in (Role.NORM, Role.ACTIVATION):
            small.append(label.title)
    if small:
        yield clean(SEPARATOR.join(small), MAX_DETAIL)

"""Functions for what follows each other again and again in lists: ``conv_relu(64, 128)``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from archspec.backends.torch.source.model.parameters import extract_parameters
from archspec.backends.torch.source.model.templates import read_leaf
from archspec.backends.torch.source.names import CONSTRUCTOR, PYTHON
from archspec.backends.torch.source.tree import LayerItem, PrintedFunction, Slot
from archspec.graph import Graph, Node, Scope
from archspec.graph.folding import ROWS, group_layers
from archspec.op.base import Role

LEAST_SAVED: Final = 4
"""Lines that a function must save."""


def printed_functions(
    graph: Graph, in_place: frozenset[str], symbols: Collection[str], taken: Collection[str]
) -> tuple[list[PrintedFunction], dict[str, tuple[PrintedFunction, int]]]:
    """The functions worth having; and for the first layer of every use, which function makes it,
    and which of its uses it is. Their names are not ``taken``, nor those of parameters."""
    reserved = {*taken, *PYTHON, *CONSTRUCTOR, *graph.params}
    uses: dict[tuple[LayerItem, ...], list[tuple[Node, list[Slot]]]] = {}
    for nodes in _candidates(graph, graph.root):
        read = [read_leaf(node, (), in_place, symbols) for node in nodes]
        leaves = tuple(replace(leaf, name=str(k)) for k, (leaf, _) in enumerate(read))
        if not all(leaf.is_module and leaf.tensor is None for leaf in leaves):
            continue
        uses.setdefault(leaves, []).append((nodes[0], [s for _, slots in read for s in slots]))
    found: list[PrintedFunction] = []
    of_layer: dict[str, tuple[PrintedFunction, int]] = {}
    for leaves, made in uses.items():
        if len(made) * (len(leaves) - 1) - (len(leaves) + 5) < LEAST_SAVED:
            continue
        columns = list(zip(*(slots for _, slots in made), strict=True))
        terms, parameters = extract_parameters(columns, [{} for _ in made], reserved)
        name = _name(leaves, {*reserved, *(function.name for function in found)})
        function = PrintedFunction(name, leaves, terms, parameters)
        found.append(function)
        of_layer |= {node.path: (function, k) for k, (node, _) in enumerate(made)}
    return found, of_layer


def _candidates(graph: Graph, scope: Scope) -> Iterator[list[Node]]:
    """A convolution or linear layer of a list with the normalisation and activation behind it."""
    if all(child.name == str(k) for k, child in enumerate(scope.children)):
        for group in group_layers(graph, scope.children, ROWS):
            nodes = [member for member in group if isinstance(member, Node)]
            own = all(node.weights is None for node in nodes)
            if len(nodes) > 1 and own and nodes[0].op.role in (Role.CONV, Role.LINEAR):
                yield nodes
    for child in scope.children:
        if isinstance(child, Scope) and child.weights is None:
            yield from _candidates(graph, child)


def _name(items: tuple[LayerItem, ...], taken: set[str]) -> str:
    """``conv_relu`` for Conv2d and ReLU."""
    kinds = [item.target.rpartition(".")[2] for item in items]
    name = "_".join(re.sub(r"\d+d$", "", kind).lower() for kind in kinds)
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}{number}", number + 1
    return candidate

"""Which of the probed layers somebody wants to see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archspec.analyses.freezing import matching, proposal
from archspec.diagnostics import failure, near
from archspec.graph import Graph, Node
from archspec.op.base import Role

SHOWN_ROLES: Final = frozenset(
    {Role.CONV, Role.LINEAR, Role.NORM, Role.ACTIVATION, Role.MERGE, Role.POOL}
)
"""Layers that change how numbers are distributed."""


def probed_nodes(graph: Graph) -> list[Node]:
    """The layers that are worth a row."""
    return [node for node in graph.layers if node.op.role in SHOWN_ROLES or node.cost.parameters]


def chosen(globs: Sequence[str], ops: Sequence[str], graph: Graph) -> frozenset[str]:
    """The paths of the layers with one of some ops that a glob matches, or that stand in a scope that it
    matches. Raises SpecError where there are none."""
    nodes = probed_nodes(graph)
    names = sorted({node.op_name for node in nodes})
    for op in ops:
        if op not in names:
            help = near(op, names) or f"it has {', '.join(names)}"
            raise failure("bad-option", f"{graph.name} has no layer {op}", help=help)
    paths = [node.path for node in nodes if not ops or node.op_name in ops]
    found: set[str] = set()
    for glob in globs or ("*",):
        matched = matching(glob, paths)
        if not matched:
            which = f" {' or '.join(ops)}" if ops else ""
            message = f"'{glob}' matches no layer{which} of {graph.name}"
            raise failure("bad-option", message, help=proposal(glob, paths))
        found.update(matched)
    return frozenset(found)

"""Which of the probed layers somebody wants to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.analyses.freezing import matching, proposal
from archspec.diagnostics import failure, near
from archspec.graph import Graph, Node
from archspec.op.base import Role
from archspec.ops import registry

SHOWN_ROLES: Final = frozenset(
    {Role.CONV, Role.LINEAR, Role.NORM, Role.ACTIVATION, Role.MERGE, Role.POOL}
)
"""Layers that change how numbers are distributed."""


def probed_nodes(graph: Graph) -> list[Node]:
    """The layers that are worth a row."""
    return [node for node in graph.layers if node.op.role in SHOWN_ROLES or node.cost.parameters]


@final
@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see of a network."""

    paths: frozenset[str]
    """Of the layers."""
    unit: int | None = None
    """Of their outputs this channel only, or this number of a vector."""


def everything(graph: Graph) -> Wanted:
    return Wanted(frozenset(node.path for node in probed_nodes(graph)))


def chosen(globs: Sequence[str], ops: Sequence[str], unit: int | None, graph: Graph) -> Wanted:
    """The layers with one of some ops that a glob matches, or that stand in a scope that it matches.
    Raises SpecError where there are none, or where one has no such unit."""
    for op in ops:
        if op not in registry():
            raise failure("bad-option", f"there is no op '{op}'", help=near(op, registry()))
    nodes = probed_nodes(graph)
    names = sorted({node.op_name for node in nodes})
    if ops and not set(ops).intersection(names):
        message = f"{graph.name} has no layer {' or '.join(ops)}"
        raise failure("bad-option", message, help=f"it has {', '.join(names)}")
    paths = [node.path for node in nodes if not ops or node.op_name in ops]
    found: set[str] = set()
    for glob in globs or ("*",):
        matched = matching(glob, paths)
        if not matched:
            which = f" {' or '.join(ops)}" if ops else ""
            message = f"'{glob}' matches no layer{which} of {graph.name}"
            raise failure("bad-option", message, help=proposal(glob, paths))
        found.update(matched)
    _require_unit(unit, [node for node in nodes if node.path in found])
    return Wanted(frozenset(found), unit)


def _require_unit(unit: int | None, nodes: Sequence[Node]) -> None:
    fewest = min(nodes, key=lambda node: node.output.channels)
    if unit is not None and unit >= fewest.output.channels:
        raise failure(
            "bad-option",
            f"'{fewest.path}' has {fewest.output.channels} units, and none is {unit}",
            help="--layer or --op chooses layers with more",
        )

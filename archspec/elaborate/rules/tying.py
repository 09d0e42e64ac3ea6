"""Layers that have the weight of another one: which it is, and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archspec.diagnostics import Label, failure
from archspec.elaborate.rules.bindings import Tied
from archspec.graph import Node
from archspec.op.base import Cost, Op
from archspec.op.tensor import TensorType

WEIGHT: Final = "weight"
"""The tensor that layers can have in common."""


def weight_owner(
    op: Op, cost: Cost, inputs: tuple[TensorType, ...], tied: Tied, nodes: Mapping[str, Node]
) -> Node | type[Op]:
    """The layer that has the weight of an op; or the op with which it fits, the other way round.

    Raises SpecError if there is no such weight, or if it does not fit.
    """
    at = tied.at.value
    if WEIGHT not in cost.parameters:
        message = f"{type(op).__name__} has no weight"
        raise failure("bad-argument", message, at=at, help="remove it")
    if tied.path not in nodes:
        raise failure(
            "bad-argument",
            f"'{tied.path}' is a scope, and a layer has the weight of a layer",
            at=at,
            help=f"name a layer inside of it: {tied.path}.NAME",
        )
    owner = _owner(tied.path, nodes)
    made_here = [Label(owner.origin.key, "made here")] if owner.origin else []
    if WEIGHT not in owner.cost.parameters:
        message = f"'{tied.path}' is a {owner.op_name} without a weight"
        raise failure("bad-argument", message, at=at, also=made_here)
    own, given = cost.parameters[WEIGHT], owner.cost.parameters[WEIGHT]
    if own == given:
        return owner
    if own == given[::-1] and op.transposed is not None:
        return op.transposed
    raise failure(
        "shape",
        f"the weight of '{owner.path}' is {_sides(given)}, and that of a {type(op).__name__} from "
        f"{inputs[0]} is {_sides(own)}",
        at=at,
        also=made_here,
        help=_help(op, own, given),
    )


def _owner(path: str, nodes: Mapping[str, Node]) -> Node:
    """The layer whose module and whose weight it is."""
    node = nodes[nodes[path].weights or path]
    return nodes[node.tied.get(WEIGHT, node.path)]


def _sides(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _help(op: Op, own: tuple[int, ...], given: tuple[int, ...]) -> str | None:
    """The convolution that has its weight the other way round."""
    name = type(op).__name__
    if len(own) < 3 or (own[1], own[0], *own[2:]) != given:
        return "the weights must have the same shape"
    other = (
        name.replace("Transpose", "")
        if "Transpose" in name
        else name.replace("Conv", "ConvTranspose")
    )
    return f"{other} has its weight the other way round"

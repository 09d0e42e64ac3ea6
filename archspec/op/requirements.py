"""What several ops demand of their inputs."""

from __future__ import annotations

from archspec.op.base import ShapeError
from archspec.op.tensor import TensorType


def require_map(x: TensorType, op: str) -> TensorType:
    """The input itself, if it is a (C, H, W) map."""
    if not x.is_map:
        raise ShapeError(
            f"{op} reads a map (channels, height, width), not a vector of {x}",
            help="put it before the Flatten or Linear that makes the vector",
        )
    return x


def require_groups(channels: int, groups: int, field: str) -> None:
    """The groups are equally large, else the argument ``field`` that counts them is to blame."""
    if channels % groups:
        raise ShapeError(
            f"{channels} channels do not divide into {groups} groups: {division(channels, groups)}",
            field=field,
            help=f"{field}: {largest_divisor(channels, at_most=groups)} divides them",
        )


def division(number: int, divisor: int) -> str:
    """``8 = 2·3 + 2``: why the one does not divide by the other."""
    return f"{number} = {number // divisor}·{divisor} + {number % divisor}"


def largest_divisor(number: int, at_most: int) -> int:
    return next(d for d in range(min(number, at_most), 0, -1) if number % d == 0)

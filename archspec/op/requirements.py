"""What several ops demand of their inputs."""

from __future__ import annotations

from typing import Final

from archspec.op.base import ShapeError
from archspec.op.tensor import SIDES, TensorType

NOT_FLAT: Final = "put it before the Flatten or Linear that makes the vector"
USUAL_CHANNELS: Final = (1, 3)
"""Of inputs: grey pictures or sounds, and pictures in colour."""
OF_ALL_RANKS: Final = frozenset(
    """
    AdaptiveAvgPool AdaptiveMaxPool AvgPool BatchNorm CircularPad ConstantPad Conv ConvTranspose
    DepthwiseConv Dropout InstanceNorm LPPool MaxPool ReflectionPad ReplicationPad ZeroPad
    """.split()  # noqa: SIM905 -- words are easier to read without their quotes
)
"""Families with an op for 1, 2 and 3 sides: Conv1d, Conv2d, Conv3d."""


def require_map(x: TensorType, op: str) -> TensorType:
    """The input itself, if it is a (C, H, W) map."""
    return require_rank(x, op, 2)


def require_any_map(x: TensorType, op: str) -> TensorType:
    """The input itself, if it is no vector."""
    if not x.is_map:
        raise ShapeError(f"{op} reads a map, not a vector of {x}", help=NOT_FLAT)
    return x


def require_rank(x: TensorType, op: str, rank: int) -> TensorType:
    """The input itself, if it is a map with so many sides."""
    if x.rank == rank:
        return x
    axes = ", ".join(("channels", *SIDES[rank]))
    if not x.is_map:
        channel = f"; a sound of one channel is [1, {x}]" if rank == 1 else ""
        message = f"{op} reads a map ({axes}), not a vector of {x}"
        raise ShapeError(message, help=f"{NOT_FLAT}{channel}")
    raise ShapeError(
        f"{op} reads a map ({axes}), not {x} ({x.axes})", help=_other_rank(x, op, rank)
    )


def _other_rank(x: TensorType, op: str, rank: int) -> str | None:
    """The shape that may have been meant, and what would read the map."""
    helps, family = [], op.removesuffix(f"{rank}d")
    if len(x.shape) == rank and x.channels not in USUAL_CHANNELS:
        helps.append(f"the channels come first, as in [1, {', '.join(map(str, x.shape))}]")
    if x.rank == rank + 1 and x.shape[1] in USUAL_CHANNELS:
        helps.append(f"a shape has no batch: [{', '.join(map(str, x.shape[1:]))}]")
    if family in OF_ALL_RANKS:
        helps.append(f"{family}{x.rank}d reads ({x.axes})")
    return "; ".join(helps) or None


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

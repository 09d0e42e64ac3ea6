"""Precisions: the bytes of a number in weights, activations and statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, final

from archspec.diagnostics import failure, near

PrecisionName = Literal["float32", "float16", "bfloat16", "int8", "mixed"]


@final
@dataclass(frozen=True, slots=True)
class Precision:
    """How many bytes the numbers of a network have."""

    name: PrecisionName
    weight: int
    """Bytes of a learnable number, of its gradient, and of a buffer's number."""
    activation: int
    """Bytes of a number that a layer reads or gives."""
    statistic: int
    """Bytes of a number that a normalisation keeps of a batch."""
    copies_weights: bool = False
    """Whether convolutions and linear layers read copies of their weights, as small as activations."""
    trains: bool = True
    """Whether autograd computes gradients in it."""


PRECISIONS: Final[Mapping[str, Precision]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Precision("float32", 4, 4, 4),
            Precision("float16", 2, 2, 2),
            Precision("bfloat16", 2, 2, 2),
            Precision("int8", 1, 1, 1, trains=False),
            Precision("mixed", 4, 2, 4, copies_weights=True),
        )
    }
)
"""By name: ``mixed`` is that of automatic mixed precision, float32 weights and 16-bit activations."""
FLOAT32: Final = PRECISIONS["float32"]


def precision(name: str) -> Precision:
    """A precision by its name. Raises SpecError."""
    if name not in PRECISIONS:
        raise failure(
            "bad-value",
            f"there is no precision {name!r:.60}",
            help=near(str(name), PRECISIONS) or f"one of {', '.join(PRECISIONS)}",
        )
    return PRECISIONS[name]

"""Two files of weights, tensor by tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from archspec.weights.matching.layers import Shape

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True, slots=True)
class ChangedTensor:
    key: str
    shape: Shape
    largest: float
    """The largest difference of two numbers; NaN where one of them is NaN."""
    relative: float
    """The length of the difference, as a part of the length of the first tensor."""


@final
@dataclass(frozen=True, slots=True)
class WeightsDifference:
    equal: int
    """Tensors with the same numbers."""
    changed: tuple[ChangedTensor, ...]
    """Those with others, the relatively most changed first."""
    reshaped: Mapping[str, tuple[Shape, Shape]]
    """Keys of other shapes in both."""
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.changed or self.reshaped or self.only_first or self.only_second)


def difference(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> WeightsDifference:
    """What differs between two sets of tensors, by key."""
    both = [key for key in first if key in second]
    shapes = {key: (tuple(first[key].shape), tuple(second[key].shape)) for key in both}
    alike = [key for key in both if shapes[key][0] == shapes[key][1]]
    changed = [_changed(key, first[key], second[key]) for key in alike]
    found = [each for each in changed if each is not None]
    return WeightsDifference(
        len(alike) - len(found),
        tuple(sorted(found, key=lambda each: -_rank(each.relative))),
        {key: pair for key, pair in shapes.items() if pair[0] != pair[1]},
        tuple(key for key in first if key not in second),
        tuple(key for key in second if key not in first),
    )


def _changed(key: str, first: Tensor, second: Tensor) -> ChangedTensor | None:
    a, b = first.double(), second.double()
    if bool(((a == b) | (a.isnan() & b.isnan())).all()):
        return None
    gap = a - b
    length = float(a.norm())
    relative = float(gap.norm()) / length if length else float("inf")
    return ChangedTensor(key, tuple(a.shape), float(gap.abs().max()), relative)


def _rank(value: float) -> float:
    """NaN in front of everything."""
    return float("inf") if value != value else value

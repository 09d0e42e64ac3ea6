"""What is in a file of weights, without its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from archspec.weights.matching.layers import Shape
from archspec.weights.reading.files import WeightsFile

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True, slots=True)
class TensorEntry:
    key: str
    shape: Shape
    dtype: str
    """``float32``."""
    count: int
    """How many numbers it has."""
    bytes: int
    is_finite: bool
    """Whether all of them are numbers: no infinity and no NaN."""


def entries(file: WeightsFile) -> tuple[TensorEntry, ...]:
    """The tensors of a file in its order."""
    return tuple(_entry(key, tensor) for key, tensor in file.tensors.items())


def _entry(key: str, tensor: Tensor) -> TensorEntry:
    count = tensor.numel()
    return TensorEntry(
        key,
        tuple(tensor.shape),
        str(tensor.dtype).removeprefix("torch."),
        count,
        count * tensor.element_size(),
        is_finite(tensor),
    )


def is_finite(tensor: Tensor) -> bool:
    if not tensor.is_floating_point():
        return True
    known = tensor if tensor.element_size() > 1 else tensor.float()  # float8 has no isfinite
    return bool(known.isfinite().all())

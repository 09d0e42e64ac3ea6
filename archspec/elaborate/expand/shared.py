"""What the networks of one workspace have in common, computed once."""

from __future__ import annotations

from typing import Any, final

from archspec.elaborate.rules.desugar import Bodies
from archspec.op.base import Cost, Op
from archspec.op.tensor import TensorType


@final
class Shared:
    """Bodies in their long form; equal ops, which are one object; and their shapes and costs."""

    def __init__(self) -> None:
        self.bodies = Bodies()
        self.ops: dict[Any, Op] = {}
        """By class and arguments."""
        self.inferred: dict[Any, tuple[TensorType, Cost]] = {}
        """By the id of an op of ``ops``, and the types of its inputs."""

"""What an op is: its arguments, shape rule, cost, footprint and PyTorch call, and the contract of all."""

from archspec.op.base import Call, Cost, Example, Kept, Meaning, Op, Role, ShapeError
from archspec.op.footprint import Footprint
from archspec.op.tensor import TensorType

__all__ = [
    "Call",
    "Cost",
    "Example",
    "Footprint",
    "Kept",
    "Meaning",
    "Op",
    "Role",
    "ShapeError",
    "TensorType",
]

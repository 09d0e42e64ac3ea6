"""What all who make layers look at: the program, its names, and what was made and found so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.elaborate.expand.limits import Limits
from archspec.elaborate.expand.nodes import Layers
from archspec.elaborate.expand.parts import NetPart
from archspec.elaborate.rules.bindings import Binding, Operand
from archspec.elaborate.rules.collector import Collector
from archspec.elaborate.rules.desugar import Bodies
from archspec.elaborate.rules.home import Home
from archspec.elaborate.rules.operands import stand_in
from archspec.language.model import SIZES_OF_INPUT
from archspec.language.names import Environment, Undefined
from archspec.language.program import Program
from archspec.op.base import Op
from archspec.op.tensor import SIDES


@final
@dataclass(frozen=True)
class Context:
    """One elaboration. It has no rules of its own."""

    program: Program
    ops: Mapping[str, type[Op]]
    home: Home
    collector: Collector
    layers: Layers
    limits: Limits
    bodies: Bodies
    parts: list[NetPart]
    """The networks that are parts of this one, as they were made."""

    def sizes_of_input(self, bindings: Sequence[Binding]) -> dict[str, int | Undefined]:
        """The channels and the sides of the one input that there is."""
        values = [value for value in map(stand_in, bindings) if value is not None]
        if len(values) != 1:
            return _SEVERAL_INPUTS if values else _NO_INPUT
        x = self.layers.nodes[values[0].path].output
        return {
            **_WITHOUT[x.rank],
            **dict(zip(_SIZES[x.rank], (x.channels, *x.spatial), strict=True)),
        }

    def with_sizes(self, operands: Sequence[Operand], names: Environment) -> Environment:
        """The names that an item sees which reads these."""
        return Environment(self.sizes_of_input([found.binding for found in operands]), names)


def _without_sizes(reason: str) -> dict[str, int | Undefined]:
    return dict.fromkeys(SIZES_OF_INPUT, Undefined(reason))


_SEVERAL_INPUTS: Final = _without_sizes("the layer has several inputs")
_NO_INPUT: Final = _without_sizes("there is no input")
_SIZES: Final = [("in_channels", *(f"in_{side}" for side in sides)) for sides in SIDES]
"""What has a value, by the sides that the input has."""
_WITHOUT: Final = (
    _without_sizes("the input is a vector"),
    _without_sizes("the input is a map of a length"),
    _without_sizes("the input is a map of height and width"),
    _without_sizes("the input is a map of depth, height and width"),
)
"""What has no value, by the sides that the input has."""

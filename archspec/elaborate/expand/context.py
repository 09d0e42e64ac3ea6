"""What all who make layers look at: the program, its names, and what was made and found so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from archspec.elaborate.expand.limits import Limits
from archspec.elaborate.expand.nodes import Layers
from archspec.elaborate.rules.bindings import Binding, Operand
from archspec.elaborate.rules.collector import Collector
from archspec.elaborate.rules.desugar import Bodies
from archspec.elaborate.rules.operands import stand_in
from archspec.language.names import Environment, FileParams, Undefined
from archspec.language.program import Program
from archspec.op.base import Op


@final
@dataclass(frozen=True)
class Context:
    """One elaboration. It has no rules of its own."""

    program: Program
    side_outputs: frozenset[str]
    ops: Mapping[str, type[Op]]
    known: frozenset[str]
    """Names of ops and blocks."""
    params: FileParams
    top: Environment
    """What the network's own layers and blocks see: the parameters of the file."""
    closed: Environment
    """What an imported block sees around its own parameters: nothing."""
    collector: Collector
    layers: Layers
    limits: Limits
    bodies: Bodies

    def in_channels(self, bindings: Sequence[Binding]) -> int | Undefined:
        """The channels of the one input that there is."""
        values = [value for value in map(stand_in, bindings) if value is not None]
        if len(values) == 1:
            return self.layers.nodes[values[0].path].output.channels
        return Undefined("the layer has several inputs" if values else "there is no input")

    def with_in_channels(self, operands: Sequence[Operand], names: Environment) -> Environment:
        """The names that an item sees which reads these."""
        channels = self.in_channels([operand.binding for operand in operands])
        return Environment({"in_channels": channels}, names)

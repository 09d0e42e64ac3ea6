"""From a call of an op and what it reads to the layer: arguments, shape, cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, final

from archspec.diagnostics import Label, SpecError, failure
from archspec.elaborate.expand.shared import Shared
from archspec.elaborate.rules.arguments import make_op, op_values
from archspec.elaborate.rules.bindings import ResolvedCall, Value
from archspec.elaborate.rules.collector import Collector
from archspec.elaborate.rules.tying import WEIGHT, weight_owner
from archspec.graph import Node, Scope
from archspec.language.names import FileParams
from archspec.op.base import Cost, Meaning, Op, ShapeError
from archspec.op.plugins import answering, cost_of, output_of
from archspec.op.tensor import TensorType

MAX_LAYERS: Final = 150_000
"""Layers of one network, and copies that nested repeats may ask for, unless the caller says
otherwise: ``--max-layers``."""
ALLOW_MORE: Final = "if that is intended, allow more with --max-layers"
MAX_ELEMENTS: Final = 2**40
"""Numbers in one tensor."""


@final
class Layers:
    """The layers that there are so far, by path. What is equal is computed once."""

    def __init__(self, params: FileParams, collector: Collector, most: int, shared: Shared) -> None:
        self.nodes: dict[str, Node] = {}
        """Those of the inputs, too."""
        self.count = 0
        self.originals: dict[str, Scope] = {}
        """Of scopes that are used again, by their paths, those that hold the modules."""
        self.symbol_reads: dict[str, int] = {}
        """How often an argument is nothing but a parameter of the file."""
        self._params = params
        self._collector = collector
        self.most = most
        self._constant: dict[int, Op] = {}
        """The ops of calls that are the same for all copies."""
        self._equal = shared.ops
        self._inferred = shared.inferred

    def make(self, path: str, cls: type[Op], call: ResolvedCall, values: list[Value]) -> Node:
        """The layer of a call. Raises SpecError."""
        _check_arity(cls, call, len(values))
        op = self._op(cls, call)
        if call.like is not None:
            values = [*values, call.like]
        inputs = tuple(self.nodes[value.path].output for value in values)
        key = (id(op), inputs)
        if key not in self._inferred:
            self._inferred[key] = self._infer(op, call, values, inputs)
        output, cost = self._inferred[key]
        tied: Mapping[str, str] = {}
        if call.tied is not None:
            owner = weight_owner(op, cost, inputs, call.tied, self.nodes)
            if not isinstance(owner, Node):
                return self.make(path, owner, call, values)
            tied = {WEIGHT: owner.path}
        sources = tuple(value.path for value in values)
        symbols = {} if call.is_constant else self._symbols(call)
        written = {} if call.is_constant else call.written
        node = Node(
            path,
            op,
            sources,
            inputs,
            output,
            cost,
            call.origin,
            tied=tied,
            symbols=symbols,
            written=written,
            figure=call.figure,
        )
        self.add(node)
        return node

    def add(self, node: Node) -> None:
        if self.count >= self.most:
            assert node.origin is not None
            message = f"the network has more than {self.most:,} layers"
            self._collector.stop(message, node.origin, ALLOW_MORE)
        self.nodes[node.path] = node
        self.count += 1

    def _op(self, cls: type[Op], call: ResolvedCall) -> Op:
        """The op; equal ones are one object."""
        if call.is_constant and id(call) in self._constant:
            return self._constant[id(call)]
        values = op_values(cls, call.arguments, call.origin)
        key = (cls, tuple((name, type(value), value) for name, value in values.items()))
        if key not in self._equal:
            with answering(cls, "its arguments", call.origin / "op"):
                self._equal[key] = make_op(cls, values, call.arguments, call.origin)
        if call.is_constant:
            self._constant[id(call)] = self._equal[key]
        return self._equal[key]

    def _infer(
        self, op: Op, call: ResolvedCall, values: list[Value], inputs: tuple[TensorType, ...]
    ) -> tuple[TensorType, Cost]:
        at = call.origin / "op"
        try:
            output = output_of(op, inputs, at)
        except ShapeError as error:
            raise self._shape_error(error, call, values) from None
        if output.numel > MAX_ELEMENTS:
            message = f"a tensor of {output}: more than 2**40 numbers"
            raise failure("limit", message, at=at.value)
        return output, cost_of(op, inputs, output, at)

    def _symbols(self, call: ResolvedCall) -> Mapping[str, str]:
        """The arguments that are nothing but a parameter of the file."""
        symbols = {}
        for name, argument in call.arguments.items():
            raw = argument.raw
            if isinstance(raw, str) and argument.environment.holder(raw) is self._params:
                symbols[name] = raw
                self.symbol_reads[raw] = self.symbol_reads.get(raw, 0) + 1
        return symbols

    def _shape_error(self, error: ShapeError, call: ResolvedCall, values: list[Value]) -> SpecError:
        """A ShapeError with the places it has to do with."""
        reading = call.origin / "from"
        span = (reading if reading.route in reading.source.marks else call.origin / "op").value
        if error.field is not None and error.field in call.arguments:
            span = call.arguments[error.field].origin.value
        elif error.field == "like":
            span = (call.origin / "like").value
        gives = []
        for value in dict.fromkeys(values):
            node = self.nodes[value.path]
            if node.origin is not None:
                gives.append(Label(node.origin.key, f"'{node.path}' gives {node.output}"))
        help = self._like_help(values) or error.help
        return failure("shape", error.message, at=span, also=gives, help=help)

    def _like_help(self, values: list[Value]) -> str | None:
        """How an Upsample before a merge gets the size of what it is merged with."""
        outputs = {value.path: self.nodes[value.path].output for value in values}
        if len(outputs) < 2 or len({output.spatial for output in outputs.values()}) < 2:
            return None
        for path, output in outputs.items():
            if (upsample := self._resizing(path)) is not None:
                other = next(p for p in outputs if outputs[p].spatial != output.spatial)
                size = ", ".join(map(str, outputs[other].spatial))
                return (
                    f"'{upsample.path}' takes the height and width of '{other}' with "
                    f"'like: {other.rpartition('.')[2]}', or with 'size: [{size}]'"
                )
        return None

    def _resizing(self, path: str) -> Node | None:
        """The layer that has resized a map, behind which nothing else has changed its size."""
        node = self.nodes[path]
        while node.output.is_map and len(node.operands) == 1:
            if node.op.takes_like and node.op.name_of(Meaning.FACTOR) is not None:
                return node
            if node.inputs[0].spatial != node.output.spatial:
                return None
            node = self.nodes[node.operands[0]]
        return None


def _check_arity(cls: type[Op], call: ResolvedCall, given: int) -> None:
    """Raises SpecError if an op reads another number of layers."""
    if cls.arity is None or given == cls.arity:
        return
    help = f"{{op: {call.name}, from: [a, b]}}"
    if cls.arity == 1:
        help = "merge them first with Add, Multiply or Concat"
    raise failure(
        "arity",
        f"{call.name} reads {cls.arity} input{'s' if cls.arity > 1 else ''}, 'from' gives {given}",
        at=(call.origin / "from").value,
        help=help,
    )

"""Measures: what can be said of some layers of a network, one of them a column of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final, Literal, final

from archspec.analyses.inplace import in_place
from archspec.analyses.memory.saved import saved_tensors
from archspec.analyses.receptive import ReceptiveField, receptive_fields
from archspec.analyses.stats import Stats
from archspec.describe.layers import layer
from archspec.describe.values import sides
from archspec.graph import Node
from archspec.op.base import Meaning
from archspec.transforms.recompute import recomputing

Value = int | float | str | tuple[int, ...] | None
Layers = Sequence[Node]


@final
class Measured:
    """The layers of a network with what is known of each, computed when it is asked for."""

    def __init__(self, stats: Stats) -> None:
        self.stats = stats
        self.graph = stats.graph
        self.batch = stats.batch
        self.precision = stats.precision

    @cached_property
    def saved(self) -> Mapping[str, int]:
        """Bytes that autograd keeps, by layer."""
        trained = recomputing(self.graph) if self.stats.memory_efficient else self.graph
        return saved_tensors(trained, self.stats.frozen).of_layers(self.batch, self.precision)

    @cached_property
    def fields(self) -> Mapping[str, ReceptiveField]:
        return receptive_fields(self.graph)

    @cached_property
    def overwriting(self) -> frozenset[str]:
        """Layers that write over their input."""
        return in_place(self.graph)

    def written(self, node: Node) -> int:
        """Bytes that a layer writes: its output, unless that is a view."""
        return 0 if node.op.view else self.batch * self.precision.activation * node.output.numel

    def read(self, node: Node) -> int:
        """Bytes that a layer reads: its inputs, its parameters, its statistics."""
        if node.op.view:
            return 0
        operands = node.inputs[: len(node.operands)]
        numbers = self.batch * sum(x.numel for x in operands)
        small = self.precision.copies_weights and node.cost.macs
        weight = self.precision.activation if small else self.precision.weight
        return self.precision.activation * numbers + weight * (node.cost.params + buffers(node))


def buffers(node: Node) -> int:
    """Numbers of the state_dict that are not learned, where the module is not used again."""
    return 0 if node.weights else sum(map(_size, node.cost.buffers.values()))


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for side in shape:
        size *= side
    return size


@final
@dataclass(frozen=True, slots=True)
class Measure:
    """A column: its name, its definition, and how it is found of some layers."""

    key: str
    """Its name in Python, JSON and CSV, and of ``--columns``."""
    title: str
    """Its name in tables."""
    definition: str
    """What it is, in one line."""
    kind: Literal["text", "shape", "count", "bytes", "ratio", "share"]
    of: Callable[[Measured, Layers], Value]
    """Of layers that follow each other."""

    @property
    def is_number(self) -> bool:
        """Whether it can be sorted by size."""
        return self.kind not in ("text", "shape")

    @property
    def is_sum(self) -> bool:
        """Whether that of several layers is the sum of theirs."""
        return self.kind in ("count", "bytes", "share")


def _operation(measured: Measured, nodes: Layers) -> str:
    return " · ".join(dict.fromkeys(layer(node, name=node.op_name).line for node in nodes))


def _input(measured: Measured, nodes: Layers) -> Value:
    shapes = nodes[0].inputs
    return shapes[0].shape if len(shapes) == 1 else ", ".join(map(str, shapes))


def _output(measured: Measured, nodes: Layers) -> Value:
    return nodes[-1].output.shape


def _kernel(measured: Measured, nodes: Layers) -> str:
    found: dict[str, None] = {}
    for node in nodes:
        kernel = node.op.value_of(Meaning.KERNEL)
        if kernel is not None:
            found[sides(kernel, node.inputs[0].rank)] = None
    return ", ".join(found)


def _layers(measured: Measured, nodes: Layers) -> int:
    return len(nodes)


def _params(measured: Measured, nodes: Layers) -> int:
    return sum(node.params for node in nodes)


def _params_share(measured: Measured, nodes: Layers) -> float:
    return _part(_params(measured, nodes), measured.stats.params)


def _macs(measured: Measured, nodes: Layers) -> int:
    return measured.batch * sum(node.cost.macs for node in nodes)


def _macs_share(measured: Measured, nodes: Layers) -> float:
    return _part(_macs(measured, nodes), measured.stats.macs)


def _flops(measured: Measured, nodes: Layers) -> int:
    return 2 * _macs(measured, nodes)


def _elementwise(measured: Measured, nodes: Layers) -> int:
    return measured.batch * sum(node.cost.elementwise for node in nodes)


def _buffers(measured: Measured, nodes: Layers) -> int:
    return sum(map(buffers, nodes))


def _activation_bytes(measured: Measured, nodes: Layers) -> int:
    overwriting = measured.overwriting
    return sum(measured.written(node) for node in nodes if node.path not in overwriting)


def _saved_bytes(measured: Measured, nodes: Layers) -> int | None:
    if not measured.precision.trains:
        return None
    saved = measured.saved
    return sum(saved.get(node.path, 0) for node in nodes)


def _read_bytes(measured: Measured, nodes: Layers) -> int:
    return sum(map(measured.read, nodes))


def _written_bytes(measured: Measured, nodes: Layers) -> int:
    return sum(map(measured.written, nodes))


def _intensity(measured: Measured, nodes: Layers) -> float | None:
    moved = _read_bytes(measured, nodes) + _written_bytes(measured, nodes)
    operations = _flops(measured, nodes) + _elementwise(measured, nodes)
    return operations / moved if moved else None


def _receptive_field(measured: Measured, nodes: Layers) -> Value:
    field = measured.fields.get(nodes[-1].path)
    if field is None:
        return None
    return "all" if field.whole else field.size


def _receptive_stride(measured: Measured, nodes: Layers) -> str | None:
    field = measured.fields.get(nodes[-1].path)
    return None if field is None or field.whole else "×".join(map(str, field.stride))


def _part(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


_ALL: Final = (
    Measure("operation", "operation", "what is computed", "text", _operation),
    Measure("input", "input", "shape of what is read, without the batch", "shape", _input),
    Measure("kernel", "kernel", "size of the window", "text", _kernel),
    Measure("output", "output", "shape of what is given, without the batch", "shape", _output),
    Measure("layers", "layers", "how many there are", "count", _layers),
    Measure("params", "params", "learnable numbers, shared ones once", "count", _params),
    Measure("params_share", "share", "part of all params", "share", _params_share),
    Measure(
        "macs", "MACs", "multiply-accumulates of convolution and linear, no bias", "count", _macs
    ),
    Measure("macs_share", "share", "part of all MACs", "share", _macs_share),
    Measure("flops", "FLOPs", "2 × MACs: a multiplication and an addition each", "count", _flops),
    Measure(
        "elementwise",
        "elementwise",
        "all else: norm 2 an element, activation 1, pool k², add 1, bias 1",
        "count",
        _elementwise,
    ),
    Measure(
        "buffers", "buffers", "numbers of the state_dict that are not learned", "count", _buffers
    ),
    Measure(
        "activation_bytes",
        "activation bytes",
        "of the outputs; none of a view, or where an activation overwrites its input",
        "bytes",
        _activation_bytes,
    ),
    Measure(
        "saved_bytes",
        "saved bytes",
        "what autograd keeps for the backward pass, at the first layer that keeps it",
        "bytes",
        _saved_bytes,
    ),
    Measure("read_bytes", "read bytes", "inputs, parameters and buffers", "bytes", _read_bytes),
    Measure("written_bytes", "written bytes", "outputs that are no views", "bytes", _written_bytes),
    Measure(
        "intensity",
        "intensity",
        "FLOPs and elementwise operations for each byte that is read or written",
        "ratio",
        _intensity,
    ),
    Measure(
        "receptive_field",
        "receptive field",
        "pixels of the input that one of the output depends on",
        "shape",
        _receptive_field,
    ),
    Measure(
        "receptive_stride",
        "receptive stride",
        "pixels of the input from one of the output to the next",
        "text",
        _receptive_stride,
    ),
)
MEASURES: Final[Mapping[str, Measure]] = MappingProxyType({each.key: each for each in _ALL})
"""Every column by its name."""

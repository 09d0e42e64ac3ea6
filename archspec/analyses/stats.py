"""Counting: parameters, multiply-accumulates, other operations, and bytes saved for training."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, NamedTuple, final, overload

from archspec.analyses.freezing import frozen_layers
from archspec.analyses.memory.saved import learning_layers, module_of, saved_tensors
from archspec.analyses.precision import FLOAT32, Precision, PrecisionName, precision
from archspec.diagnostics import failure
from archspec.display import made_by, show_by
from archspec.graph import Graph, Mode, Node
from archspec.op.base import MAX_SIZE, Op, Role
from archspec.transforms.recompute import recomputing
from archspec.workspace.load import Network, as_graphs

DEFINITIONS: Final = {
    "params": "learnable numbers, shared ones once",
    "macs": "multiply-accumulates of convolution and linear, no bias, one sample",
    "elementwise": "all else: norm 2 an element, activation 1, pool k², add 1, bias 1",
    "train_macs": "forward and backward: 3 × MACs, but no gradient for the image",
    "saved_bytes": "what autograd keeps for the backward pass, one float32 sample",
    "weight_layers": "convolution and linear layers on the longest path",
}
"""What was counted, in one line each: below the table and in the JSON."""


class LayerStats(NamedTuple):
    """What one layer costs, of one sample."""

    name: str
    """Dotted path, as in the state_dict."""
    op: str
    """Name of the op."""
    arguments: Mapping[str, Any]
    """Arguments of the op, defaults included."""
    inputs: tuple[str, ...]
    """Names of the layers it reads."""
    output: tuple[int, ...]
    """Shape without the batch."""
    params: int
    """Learnable numbers."""
    macs: int
    """Multiply-accumulates of a convolution or linear layer."""
    elementwise: int
    """All other operations."""
    weights: str | None = None
    """The layer whose weights it shares; ``params`` is zero then."""


@final
@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over some layers."""

    layers: int
    """How many layers they are."""
    params: int
    """Learnable numbers, shared ones once."""
    macs: int
    """Multiply-accumulates of convolution and linear layers."""
    elementwise: int
    """All other operations."""


@final
@dataclass(frozen=True)
class Stats:
    """The numbers of one network in one mode, for one sample or a batch.

    ``print`` shows the table of ``archspec stats``, and so does a notebook.
    """

    name: str
    """Name of the network."""
    description: str | None
    """What the spec says about it."""
    cite: str | None
    """Where it was published."""
    inputs: Mapping[str, tuple[int, ...]]
    """Shapes of the inputs by name, without the batch."""
    outputs: Mapping[str, tuple[int, ...]]
    """Shapes of the outputs by name, without the batch."""
    mode: Mode
    """``inference``, or ``training``: with the branches that exist in training only."""
    params: int
    """Learnable numbers, shared ones once; the buffers of a BatchNorm are none."""
    macs: int
    """Multiply-accumulates of convolution and linear layers, without bias."""
    elementwise: int
    """All other operations: 2 an element of a norm, 1 of an activation, an addition and a bias, k²
    of a pooling."""
    train_macs: int
    """Multiply-accumulates of a forward and a backward pass: three times ``macs``, less the
    gradients for inputs before which nothing learns."""
    saved_bytes: int
    """Bytes that autograd keeps in training for the backward pass, in float32, parameters left
    out."""
    memory_efficient: bool
    """Whether ``saved_bytes`` are those of the memory-efficient module."""
    weight_layers: int
    """Convolution and linear layers on the longest path: the 50 of ResNet-50."""
    by_op: Mapping[str, Totals]
    """Sums for each op, in the order in which the network first uses them."""
    training_only: Totals | None
    """The branches that exist in training only, counted or not; None if there are none."""
    graph: Graph = field(repr=False, compare=False)
    """What was counted: the network as it is in the mode."""
    batch: int = 1
    """So many samples were counted."""
    dtype: PrecisionName = "float32"
    """The precision that bytes are of."""
    frozen: frozenset[str] = frozenset()
    """Layers that do not learn."""

    def __repr__(self) -> str:
        return f"<Stats {self.name}: {self.params:,} params, {self.macs:,} MACs, {self.mode}>"

    def __str__(self) -> str:
        return show_by("archspec.reports.notebook.stats_text", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.stats_report.stats_html", self)

    @cached_property
    def layers(self) -> tuple[LayerStats, ...]:
        """What each layer costs, in written order."""
        return _layers(self.graph, self.batch)

    @property
    def precision(self) -> Precision:
        """How many bytes the numbers have."""
        return precision(self.dtype)

    def view(self, **choices: Any) -> Any:
        """The columns, rows and units of one's choice: the options of ``archspec stats``, such as
        ``view(columns=["macs", "saved_bytes"], by="op", sort="macs")``. Raises SpecError."""
        return made_by("archspec.reports.views.view.view_of", self, **choices)

    @property
    def flops(self) -> int:
        """Floating-point operations of the MACs: a multiplication and an addition each."""
        return 2 * self.macs


@final
@dataclass(frozen=True, slots=True)
class Comparison:
    """The numbers of several networks: ``print`` shows a table, and so does a notebook."""

    networks: tuple[Stats, ...]
    """What was counted of each."""

    @property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """The name and the counts of each, for example for a data frame."""
        return tuple({key: getattr(stats, key) for key in COMPARED} for stats in self.networks)

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(stats.name for stats in self.networks)}>"

    def __str__(self) -> str:
        return show_by("archspec.reports.notebook.comparison_text", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.notebook.comparison_html", self)


COMPARED: Final = ("name", *DEFINITIONS)


@overload
def stats(  # type: ignore[overload-overlap]
    network: Network,
    mode: Mode = ...,
    *,
    memory_efficient: bool = ...,
    batch: int = ...,
    dtype: PrecisionName = ...,
    freeze: Iterable[str] = ...,
) -> Stats: ...
@overload
def stats(
    network: Iterable[Network],
    mode: Mode = ...,
    *,
    memory_efficient: bool = ...,
    batch: int = ...,
    dtype: PrecisionName = ...,
    freeze: Iterable[str] = ...,
) -> Comparison: ...
def stats(
    network: Network | Iterable[Network],
    mode: Mode = "inference",
    *,
    memory_efficient: bool = False,
    batch: int = 1,
    dtype: PrecisionName = "float32",
    freeze: Iterable[str] = (),
) -> Stats | Comparison:
    """Count a network, or compare several. At inference, branches that exist in training only are
    left out. ``memory_efficient`` counts the saved bytes of the module that is built so.

    Operations and bytes are those of a ``batch``, bytes those of a ``dtype``: float32, float16,
    bfloat16, int8, or ``mixed`` precision. Layers whose paths match a glob of ``freeze`` do not learn.
    A network is a Graph, or what ``load`` takes: ``stats("resnet50")``. Raises SpecError.
    """
    numbers = precision(dtype)
    if type(batch) is not int or not 1 <= batch <= MAX_SIZE:
        raise failure(
            "bad-value",
            f"a batch of {batch!r:.60} cannot be counted",
            help=f"a number of samples from 1 to {MAX_SIZE:,}",
        )
    globs = (freeze,) if isinstance(freeze, str) else tuple(freeze)
    counted = tuple(
        _counted(graph, mode, memory_efficient, batch, numbers, frozen_layers(graph, globs))
        for graph in as_graphs(network)
    )
    several = isinstance(network, Iterable) and not isinstance(network, str)
    return Comparison(counted) if several else counted[0]


def _counted(
    graph: Graph,
    mode: Mode,
    memory_efficient: bool,
    batch: int,
    numbers: Precision,
    frozen: frozenset[str],
) -> Stats:
    counted = graph.at(mode)
    trained = recomputing(counted) if memory_efficient else counted
    return Stats(
        name=graph.name,
        description=graph.description,
        cite=graph.cite,
        inputs={node.path: node.output.shape for node in counted.inputs},
        outputs={out.name: counted.nodes[out.source].output.shape for out in counted.outputs},
        mode=mode,
        params=counted.total_params,
        macs=batch * counted.total_macs,
        elementwise=batch * sum(node.cost.elementwise for node in counted.layers),
        train_macs=batch * _train_macs(counted, frozen),
        saved_bytes=saved_bytes(trained, batch, numbers, frozen),
        memory_efficient=memory_efficient,
        weight_layers=_weight_layers(counted),
        by_op=_by_op(counted, batch),
        training_only=_training_only(graph, batch),
        graph=counted,
        batch=batch,
        dtype=numbers.name,
        frozen=frozen,
    )


def _layers(graph: Graph, batch: int) -> tuple[LayerStats, ...]:
    arguments: dict[int, Mapping[str, Any]] = {}

    def arguments_of(op: Op) -> Mapping[str, Any]:
        """Equal ops are one object: one mapping is enough."""
        if id(op) not in arguments:
            arguments[id(op)] = MappingProxyType(op.arguments())
        return arguments[id(op)]

    return tuple(
        LayerStats(
            node.path,
            node.op_name,
            arguments_of(node.op),
            node.sources,
            node.output.shape,
            node.params,
            batch * node.cost.macs,
            batch * node.cost.elementwise,
            node.weights,
        )
        for node in graph.layers
    )


def total(nodes: Collection[Node], batch: int = 1) -> Totals:
    """Sums over some layers, of so many samples."""
    return Totals(
        layers=len(nodes),
        params=sum(node.params for node in nodes),
        macs=batch * sum(node.cost.macs for node in nodes),
        elementwise=batch * sum(node.cost.elementwise for node in nodes),
    )


def _by_op(graph: Graph, batch: int) -> Mapping[str, Totals]:
    """Sums for each op, in the order in which the network first uses them."""
    kinds: dict[type[Op], list[Node]] = {}
    for node in graph.layers:
        kinds.setdefault(type(node.op), []).append(node)
    return {kind.__name__: total(nodes, batch) for kind, nodes in kinds.items()}


def _training_only(graph: Graph, batch: int) -> Totals | None:
    extra = [node for node in graph.layers if node.path in graph.training_only]
    return total(extra, batch) if extra else None


def _train_macs(graph: Graph, frozen: frozenset[str]) -> int:
    """Forward, for the gradient of the weights where there are some, and for that of the input
    where something before it learns."""
    learning = learning_layers(graph, frozen)
    return sum(
        node.cost.macs
        * (
            1
            + (bool(node.cost.parameters) and module_of(node) not in frozen)
            + (not learning.isdisjoint(node.operands))
        )
        for node in graph.layers
    )


def _weight_layers(graph: Graph) -> int:
    depths = weight_depths(graph)
    return max(depths[output.source] for output in graph.outputs)


def weight_depths(graph: Graph) -> dict[str, int]:
    """For every layer: convolutions and linear layers on the longest path to it, itself among them."""
    depths = {node.path: 0 for node in graph.inputs}
    for node in graph.layers:
        weighs = node.op.role in (Role.CONV, Role.LINEAR) and bool(node.cost.parameters)
        depths[node.path] = weighs + max(depths[source] for source in node.operands)
    return depths


def saved_bytes(
    graph: Graph,
    batch: int = 1,
    numbers: Precision = FLOAT32,
    frozen: Collection[str] = (),
) -> int:
    """Bytes that autograd keeps of a batch in training, parameters left out."""
    return saved_tensors(graph, frozen).total(batch, numbers) if numbers.trains else 0

"""What a network needs of a memory: weights, a training step, inference, and the batch that fits."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, final

from archspec.analyses.freezing import frozen_layers
from archspec.analyses.memory.saved import module_of, saved_tensors
from archspec.analyses.memory.timeline import Moment, Timeline, inference, training
from archspec.analyses.precision import Precision, PrecisionName, precision
from archspec.diagnostics import failure
from archspec.display import show_by
from archspec.graph import Node
from archspec.op.base import MAX_SIZE
from archspec.workspace.load import Network, as_graph

Optimizer = Literal["sgd", "momentum", "adam"]
SLOTS: Final[Mapping[str, int]] = {"sgd": 0, "momentum": 1, "adam": 2}
"""Numbers that an optimizer keeps for each weight that learns."""
_UNITS: Final = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
                 "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}  # fmt: skip
_COUNTER_BYTES: Final = 8
"""Of a buffer that counts batches."""

DEFINITIONS: Final[Mapping[str, str]] = {
    "parameters": "learnable numbers, shared ones once",
    "gradients": "one for each parameter that learns, there from the backward pass on",
    "optimizer": "what the optimizer keeps: momentum 1 number a weight, Adam 2",
    "buffers": "numbers of the state_dict that are not learned",
    "inputs": "the batch itself",
    "saved": "what autograd keeps for the backward pass; the inputs may be among it",
    "inference_peak": "inputs and outputs alive at once, at most; no workspace of a kernel",
    "training_peak": "the same in a training step, with what is saved and with gradients",
    "inference_total": "parameters, buffers and the peak at inference",
    "training_total": "parameters, buffers, optimizer and the peak of a training step",
}
"""What each number is, in one line."""


@final
@dataclass(frozen=True)
class MemoryNeeds:
    """The bytes of one network for a batch: ``print`` shows a table."""

    name: str
    batch: int
    dtype: PrecisionName
    optimizer_name: Optimizer
    parameters: int
    gradients: int
    optimizer: int
    buffers: int
    inputs: int
    saved: int
    at_inference: Timeline = field(repr=False, compare=False)
    in_training: Timeline | None = field(repr=False, compare=False)
    """None in a precision that does not train."""

    def __repr__(self) -> str:
        return (
            f"<MemoryNeeds {self.name}: {self.inference_total:,} bytes for a batch of {self.batch}>"
        )

    def __str__(self) -> str:
        return show_by("archspec.reports.analyses.memory_report.memory_text", self)

    @property
    def inference_moment(self) -> Moment:
        """Where the peak at inference stands."""
        return self.at_inference.peak(self.batch)

    @property
    def training_moment(self) -> Moment | None:
        """Where the peak of a training step stands."""
        return self.in_training and self.in_training.peak(self.batch)

    @property
    def inference_peak(self) -> int:
        return self.inference_moment.bytes(self.batch)

    @property
    def training_peak(self) -> int:
        return self.training_moment.bytes(self.batch) if self.training_moment else 0

    @property
    def inference_total(self) -> int:
        return self.parameters + self.buffers + self.inference_peak

    @property
    def training_total(self) -> int:
        return self.parameters + self.buffers + self.optimizer + self.training_peak

    def largest_batches(self, memory: int) -> tuple[int, int | None]:
        """How many samples fit at inference, and in a training step."""
        fixed = self.parameters + self.buffers
        running = self.at_inference.largest_batch(memory - fixed)
        if self.in_training is None:
            return running, None
        return running, self.in_training.largest_batch(memory - fixed - self.optimizer)


def memory_needs(
    network: Network,
    *,
    batch: int = 1,
    dtype: PrecisionName = "float32",
    optimizer: Optimizer = "adam",
    freeze: Iterable[str] = (),
) -> MemoryNeeds:
    """What a network needs, without running it. Inference is without the branches that exist in
    training only, a training step with them. Raises SpecError."""
    if type(batch) is not int or not 1 <= batch <= MAX_SIZE:
        help = f"a number of samples from 1 to {MAX_SIZE:,}"
        raise failure("bad-value", f"a batch of {batch!r:.60} cannot be counted", help=help)
    if optimizer not in SLOTS:
        help = f"one of {', '.join(SLOTS)}"
        raise failure("bad-value", f"there is no optimizer {optimizer!r:.60}", help=help)
    graph, numbers = as_graph(network), precision(dtype)
    frozen = frozen_layers(graph, (freeze,) if isinstance(freeze, str) else freeze)
    if frozen and not numbers.trains:
        help = "leave out 'freeze', or a dtype that trains, such as bfloat16"
        raise failure(
            "bad-option", f"freeze has no effect: nothing is trained in {dtype}", help=help
        )
    trained = graph.at("training")
    counted = trained if numbers.trains else graph.at("inference")
    learning = [n for n in counted.layers if not n.weights and module_of(n) not in frozen]
    learned = numbers.weight * sum(node.params for node in learning) * numbers.trains
    pixels = sum(node.output.numel for node in graph.inputs)
    return MemoryNeeds(
        name=graph.name,
        batch=batch,
        dtype=numbers.name,
        optimizer_name=optimizer,
        parameters=numbers.weight * counted.total_params,
        gradients=learned,
        optimizer=SLOTS[optimizer] * learned,
        buffers=sum(_buffer_bytes(node, numbers) for node in counted.layers),
        inputs=batch * numbers.activation * pixels,
        saved=saved_tensors(trained, frozen).total(batch, numbers) if numbers.trains else 0,
        at_inference=inference(graph.at("inference"), numbers),
        in_training=training(trained, numbers, frozen) if numbers.trains else None,
    )


def _buffer_bytes(node: Node, numbers: Precision) -> int:
    if node.weights:
        return 0
    shapes = node.cost.buffers.items()
    return sum(
        _COUNTER_BYTES if name == "num_batches_tracked" else numbers.weight * math.prod(shape)
        for name, shape in shapes
    )


def bytes_of(text: str) -> int:
    """``24GiB``, ``500 MB`` or a number of bytes. Raises SpecError."""
    found = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]*)\s*", text, re.ASCII)
    unit = _UNITS.get(found[2].upper() or "B") if found else None
    if found is None or unit is None:
        help = "a number with a unit: 24GiB (24 × 1024³), 80GB (80 × 1000³), 512MiB"
        raise failure("bad-value", f"'{text:.40}' is no size of a memory", help=help)
    return int(float(found[1]) * unit)

"""Memory over time: what is alive at each layer of a forward and a backward pass."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, final

from archspec.analyses.memory.lifetimes import Lifetimes, lifetimes
from archspec.analyses.memory.saved import MadeTensors, SavedTensors, module_of, saved_tensors
from archspec.analyses.precision import Precision
from archspec.graph import Graph, Node
from archspec.op.base import Role

Phase = Literal["inference", "forward", "backward"]


class Moment(NamedTuple):
    """What is alive while a layer runs, beside parameters and what an optimizer keeps."""

    phase: Phase
    layer: str
    activations: int
    """Bytes of one sample: inputs, outputs, and what is kept for the backward pass."""
    gradients: int
    """Bytes of one sample: gradients of outputs and inputs."""
    once: int
    """Bytes of any batch: statistics and copies of weights."""
    weight_gradients: int
    """Bytes of the gradients of parameters that are there by now."""

    def bytes(self, batch: int) -> int:
        each = self.activations + self.gradients
        return batch * each + self.once + self.weight_gradients


@final
@dataclass(frozen=True, slots=True)
class Timeline:
    """The moments of a pass, in order."""

    moments: tuple[Moment, ...]

    def peak(self, batch: int) -> Moment:
        """The moment, the first of several, at which most is alive."""
        return max(self.moments, key=lambda moment: moment.bytes(batch))

    def largest_batch(self, free: int) -> int:
        """How many samples fit at every moment."""
        rooms = (
            (free - moment.bytes(0), moment.activations + moment.gradients)
            for moment in self.moments
        )
        return max(0, min(room // each if room >= 0 else 0 for room, each in rooms if each))


def inference(graph: Graph, precision: Precision) -> Timeline:
    """What is alive at each layer when nothing is kept: the input, and what is still read."""
    lives = lifetimes(graph, training=False)
    alive = _Alive(graph, lives, precision.activation)
    moments: list[Moment] = []
    for place, node in enumerate(graph.layers):
        alive.make(node)
        made = _indices(node) + precision.activation * _copies(node)
        moments.append(Moment("inference", node.path, alive.size + made, 0, 0, 0))
        alive.drop(place)
    return Timeline(tuple(moments))


def training(graph: Graph, precision: Precision, frozen: Collection[str] = ()) -> Timeline:
    """What is alive at each layer of a training step, from the input to the last gradient."""
    saved = saved_tensors(graph, frozen)
    step = _Step(graph, saved, lifetimes(graph, training=True), precision, frozenset(frozen))
    return Timeline((*step.forward(), *step.backward()))


@final
class _Alive:
    """The tensors that are there in a forward pass, and their bytes of one sample."""

    def __init__(self, graph: Graph, lives: Lifetimes, number: int) -> None:
        self._lives = lives
        self._bytes = {path: number * node.output.numel for path, node in graph.nodes.items()}
        self._dropped: dict[int, list[str]] = defaultdict(list)
        for tensor, place in lives.last.items():
            self._dropped[place].append(tensor)
        self._holders: Counter[str] = Counter(node.path for node in graph.inputs)
        self.size = sum(self._bytes[node.path] for node in graph.inputs)

    def make(self, node: Node) -> None:
        """A layer's output, which the module holds."""
        if node.path in self._lives.memory[node.path]:
            self.hold(node.path)

    def drop(self, place: int) -> None:
        """What the module no longer holds behind a layer."""
        for tensor in self._dropped[place]:
            if self._holders[tensor]:
                self.release(tensor)

    def hold(self, tensor: str) -> None:
        self._holders[tensor] += 1
        if self._holders[tensor] == 1:
            self.size += self._bytes[tensor]

    def release(self, tensor: str) -> None:
        self._holders[tensor] -= 1
        if not self._holders[tensor]:
            self.size -= self._bytes[tensor]


@final
@dataclass(slots=True)
class _Gradients:
    """Gradients of tensors in flight: several layers may wait for parts of one."""

    bytes: int = 0
    _sizes: dict[int, int] = field(default_factory=dict)
    _readers: Counter[int] = field(default_factory=Counter)
    _of: dict[str, int] = field(default_factory=dict)
    _next: int = 0

    def waiting(self, path: str) -> bool:
        return path in self._of

    def give(self, path: str, size: int) -> None:
        """A new gradient for a layer's output; it is added to one that is there."""
        if path in self._of:
            return
        self._of[path] = self._next
        self._sizes[self._next] = size
        self._readers[self._next] = 1
        self.bytes += size
        self._next += 1

    def pass_on(self, source: str, path: str, size: int) -> None:
        """The gradient of one layer is, or has as a part, that of another one."""
        if path in self._of:
            return self._own(path, size)
        self._of[path] = self._of[source]
        self._readers[self._of[source]] += 1
        return None

    def _own(self, path: str, size: int) -> None:
        """A sum of two gradients, which is a new one where the first is shared."""
        if self._readers[self._of[path]] > 1:
            self.take(path)
            self.give(path, size)

    def take(self, path: str) -> None:
        """A layer has used its gradient."""
        number = self._of.pop(path)
        self._readers[number] -= 1
        if not self._readers[number]:
            self.bytes -= self._sizes.pop(number)


@final
class _Step:
    """A training step, layer by layer."""

    def __init__(
        self,
        graph: Graph,
        saved: SavedTensors,
        lives: Lifetimes,
        precision: Precision,
        frozen: frozenset[str],
    ) -> None:
        self._graph, self._saved, self._precision, self._frozen = graph, saved, precision, frozen
        self._alive = _Alive(graph, lives, precision.activation)
        self._made = 0
        self._once = 0
        self._weights = 0

    def forward(self) -> Iterator[Moment]:
        for place, node in enumerate(self._graph.layers):
            self._alive.make(node)
            for tensor in self._saved.keeps.get(node.path, ()):
                self._alive.hold(tensor)
            self._keep(node, 1)
            yield self._moment("forward", node, 0)
            self._alive.drop(place)

    def backward(self) -> Iterator[Moment]:
        gradients = _Gradients()
        number = self._precision.activation
        for output in self._graph.outputs:
            if output.source in self._saved.keeps:
                gradients.give(output.source, number * self._size(output.source))
        for node in reversed(self._graph.layers):
            if not gradients.waiting(node.path):
                continue
            self._pass_back(node, gradients)
            self._weights += self._weight_gradients(node)
            yield self._moment("backward", node, gradients.bytes)
            gradients.take(node.path)
            for tensor in self._saved.keeps[node.path]:
                self._alive.release(tensor)
            self._keep(node, -1)

    def _pass_back(self, node: Node, gradients: _Gradients) -> None:
        """The gradients of what a layer reads, where something there learns."""
        shares = node.op.view or (node.op.role is Role.MERGE and node.op.accumulates)
        shares = shares or _joins(node)
        for source in node.operands:
            if source not in self._saved.keeps:
                continue
            size = self._precision.activation * self._size(source)
            if shares:
                gradients.pass_on(node.path, source, size)
            else:
                gradients.give(source, size)

    def _keep(self, node: Node, sign: int) -> None:
        made: MadeTensors | None = self._saved.made.get(node.path)
        if made is not None:
            once = made.bytes(0, self._precision)
            self._made += sign * (made.bytes(1, self._precision) - once)
            self._once += sign * once

    def _weight_gradients(self, node: Node) -> int:
        if module_of(node) in self._frozen or node.weights:
            return 0
        return self._precision.weight * node.cost.params

    def _moment(self, phase: Phase, node: Node, gradients: int) -> Moment:
        activations = self._alive.size + self._made + self._scratch(phase, node)
        return Moment(phase, node.path, activations, gradients, self._once, self._weights)

    def _scratch(self, phase: Phase, node: Node) -> int:
        """Of what a layer makes on the way, what is not counted: it may be kept, and the gradients of
        what it makes are there before those of its inputs."""
        counted = sum(4 * x.numel for x in node.inputs)
        if phase == "forward":
            counted = node.cost.saved_bytes
        return max(node.cost.scratch_bytes - counted, 0) // 4 * self._precision.activation

    def _size(self, path: str) -> int:
        return self._graph.nodes[path].output.numel


def _indices(node: Node) -> int:
    """Bytes of the indices that a layer makes, also where nobody needs them."""
    return node.cost.index_bytes if node.op.role is Role.POOL else 0


def _copies(node: Node) -> int:
    """Numbers of what a layer makes on the way: a padded copy of the input, squares, denominators."""
    if node.cost.scratch_bytes:
        return node.cost.scratch_bytes // 4
    made = (node.cost.saved_bytes - node.cost.index_bytes) // 4
    if node.cost.once:
        return 0
    if node.op.role in (Role.POOL, Role.CONV):
        return made
    return min(made, 2 * node.output.numel) if node.op.role is Role.NORM else 0


def _joins(node: Node) -> bool:
    """Whether gradients of the inputs are parts of that of the output."""
    sizes: Sequence[int] = [x.numel for x in node.inputs]
    return node.op.role is Role.MERGE and len(sizes) > 1 and sum(sizes) == node.output.numel

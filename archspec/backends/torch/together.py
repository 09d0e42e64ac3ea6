"""Several networks of the same layers run together: what they have in common is computed once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from archspec.backends.torch.interpret import separate_layers
from archspec.graph import Graph

if TYPE_CHECKING:
    from torch import Tensor, nn


@final
@dataclass(frozen=True, slots=True)
class Altered:
    """A network made of layers of another one, with the weights that they have there."""

    graph: Graph
    weights_of: Mapping[str, str] = field(default_factory=dict)
    """Layer -> the layer of equal shapes whose weights it has instead of its own."""


@final
class Together:
    """The main outputs of altered networks in eval mode, at inference.

    A value is what a layer makes of other values. Where the same layer reads the same values, networks
    share it: those that differ in a late layer share all that is before. The earlier a network
    differs, the earlier it should stand in the sequence: then few values wait for the others.
    """

    def __init__(self, graph: Graph, network: nn.Module, altered: Sequence[Altered]) -> None:
        """``graph`` is that of the network, whose parameters are shared; its buffers are copied."""
        from torch import nn

        self._layers = separate_layers(graph, network)
        for layer in self._layers.values():
            if isinstance(layer, nn.Module):
                layer.eval()
        self._steps: dict[tuple[str, tuple[int, ...]], int] = {}
        """A layer and the numbers of what it reads -> the number of its value; 0 is the input."""
        self._outputs = [self._number(each) for each in altered]
        reads = Counter(source for _, sources in self._steps for source in sources)
        self._uses = reads + Counter(self._outputs)

    @property
    def steps(self) -> int:
        """Layers that are run."""
        return len(self._steps)

    def _number(self, altered: Altered) -> int:
        """The number of a network's output, with a step for every value that is new."""
        graph = altered.graph
        (entry,) = graph.inputs
        numbers = {entry.path: 0}
        for node in graph.layers:
            own = node.weights or node.path
            step = altered.weights_of.get(own, own), tuple(map(numbers.__getitem__, node.sources))
            numbers[node.path] = self._steps.setdefault(step, len(self._steps) + 1)
        return numbers[graph.main_output.source]

    def run(self, images: Tensor) -> list[Tensor]:
        """The output of each network for a batch."""
        left = self._uses.copy()
        values = {0: images}
        for (layer, sources), number in self._steps.items():
            values[number] = self._layers[layer](*(values[source] for source in sources))
            for source in sources:
                left[source] -= 1
                if not left[source]:
                    del values[source]
        return [values[number] for number in self._outputs]

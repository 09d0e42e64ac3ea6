"""A network run layer by layer, straight from its graph: what its printed source must compute.

It shares nothing with the printer but what every op says it is in PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, final

from archspec.graph import Graph
from archspec.op.instantiate import instantiate

if TYPE_CHECKING:
    from torch import Tensor, nn


class LayerError(Exception):
    """PyTorch refuses to run a layer."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def separate_layers(graph: Graph, network: nn.Module) -> dict[str, Callable[..., Tensor]]:
    """Every layer of a graph by its path, built on its own, with the tensors of a network: its
    parameters, and copies of its buffers."""
    from torch import nn

    parameters = dict(network.named_parameters(remove_duplicate=False))
    buffers = dict(network.named_buffers(remove_duplicate=False))
    layers: dict[str, Callable[..., Tensor]] = {}
    for node in graph.layers:
        if node.weights is not None:
            layers[node.path] = layers[node.weights]
            continue
        layer = instantiate(node.op.lowered(*node.inputs))
        if isinstance(layer, nn.Module):
            for name in node.cost.parameters:
                owner = graph.nodes[node.tied.get(name, node.path)]
                setattr(layer, name, parameters[owner.key(name)])
            for name in node.cost.buffers:
                setattr(layer, name, buffers[node.key(name)].clone())
        layers[node.path] = layer
    return layers


@final
class Interpretation:
    """The layers of a graph, each built on its own, with the tensors of a network."""

    def __init__(self, graph: Graph, network: nn.Module) -> None:
        """Parameters are shared with the network, which gets its gradients; buffers are copied."""

        self._graph = graph
        self._layers = separate_layers(graph, network)

    def layer(self, path: str) -> Callable[..., Tensor]:
        """A module, or a function of tensors."""
        return self._layers[path]

    def run(self, inputs: Iterable[Tensor], *, training: bool) -> Mapping[str, Tensor]:
        """The value of every input and layer that exists in the mode, by its path."""
        from torch import nn

        left_out = frozenset() if training else self._graph.training_only
        values = {node.path: value for node, value in zip(self._graph.inputs, inputs, strict=True)}
        for node in self._graph.layers:
            if node.path in left_out:
                continue
            layer = self._layers[node.path]
            if isinstance(layer, nn.Module):
                layer.train(training)
            try:
                values[node.path] = layer(*(values[source] for source in node.sources))
            except Exception as error:
                message = f"{type(error).__name__}: {error}".partition("\n")[0]
                raise LayerError(node.path, message) from error
        return values

    def buffers(self) -> Mapping[str, Tensor]:
        """The buffers after all runs, under their keys in the network's state_dict."""
        return {
            node.key(name): getattr(self._layers[node.path], name)
            for node in self._graph.layers
            if node.weights is None
            for name in node.cost.buffers
        }

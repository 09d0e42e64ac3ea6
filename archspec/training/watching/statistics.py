"""What each layer of a network gives for a batch: where numbers stop being finite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, final

import torch
from torch import Tensor, nn

from archspec.graph import Graph


@final
@dataclass(frozen=True, slots=True)
class LayerValues:
    """The outputs and weights of one layer."""

    layer: str
    op: str
    mean: float
    deviation: float
    largest: float
    """Of the absolute values that are finite."""
    not_finite: float
    """Share of the outputs, in percent."""
    largest_weight: float | None
    """None for a layer without weights; not finite if one of them is not."""

    def as_data(self) -> dict[str, Any]:
        return {key: _jsonable(value) for key, value in asdict(self).items()}

    @property
    def is_finite(self) -> bool:
        return self.not_finite == 0


def _jsonable(value: Any) -> Any:
    """JSON has no words for what is not finite."""
    finite = not isinstance(value, float) or value - value == 0
    return value if finite else str(value)


def layer_values(module: nn.Module, graph: Graph, x: Tensor) -> list[LayerValues]:
    """The layers that are modules, in the order in which they run on a batch."""
    found: list[LayerValues] = []
    ops = {node.path: node.op_name for node in graph.layers}
    with _watching(module, ops, found), torch.no_grad():
        module(x)
    return found


@contextmanager
def _watching(module: nn.Module, ops: dict[str, str], found: list[LayerValues]) -> Iterator[None]:
    def watch(path: str) -> Any:
        def hook(layer: nn.Module, inputs: Any, output: Any) -> None:
            if isinstance(output, Tensor):
                found.append(_values(path, ops[path], layer, output))

        return hook

    layers = [(path, layer) for path, layer in module.named_modules() if path in ops]
    handles = [layer.register_forward_hook(watch(path)) for path, layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _values(path: str, op: str, layer: nn.Module, output: Tensor) -> LayerValues:
    values = output.detach().double()
    finite = values[values.isfinite()]
    weights = [float(p.detach().abs().max()) for p in layer.parameters() if p.numel()]
    return LayerValues(
        path,
        op,
        float(finite.mean()) if len(finite) else float("nan"),
        float(finite.std()) if len(finite) > 1 else float("nan"),
        float(finite.abs().max()) if len(finite) else float("nan"),
        100 * (1 - len(finite) / max(1, values.numel())),
        max(weights, key=lambda value: (value != value, value)) if weights else None,
    )

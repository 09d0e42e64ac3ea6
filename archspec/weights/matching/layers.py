"""Tensors by layer: those of a file, and those of a network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

from archspec.graph import Graph

Shape = tuple[int, ...]

COUNTER: Final = "num_batches_tracked"
"""A tensor of batch normalisation that is counted for an average only, and that old files lack."""
_SHORTCUT: Final = re.compile(r"downsample|shortcut|skip|proj|identity", re.IGNORECASE)


@final
@dataclass(frozen=True)
class LayerTensors:
    """The shapes of one layer's tensors by the last part of their keys, without counters."""

    path: str
    shapes: Mapping[str, Shape]

    @cached_property
    def signature(self) -> tuple[Shape, ...]:
        return tuple(self.shapes.values())

    @property
    def is_norm(self) -> bool:
        """Whether all tensors have one number for each channel."""
        return all(len(shape) == 1 for shape in self.signature) and len(set(self.signature)) == 1

    @property
    def channels(self) -> int:
        """Channels that come out, by the first tensor."""
        return self.signature[0][0] if self.signature and self.signature[0] else 0

    @property
    def is_shortcut(self) -> bool:
        return _SHORTCUT.search(self.path) is not None

    def key(self, tensor: str) -> str:
        return f"{self.path}.{tensor}" if self.path else tensor


def layers_of(shapes: Mapping[str, Shape]) -> tuple[LayerTensors, ...]:
    """Tensors by key as layers, in the order of the keys."""
    found: dict[str, dict[str, Shape]] = {}
    for key, shape in shapes.items():
        path, _, tensor = key.rpartition(".")
        if tensor != COUNTER:
            found.setdefault(path, {})[tensor] = shape
    return tuple(LayerTensors(path, tensors) for path, tensors in found.items())


Unit = tuple[LayerTensors, ...]
"""A layer, and the normalisation directly behind it: no order of registration parts them."""


def units(layers: Sequence[LayerTensors]) -> tuple[Unit, ...]:
    found: list[Unit] = []
    for layer in layers:
        if found and len(found[-1]) == 1 and _normalises(layer, found[-1][0]):
            found[-1] = (found[-1][0], layer)
        else:
            found.append((layer,))
    return tuple(found)


def _normalises(layer: LayerTensors, last: LayerTensors) -> bool:
    return layer.is_norm and not last.is_norm and layer.channels == last.channels


def state_shapes(graph: Graph) -> dict[str, Shape]:
    """The shape of every tensor of the state_dict by key, in its order."""
    return {
        key: tuple({**node.cost.parameters, **node.cost.buffers}[tensor])
        for key, (node, tensor) in graph.state.items()
    }


def shape_text(shape: Shape) -> str:
    """``64×3×7×7``; a single number has no sides."""
    return "×".join(map(str, shape)) or "one number"

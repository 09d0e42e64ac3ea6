"""Whether the tensors of a file can be those of a layer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

from archspec.graph import Graph
from archspec.weights.matching.layers import LayerTensors, Shape

Fit = Literal["same", "reshaped", "head"]
"""Equal shapes; the same numbers in another shape; a layer for another number of classes."""


@final
@dataclass(frozen=True, slots=True)
class Fitting:
    graph: Graph
    heads: frozenset[str]
    """Keys that may be those of another number of classes."""
    is_ordered: bool
    """Whether tensors of one layer with other names go by their order."""

    def fit(self, ours: LayerTensors, theirs: LayerTensors) -> Fit | None:
        """How a layer of a file fits a layer of the network; None if it does not."""
        tensors = list(self.tensors(ours, theirs))
        if len(tensors) != len(ours.shapes) or len(tensors) != len(theirs.shapes):
            return None
        shapes = [(ours.shapes[here], theirs.shapes[there]) for here, there in tensors]
        if all(here == there for here, there in shapes):
            return "same"
        if all(
            here == there or self._is_reshaped(ours.path, here, there) for here, there in shapes
        ):
            return "reshaped"
        is_head = all(ours.key(tensor) in self.heads for tensor in ours.shapes)
        if is_head and all(here[1:] == there[1:] and here and there for here, there in shapes):
            return "head"
        return None

    def tensors(self, ours: LayerTensors, theirs: LayerTensors) -> Iterator[tuple[str, str]]:
        """The tensors of a layer, each with that of the file: by name, else by order."""
        if ours.shapes.keys() == theirs.shapes.keys():
            yield from ((name, name) for name in ours.shapes)
        elif self.is_ordered and len(ours.shapes) == len(theirs.shapes):
            yield from zip(ours.shapes, theirs.shapes, strict=True)

    def _is_reshaped(self, path: str, here: Shape, there: Shape) -> bool:
        """Whether one is a convolution over a whole map and the other a linear layer."""
        if {len(here), len(there)} != {2, 4} or here[0] != there[0]:
            return False
        if math.prod(here) != math.prod(there) or path not in self.graph.nodes:
            return False
        kernel = here[1:] if len(here) == 4 else there[1:]
        return kernel[1:] == (1, 1) or kernel == self._read_map(path)

    def _read_map(self, path: str) -> Shape | None:
        """The map that a layer reads, which may have been flattened on the way."""
        node = self.graph.nodes[path]
        shape = tuple(node.inputs[0].shape)
        while len(shape) == 1 and len(node.operands) == 1:
            node = self.graph.nodes[node.operands[0]]
            if node.cost.parameters or not node.inputs:
                return None
            shape = tuple(node.inputs[0].shape)
        return shape

"""What a rule observes, and what the rules ask of windows and of the layers in front of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from archspec.graph import Graph, Node
from archspec.op.base import Meaning, Role
from archspec.op.footprint import Footprint
from archspec.op.plugins import footprint_of
from archspec.op.window import along


@final
@dataclass(frozen=True, slots=True)
class Observation:
    """A sentence on one layer; equal sentences on several layers become one remark."""

    message: str
    path: str
    """Path of the layer."""
    help: str


@final
@dataclass(frozen=True, slots=True)
class Window:
    """The window of a layer along one side of what it reads."""

    node: Node
    side: str
    """``height``"""
    kernel: int
    stride: int
    padding: int | None
    """Pixels in front; None where the layer pads by itself, as 'same' does."""
    length: int
    """Pixels of the input."""
    footprint: Footprint
    outputs: int
    """How many windows there are."""

    @property
    def end(self) -> int:
        """The last pixel that a window reads; one behind the input is padding."""
        return self.footprint.reads(self.outputs - 1)[1]


def windows(graph: Graph) -> Iterator[list[Window]]:
    """For every convolution and pooling with a kernel its windows, along each side."""
    for node in graph.layers:
        if node.op.role not in (Role.CONV, Role.POOL) or len(node.operands) != 1:
            continue
        x, kernel = node.inputs[0], node.op.value_of(Meaning.KERNEL)
        footprints = footprint_of(node.op, x, node.output) if kernel is not None else None
        if footprints is not None:
            yield [_window(node, k, each) for k, each in enumerate(footprints)]


def _window(node: Node, side: int, footprint: Footprint) -> Window:
    x, op = node.inputs[0], node.op
    kernel = along(op.value_of(Meaning.KERNEL), x.rank)[side]
    stride = op.value_of(Meaning.STRIDE, 1)
    padding = op.value_of(Meaning.PADDING, 0)
    return Window(
        node,
        x.sides[side],
        kernel,
        kernel if stride is None else along(stride, x.rank)[side],
        None if isinstance(padding, str) else along(padding, x.rank)[side],
        x.spatial[side],
        footprint,
        node.output.spatial[side],
    )


def pixels(number: int) -> str:
    return "1 pixel" if number == 1 else f"{number} pixels"

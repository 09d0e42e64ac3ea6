"""One step of a network's main path, and how a table tells a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.figures.outline.labels import layer
from archspec.graph import Node, Scope
from archspec.ops.base import Role
from archspec.ops.tensor import TensorType

ARROW: Final = " → "

Size = tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class Told:
    """One line of a table: a layer, or the layers of a branch."""

    text: str
    without_stride: str


@final
@dataclass(frozen=True, slots=True)
class Unit:
    """One step of the main path."""

    first: Node | Scope
    """A layer, or a block, with the layers that are counted with it."""
    lines: tuple[Told, ...]
    nodes: tuple[Node, ...]
    output: TensorType
    hides: bool = False
    """Whether there is a projection on a shortcut that no line tells."""

    @property
    def block(self) -> Scope | None:
        return self.first if isinstance(self.first, Scope) else None

    @property
    def size(self) -> Size:
        return size_of(self.output)


def size_of(output: TensorType) -> Size:
    """What rows are aligned by; a vector is a map of one pixel."""
    return output.spatial if output.is_map else (1, 1)


def is_loud(node: Node) -> bool:
    """Whether a table has a line for it: papers have none for what has no window and no weights."""
    if node.op.role in (Role.ACTIVATION, Role.DROP) or node.op_name in ("Add", "Multiply"):
        return False
    if node.op.role is Role.NORM:
        return node.op_name == "LocalResponseNorm"
    if node.op_name in ("Flatten", "Identity", "ZeroPad2d", "ChannelShuffle"):
        return False
    is_nothing = node.op.role is Role.POOL and node.inputs[0] == node.output
    return not (is_nothing and node.op_name.startswith("Adaptive"))


def told(nodes: Sequence[Node]) -> Told:
    return Told(
        ARROW.join(_text(node, strided=True) for node in nodes),
        ARROW.join(_text(node, strided=False) for node in nodes),
    )


def _text(node: Node, *, strided: bool) -> str:
    label = layer(node)
    title = label.title.removeprefix("conv ") if node.op_name == "Conv2d" else label.title
    details = list(label.details)
    if "global" in details:
        title = f"global {title}"
        details.remove("global")
    told = [detail for detail in details if strided or not detail.startswith("/")]
    return ", ".join((title, *told))

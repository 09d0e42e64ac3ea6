"""One step of a network's main path, and its line in a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.describe.layers import is_idle, layer
from archspec.graph import Node, Scope
from archspec.op.tensor import TensorType

ARROW: Final = " → "
USUAL: Final = "conv"
"""The layer for which a table needs no word."""

Size = tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class LineText:
    """One line of a table: a layer, or the layers of a branch."""

    text: str
    without_stride: str


@final
@dataclass(frozen=True, slots=True)
class PathItem:
    """One step of the main path."""

    first: Node | Scope
    """A layer, or a block, with the layers that are counted with it."""
    lines: tuple[LineText, ...]
    nodes: tuple[Node, ...]
    output: TensorType
    hides: bool = False
    """Whether there is a projection on a shortcut that no line shows."""

    @property
    def block(self) -> Scope | None:
        return self.first if isinstance(self.first, Scope) else None

    @property
    def size(self) -> Size:
        return size_of(self.output)


def size_of(output: TensorType) -> Size:
    """What rows are aligned by; a vector is a map of one pixel."""
    return () if set(output.spatial) == {1} else output.spatial


def has_row(node: Node) -> bool:
    """Whether a table has a line for it: papers have none for what has no window and no weights."""
    return node.op.is_shown() and not is_idle(node)


def line_of(nodes: Sequence[Node]) -> LineText:
    return LineText(
        ARROW.join(_text(node, strided=True) for node in nodes),
        ARROW.join(_text(node, strided=False) for node in nodes),
    )


def _text(node: Node, *, strided: bool) -> str:
    label = layer(node)
    title = label.main if label.name == USUAL else label.title
    details = list(label.details)
    if "global" in details:
        title = f"global {title}"
        details.remove("global")
    shown = [detail for detail in details if strided or not detail.startswith("/")]
    return ", ".join((title, *shown))

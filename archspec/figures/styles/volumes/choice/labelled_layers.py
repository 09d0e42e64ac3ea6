"""Which layers make a feature map, which are named on arrows, and which are skipped."""

from __future__ import annotations

from typing import Final

from archspec.describe.layers import is_idle
from archspec.graph import Node
from archspec.op.base import Role

WINDOWS: Final = (Role.CONV, Role.POOL)
MAKERS: Final = (Role.CONV, Role.LINEAR, Role.POOL, Role.MERGE)
SKIPPED: Final = (Role.NORM, Role.ACTIVATION, Role.DROP)
"""These change no shape, and are not drawn, but for those that tables show."""


def is_labelled(node: Node) -> bool:
    """Whether a reader has to know of the layer."""
    if is_idle(node):
        return False
    is_shown = node.op.role in SKIPPED and node.op.is_shown()
    return node.op.role in MAKERS or is_shown or _resizes(node)


def is_skipped(node: Node) -> bool:
    """Whether it is neither drawn nor named on an arrow."""
    return node.op.role in SKIPPED and not node.op.is_shown()


def is_pool(node: Node) -> bool:
    return node.op.role is Role.POOL and not is_idle(node)


def _resizes(node: Node) -> bool:
    return node.output.is_map and node.inputs[0].spatial != node.output.spatial

"""The pixels of a map of which one pixel of the next map is made."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.graph import Node
from archspec.op.plugins import footprint_of

Window = tuple[int, int]
"""Rows and columns."""


def window(nodes: Sequence[Node]) -> Window | None:
    """What some layers in a row read for a pixel in the middle; None where that is one pixel, or all
    of the map."""
    first, last = nodes[0], nodes[-1]
    if first.inputs[0].rank != 2 or last.output.rank != 2 or set(last.output.spatial) == {1}:
        return None
    spans = [(side // 2, side // 2) for side in last.output.spatial]
    for node in reversed(nodes):
        footprints = footprint_of(node.op, node.inputs[0], node.output)
        if footprints is None or len(node.operands) > 1:
            return None
        spans = [
            (each.reads(low)[0], each.reads(high)[1])
            for each, (low, high) in zip(footprints, spans, strict=True)
        ]
    rows, columns = (high - low + 1 for low, high in spans)
    height, width = first.inputs[0].spatial
    is_part = 1 < rows < height and 1 < columns < width
    return (rows, columns) if is_part else None

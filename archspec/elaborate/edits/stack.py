"""The edits that may select a layer: those of its own network, and of the networks around that."""

from __future__ import annotations

from typing import NamedTuple, final

from archspec.elaborate.edits.edit_list import Edits
from archspec.elaborate.rules.bindings import ResolvedCall


@final
class _Segment(NamedTuple):
    """The edits of one network."""

    edits: Edits
    first: int
    """Those before it made what they would select, or had their say already."""
    offset: int
    """Characters of a path that lead to the network."""
    within: str = ""
    """What the paths of its text begin with instead."""


@final
class EditStack:
    """Edits under one numbering. A network that is a part of another is edited by its own text
    first, then by those around it."""

    def __init__(
        self,
        edits: Edits,
        path: str = "",
        around: EditStack | None = None,
        first: int = 0,
        within: str = "",
    ) -> None:
        offset = len(path) + 1 if path else 0
        self._segments = [_Segment(edits, 0, offset, f"{within}." if within else "")]
        for segment in around._segments if around else ():
            self._segments.append(segment._replace(first=max(segment.first, first)))
            first = max(first - len(segment.edits), 0)
        self._length = sum(len(segment.edits) for segment in self._segments)

    def __len__(self) -> int:
        return self._length

    def at(self, k: int) -> tuple[Edits, int]:
        """The edits of the network that the k-th edit belongs to, and its number among them."""
        for segment in self._segments:
            if k < len(segment.edits):
                return segment.edits, k
            k -= len(segment.edits)
        raise IndexError(k)

    def next(self, k: int, call: ResolvedCall, path: str) -> int | None:
        """The first edit from this one on that selects a call."""
        before = 0
        for edits, first, offset, within in self._segments:
            found = edits.next(max(k - before, first), call, within + path[offset:])
            if found is not None:
                return before + found
            before += len(edits)
        return None

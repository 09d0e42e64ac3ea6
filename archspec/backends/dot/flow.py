"""Which lines of a picture are its spine, and so are to be straight."""

from __future__ import annotations

from collections import defaultdict
from typing import Final, final

from archspec.backends.dot.columns import Columns
from archspec.backends.dot.outline import Outline

SPINE: Final = 1000
"""How straight the longest way through a column is to be."""
SHORT: Final = 3
"""That of other lines that lead to the next step."""


@final
class Flow:
    """How far every box is from the beginning of its column, and how far it could be."""

    def __init__(self, outline: Outline, columns: Columns) -> None:
        self._lines = outline.lines
        self._side = {line.target for line in outline.lines if line.training_only}
        links = frozenset(columns.links)
        self._early: dict[str, int] = defaultdict(int)
        for number, line in enumerate(outline.lines):
            if number not in links:
                step = self._early[line.source] + 1
                self._early[line.target] = max(self._early[line.target], step)
        self._late: dict[str, int] = {}
        for number, line in reversed(list(enumerate(outline.lines))):
            if number not in links and not line.training_only:
                step = self._latest(line.target) - 1
                self._late[line.source] = min(self._late.get(line.source, step), step)

    def weight(self, number: int) -> int:
        """How straight and short a line is to be."""
        line = self._lines[number]
        if self._early[line.target] - self._early[line.source] != 1:
            return 1
        if line.training_only:
            return SPINE if line.source in self._side else SHORT
        is_spine = all(self._early[box] == self._latest(box) for box in (line.source, line.target))
        return SPINE if is_spine else SHORT

    def _latest(self, box: str) -> int:
        return self._late.get(box, self._early[box])

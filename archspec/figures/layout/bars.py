"""What every part has of the network's parameters and multiply-accumulates, as two bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from archspec.describe.values import count
from archspec.figures import request as options
from archspec.figures.fonts.metrics import text_width
from archspec.figures.outline.diagram import Leaf
from archspec.figures.scene import Item, Rect, Text
from archspec.figures.sizes import Sizes

HEIGHT: Final = 4.0
GAP: Final = 4.0
"""Between a bar and its number."""


@final
@dataclass(frozen=True, slots=True)
class CostBars:
    """Which bars there are, and what a full one means."""

    which: options.Bars
    params: int
    macs: int
    sizes: Sizes

    def size(self, leaf: Leaf) -> tuple[float, float]:
        """Width and height of the bars of a leaf; nothing where nothing is counted."""
        rows = self._rows(leaf)
        if not rows:
            return 0, 0
        wide = max(text_width(text, self.sizes.small) for _, _, text in rows)
        return self.sizes.bar + GAP + wide, len(rows) * self._pitch

    @property
    def _pitch(self) -> float:
        return self.sizes.small * 1.25

    def _rows(self, leaf: Leaf) -> list[tuple[str, float, str]]:
        """Colour, share, number."""
        if not leaf.params and not leaf.macs:
            return []
        rows = []
        if self.which in ("params", "both"):
            rows.append(("params", leaf.params / max(self.params, 1), count(leaf.params)))
        if self.which in ("macs", "both"):
            rows.append(("macs", leaf.macs / max(self.macs, 1), count(leaf.macs)))
        return rows

    def items(self, leaf: Leaf, x: float, y: float) -> list[Item]:
        """The bars with their top left corner at a place."""
        items: list[Item] = []
        for k, (color, share, number) in enumerate(self._rows(leaf)):
            top = y + k * self._pitch + (self._pitch - HEIGHT) / 2
            items.append(Rect(x, top, self.sizes.bar, HEIGHT, "track", None, 1))
            if share:
                filled = max(min(share, 1) * self.sizes.bar, 0.8)
                items.append(Rect(x, top, filled, HEIGHT, color, None, min(1, filled / 2)))
            base = y + k * self._pitch + self._pitch / 2 + self.sizes.small * 0.35
            items.append(
                Text(x + self.sizes.bar + GAP, base, number, self.sizes.small, color="pale")
            )
        return items

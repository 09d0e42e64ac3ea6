"""What the forms ask of the layout that they are in: how large a part is, and to place it.

A diagram flows along its *main* direction; *across* is the other one. Every part has an axis, a
straight line along the main direction on which it is entered and left.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from archspec.figures.annotations.looks import dim
from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.forms.lengths import LABEL
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.outline.diagram import Diagram, Leaf
from archspec.figures.request import Direction
from archspec.figures.scene import Item, Line, Point, recolor_line
from archspec.figures.sizes import Sizes


class Extent(NamedTuple):
    """The room that a part takes: along the main direction, and across on each side of its axis."""

    length: float
    before: float
    after: float


class Annotation(Protocol):
    """What stands below a box, or beside it where the main direction is down."""

    def size(self, leaf: Leaf) -> tuple[float, float]:
        """Width and height; zeros where there is nothing."""

    def items(self, leaf: Leaf, x: float, y: float) -> list[Item]:
        """With the top left corner at a place."""


class Engine(ABC):
    """Measures each part once, and collects the items of those that are placed."""

    def __init__(
        self,
        direction: Direction,
        sizes: Sizes,
        annotation: Annotation | None = None,
        inset: str | None = None,
    ) -> None:
        self.is_right = direction == "right"
        self.sizes = sizes
        self.annotation = annotation
        self.inset = inset
        self.items: list[Item] = []
        self._extents: dict[int, Extent] = {}
        self._kept: list[Diagram] = []

    def measure(self, part: Diagram) -> Extent:
        """The room that a part takes."""
        if id(part) not in self._extents:
            self._extents[id(part)] = self._measure(part)
            self._kept.append(part)  # so that no other part gets its id
        return self._extents[id(part)]

    @abstractmethod
    def _measure(self, part: Diagram) -> Extent:
        """The same of a part that was not measured before."""

    @abstractmethod
    def place(
        self, part: Diagram, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        """Put a part where its axis begins, end the lines that arrive; those that leave it."""

    def xy(self, main: float, across: float) -> Point:
        """A point of the figure, or a width and a height."""
        return (main, across) if self.is_right else (across, main)

    def line(
        self, line: Pending, target: str = "", *, dashed: bool = False, dimmed: bool = False
    ) -> Line:
        """A line at its end, as an item; dashed or dimmed if its target is."""
        corners = tuple(self.xy(*point) for point in line.corners())
        dashed = dashed or line.dashed
        drawn = Line(
            corners, line.source, target, arrow=line.arrow, dashed=dashed, label=line.label
        )
        return recolor_line(drawn, dim) if dimmed or line.dimmed else drawn

    def label_room(self, label: str | None) -> float:
        """What a text on a line takes of its length."""
        if label is None:
            return 0
        size = self.sizes.small
        return text_width(label, size) + 2 * LABEL if self.is_right else size + 2 * LABEL - 2

    def label_sides(self, label: str | None) -> tuple[float, float]:
        """What a text on a line takes, before and after the axis."""
        if label is None:
            return (0, 0)
        size = self.sizes.small
        return (size + 3, 0) if self.is_right else (0, text_width(label, size) + LABEL + 2)

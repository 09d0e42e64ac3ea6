"""Places for the parts of a diagram: exact, in linear time, the same on every run.

A chain shares one axis; branches lie side by side, and their lines leave the axis at a fork and
come back at a merge. Here the forms are distinguished; how each is laid out is in its file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never, final

from archspec.figures.layout.forms import frame, lanes, leaf, parallel, rows, series
from archspec.figures.layout.forms.engine import Engine, Extent
from archspec.figures.layout.forms.lengths import WIRE
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.layout.forms.ranks import form as ranks
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
)


@final
class Layout(Engine):
    """Lays out one figure."""

    def _measure(self, part: Diagram) -> Extent:
        match part:
            case Leaf():
                return leaf.measure(part, self)
            case Wire():
                return Extent(0, WIRE, WIRE)
            case Series():
                return series.measure(part, self)
            case Parallel():
                return parallel.measure(part, self)
            case Lanes():
                return ranks.measure(part, self) if ranks.suits(part) else lanes.measure(part, self)
            case Frame():
                return frame.measure(part, self)
            case Rows():
                return rows.measure(part, self)
            case _:
                assert_never(part)

    def place(
        self, part: Diagram, main: float, across: float, arriving: Sequence[Pending]
    ) -> list[Pending]:
        match part:
            case Leaf():
                return leaf.place(part, main, across, arriving, self)
            case Wire():
                return [replace(line, dashed=line.dashed or part.dashed) for line in arriving]
            case Series():
                return series.place(part, main, across, arriving, self)
            case Parallel():
                return parallel.place(part, main, across, arriving, self)
            case Lanes():
                if ranks.suits(part):
                    return ranks.place(part, main, across, arriving, self)
                return lanes.place(part, main, across, arriving, self)
            case Frame():
                return frame.place(part, main, across, arriving, self)
            case Rows():
                return rows.place(part, main, across, arriving, self)
            case _:
                assert_never(part)

"""The texts on lines: the shape of what leaves a part, if it is another than what arrives."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from archspec.figures.layout.forms.engine import Engine
from archspec.figures.layout.forms.lengths import LABEL
from archspec.figures.layout.forms.lines import Pending
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
from archspec.figures.scene import Text


def exit_label(part: Diagram) -> str | None:
    """The text on the one line that leaves a part; where side branches begin it stands before
    them, and is none of the line that leaves."""
    match part:
        case Leaf():
            return None if part.side_branches else part.shape
        case Series():
            return exit_label(part.parts[-1])
        case Frame():
            return None if part.side_branches else exit_label(part.inside)
        case Rows():
            return exit_label(part.rows[-1])
        case Wire() | Parallel() | Lanes():
            return None
        case _:
            assert_never(part)


def label_at(engine: Engine, content: str, main: float, across: float) -> Text:
    """A text on a line that begins at a place."""
    size = engine.sizes.small
    if engine.is_right:
        return Text(main + LABEL, across - 3, content, size, color="pale")
    return Text(across + LABEL, main + LABEL + size * 0.75 - 1, content, size, color="pale")


def label_behind(engine: Engine, line: Pending, main: float) -> Pending:
    """The same line with its text further on: behind the border of a frame, or where a lane
    begins, which would run through it otherwise."""
    if line.label is None:
        return line
    if engine.is_right:
        return replace(line, label=replace(line.label, x=main + LABEL))
    down = main + LABEL + engine.sizes.small * 0.75 - 1
    return replace(line, label=replace(line.label, y=down))

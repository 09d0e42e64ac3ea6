"""Networks as the tables that papers print: a column each, or one network row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archspec.diagnostics import failure
from archspec.figures.request import Options
from archspec.figures.scene import Scene
from archspec.figures.styles.table.cells import ArchitectureTable
from archspec.figures.styles.table.columns import side_by_side
from archspec.figures.styles.table.formats import as_html, as_markdown
from archspec.figures.styles.table.latex import as_latex
from archspec.figures.styles.table.scene import place
from archspec.figures.styles.table.single import alone
from archspec.graph import Graph

ACCEPTS: Final = frozenset({"width", "title"})
TAKES_SEVERAL: Final = True


__all__ = ["ArchitectureTable", "architecture_table", "as_html", "as_latex", "as_markdown", "scene"]


def architecture_table(graphs: Sequence[Graph]) -> ArchitectureTable:
    """Of the networks at inference."""
    if not graphs:
        raise failure("cannot-draw", "a table has no network to show", help="name one or several")
    pruned = [graph.at("inference") for graph in graphs]
    return side_by_side(pruned) if len(pruned) > 1 else alone(pruned[0])


def scene(graphs: Sequence[Graph], options: Options) -> Scene:
    """The table as a figure, wider than the room if its columns do not fit."""
    return place(architecture_table(graphs), options)

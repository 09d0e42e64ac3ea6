"""Figures: a network as a scene of placed boxes, lines and texts, and the files it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from archspec.diagnostics import failure
from archspec.figures.request import DEFAULTS, Options
from archspec.figures.scene import Scene
from archspec.graph import Graph

TOGETHER = ("blocks", "table")
"""Styles that show several networks in one figure."""


def figure(graphs: Graph | Sequence[Graph], options: Options = DEFAULTS) -> Scene:
    """The scene of a network, or of several, in the style that the options say. Raises SpecError."""
    shown = [graphs] if isinstance(graphs, Graph) else list(graphs)
    style = import_module(f"archspec.figures.styles.{options.style}")
    if options.style not in TOGETHER and len(shown) > 1:
        message = f"the style '{options.style}' shows one network, not {len(shown)}"
        raise failure(
            "cannot-draw",
            message,
            help=f"several are shown by {' and '.join(TOGETHER)}, two by --diff",
        )
    drawn: Scene = style.scene(shown if options.style in TOGETHER else shown[0], options)
    return drawn

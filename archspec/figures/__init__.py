"""Figures: a network as a scene of placed boxes, lines and texts, and the files it becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from importlib import import_module
from typing import Any, Protocol, cast

from archspec.diagnostics import failure
from archspec.figures.request import DEFAULTS, STYLES, Options
from archspec.figures.scene import Scene
from archspec.graph import Graph


class StyleModule(Protocol):
    """What every module of a style says of itself."""

    ACCEPTS: Set[str]
    """Options that have an effect."""
    TAKES_SEVERAL: bool
    """Whether it shows several networks in one figure; then its scene is that of a sequence."""
    scene: Callable[[Any, Options], Scene]
    """Of a network, or of several; the style ``text`` has none."""


def load_style(name: str) -> StyleModule:
    """The module of a style."""
    return cast(StyleModule, import_module(f"archspec.figures.styles.{STYLES[name]}"))


def figure(graphs: Graph | Sequence[Graph], options: Options = DEFAULTS) -> Scene:
    """The scene of a network, or of several, in the style that the options say. Raises SpecError."""
    shown = [graphs] if isinstance(graphs, Graph) else list(graphs)
    style = load_style(options.style)
    if style.TAKES_SEVERAL:
        return style.scene(shown, options)
    if len(shown) > 1:
        several = " and ".join(name for name in STYLES if load_style(name).TAKES_SEVERAL)
        message = f"the style '{options.style}' shows one network, not {len(shown)}"
        help = f"several are shown by {several}, two by --diff, or --subfigure {options.style}"
        raise failure("bad-option", message, help=help)
    return style.scene(shown[0], options)

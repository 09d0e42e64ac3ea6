"""A compiler for architectures: one YAML file of a convolutional network gives its numbers, its
figure, its PyTorch source and its module.

    net = archspec.load("densenet121", depths=[6, 12, 32, 32])
    archspec.stats(net).macs
    archspec.draw(net, "densenet.svg")
    print(archspec.source(net))
    model = archspec.build(net)
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from archspec.analyses.stats import Stats as Stats
    from archspec.analyses.stats import stats as stats
    from archspec.backends.torch_module import build as build
    from archspec.backends.torch_source import source as source
    from archspec.diagnostics import Diagnostic as Diagnostic
    from archspec.diagnostics import SpecError as SpecError
    from archspec.figures.draw import draw as draw
    from archspec.graph import Graph as Graph
    from archspec.loading import load as load
    from archspec.loading import loads as loads

_HOMES: Final = {
    "Diagnostic": "archspec.diagnostics",
    "Graph": "archspec.graph",
    "SpecError": "archspec.diagnostics",
    "Stats": "archspec.analyses.stats",
    "build": "archspec.backends.torch_module",
    "draw": "archspec.figures.draw",
    "load": "archspec.loading",
    "loads": "archspec.loading",
    "source": "archspec.backends.torch_source",
    "stats": "archspec.analyses.stats",
}
"""Where each public name lives; a module is imported when one of its names is first used."""

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'archspec' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    _show_in_notebooks()
    return value


def _show_in_notebooks() -> None:
    """A Graph shows its figure in a notebook, a Stats its table. They are told here, since their
    modules know nothing of the stages above them."""
    if "archspec.graph" in sys.modules:
        sys.modules["archspec.graph"].Graph._repr_svg_ = _figure
    if "archspec.analyses.stats" in sys.modules:
        sys.modules["archspec.analyses.stats"].Stats._repr_html_ = _table


def _figure(graph: Graph) -> str:
    from archspec.figures.draw import rendered

    return rendered(graph, "svg").decode()


def _table(stats: Stats) -> str:
    from archspec.reports.results import stats_html

    return stats_html(stats)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})

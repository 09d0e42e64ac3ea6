"""A compiler for CNN architectures: one YAML file that describes a network gives its counts, its
figure, its PyTorch source and a module.

    net = archspec.load("densenet121", depths=[6, 12, 32, 32])
    archspec.stats(net).macs
    archspec.draw(net, "densenet.svg")
    print(archspec.source(net))
    model = archspec.build(net)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

if TYPE_CHECKING:
    from archspec.analyses.cumulative import Cumulative as Cumulative
    from archspec.analyses.cumulative import cumulative as cumulative
    from archspec.analyses.difference import NetworkDiff as NetworkDiff
    from archspec.analyses.difference import diff as diff
    from archspec.analyses.fields import Fields as Fields
    from archspec.analyses.fields import receptive as receptive
    from archspec.analyses.lint import Remarks as Remarks
    from archspec.analyses.lint import lint as lint
    from archspec.analyses.paths import PathCounts as PathCounts
    from archspec.analyses.paths import paths as paths
    from archspec.analyses.published import Scatter as Scatter
    from archspec.analyses.published import scatter as scatter
    from archspec.analyses.search import BudgetMatch as BudgetMatch
    from archspec.analyses.search import Sweep as Sweep
    from archspec.analyses.search import match as match
    from archspec.analyses.search import sweep as sweep
    from archspec.analyses.stats import Comparison as Comparison
    from archspec.analyses.stats import Stats as Stats
    from archspec.analyses.stats import stats as stats
    from archspec.backends.torch.nn_module import build as build
    from archspec.backends.torch.source import source as source
    from archspec.diagnostics import Diagnostic as Diagnostic
    from archspec.diagnostics import SpecError as SpecError
    from archspec.figures.draw import draw as draw
    from archspec.figures.draw import figure as figure
    from archspec.graph import Graph as Graph
    from archspec.workspace.load import load as load
    from archspec.workspace.load import loads as loads

_HOMES: Final = {
    "BudgetMatch": "archspec.analyses.search",
    "Comparison": "archspec.analyses.stats",
    "Cumulative": "archspec.analyses.cumulative",
    "Diagnostic": "archspec.diagnostics",
    "Fields": "archspec.analyses.fields",
    "Graph": "archspec.graph",
    "NetworkDiff": "archspec.analyses.difference",
    "PathCounts": "archspec.analyses.paths",
    "Remarks": "archspec.analyses.lint",
    "Scatter": "archspec.analyses.published",
    "SpecError": "archspec.diagnostics",
    "Stats": "archspec.analyses.stats",
    "Sweep": "archspec.analyses.search",
    "build": "archspec.backends.torch.nn_module",
    "cumulative": "archspec.analyses.cumulative",
    "diff": "archspec.analyses.difference",
    "draw": "archspec.figures.draw",
    "figure": "archspec.figures.draw",
    "lint": "archspec.analyses.lint",
    "load": "archspec.workspace.load",
    "loads": "archspec.workspace.load",
    "match": "archspec.analyses.search",
    "paths": "archspec.analyses.paths",
    "receptive": "archspec.analyses.fields",
    "scatter": "archspec.analyses.published",
    "source": "archspec.backends.torch.source",
    "stats": "archspec.analyses.stats",
    "sweep": "archspec.analyses.search",
}
"""Where each public name lives; a module is imported when one of its names is first used."""

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'archspec' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""What networks have cost up to each depth: parameters and multiply-accumulates, added up."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from typing import Any, Final, final

from archspec.analyses.published import networks_of
from archspec.analyses.stats import weight_depths
from archspec.diagnostics import failure, near
from archspec.display import made_by, show_by
from archspec.graph import Graph, Node
from archspec.workspace.workspace import Workspace

METRICS: Final = ("params", "macs", "elementwise")
"""Counts of layers that add up."""
USUAL: Final = ("params", "macs")


@final
@dataclass(frozen=True, slots=True)
class Growth:
    """How the costs of one network grow with its depth."""

    name: str
    upto: Mapping[str, tuple[int, ...]]
    """For every count its sum over the layers that have at most d weight layers on the longest path to
    them, themselves among them, at d = 0, 1, …; the last one is that of the whole network."""

    @property
    def depth(self) -> int:
        """Weight layers on the longest path."""
        return len(next(iter(self.upto.values()))) - 1


@final
@dataclass(frozen=True)
class Cumulative:
    """Costs of networks over their depth: ``print`` shows the table of ``archspec plot --cumulative``."""

    metrics: tuple[str, ...]
    networks: tuple[Growth, ...]

    def draw(self, path: str | os.PathLike[str], **choices: Any) -> None:
        """Draw it; the choices are those of ``archspec.draw`` that are for any style. Raises
        SpecError."""
        made_by(
            "archspec.figures.charts.cumulative_chart.draw_cumulative", self, path=path, **choices
        )

    def __repr__(self) -> str:
        return f"<Cumulative {', '.join(self.metrics)} of {len(self.networks)} networks>"

    def __str__(self) -> str:
        return show_by("archspec.reports.analyses.cumulative_report.cumulative_text", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.analyses.cumulative_report.cumulative_html", self)


def cumulative(
    networks: str | Iterable[str], metrics: str | Iterable[str] | None = None
) -> Cumulative:
    """Costs of networks up to every depth; networks are named as for ``archspec.scatter``.

    ``metrics`` are some of params, macs and elementwise, by default the first two. Raises SpecError.
    """
    chosen = (
        USUAL if metrics is None else (metrics,) if isinstance(metrics, str) else tuple(metrics)
    )
    for name in chosen:
        if name not in METRICS:
            message = f"'{name:.40}' is no count of layers that adds up over the depth"
            raise failure("bad-option", message, help=near(name, METRICS) or ", ".join(METRICS))
    workspace = Workspace()
    graphs = [workspace.graph(reference) for reference in networks_of(networks, workspace)]
    return Cumulative(chosen, tuple(_growth(graph.at("inference"), chosen) for graph in graphs))


def _growth(graph: Graph, metrics: tuple[str, ...]) -> Growth:
    depths = weight_depths(graph)
    deepest = max(depths.values(), default=0)
    upto = {}
    for name in metrics:
        at = [0] * (deepest + 1)
        for node in graph.layers:
            at[depths[node.path]] += _cost(node, name)
        upto[name] = tuple(accumulate(at))
    return Growth(graph.name, MappingProxyType(upto))


def _cost(node: Node, metric: str) -> int:
    return node.params if metric == "params" else int(getattr(node.cost, metric))

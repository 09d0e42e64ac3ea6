"""Values as they show themselves: as text in ``print``, as HTML and SVG in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archspec.reports.comparison_report import comparison_table
from archspec.reports.stats_report import stats_table
from archspec.reports.table import html, plain

if TYPE_CHECKING:
    from archspec.analyses.stats import Comparison, Stats
    from archspec.graph import Graph


def graph_svg(graph: Graph) -> str:
    from archspec.figures.draw import figure_bytes

    return figure_bytes(graph, "svg").decode()


def stats_text(stats: Stats) -> str:
    return plain(stats_table(stats))


def comparison_text(comparison: Comparison) -> str:
    return plain(comparison_table(comparison.networks))


def comparison_html(comparison: Comparison) -> str:
    return html(comparison_table(comparison.networks))

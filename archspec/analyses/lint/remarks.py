"""What is remarked on one network: equal sentences on several layers together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from archspec.analyses.lint.rules import RULES, Rule
from archspec.diagnostics import Diagnostic, Label, Level
from archspec.display import show_by
from archspec.graph import Graph
from archspec.text import Origin
from archspec.workspace.load import Network, as_graph


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """One remark, and the layers that it is on."""

    rule: Rule
    message: str
    layers: tuple[str, ...]
    """Their paths, in written order."""
    help: str
    origin: Origin | None = None
    """Where the first of them was written."""

    @property
    def level(self) -> Level:
        return self.rule.level

    @property
    def diagnostic(self) -> Diagnostic:
        """The same at its place in the spec."""
        labels = (Label(self.origin.key, _on_layers(self.layers)),) if self.origin else ()
        help = f"{self.help}; {self.rule.reference}"
        return Diagnostic(self.rule.name, self.message, labels, help)


def _on_layers(layers: tuple[str, ...]) -> str:
    """``'conv1'``, ``'conv1' and 3 more``"""
    first, *others = layers
    return f"'{first}' and {len(others)} more" if others else f"'{first}'"


@final
@dataclass(frozen=True)
class Remarks:
    """The remarks on one network: ``print`` shows the table of ``archspec lint``."""

    name: str
    """Name of the network."""
    findings: tuple[Finding, ...]
    """Warnings first, each rule in written order."""
    ignored: tuple[str, ...]
    """Rules that the spec switches off."""

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Those that are most probably not meant."""
        return tuple(found for found in self.findings if found.level == "warning")

    def __repr__(self) -> str:
        return f"<Remarks on {self.name}: {len(self.findings)}>"

    def __str__(self) -> str:
        return show_by("archspec.reports.analyses.lint_report.remarks_plain", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.analyses.lint_report.remarks_html", self)


def lint(network: Network) -> Remarks:
    """Remark on a network as it trains, but for what its spec ignores. A network is a Graph, or what
    ``load`` takes. Raises SpecError."""
    graph = as_graph(network)
    findings: list[Finding] = []
    for rule in RULES.values():
        if rule.name not in graph.ignored:
            findings += _findings(rule, graph)
    ignored = tuple(name for name in RULES if name in graph.ignored)
    return Remarks(graph.name, tuple(findings), ignored)


def _findings(rule: Rule, graph: Graph) -> list[Finding]:
    together: dict[str, list[str]] = {}
    helps: dict[str, str] = {}
    for observed in rule.observe(graph):
        together.setdefault(observed.message, []).append(observed.path)
        helps.setdefault(observed.message, observed.help)
    return [
        Finding(rule, message, tuple(paths), helps[message], graph.nodes[paths[0]].origin)
        for message, paths in together.items()
    ]

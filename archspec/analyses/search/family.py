"""One spec under many settings: each network is made once, and counted as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, final

from archspec.analyses.stats import DEFINITIONS, stats
from archspec.diagnostics import SpecError, failure, near
from archspec.elaborate import elaborate
from archspec.elaborate.expand.nodes import MAX_LAYERS
from archspec.elaborate.expand.shared import Shared
from archspec.graph import Graph
from archspec.workspace.settings import settings_of, with_overrides
from archspec.workspace.workspace import Workspace

METRICS: Final = tuple(DEFINITIONS)
"""What networks are measured by: the counts of ``archspec stats``."""
ALIASES: Final = {"saved": "saved_bytes", "train": "train_macs", "depth": "weight_layers"}
"""Shorter names."""
Settings = Mapping[str, Any]
Counts = Mapping[str, int]


def metric_of(name: str) -> str:
    """The count that a name means. Raises SpecError if there is none."""
    key = name.strip().replace(" ", "_")
    key = ALIASES.get(key, key)
    if key not in METRICS:
        help = near(key, (*METRICS, *ALIASES)) or f"the counts are {', '.join(METRICS)}"
        raise failure("bad-option", f"there is no count '{name:.40}'", help=help)
    return key


@final
class Family:
    """The networks of one spec, by the values of its parameters."""

    def __init__(
        self, reference: str, fixed: Settings, input: Any = None, max_layers: int = MAX_LAYERS
    ) -> None:
        self._program = Workspace().program(reference)
        self._fixed = dict(fixed)
        self._input = input
        self._max_layers = max_layers
        self._shared = Shared()
        self._counts: dict[tuple[tuple[str, str], ...], Counts | SpecError] = {}
        self.base = self.graph({})
        """The network as it is written, but for the fixed settings."""

    @property
    def made(self) -> int:
        """How many networks were counted so far."""
        return len(self._counts)

    def graph(self, settings: Settings) -> Graph:
        """One network. Raises SpecError."""
        chosen = settings_of({**self._fixed, **settings})
        program = with_overrides(self._program, chosen, self._input)
        return elaborate(program, self._max_layers, self._shared)

    def counts(self, settings: Settings, metrics: Sequence[str] = METRICS) -> Counts:
        """What one network costs. Raises SpecError if there is no such network."""
        key = tuple(sorted((name, repr(value)) for name, value in settings.items()))
        known = self._counts.get(key, {})
        if not isinstance(known, SpecError) and not set(metrics) <= known.keys():
            try:
                self._counts[key] = _count(self.graph(settings), metrics)
            except SpecError as error:
                self._counts[key] = error
        found = self._counts[key]
        if isinstance(found, SpecError):
            raise found
        return found

    def try_counts(self, settings: Settings, metrics: Sequence[str]) -> Counts | None:
        """The same; None if there is no such network."""
        try:
            return self.counts(settings, metrics)
        except SpecError:
            return None

    def value(self, name: str) -> Any:
        """What a parameter is as the spec has it. Raises SpecError if there is none of that name."""
        params = self.base.params
        if name not in params:
            known = f"it has {', '.join(params)}" if params else "it has none"
            message = f"'{self.base.name}' has no parameter '{name:.40}'"
            raise failure("unknown-parameter", message, help=near(name, params) or known)
        return params[name]


def _count(graph: Graph, metrics: Sequence[str]) -> Counts:
    """Parameters and multiply-accumulates at once; all else takes longer."""
    network = graph.at("inference")
    quick = {"params": network.total_params, "macs": network.total_macs}
    if set(metrics) <= quick.keys():
        return quick
    counted = stats(graph)
    return {key: getattr(counted, key) for key in METRICS}

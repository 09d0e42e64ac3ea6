"""The numbers of probed layers, and scopes in place of their layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import final

from archspec.graph import Graph


@final
@dataclass(frozen=True, slots=True)
class LayerNumbers:
    """One layer at one time. What there is none of is None; what is no number is not finite."""

    layer: str
    op: str
    mean: float
    """Of all of its outputs for a batch, as those below."""
    deviation: float
    percentiles: tuple[float, ...]
    zeros: float
    """Share of the outputs that are 0, in percent."""
    dead: float | None
    """Share of the units of an activation that are 0 for all samples, in percent. A channel of a map is
    a unit, or a number of a vector."""
    gradient: float | None
    """Root mean square of the derivatives of a sample's loss by the outputs."""
    weight: float | None
    """Norm of its weights, biases left out, as in both below."""
    weight_gradient: float | None
    """Norm of the gradient of the batch's loss."""
    update: float | None
    """Norm of what a step of the optimizer adds to the weights."""

    @property
    def update_ratio(self) -> float | None:
        """How much of itself the layer's weights change in a step."""
        if self.update is None or not self.weight:
            return None
        return self.update / self.weight


def folded(graph: Graph, layers: Sequence[LayerNumbers], depth: int) -> tuple[LayerNumbers, ...]:
    """Scopes of a depth in place of their layers: with the outputs of the last of them, and with all of
    their weights."""
    groups: dict[str, list[LayerNumbers]] = {}
    for each in layers:
        groups.setdefault(".".join(each.layer.split(".")[:depth]), []).append(each)
    return tuple(
        group[0] if group[0].layer == path else _as_one(graph, path, group)
        for path, group in groups.items()
    )


def _as_one(graph: Graph, path: str, group: Sequence[LayerNumbers]) -> LayerNumbers:
    scope = graph.scopes[path]
    last = next((each for each in group if each.layer == scope.output), group[-1])
    return replace(
        last,
        layer=path,
        op=scope.block or "scope",
        weight=_norm(group, lambda each: each.weight),
        weight_gradient=_norm(group, lambda each: each.weight_gradient),
        update=_norm(group, lambda each: each.update),
    )


def _norm(
    group: Sequence[LayerNumbers], part: Callable[[LayerNumbers], float | None]
) -> float | None:
    parts = [value for each in group if (value := part(each)) is not None]
    return math.hypot(*parts) if parts else None

"""The gradient at the input along single paths of a residual network."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from random import Random
from typing import TYPE_CHECKING, Final, final

import numpy as np
import torch
from torch import Tensor, nn

from archspec.analyses.lesions import PathGradients, Unit, Units
from archspec.analyses.paths import paths
from archspec.backends.torch.interpret import separate_layers
from archspec.datasets.dataset import Split
from archspec.diagnostics import failure
from archspec.graph import Graph
from archspec.training.classifier import Classifier, batches_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH: Final = 20
"""Pictures of a batch; each has a gradient of its own."""


@final
class SplitGradient:
    """A forward pass whose gradient can be led through each unit, or around it.

    It is cut behind every unit. There it goes on with a copy of the sum that has no history, and the sum
    is kept twice: with the history of the branch alone, and with that of the shortcut alone.
    """

    def __init__(
        self, graph: Graph, network: nn.Module, units: Units, images: Tensor, labels: Tensor
    ) -> None:
        """Images (N, C, H, W) and labels (N). The network is in eval mode."""
        self._units = units.units
        self._leaves: dict[str, Tensor] = {graph.inputs[0].path: images.requires_grad_()}
        self._through: dict[str, Tensor] = {}
        self._around: dict[str, Tensor] = {}
        values = self._values(graph, network)
        scores = values[graph.main_output.source]
        scores = -scores if graph.smallest_wins else scores
        self._loss = nn.functional.cross_entropy(scores, labels, reduction="sum")
        self._below = _leaves_below(graph, {unit.output: unit for unit in units.units})
        self._last = self._below["around", graph.main_output.source]

    def _values(self, graph: Graph, network: nn.Module) -> Mapping[str, Tensor]:
        shortcuts = {unit.output: unit.instead for unit in self._units}
        values = dict(self._leaves)
        for path, layer in separate_layers(graph, network).items():
            if isinstance(layer, nn.Module):
                layer.eval()
            node = graph.nodes[path]
            operands = [values[source] for source in node.sources]
            if path not in shortcuts:
                values[path] = layer(*operands)
                continue
            is_shortcut = [source == shortcuts[path] for source in node.sources]
            pairs = list(zip(operands, is_shortcut, strict=True))
            self._through[path] = layer(*(x.detach() if is_it else x for x, is_it in pairs))
            self._around[path] = layer(*(x if is_it else x.detach() for x, is_it in pairs))
            values[path] = self._leaves[path] = self._around[path].detach().requires_grad_()
        return values

    def along(self, chosen: Collection[str]) -> Tensor:
        """The gradient at the input (N, C, H, W) along the path through some units and around all
        others."""
        return self._led(lambda path: ("through" if path in chosen else "around",))

    def whole(self) -> Tensor:
        """The gradient at the input along all paths: the sum over them."""
        return self._led(lambda path: ("through", "around"))

    def _led(self, sides: Callable[[str], tuple[str, ...]]) -> Tensor:
        gradients: dict[str, Tensor] = {}
        self._pull(self._loss, None, self._last, gradients)
        for unit in reversed(self._units):
            if unit.output in gradients:
                gradient = gradients.pop(unit.output)
                for side in sides(unit.output):
                    value = (self._through if side == "through" else self._around)[unit.output]
                    self._pull(value, gradient, self._below[side, unit.output], gradients)
        (found,) = gradients.values()
        return found

    def _pull(
        self,
        value: Tensor,
        gradient: Tensor | None,
        below: Collection[str],
        gradients: dict[str, Tensor],
    ) -> None:
        """Lead the gradient of a value to the cuts below it."""
        leaves = [self._leaves[path] for path in below]
        found = torch.autograd.grad(value, leaves, gradient, retain_graph=True)
        for path, part in zip(below, found, strict=True):
            gradients[path] = gradients[path] + part if path in gradients else part


def _leaves_below(
    graph: Graph, cuts: Mapping[str, Unit]
) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """For the two sides of each cut the cuts, or the input, from which they are computed; for every
    other layer both sides are one, ``around``."""
    seen: dict[str, frozenset[str]] = {graph.inputs[0].path: frozenset([graph.inputs[0].path])}
    below: dict[tuple[str, str], tuple[str, ...]] = {}
    for node in graph.layers:
        cut = cuts.get(node.path)
        sides: dict[str, set[str]] = {"through": set(), "around": set()}
        for source in node.sources:
            side = "around" if cut is None or source == cut.instead else "through"
            sides[side] |= seen[source]
        below |= {(side, node.path): tuple(sorted(found)) for side, found in sides.items()}
        seen[node.path] = frozenset([node.path] if cut else sides["around"])
    return below


def path_gradients(
    classifier: Classifier,
    units: Units,
    split: Split,
    indices: NDArray[np.int64],
    *,
    repeats: int,
    seed: int,
    after_batch: Callable[[int], None] | None = None,
) -> PathGradients:
    """For so many batches one random path of every length, as in section 4.3 of Veit et al. (2016).

    Raises SpecError where a gradient is not a number, or a picture cannot be read.
    """
    count = len(units.units)
    size = min(BATCH, len(indices))
    names = [unit.output for unit in units.units]
    generator, random = np.random.default_rng(seed), Random(f"{seed}/paths")
    norms: dict[int, list[float]] = {length: [] for length in range(count + 1)}
    whole: list[float] = []
    drawn = [generator.choice(indices, size, replace=False) for _ in range(repeats)]
    batches = batches_of(classifier, split, np.concatenate(drawn), size)
    for number, (images, labels) in enumerate(batches, start=1):
        labels = labels.to(images.device)
        gradient = SplitGradient(classifier.graph, classifier.module, units, images, labels)
        whole.append(_norm(gradient.whole()))
        for length, found in norms.items():
            found.append(_norm(gradient.along(random.sample(names, length))))
        if after_batch is not None:
            after_batch(number * size)
    _check_numbers(classifier.graph.name, norms)
    fixed = {length: tuple(found) for length, found in norms.items()}
    return PathGradients(size, fixed, count, math.fsum(whole) / repeats)


def _norm(gradient: Tensor) -> float:
    """The L2 norm for each picture, the mean over them."""
    norm: float = gradient.flatten(1).norm(dim=1).double().mean().item()
    return norm


def _check_numbers(name: str, norms: Mapping[int, list[float]]) -> None:
    for length, found in norms.items():
        if not all(map(math.isfinite, found)) or not sum(found):
            what = "zero" if all(map(math.isfinite, found)) else "not a number"
            message = f"'{name}': the gradient along paths through {length} units is {what}"
            raise failure("bad-weights", message, help="look at it with archspec weights inspect")


def require_chain(graph: Graph, units: Units) -> None:
    """Raises SpecError unless every path through a network is a choice of units to go through."""
    count = len(units.units)
    chain = {length: math.comb(count, length) for length in range(count + 1)}
    if units.kind == "residual" and paths(graph).modules.by_length == chain:
        return
    message = f"'{graph.name}' is no chain of residual units, whose paths are choices of them"
    help = "without --gradients; archspec paths counts the paths of any network"
    raise failure("bad-option", message, help=help)

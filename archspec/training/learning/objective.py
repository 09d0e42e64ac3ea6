"""What training makes small: the losses of a network's outputs, and penalties of its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archspec.diagnostics import failure, near
from archspec.graph import Graph, Output
from archspec.recipe.load import WrittenRecipe

AUXILIARY_WEIGHT = 0.3
"""Of an output that exists in training only, unless the recipe says otherwise (Szegedy et al. 2014, section 5)."""


@final
class Objective:
    """The loss of a batch, as a recipe has it."""

    def __init__(
        self, graph: Graph, written: WrittenRecipe, decaying: Sequence[nn.Parameter]
    ) -> None:
        recipe = written.recipe
        self.main = graph.outputs.index(graph.main_output)
        self.weights = _weights(graph, written)
        self.smoothing, self.mixup, self.l1 = recipe.label_smoothing, recipe.mixup, recipe.l1
        self.decaying = decaying
        """The parameters whose absolute values are summed (L1)."""
        self.sign = -1 if graph.smallest_wins else 1

    def mixed(self, x: Tensor, labels: Tensor) -> tuple[Tensor, list[tuple[float, Tensor]]]:
        """A batch and its labels with their weights: pairs of pictures, if mixup is on
        (Zhang et al. 2017, https://arxiv.org/abs/1710.09412)."""
        if self.mixup == 0:
            return x, [(1.0, labels)]
        alpha = torch.tensor(self.mixup)
        share = float(torch.distributions.Beta(alpha, alpha).sample())
        others = torch.randperm(len(x)).to(x.device)
        return x.lerp(x[others], 1 - share), [(share, labels), (1 - share, labels[others])]

    def __call__(
        self, outputs: Tensor | tuple[Tensor, ...], targets: list[tuple[float, Tensor]]
    ) -> tuple[Tensor, Tensor]:
        """The loss, and the scores of the main output (N, classes)."""
        several = outputs if isinstance(outputs, tuple) else (outputs,)
        scores = [self.sign * output.float() for output in several]
        loss = torch.stack(
            [
                weight * share * F.cross_entropy(score, labels, label_smoothing=self.smoothing)
                for weight, score in zip(self.weights, scores, strict=True)
                for share, labels in targets
            ]
        ).sum()
        if self.l1:
            loss = loss + self.l1 * torch.stack([p.abs().sum() for p in self.decaying]).sum()
        return loss, scores[self.main]


def _weights(graph: Graph, written: WrittenRecipe) -> list[float]:
    """The weight of each output. Raises SpecError for other names."""
    given = dict(written.recipe.loss_weights)
    names = [output.name for output in graph.outputs]
    if unknown := sorted(given.keys() - set(names)):
        at = written.at("loss_weights")
        raise failure(
            "bad-recipe",
            f"{graph.name} has no output '{unknown[0]}'",
            at=at.key if at else None,
            help=near(unknown[0], names) or f"its outputs: {', '.join(names)}",
        )
    return [given.get(output.name, _default(output)) for output in graph.outputs]


def _default(output: Output) -> float:
    return AUXILIARY_WEIGHT if output.training_only else 1.0

"""What a network is probed on where there are no pictures: noise, and labels by chance."""

from __future__ import annotations

from typing import Final, final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archspec.backends.torch.nn_module import build
from archspec.graph import Graph
from archspec.training.learning.objective import AUXILIARY_WEIGHT
from archspec.training.seeds import derive

SAMPLES: Final = 32
MAX_BYTES: Final = 2**28
"""Of the outputs of all layers for the samples that are taken if nobody says how many."""


def usual_samples(graph: Graph) -> int:
    """So many samples, or fewer of large maps."""
    each = 4 * sum(node.output.numel for node in graph.layers)
    return max(2, min(SAMPLES, MAX_BYTES // each))


def initial(graph: Graph, seed: int) -> nn.Module:
    """The network with the initial weights that a training with this seed begins with."""
    torch.manual_seed(derive(seed, "weights"))
    return build(graph)


def noise(graph: Graph, samples: int, seed: int) -> list[Tensor]:
    """A batch for each input, normally distributed with mean 0 and variance 1."""
    generator = torch.Generator().manual_seed(derive(seed, "noise"))
    return [torch.randn(samples, *node.output.shape, generator=generator) for node in graph.inputs]


@final
class NoiseLoss:
    """Mean cross-entropy against labels by chance, over all places of an output: (N, C, ...). One channel
    stands for two classes, as a logit. Outputs for training count as in trainings."""

    def __init__(self, graph: Graph, seed: int) -> None:
        self._graph, self._seed = graph, seed

    def __call__(self, outputs: tuple[Tensor, ...]) -> Tensor:
        torch.manual_seed(derive(self._seed, "labels"))
        sign = -1 if self._graph.smallest_wins else 1
        losses = [
            (AUXILIARY_WEIGHT if output.training_only else 1) * _cross_entropy(sign * scores)
            for output, scores in zip(self._graph.outputs, outputs, strict=True)
        ]
        return torch.stack(losses).sum()


def _cross_entropy(scores: Tensor) -> Tensor:
    if scores.shape[1] == 1:
        scores = torch.cat([torch.zeros_like(scores), scores], 1)
    size, classes, *places = scores.shape
    labels = torch.randint(classes, (size, *places)).to(scores.device)
    return F.cross_entropy(scores, labels)

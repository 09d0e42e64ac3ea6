"""A trained network, and how pictures become its input: evaluated on many, asked about one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

import numpy as np
import torch
from torch import Tensor, nn

from archspec.backends.torch.nn_module import build
from archspec.datasets.dataset import Images, Split
from archspec.graph import Graph
from archspec.training.evaluation import Evaluation, evaluate, in_eval_mode, main_output
from archspec.training.pictures.any_size import Steps
from archspec.training.pictures.augment import Pipeline
from archspec.training.pictures.batches import InOrder, Pictures, ToInput, loader, workers_for
from archspec.training.processes import DeviceName, processes
from archspec.weights import MatchReport, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from archspec.recipe.model import Normalize

SMALL_BATCH: Final = 64
BATCH: Final = 256
"""Pictures of a batch; fewer where they have more than so many pixels a side."""
LARGE: Final = 96


@final
@dataclass(frozen=True)
class Classifier:
    """A network with weights on a device, and what pictures go through before it."""

    graph: Graph
    module: nn.Module
    pipeline: Pipeline
    to_input: ToInput
    report: MatchReport
    """Which tensor of the file became which of the network."""


def open_classifier(
    graph: Graph, weights: Path, normalize: Normalize, steps: Steps, device: DeviceName
) -> Classifier:
    """Build a network and load its weights. Raises SpecError."""
    module = build(graph, "inference")
    report = load(module, graph, weights)  # the whole graph: it knows layers for training
    graph = graph.at("inference")
    with processes(device) as group:
        chosen = group.device
    is_picture = graph.inputs[0].output.rank == 2
    layout = torch.channels_last if is_picture else torch.contiguous_format
    module = module.to(device=chosen, memory_format=layout)  # type: ignore[call-overload]
    to_input = ToInput.of(normalize, chosen, channels_last=layout is torch.channels_last)
    return Classifier(graph, module, Pipeline(steps, 0), to_input, report)


def evaluate_split(
    classifier: Classifier,
    split: Split,
    classes: int,
    batch_size: int | None = None,
    workers: int | None = None,
    *,
    after_batch: Callable[[int], None] | None = None,
) -> Evaluation:
    """What a classifier makes of labelled pictures. Raises SpecError where one cannot be read."""
    size = batch_size or usual_batch(classifier.graph)
    return evaluate(
        classifier.module,
        batches_of(classifier, split, np.arange(len(split)), size, workers),
        classes,
        smallest_wins=classifier.graph.smallest_wins,
        device=classifier.to_input.device,
        after_batch=after_batch,
    )


def batches_of(
    classifier: Classifier,
    split: Split,
    indices: NDArray[np.int64],
    batch_size: int,
    workers: int | None = None,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Some pictures, as the network reads them, with their labels. Raises SpecError where one cannot
    be read."""
    pictures = Pictures(split, classifier.pipeline)
    order = InOrder(indices, batch_size)
    device = classifier.to_input.device
    for images, labels in loader(pictures, order, workers_for(split.images, workers), device):
        yield classifier.to_input(images), labels


def usual_batch(graph: Graph) -> int:
    return BATCH if max(graph.inputs[0].output.shape[1:], default=1) < LARGE else SMALL_BATCH


def probabilities(classifier: Classifier, images: Images, index: int) -> list[float]:
    """How probable each class is for a picture. Raises SpecError where it cannot be read."""
    pixels = classifier.pipeline(images, np.array([index]), 0)
    with in_eval_mode(classifier.module), torch.no_grad():
        outputs = classifier.module(classifier.to_input(torch.from_numpy(pixels)))
    scores = main_output(outputs).float()
    scores = -scores if classifier.graph.smallest_wins else scores
    found: list[float] = scores.softmax(1)[0].tolist()
    return found

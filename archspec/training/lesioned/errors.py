"""A trained network with parts deleted or in another order, on labelled pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import torch

from archspec.analyses.lesions import Lesion, LesionOutcome, LesionStudy, Trials, Units
from archspec.backends.torch.together import Altered, Together
from archspec.datasets.dataset import Split
from archspec.diagnostics import failure
from archspec.graph import Graph
from archspec.training.classifier import Classifier, batches_of, usual_batch
from archspec.transforms.bypass import bypass

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sample(count: int, wanted: int | None, seed: int) -> NDArray[np.int64]:
    """Places of so many pictures out of all, in their order. Raises SpecError if there are fewer."""
    if wanted is None:
        return np.arange(count)
    if wanted > count:
        message = f"{wanted:,} images are asked for, and there are {count:,}"
        raise failure("bad-option", message, help=f"--images {count}, or without it")
    chosen = np.random.default_rng(seed).choice(count, wanted, replace=False)
    return np.sort(chosen)


def study(
    classifier: Classifier,
    units: Units,
    trials: Trials,
    split: Split,
    indices: NDArray[np.int64],
    *,
    batch_size: int | None = None,
    after_batch: Callable[[int], None] | None = None,
) -> LesionStudy:
    """Every trial on the same pictures, with the network as it was trained. Raises SpecError where a
    picture cannot be read."""
    lesions = (*trials.each, *trials.random, *trials.shuffled)
    errors = count_errors(
        classifier,
        split,
        indices,
        (Lesion(), *lesions),
        batch_size=batch_size,
        after_batch=after_batch,
    )
    found = map(LesionOutcome, lesions, errors[1:])
    return LesionStudy(
        network=classifier.graph.name,
        units=units,
        images=len(indices),
        classes=classifier.graph.output_type(classifier.graph.main_output.source).channels,
        errors=errors[0],
        each=tuple(islice(found, len(trials.each))),
        random=tuple(islice(found, len(trials.random))),
        shuffled=tuple(found),
    )


def count_errors(
    classifier: Classifier,
    split: Split,
    indices: NDArray[np.int64],
    lesions: Sequence[Lesion],
    *,
    batch_size: int | None = None,
    after_batch: Callable[[int], None] | None = None,
) -> list[int]:
    """How many of some pictures each lesion gets wrong; nothing is trained in between.

    Raises SpecError where a picture cannot be read.
    """
    graph = classifier.graph
    order = sorted(range(len(lesions)), key=lambda k: _departure(graph, lesions[k]))
    networks = [altered(graph, lesions[k]) for k in order]
    together = Together(graph, classifier.module, networks)
    size = batch_size or usual_batch(graph)
    errors = torch.zeros(len(lesions), dtype=torch.int64)
    done = 0
    with torch.no_grad():
        for images, labels in batches_of(classifier, split, indices, size):
            labels = labels.to(images.device)
            for k, scores in zip(order, together.run(images), strict=True):
                scores = -scores if graph.smallest_wins else scores
                errors[k] += (scores.argmax(1) != labels).sum().cpu()
            done += len(labels)
            if after_batch is not None:
                after_batch(done)
    found: list[int] = errors.tolist()
    return found


def altered(graph: Graph, lesion: Lesion) -> Altered:
    """The network of a lesion, and whose weights its layers have."""
    instead = {unit.output: unit.instead for unit in lesion.deleted}
    weights_of: dict[str, str] = {}
    for place, unit in lesion.moved:
        weights_of |= zip(place.layers, unit.layers, strict=True)
    return Altered(bypass(graph, instead), weights_of)


def _departure(graph: Graph, lesion: Lesion) -> int:
    """The place of the first layer that is another one; for none, behind all."""
    changed = [*lesion.deleted, *(place for place, _ in lesion.moved)]
    firsts = {unit.layers[0] for unit in changed}
    return next((k for k, path in enumerate(graph.nodes) if path in firsts), len(graph.nodes))

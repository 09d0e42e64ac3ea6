"""A few pictures on their way to the network, before the first step: what fails, fails now."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from archspec.backends.torch.nn_module import build
from archspec.datasets.dataset import Images
from archspec.diagnostics import failure
from archspec.graph import Graph
from archspec.text import Origin
from archspec.training.pictures.augment import Pipeline

COUNT: Final = 8
"""Pictures that are tried, from everywhere in a split."""


def try_pictures(images: Images, pipeline: Pipeline, graph: Graph, at: Origin | None) -> None:
    """Raises SpecError if pictures do not become what the network reads; ``at`` is the recipe's
    line about them."""
    indices = np.unique(np.linspace(0, len(images) - 1, COUNT).astype(np.int64))
    found = pipeline(images, indices, 0).shape[1:]
    (wanted,) = (node.output.shape for node in graph.inputs)
    if found != wanted and not _reads(graph, found):
        come, reads = ("×".join(map(str, shape)) for shape in (found, wanted))
        raise failure(
            "bad-data",
            f"the pictures come out as {come}, and {graph.name} reads {reads}",
            at=None if at is None else at.value,
            help="let the recipe's 'transform' and 'augment' end with pictures of that size",
        )


def _reads(graph: Graph, shape: tuple[int, ...]) -> bool:
    """Whether a network also takes pictures of another size than its own, as convolutions do."""
    with torch.device("meta"), torch.no_grad():
        try:
            build(graph)(torch.empty(2, *shape))
        except NotImplementedError:  # a layer that computes with values, which are not there
            return True
        except RuntimeError:
            return False
    return True

"""What a trained network sees: filters, feature maps, class activations, draws by chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

import torch
from torch import Tensor, nn

from archspec.backends.torch.interpret import Interpretation
from archspec.backends.torch.nn_module import build
from archspec.datasets import FileImages
from archspec.diagnostics import failure
from archspec.graph import Graph, Node
from archspec.op.base import Role
from archspec.op.instantiate import instantiate
from archspec.training.pictures.any_size import Steps
from archspec.training.pictures.augment import Pipeline
from archspec.weights import load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from archspec.training.classifier import Classifier

SHOWN: Final = 4
"""Channels of a layer that draws, unless somebody says which."""
TRIES: Final = 4
"""So many equal outputs mean that a layer draws nothing."""


@final
@dataclass(frozen=True, eq=False)
class Sight:
    """A picture as a network sees it."""

    pixels: NDArray[np.uint8]
    """Channels, height, width: as it is read."""
    x: Tensor
    """The same, normalised, on the network's device: (1, C, H, W)."""


def read_pixels(image: Path, steps: Steps, channels: int) -> NDArray[np.uint8]:
    """One picture in the size that a network reads. Raises SpecError."""
    import numpy as np

    pixels: NDArray[np.uint8] = Pipeline(steps, 0)(
        FileImages((image,), channels), np.array([0]), 0
    )[0]
    return pixels


def sight(classifier: Classifier, pixels: NDArray[np.uint8]) -> Sight:
    return Sight(pixels, classifier.to_input(torch.from_numpy(pixels[None])))


def filters(graph: Graph, weights: Path, node: Node) -> NDArray[np.float32]:
    """The filters of a convolution in a file of weights: (out_channels, in_channels, height, width).
    Raises SpecError."""
    module = build(graph, "inference")
    load(module, graph, weights)
    found: NDArray[np.float32] = module.get_parameter(node.key("weight")).detach().numpy()
    return found


@final
@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """What a layer gives for a picture."""

    layer: str
    op: str
    maps: NDArray[np.float32]
    """Channels, height, width."""


def feature_maps(
    graph: Graph, module: nn.Module, x: Tensor, nodes: Sequence[Node]
) -> list[FeatureMaps]:
    """The maps of some layers for one picture (1, C, H, W), at inference."""
    with torch.no_grad():
        values = Interpretation(graph, module).run([x], training=False)
    return [
        FeatureMaps(each.path, each.op_name, values[each.path][0].cpu().numpy()) for each in nodes
    ]


@final
@dataclass(frozen=True, eq=False)
class ClassActivation:
    """Where in a picture a network sees a class."""

    layer: str
    category: int
    probability: float
    heat: NDArray[np.float32]
    """Height and width of the layer's map; none is below 0."""


def class_activation(
    graph: Graph, module: nn.Module, x: Tensor, node: Node, category: int | None = None
) -> ClassActivation:
    """Grad-CAM (Selvaraju et al., 2017, section 3) of a class, by default the most probable one.

    The maps A_k of a layer are weighted by the mean derivative of the class's score, before the
    softmax, by their pixels: ReLU(Σ α_k·A_k). Raises SpecError for a class that there is not.
    """
    values = Interpretation(graph, module).run([x], training=False)
    scores = values[graph.main_output.source].flatten(1)[0]
    scores = -scores if graph.smallest_wins else scores
    if category is not None and not 0 <= category < len(scores):
        message = f"there is no class {category}: {graph.name} has {len(scores)}"
        raise failure("bad-option", message, help=f"classes are 0 to {len(scores) - 1}")
    chosen = int(scores.argmax()) if category is None else category
    maps = values[node.path]
    (gradient,) = torch.autograd.grad(scores[chosen], maps)
    heat = (gradient.mean((2, 3), keepdim=True) * maps).sum(1).clamp(min=0)[0]
    probability = float(scores.detach().softmax(0)[chosen])
    return ClassActivation(node.path, chosen, probability, heat.detach().cpu().numpy())


# Draws by chance.


@final
@dataclass(frozen=True, eq=False)
class Draw:
    """What a layer that draws by chance did to some channels in training: maps (k, H, W) of each."""

    layer: str
    op: str
    channels: tuple[int, ...]
    read: NDArray[np.float32]
    passed: NDArray[np.float32]
    """Derivative of the sum of what is given by each number that was read: 0 where it was dropped."""
    given: NDArray[np.float32]


def draws(
    graph: Graph, module: nn.Module, x: Tensor, channels: Sequence[int], seed: int
) -> list[Draw]:
    """The draws of all layers on maps, for a picture (1, C, H, W) that comes to them as at inference.
    Of each some channels, by default those that vary most. Raises SpecError."""
    with torch.no_grad():
        values = Interpretation(graph, module).run([x], training=False)
    found = []
    for node, layer in _drawing(graph):
        read = values[node.sources[0]]
        if _is_drawn(layer, read):
            torch.manual_seed(seed)
            found.append(_draw(node, layer, read.detach().clone().requires_grad_(), channels))
    if not found:
        raise failure(
            "bad-option",
            f"{graph.name} has no layer on maps that draws by chance",
            help="such layers are Dropout, Dropout2d, DropBlock2d, StochasticPool2d",
        )
    return found


def _drawing(graph: Graph) -> Iterator[tuple[Node, nn.Module]]:
    """Layers that may draw, each on its own."""
    for node in graph.layers:
        if node.op.role in (Role.DROP, Role.POOL) and node.output.rank == 2:
            layer = instantiate(node.op.lowered(*node.inputs))
            if isinstance(layer, nn.Module) and len(node.sources) == 1:
                yield node, layer.to(torch.get_default_dtype())


def _is_drawn(layer: nn.Module, read: Tensor) -> bool:
    """Whether the same input gives another output the next time."""
    first, *others = (layer(read) for _ in range(TRIES))
    return any(not torch.equal(first, other) for other in others)


def _draw(node: Node, layer: nn.Module, read: Tensor, channels: Sequence[int]) -> Draw:
    given = layer(read)
    (passed,) = torch.autograd.grad(given.sum(), read)
    count = read.shape[1]
    if wrong := [k for k in channels if k >= count]:
        message = f"'{node.path}' has no channel {wrong[0]}"
        raise failure("bad-option", message, help=f"its channels are 0 to {count - 1}")
    varying = read.detach()[0].flatten(1).var(1).argsort(descending=True)
    chosen = list(channels) or sorted(varying[:SHOWN].tolist())
    maps = (each.detach()[0, chosen].cpu().numpy() for each in (read, passed, given))
    return Draw(node.path, node.op_name, tuple(chosen), *maps)

"""What each layer gives for a batch, and what comes back to it: distributions, dead units, norms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor, nn

from archspec.backends.torch.interpret import Interpretation, LayerError
from archspec.diagnostics import failure
from archspec.graph import Graph, Node
from archspec.op.base import Role
from archspec.training.probing.choice import Wanted, everything, probed_nodes
from archspec.training.probing.numbers import LayerNumbers

PERCENTILES: Final = (15, 50, 85)
"""As in Ioffe & Szegedy (2015), figure 1."""
MAX_NUMBERS: Final = 1_000_000
"""So many of a layer's outputs are enough for percentiles."""
BIAS: Final = "bias"

Loss = Callable[[tuple[Tensor, ...]], Tensor]
"""Of the outputs of a network, in the order of its graph: the mean over a batch."""


def probe_layers(
    graph: Graph,
    module: nn.Module,
    inputs: Sequence[Tensor],
    loss: Loss,
    updates: Mapping[str, float] | None = None,
    wanted: Wanted | None = None,
) -> tuple[LayerNumbers, ...]:
    """The layers of a network in training on a batch, in written order. The module stays as it is.
    Raises SpecError where it cannot be run.

    ``updates``: norms of what a step adds, by the names of parameters. ``wanted``: if not
    everything.
    """
    wanted = wanted or everything(graph)
    values = _run(graph, module, inputs)
    total = loss(tuple(values[output.source] for output in graph.outputs))
    returned: dict[str, float] = {}
    for path, value in values.items():
        if value.requires_grad and path in wanted.paths:
            hook = _noting(returned, path, len(inputs[0]))
            value.register_hook(hook)  # type: ignore[no-untyped-call]
    named = dict(module.named_parameters())
    found = torch.autograd.grad(total, list(named.values()), allow_unused=True)
    norms = {
        name: None if gradient is None else _norm([float(gradient.norm())])
        for name, gradient in zip(named, found, strict=True)
    }
    tensors = {name: _Tensors(float(p.detach().norm()), norms[name]) for name, p in named.items()}
    return tuple(
        _numbers(
            graph,
            node,
            _units(values[node.path], node, wanted),
            returned.get(node.path),
            tensors,
            updates or {},
        )
        for node in probed_nodes(graph)
        if node.path in wanted.paths
    )


def _run(graph: Graph, module: nn.Module, inputs: Sequence[Tensor]) -> Mapping[str, Tensor]:
    """The value of every layer. Raises SpecError where PyTorch refuses a batch: of one sample, for
    example, that is to be normalised."""
    layers = Interpretation(graph, module)
    for path, own in module.named_modules():
        if path in graph.nodes:
            _take_over(layers.layer(path), own)
    try:
        return layers.run(inputs, training=True)
    except LayerError as error:
        message = f"PyTorch cannot run '{error.path}' on {len(inputs[0]):,} samples: {error}"
        help = "try more or fewer: --samples N, or --set batch_size=N of a recipe"
        raise failure("bad-option", message, help=help) from None


def _take_over(layer: Callable[..., Tensor], own: nn.Module) -> None:
    """The numbers of a module that a training changes: how far it is, a probability."""
    for name, value in vars(own).items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            setattr(layer, name, value)


def _units(output: Tensor, node: Node, wanted: Wanted) -> Tensor:
    """Its channels behind the samples, (N, C, ...), or (N, 1, ...) of the unit that is wanted."""
    units = output.movedim(-1, 1) if node.output.channels_last else output
    return units if wanted.unit is None else units[:, [wanted.unit]]


def _noting(returned: dict[str, float], path: str, samples: int) -> Callable[[Tensor], None]:
    """The loss is a mean over samples, so the derivatives of a sample's own are larger."""

    def note(gradient: Tensor) -> None:
        returned[path] = samples * float(gradient.norm()) / math.sqrt(gradient.numel())

    return note


@final
@dataclass(frozen=True, slots=True)
class _Tensors:
    """Norms of one parameter."""

    weight: float
    gradient: float | None


def _numbers(
    graph: Graph,
    node: Node,
    output: Tensor,
    gradient: float | None,
    tensors: Mapping[str, _Tensors],
    updates: Mapping[str, float],
) -> LayerNumbers:
    keys = list(_weights(graph, node))
    own = [tensors[key] for key in keys if key in tensors]
    changes = [updates[key] for key in keys if key in updates]
    values = output.detach()
    variance, mean = torch.var_mean(values, correction=0)
    return LayerNumbers(
        node.path,
        node.op_name,
        float(mean),
        float(variance.sqrt()),
        percentiles(values),
        100 * (1 - int(values.count_nonzero()) / values.numel()),
        _dead(values) if node.op.role is Role.ACTIVATION else None,
        gradient,
        _norm([each.weight for each in own]),
        _norm([each.gradient for each in own if each.gradient is not None]),
        _norm(changes),
    )


def _weights(graph: Graph, node: Node) -> Iterator[str]:
    """The names of its parameters in the module, biases left out: also of those that it shares."""
    owner = graph.nodes[node.weights] if node.weights else node
    for name in owner.cost.parameters:
        if name != BIAS:
            yield graph.nodes[owner.tied.get(name, owner.path)].key(name)


def _norm(parts: Sequence[float]) -> float | None:
    return math.hypot(*parts) if parts else None


def percentiles(values: Tensor) -> tuple[float, ...]:
    """Of all numbers of a tensor, or of evenly spaced ones where they are very many."""
    import numpy as np

    flat = values.detach().flatten()
    step = -(-len(flat) // MAX_NUMBERS) | 1  # odd, so that it does not stay in one channel
    found: Sequence[float] = np.percentile(flat[::step].cpu().numpy(), PERCENTILES).tolist()
    return tuple(found)


def _dead(values: Tensor) -> float:
    """(N, C, ...) -> the percentage of the C that are 0 everywhere."""
    units = values.movedim(1, 0).flatten(1)
    return 100 * float((units == 0).all(1).double().mean())

"""A network's values and gradients, against those of an interpretation of its graph.

Both get the same random numbers; what every layer reads and gives is compared, in eval and in
training mode, and every gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from archspec.backends.torch.interpret import Interpretation
from archspec.backends.torch.nn_module import mismatch
from archspec.diagnostics import SpecError
from archspec.graph import Graph, Node
from archspec.op.base import ShapeError
from archspec.op.tensor import TensorType

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

BATCH: Final = 2
"""Samples of a run: BatchNorm needs two where a map has one pixel."""

SIDES: Final = (64, 96, 128, 160)
"""Pixels along the longer side of a small input; the first that the network can read is used."""

TOLERANCE: Final = 1e-3
"""Of a gradient, against its largest number: sums of several gradients have no fixed order."""

NOISE: Final = 1e-9
"""Of a gradient in float64, against the largest number of all: a bias in front of a normalisation
has the gradient 0, and what is computed depends on the order of the sums alone."""

MAX_HALVINGS: Final = 10
"""How often the weights are halved until nothing overflows."""

Shapes = tuple[tuple[int, ...], ...]


def compare_with_graph(graph: Graph, network: nn.Module, *, reordered: bool = False) -> Shapes:
    """Compare a network with the interpretation of its graph; return the shapes of the inputs used.

    A network that adds its gradients in another order (``reordered``) is compared in float64.
    """
    if reordered:
        network.double()
    *small, whole = _sizes(graph)
    for shapes in small:
        try:
            _compare(graph, network, shapes)
        except SpecError:
            raise
        except Exception:
            continue  # such a layer needs more pixels than its shape rule asks for
        return shapes
    _compare(graph, network, whole)
    return whole


def _sizes(graph: Graph) -> Iterator[Shapes]:
    """Shapes of inputs to compare on: a small one that the network can read, then its own."""
    shapes = [node.output.shape for node in graph.inputs]
    longest = max(max(shape[1:], default=1) for shape in shapes)
    for side in SIDES:
        if side >= longest:
            break
        small = [
            (shape[0], *(max(1, round(length * side / longest)) for length in shape[1:]))
            for shape in shapes
        ]
        if _reads(graph, small):
            yield tuple((BATCH, *shape) for shape in small)
            break
    yield tuple((BATCH, *shape) for shape in shapes)


def _reads(graph: Graph, shapes: Sequence[tuple[int, ...]]) -> bool:
    """Whether the layers, made as they are, can read inputs of other shapes."""
    types: dict[str, TensorType] = {
        node.path: TensorType(shape) for node, shape in zip(graph.inputs, shapes, strict=True)
    }
    for node in graph.layers:
        inputs = tuple(types[source] for source in node.sources)
        try:
            types[node.path] = node.op.infer(*inputs)
            if node.op.lowered(*inputs) != node.op.lowered(*node.inputs):
                return False
        except ShapeError:
            return False
    return True


def _compare(graph: Graph, network: nn.Module, shapes: Shapes) -> None:
    """Raises SpecError where a network and the interpretation of its graph differ."""
    import torch

    generator = torch.Generator().manual_seed(0)
    dtype = next((p.dtype for p in network.parameters()), torch.float32)
    inputs = [torch.randn(shape, generator=generator).to(dtype) for shape in shapes]
    interpretation = _randomize(graph, network, inputs, generator)
    for mode in ("inference", "training"):
        training = mode == "training"
        with torch.set_grad_enabled(training):
            torch.manual_seed(0)  # the same masks of dropouts
            read = [x.clone().requires_grad_(training) for x in inputs]
            values = interpretation.run(read, training=training)
            torch.manual_seed(0)
            given = [x.clone().requires_grad_(training) for x in inputs]
            with _watch(graph.at(mode), network, values):
                outputs = present_tensors(network.train(training)(*given))
        expected = [values[output.source] for output in graph.at(mode).outputs]
        for output, tensor, wanted in zip(graph.at(mode).outputs, outputs, expected, strict=True):
            if not _equal(tensor, wanted):
                when = "in training mode" if training else "in eval mode"
                what = f"the output '{output.name}' is not that of '{output.source}' {when}"
                raise mismatch(graph, what)
        for node, x, copy in zip(graph.inputs, inputs, given, strict=True):
            if not _equal(x, copy):
                raise mismatch(graph, f"the caller's tensor '{node.path}' is overwritten")
        if training:
            _compare_gradients(graph, network, (outputs, given), (expected, read), generator)
    state = network.state_dict()
    for key, buffer in interpretation.buffers().items():
        if not _equal(state[key], buffer):
            raise mismatch(graph, f"'{key}' is not the same after a training step")


def _randomize(
    graph: Graph, network: nn.Module, inputs: Sequence[Tensor], generator: torch.Generator
) -> Interpretation:
    """Numbers for all weights and statistics with which a signal neither dies nor explodes."""
    import torch

    fixed = dict(network.named_buffers()).keys() - network.state_dict().keys()
    with torch.no_grad():
        for name, tensor in (*network.named_parameters(), *network.named_buffers()):
            if name in fixed:
                continue
            if tensor.dim() > 1 and tensor.requires_grad:
                bound = (6 * len(tensor) / tensor.numel()) ** 0.5
                tensor.uniform_(-bound, bound, generator=generator)
            elif name.endswith(("weight", "running_var")):
                tensor.uniform_(0.8, 1.2, generator=generator)
            elif tensor.requires_grad or name.endswith("running_mean"):
                tensor.normal_(0, 0.1, generator=generator)
        for _ in range(MAX_HALVINGS):
            interpretation = Interpretation(graph, network)
            values = interpretation.run(inputs, training=False)
            if all(value.isfinite().all() for value in values.values()):
                break
            for parameter in network.parameters():
                if parameter.dim() > 1:
                    parameter.mul_(0.5)
    return interpretation


@contextmanager
def _watch(graph: Graph, network: nn.Module, values: Mapping[str, Tensor]) -> Iterator[None]:
    """While a network runs, compare what each of its layers reads and returns with the values."""
    uses: dict[str, list[Node]] = {}
    for node in graph.layers:
        uses.setdefault(node.weights or node.path, []).append(node)
    waiting = {path: iter(nodes) for path, nodes in uses.items()}
    current: dict[str, Node] = {}

    def before(path: str, read: tuple[Tensor | tuple[Any, ...], ...]) -> None:
        node = current[path] = next(waiting[path], current.get(path)) or uses[path][0]
        for source, tensor in zip(node.sources, read, strict=True):
            whole = _whole(tensor)
            if whole is not None and not _equal(whole, values[source]):
                raise mismatch(graph, f"'{node.path}' does not read what '{source}' gives")

    def after(path: str, given: Tensor | tuple[Any, ...]) -> None:
        node, whole = current[path], _whole(given)
        if whole is not None and not _equal(whole, values[node.path]):
            raise mismatch(graph, f"'{node.path}' does not compute {node.op_name}")

    handles = []
    for path, module in network.named_modules():
        if path in uses:
            handles += [
                module.register_forward_pre_hook(lambda _, read, path=path: before(path, read)),
                module.register_forward_hook(lambda _, read, given, path=path: after(path, given)),
            ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
    modules = {path for path, _ in network.named_modules()}
    left = [node.path for path in modules & set(uses) for node in waiting[path]]
    if left:
        raise mismatch(graph, f"'{min(left)}' is never computed")


def _whole(value: Tensor | tuple[Any, ...]) -> Tensor | None:
    """What passes between layers, its pieces put together; None for what is still to be computed."""
    import torch

    if not isinstance(value, tuple):
        return value
    is_computed = all(isinstance(piece, torch.Tensor) for piece in value)
    return torch.cat(value, 1) if is_computed else None


def _compare_gradients(
    graph: Graph,
    network: nn.Module,
    run: tuple[Sequence[Tensor], Sequence[Tensor]],
    interpreted: tuple[Sequence[Tensor], Sequence[Tensor]],
    generator: torch.Generator,
) -> None:
    """The gradients of all parameters and inputs, from outputs with random weights."""
    import torch

    weights = [torch.randn(output.shape, generator=generator).to(output) for output in run[0]]
    names = [*(name for name, _ in network.named_parameters()), *(x.path for x in graph.inputs)]
    found, expected = (
        _gradients(outputs, [*network.parameters(), *inputs], weights)
        for outputs, inputs in (run, interpreted)
    )
    present = [gradient for gradient in expected if gradient is not None]
    noise = max((NOISE * _largest(x) for x in present if x.dtype == torch.float64), default=0.0)
    for name, gradient, wanted in zip(names, found, expected, strict=True):
        if gradient is None and wanted is None:
            continue
        if gradient is None or wanted is None or not _close(gradient, wanted, noise):
            raise mismatch(graph, f"the gradient of '{name}' is not right")


def _gradients(
    outputs: Sequence[Tensor], leaves: Sequence[Tensor], weights: Sequence[Tensor]
) -> Sequence[Tensor | None]:
    """The gradients of a weighted sum of some outputs; None for what they do not depend on."""
    import torch

    total = torch.stack([(w * x).sum() for w, x in zip(weights, outputs, strict=True)]).sum()
    if not total.requires_grad:
        return [None] * len(leaves)
    return torch.autograd.grad(total, leaves, allow_unused=True)


def _equal(tensor: Tensor, wanted: Tensor) -> bool:
    """Whether the numbers are the same but for rounding."""
    import torch

    return tensor.shape == wanted.shape and (
        torch.equal(tensor, wanted)
        or torch.allclose(tensor, wanted, rtol=1e-4, atol=1e-6, equal_nan=True)
    )


def _close(gradient: Tensor, wanted: Tensor, noise: float) -> bool:
    """Whether they differ by noise, or by little, measured by the largest number, where they are
    numbers."""
    import torch

    if torch.equal(gradient, wanted):
        return True
    finite = wanted.isfinite()
    if not torch.equal(gradient.isfinite(), finite):
        return False
    tolerance = max(TOLERANCE * _largest(wanted), noise)
    return torch.allclose(gradient[finite], wanted[finite], rtol=0, atol=tolerance)


def _largest(gradient: Tensor) -> float:
    """The largest number in size, of those that are numbers."""
    finite = gradient[gradient.isfinite()]
    return float(finite.abs().max()) if finite.numel() else 0.0


def present_tensors(outputs: Any) -> list[Tensor]:
    """The outputs of a network without those that exist in training only."""
    import torch

    several = (outputs,) if isinstance(outputs, torch.Tensor) else outputs
    return [tensor for tensor in several if tensor is not None]

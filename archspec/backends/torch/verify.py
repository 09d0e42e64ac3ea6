"""The proof that a printed source is the network that was counted.

The keys and shapes of its state_dict, the shapes of its outputs and its multiply-accumulates are
those that were counted. With random numbers, on a small input, whatever each layer reads and
gives, in eval and in training mode, and every gradient, are those of an interpretation of the
graph.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, final

from archspec.backends.torch.interpret import Interpretation, LayerError
from archspec.backends.torch.memory import too_large
from archspec.backends.torch.module import check_state, executed, foreign_ops, not_verified
from archspec.backends.torch.source import network_name
from archspec.diagnostics import SpecError, failure
from archspec.graph import Graph, Mode, Node
from archspec.ops.base import ShapeError
from archspec.ops.tensor import TensorType

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

BATCH: Final = 2
"""Samples of a run: BatchNorm needs two where a map has one pixel."""

SIDES: Final = (64, 96, 128, 160)
"""Pixels along the longer side of a small input; the first that the network can read is used."""

TOLERANCE: Final = 1e-3
"""Of a gradient, against its largest number: sums of several gradients have no fixed order."""

MULTIPLYING: Final = frozenset(
    ["torch.nn.Linear"]
    + [f"torch.nn.{kind}{rank}d" for kind in ("Conv", "ConvTranspose") for rank in (1, 2, 3)]
)
"""Modules whose multiply-accumulates torch has formulas for."""

MOST_HALVINGS: Final = 10
"""How often the weights are halved until nothing overflows."""

Shapes = tuple[tuple[int, ...], ...]


@final
@dataclass(frozen=True, slots=True)
class Verification:
    """What was seen of the module, all of it equal to what was counted and interpreted."""

    params: int
    keys: int
    inputs: Shapes
    """Shapes that were counted, with the batch."""
    outputs: Shapes
    compared: Shapes
    """Shapes of the inputs on which it was compared with its interpretation, with the batch."""
    seconds: float

    def __str__(self) -> str:
        """What was seen, in five lines."""
        outputs, inputs, small = (
            ", ".join("×".join(map(str, shape[1:])) for shape in shapes)
            for shapes in (self.outputs, self.inputs, self.compared)
        )
        return "\n".join(
            [
                f"  parameters  {self.params:,}, as counted",
                f"  state_dict  {self.keys} keys, as counted",
                f"  output      {outputs} from {inputs}, as counted",
                f"  values      of all layers and gradients from {small}, as interpreted",
                f"  verified    in {self.seconds:.1f} s",
            ]
        )


def verified(graph: Graph, text: str, *, mode: Mode) -> Verification:
    """Execute a printed source, make its network, and compare it with its graph. Nothing is
    written. Raises SpecError if it is not the network that was counted.
    """
    # Where cores are shared, threads that wait actively make one run many times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    start = perf_counter()
    graph = graph.at(mode)
    with torch.random.fork_rng(devices=[]), _told(graph):
        make = getattr(executed(text, graph.name), network_name(graph))
        with _uninitialized():
            network: nn.Module = make()
        check_state(network, graph)
        compared = _compared(graph, network)
        inputs, outputs = _counted(graph, network)
    seconds = perf_counter() - start
    return Verification(
        graph.total_params, len(graph.state_keys), inputs, outputs, compared, seconds
    )


@contextmanager
def _told(graph: Graph) -> Iterator[None]:
    """What PyTorch raises while a network runs, as a diagnostic."""
    try:
        yield
    except SpecError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, MemoryError) or re.search("allocat|out of memory", str(error)):
            raise too_large("the system has not enough memory") from None
        at = f" '{error.path}'" if isinstance(error, LayerError) else ""
        what = str(error) if at else f"{type(error).__name__}: {error}"
        if ops := foreign_ops(graph):
            raise failure("bad-plugin", f"the built network fails{at}: {what}", help=ops) from error
        if not at:
            raise not_verified(graph, f"it does not run: {what}") from error
        raise failure(
            "cannot-verify", f"PyTorch does not run{at}: {what}",
            help="build with --no-verify to have the source nevertheless",
        ) from error  # fmt: skip


def _uninitialized() -> AbstractContextManager[Any]:
    """Networks that are made in it spend no time on random weights."""
    from torch.overrides import TorchFunctionMode

    class Mode(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = MappingProxyType({})
        ) -> Any:
            random = getattr(function, "__name__", "") in ("normal_", "uniform_")
            if random or getattr(function, "__module__", "") == "torch.nn.init":
                return (*args, *kwargs.values())[0]  # the tensor
            return function(*args, **kwargs)

    return Mode()


# With numbers.


def _compared(graph: Graph, network: nn.Module) -> Shapes:
    """The shapes of the inputs on which the network was compared with its interpretation."""
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
    inputs = [torch.randn(shape, generator=generator) for shape in shapes]
    interpretation = _randomized(graph, network, inputs, generator)
    for mode in ("inference", "training"):
        training = mode == "training"
        with torch.set_grad_enabled(training):
            torch.manual_seed(0)  # the same masks of dropouts
            read = [x.clone().requires_grad_(training) for x in inputs]
            values = interpretation.run(read, training=training)
            torch.manual_seed(0)
            given = [x.clone().requires_grad_(training) for x in inputs]
            with _watched(graph.at(mode), network, values):
                outputs = _tensors(network.train(training)(*given))
        expected = [values[output.source] for output in graph.at(mode).outputs]
        for output, tensor, wanted in zip(graph.at(mode).outputs, outputs, expected, strict=True):
            if not _equal(tensor, wanted):
                when = "in training mode" if training else "in eval mode"
                what = f"the output '{output.name}' is not that of '{output.source}' {when}"
                raise not_verified(graph, what)
        for node, x, copy in zip(graph.inputs, inputs, given, strict=True):
            if not _equal(x, copy):
                raise not_verified(graph, f"the caller's tensor '{node.path}' is overwritten")
        if training:
            _compare_gradients(graph, network, (outputs, given), (expected, read), generator)
    state = network.state_dict()
    for key, buffer in interpretation.buffers().items():
        if not _equal(state[key], buffer):
            raise not_verified(graph, f"'{key}' is not the same after a training step")


def _randomized(
    graph: Graph, network: nn.Module, inputs: Sequence[Tensor], generator: torch.Generator
) -> Interpretation:
    """Numbers for all weights and statistics with which a signal neither dies nor explodes."""
    import torch

    with torch.no_grad():
        for name, tensor in (*network.named_parameters(), *network.named_buffers()):
            if tensor.dim() > 1 and tensor.requires_grad:
                bound = (6 * len(tensor) / tensor.numel()) ** 0.5
                tensor.uniform_(-bound, bound, generator=generator)
            elif name.endswith(("weight", "running_var")):
                tensor.uniform_(0.8, 1.2, generator=generator)
            elif tensor.requires_grad or name.endswith("running_mean"):
                tensor.normal_(0, 0.1, generator=generator)
        for _ in range(MOST_HALVINGS):
            interpretation = Interpretation(graph, network)
            values = interpretation.run(inputs, training=False)
            if all(value.isfinite().all() for value in values.values()):
                break
            for parameter in network.parameters():
                if parameter.dim() > 1:
                    parameter.mul_(0.5)
    return interpretation


@contextmanager
def _watched(graph: Graph, network: nn.Module, values: Mapping[str, Tensor]) -> Iterator[None]:
    """While a network runs, what each of its layers reads and gives is compared with the values."""
    uses: dict[str, list[Node]] = {}
    for node in graph.layers:
        uses.setdefault(node.weights or node.path, []).append(node)
    waiting = {path: iter(nodes) for path, nodes in uses.items()}
    current: dict[str, Node] = {}

    def before(path: str, read: tuple[Tensor, ...]) -> None:
        node = current[path] = next(waiting[path], current.get(path)) or uses[path][0]
        for source, tensor in zip(node.sources, read, strict=True):
            if not _equal(tensor, values[source]):
                raise not_verified(graph, f"'{node.path}' does not read what '{source}' gives")

    def after(path: str, given: Tensor) -> None:
        node = current[path]
        if not _equal(given, values[node.path]):
            raise not_verified(graph, f"'{node.path}' does not compute {node.op_name}")

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
        raise not_verified(graph, f"'{min(left)}' is never computed")


def _compare_gradients(
    graph: Graph,
    network: nn.Module,
    run: tuple[Sequence[Tensor], Sequence[Tensor]],
    interpreted: tuple[Sequence[Tensor], Sequence[Tensor]],
    generator: torch.Generator,
) -> None:
    """The gradients of all parameters and inputs, from outputs with random weights."""
    import torch

    weights = [torch.randn(output.shape, generator=generator) for output in run[0]]
    names = [*(name for name, _ in network.named_parameters()), *(x.path for x in graph.inputs)]
    found, expected = (
        _gradients(outputs, [*network.parameters(), *inputs], weights)
        for outputs, inputs in (run, interpreted)
    )
    for name, gradient, wanted in zip(names, found, expected, strict=True):
        if gradient is None and wanted is None:
            continue
        if gradient is None or wanted is None or not _close(gradient, wanted):
            raise not_verified(graph, f"the gradient of '{name}' is not right")


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


def _close(gradient: Tensor, wanted: Tensor) -> bool:
    """Whether they differ by little, measured by the largest number, where they are numbers."""
    import torch

    if torch.equal(gradient, wanted):
        return True
    finite = wanted.isfinite()
    if not torch.equal(gradient.isfinite(), finite):
        return False
    gradient, wanted = gradient[finite], wanted[finite]
    largest = float(wanted.abs().max()) if wanted.numel() else 0.0
    return torch.allclose(gradient, wanted, rtol=0, atol=TOLERANCE * largest)


# As counted.


def _counted(graph: Graph, network: nn.Module) -> tuple[Shapes, Shapes]:
    """Shapes of the inputs, and of the outputs that the network gives for them: those that were
    counted, at as many multiply-accumulates."""
    import torch

    inputs = [torch.zeros(BATCH, *node.output.shape) for node in graph.inputs]
    with torch.no_grad(), _macs_of(network) as macs:
        outputs = _tensors(network.eval()(*inputs))
    shapes = tuple(tuple(tensor.shape) for tensor in outputs)
    counted = graph.at("inference")
    expected = tuple((BATCH, *counted.nodes[out.source].output.shape) for out in counted.outputs)
    if shapes != expected:
        raise not_verified(graph, f"the outputs have the shapes {shapes}, not {expected}")
    known = [node for node in counted.layers if node.op.lowered(*node.inputs).target in MULTIPLYING]
    found, expected_macs = sum(macs) // BATCH, sum(node.cost.macs for node in known)
    if found != expected_macs:
        raise not_verified(graph, f"it has {found:,} multiply-accumulates, not {expected_macs:,}")
    return tuple(tuple(x.shape) for x in inputs), shapes


@contextmanager
def _macs_of(network: nn.Module) -> Iterator[list[int]]:
    """The multiply-accumulates of the convolutions and linear layers of torch that run, by torch's
    own formulas. (Its FlopCounterMode would import the compiler: seconds.)"""
    from torch import nn
    from torch.utils.flop_counter import conv_flop_count

    macs: list[int] = []

    def convolution(module: Any, read: tuple[Tensor], given: Tensor) -> None:
        x, weight, y = (list(tensor.shape) for tensor in (read[0], module.weight, given))
        macs.append(conv_flop_count(x, weight, y, transposed=module.transposed) // 2)

    def linear(module: Any, read: tuple[Tensor], given: Tensor) -> None:
        macs.append(read[0].numel() * module.out_features)

    handles = [
        module.register_forward_hook(linear if type(module) is nn.Linear else convolution)
        for module in network.modules()
        if f"torch.nn.{type(module).__name__}" in MULTIPLYING
        and type(module).__module__.startswith("torch.nn.")
    ]
    try:
        yield macs
    finally:
        for handle in handles:
            handle.remove()


def _tensors(outputs: Any) -> list[Tensor]:
    """The outputs of a network, without those that exist in training only."""
    import torch

    several = (outputs,) if isinstance(outputs, torch.Tensor) else outputs
    return [tensor for tensor in several if tensor is not None]

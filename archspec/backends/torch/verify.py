"""The proof that a printed source is the network that was counted.

The keys and shapes of its state_dict, the shapes of its outputs and its multiply-accumulates are
those that were counted. With random numbers, on a small input, whatever each layer reads and
gives, in eval and in training mode, and every gradient, are those of an interpretation of the
graph.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, final

from archspec.backends.torch.equivalence import (
    BATCH,
    Shapes,
    compare_with_graph,
    present_tensors,
)
from archspec.backends.torch.interpret import LayerError
from archspec.backends.torch.memory import memory_failure
from archspec.backends.torch.nn_module import check_state, execute, foreign_ops, mismatch
from archspec.backends.torch.source import network_name
from archspec.diagnostics import SpecError, failure
from archspec.graph import Graph, Mode

if TYPE_CHECKING:
    from torch import Tensor, nn

MULTIPLYING: Final = frozenset(
    ["torch.nn.Linear"]
    + [f"torch.nn.{kind}{rank}d" for kind in ("Conv", "ConvTranspose") for rank in (1, 2, 3)]
)
"""Modules whose multiply-accumulates torch has formulas for."""


@final
@dataclass(frozen=True, slots=True)
class Verification:
    """Facts about the module, all equal to those counted and interpreted."""

    params: int
    keys: int
    inputs: Shapes
    """Shapes of the spec's inputs, with the batch."""
    outputs: Shapes
    compared: Shapes
    """Shapes of the inputs on which it was compared with its interpretation, with the batch."""
    seconds: float

    def __str__(self) -> str:
        """The facts in five lines."""
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


def verify_source(
    graph: Graph, text: str, *, mode: Mode, memory_efficient: bool = False
) -> Verification:
    """Execute a printed source, make its network, and compare it with its graph, from which a
    memory-efficient one was made. Nothing is written. Raises SpecError if it is not the network
    that was counted.
    """
    # Where cores are shared, threads that wait actively make one run many times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    start = perf_counter()
    graph = graph.at(mode)
    with torch.random.fork_rng(devices=[]), _diagnose_failure(graph):
        make = getattr(execute(text, graph.name), network_name(graph))
        with _without_initialization():
            network: nn.Module = make()
        check_state(network, graph)
        compared = compare_with_graph(graph, network, reordered=memory_efficient)
        inputs, outputs = _check_counts(graph, network.float())
    seconds = perf_counter() - start
    return Verification(
        graph.total_params, len(graph.state_keys), inputs, outputs, compared, seconds
    )


@contextmanager
def _diagnose_failure(graph: Graph) -> Iterator[None]:
    """Turn what PyTorch raises while a network runs into a diagnostic."""
    try:
        yield
    except SpecError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, MemoryError) or re.search("allocat|out of memory", str(error)):
            raise memory_failure("the system has not enough memory") from None
        at = f" '{error.path}'" if isinstance(error, LayerError) else ""
        what = str(error) if at else f"{type(error).__name__}: {error}"
        if ops := foreign_ops(graph):
            raise failure("bad-plugin", f"the built network fails{at}: {what}", help=ops) from error
        if not at:
            raise mismatch(graph, f"it does not run: {what}") from error
        raise failure(
            "cannot-verify",
            f"PyTorch does not run{at}: {what}",
            help="build with --no-verify to have the source nevertheless",
        ) from error


def _without_initialization() -> AbstractContextManager[Any]:
    """Networks built inside spend no time on random weights."""
    from torch.overrides import TorchFunctionMode

    class SkipInitialization(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = MappingProxyType({})
        ) -> Any:
            random = getattr(function, "__name__", "") in ("normal_", "uniform_")
            if random or getattr(function, "__module__", "") == "torch.nn.init":
                return (*args, *kwargs.values())[0]  # the tensor
            return function(*args, **kwargs)

    return SkipInitialization()


# Counts.


def _check_counts(graph: Graph, network: nn.Module) -> tuple[Shapes, Shapes]:
    """The shapes of inputs and outputs, after checking that the output shapes and the
    multiply-accumulates are those counted."""
    import torch

    inputs = [torch.zeros(BATCH, *node.output.shape) for node in graph.inputs]
    counted = graph.at("inference")
    known = [node for node in counted.layers if node.op.lowered(*node.inputs).target in MULTIPLYING]
    with torch.no_grad(), _macs_of(network, {node.weights or node.path for node in known}) as macs:
        outputs = present_tensors(network.eval()(*inputs))
    shapes = tuple(tuple(tensor.shape) for tensor in outputs)
    expected = tuple((BATCH, *counted.nodes[out.source].output.shape) for out in counted.outputs)
    if shapes != expected:
        raise mismatch(graph, f"the outputs have the shapes {shapes}, not {expected}")
    found, expected_macs = sum(macs) // BATCH, sum(node.cost.macs for node in known)
    if found != expected_macs:
        raise mismatch(graph, f"it has {found:,} multiply-accumulates, not {expected_macs:,}")
    return tuple(tuple(x.shape) for x in inputs), shapes


@contextmanager
def _macs_of(network: nn.Module, paths: Collection[str]) -> Iterator[list[int]]:
    """The multiply-accumulates of convolutions and linear layers whenever they run, by torch's own
    formulas. (Its FlopCounterMode would import the compiler: seconds.)"""
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
        for module in map(network.get_submodule, paths)
    ]
    try:
        yield macs
    finally:
        for handle in handles:
            handle.remove()

"""The proof that a printed source is the network that was counted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import ModuleType
from typing import TYPE_CHECKING, Final, final

from archspec.backends.torch_source import network_name
from archspec.diagnostics import failure
from archspec.graph import Graph, Mode

if TYPE_CHECKING:
    from torch import Tensor

_MODULE: Final = "_archspec_verified"


@final
@dataclass(frozen=True, slots=True)
class Verification:
    """What was seen of the module, all of it equal to what was counted before."""

    params: int
    keys: int
    inputs: tuple[tuple[int, ...], ...]
    """Shapes of what it was run on, with the batch."""
    outputs: tuple[tuple[int, ...], ...]
    seconds: float


def verified(graph: Graph, text: str, *, mode: Mode) -> Verification:
    """Execute a printed source, make its network, and run it once. Nothing is written.

    Raises SpecError if it is not the network that was counted.
    """
    # Where cores are shared, threads that wait actively make one run many times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    graph = graph.at(mode)
    with _imported(text) as module:
        network = getattr(module, network_name(graph))().eval()
        params = sum(parameter.numel() for parameter in network.parameters())
        keys = list(network.state_dict())
        inputs = tuple((1, *node.output.shape) for node in graph.inputs)
        start = perf_counter()
        with torch.inference_mode():
            outputs = _shapes(network(*(torch.zeros(shape) for shape in inputs)))
        seconds = perf_counter() - start
    expected = tuple(
        (1, *graph.nodes[output.source].output.shape)
        for output in graph.outputs
        if not output.training_only
    )
    for what, found, wanted in (
        ("parameters", params, graph.total_params),
        ("state_dict keys", keys, list(graph.state_keys)),
        ("output shapes", outputs, expected),
    ):
        if found != wanted:
            raise failure(
                "not-verified", f"{graph.name}: {what} are not those that were counted: "
                f"{found}, not {wanted}",
                help="this is a mistake of archspec; please report it with the spec",
            )  # fmt: skip
    return Verification(params, len(keys), inputs, outputs, seconds)


def _shapes(output: Tensor | tuple[Tensor | None, ...]) -> tuple[tuple[int, ...], ...]:
    import torch

    tensors = (output,) if isinstance(output, torch.Tensor) else output
    return tuple(tuple(tensor.shape) for tensor in tensors if tensor is not None)


@contextmanager
def _imported(text: str) -> Iterator[ModuleType]:
    """A printed source as a module that nothing else has."""
    module = ModuleType(_MODULE)
    sys.modules[_MODULE] = module
    try:
        exec(compile(text, f"<{_MODULE}>", "exec"), vars(module))
        yield module
    finally:
        sys.modules.pop(_MODULE, None)

"""Weights of a file into a module: all that it needs, or an error that shows why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.graph import Graph
from archspec.weights.files import WeightsFile, read_file
from archspec.weights.layers import COUNTER
from archspec.weights.matching import Match, MatchTask, match, task
from archspec.weights.mismatch import mismatch_error
from archspec.weights.report import MatchReport, TensorPair

if TYPE_CHECKING:
    from torch import Tensor, nn


def load(
    module: nn.Module, graph: Graph, path: str | Path, *, partial: bool = False
) -> MatchReport:
    """Load a file's tensors into a module that was built of a graph.

    Without ``partial`` every tensor of the module must be found and every tensor of the file be
    used, but for layers that exist only in training. With it, a head for another number of classes
    and layers that a shallower network lacks keep their initial values. Raises SpecError if the
    file cannot be read or is of another network; then nothing is loaded.
    """
    state: Mapping[str, Tensor] = module.state_dict()
    file = read_file(path)
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    work = file_task(file, graph, shapes, partial=partial)
    found = match(work)
    if found is None:
        raise mismatch_error(file, work, graph)
    values = {
        key: file.tensors[there].reshape(shapes[key])
        for key, (there, _) in found.found.items()
        if key in shapes
    }
    module.load_state_dict(values, strict=False)
    return report(file, graph, work, found, state)


def file_task(
    file: WeightsFile,
    graph: Graph,
    module: Mapping[str, tuple[int, ...]] | None = None,
    *,
    partial: bool = False,
) -> MatchTask:
    """What is to be matched of a file and a network."""
    shapes = {key: tuple(tensor.shape) for key, tensor in file.tensors.items()}
    return task(shapes, graph, module, partial=partial, is_ordered=file.is_ordered)


def report(
    file: WeightsFile,
    graph: Graph,
    work: MatchTask,
    found: Match,
    state: Mapping[str, Tensor] | None = None,
) -> MatchReport:
    """What became of every tensor; ``state`` has those of the module."""
    loaded = {
        key: pair
        for key, pair in found.found.items()
        if key in work.needed or (state is not None and key in state) or key.endswith(COUNTER)
    }
    used = {there for there, _ in loaded.values()}
    return MatchReport(
        file.path.name,
        graph.name,
        tuple(TensorPair(there, key, how) for key, (there, how) in loaded.items()),
        found.fresh,
        tuple(key for key in file.tensors if key not in used),
        tuple(_notes(file, work, found)),
    )


def _notes(file: WeightsFile, work: MatchTask, found: Match) -> Iterator[str]:
    import torch

    halves = {
        str(tensor.dtype).removeprefix("torch.")
        for tensor in file.tensors.values()
        if tensor.is_floating_point() and tensor.dtype != torch.float32
    }
    if halves:
        yield f"numbers are converted from {' and '.join(sorted(halves))}"
    wrong = [
        key
        for key, tensor in file.tensors.items()
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
    ]
    if wrong:
        more = f" and {len(wrong) - 1} more tensors" if len(wrong) > 1 else ""
        yield f"'{wrong[0]}'{more} has numbers that are not finite"
    for key in found.fresh:
        if key in work.fitting.heads and key.endswith("weight") and work.network[key]:
            yield f"'{key.rpartition('.')[0]}' begins fresh, for {work.network[key][0]} classes"
    if file.content.others:
        named = ", ".join(f"'{name}'" for name in file.content.others)
        yield f"read from '{'.'.join(file.content.wrappers)}'; the file also has {named}"

"""Weights of a file into a module: all that it needs, or an error that shows why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.graph import Graph
from archspec.weights.inventory import is_finite
from archspec.weights.matching.layers import Shape
from archspec.weights.matching.match import Match, MatchTask, match, task
from archspec.weights.mismatch import mismatch_error
from archspec.weights.reading.files import WeightsFile, bad, read_file
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
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    file = under_all_keys(read_file(path), graph)
    report = match_file(file, graph, shapes, partial=partial)
    values = {pair.network: file.tensors[pair.file] for pair in report.pairs}
    module.load_state_dict(
        {key: value.reshape(shapes[key]) for key, value in values.items()}, strict=False
    )
    return report


def under_all_keys(file: WeightsFile, graph: Graph) -> WeightsFile:
    """The file with both keys of a tensor that two layers share: safetensors keeps only one."""
    tensors = dict(file.tensors)
    for key, (node, tensor) in graph.state.items():
        owner = node.weights or node.tied.get(tensor)
        if owner is not None:
            for here, there in permutations((key, graph.nodes[owner].key(tensor))):
                if there in tensors:
                    tensors.setdefault(here, tensors[there])
    if len(tensors) == len(file.tensors):
        return file
    return replace(file, content=replace(file.content, tensors=tensors))


def match_file(
    file: WeightsFile,
    graph: Graph,
    module: Mapping[str, Shape] | None = None,
    *,
    partial: bool = False,
) -> MatchReport:
    """How the tensors of a file and of a network belong together.

    ``module`` has the shapes of a module that was made of the graph; without it the network is
    that at inference. Raises SpecError if the file is of another network.
    """
    work = file_task(file, graph, module, partial=partial)
    found = match(work)
    if found is None:
        raise mismatch_error(file, work, graph)
    check_numbers(file, graph, found)
    return report(file, graph, work, found)


def check_numbers(file: WeightsFile, graph: Graph, found: Match) -> None:
    """Raises SpecError for whole numbers, which stand for others that are not in the tensor."""
    learnt = {node.key(name) for node in graph.layers for name in node.cost.parameters}
    for key, (there, _) in found.found.items():
        tensor = file.tensors[there]
        if key in learnt and not tensor.is_floating_point():
            dtype = str(tensor.dtype).removeprefix("torch.")
            help = "convert quantised weights to float32 where they were made"
            raise bad(file.path, f"has '{there}' as {dtype}, which are no weights", help)


def file_task(
    file: WeightsFile,
    graph: Graph,
    module: Mapping[str, Shape] | None = None,
    *,
    partial: bool = False,
) -> MatchTask:
    """What is to be matched of a file and a network."""
    shapes = {key: tuple(tensor.shape) for key, tensor in file.tensors.items()}
    return task(shapes, graph, module, partial=partial, is_ordered=file.is_ordered)


def report(file: WeightsFile, graph: Graph, work: MatchTask, found: Match) -> MatchReport:
    """What becomes of every tensor."""
    loaded = {key: pair for key, pair in found.found.items() if key in work.state}
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
    dtypes = {
        str(tensor.dtype).removeprefix("torch.")
        for tensor in file.tensors.values()
        if tensor.is_floating_point()
    }
    if others := sorted(dtypes - {"float32"}):
        yield f"numbers are converted from {' and '.join(others)}"
    wrong = [key for key, tensor in file.tensors.items() if not is_finite(tensor)]
    if wrong:
        more = f" and {len(wrong) - 1} more tensors have" if len(wrong) > 1 else " has"
        yield f"'{wrong[0]}'{more} numbers that are not finite"
    if only := sum(key not in work.state for key in found.found):
        yield f"{only} tensors of the file are for training only"
    for key in found.fresh:
        if key in work.fitting.heads and key.endswith("weight") and work.network[key]:
            yield f"'{key.rpartition('.')[0]}' begins fresh, for {work.network[key][0]} classes"
    if file.content.others:
        named = ", ".join(f"'{name}'" for name in file.content.others)
        yield f"read from '{'.'.join(file.content.wrappers)}'; the file also has {named}"

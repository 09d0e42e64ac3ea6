"""Weights as a file of another kind, with the keys of a network if there is one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archspec.diagnostics import failure
from archspec.graph import Graph
from archspec.weights.loading import check_numbers, file_task, report, under_all_keys
from archspec.weights.matching.layers import COUNTER, state_shapes
from archspec.weights.matching.match import match
from archspec.weights.mismatch import mismatch_error
from archspec.weights.reading.files import WeightsFile
from archspec.weights.report import MatchReport

if TYPE_CHECKING:
    from torch import Tensor

TORCH_SUFFIXES: Final = (".pth", ".pt", ".th")
SUFFIXES: Final = (".safetensors", *TORCH_SUFFIXES)


def renamed(file: WeightsFile, graph: Graph) -> tuple[dict[str, Tensor], MatchReport]:
    """The tensors of a file as a state_dict of a network, and how they matched.

    Layers for training only are in it if they are in the file. Raises SpecError if the file is of
    another network.
    """
    import torch

    file = under_all_keys(file, graph)
    work = file_task(file, graph)
    found = match(work)
    if found is None:
        raise mismatch_error(file, work, graph)
    check_numbers(file, graph, found)
    layers = {key.rpartition(".")[0] for key in found.found}
    state: dict[str, Tensor] = {}
    for key, shape in state_shapes(graph).items():
        if key in found.found:
            state[key] = file.tensors[found.found[key][0]].reshape(shape)
        elif key.endswith(COUNTER) and key.rpartition(".")[0] in layers:
            state[key] = torch.tensor(0)
    return state, report(file, graph, work, found)


def file_content(tensors: Mapping[str, Tensor], place: str) -> bytes:
    """Tensors as a file, by the suffix of its name. Raises SpecError for another suffix."""
    suffix = Path(place).suffix.lower()
    own = {key: tensor.clone().contiguous() for key, tensor in tensors.items()}
    if suffix == ".safetensors":
        from safetensors.torch import save

        return save(own, {"format": "pt"})
    check_suffix(place)
    import torch

    stream = io.BytesIO()
    torch.save(own, stream)
    return stream.getvalue()


def check_suffix(place: str) -> None:
    """Raises SpecError for the name of a file that is no file of weights."""
    if Path(place).suffix.lower() not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise failure("bad-option", f"'{place}' is to be written, and weights have {known}")


def check_free(place: str, *, force: bool) -> None:
    """Raises SpecError if there is a file already, which nothing says may be lost."""
    if Path(place).is_file() and not force:
        help = "give another file with -o, or --force to overwrite it"
        raise failure("edited-file", f"'{place}' is there, and is kept", help=help)

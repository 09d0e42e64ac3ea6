"""A network's source as a file, and the proof that it is the network that was counted."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import TYPE_CHECKING, final

from archspec.backends.torch_source import HASH, fingerprint, network_name, source
from archspec.diagnostics import failure
from archspec.graph import Graph, Mode
from archspec.replacing import new_file_mode, replace_file

if TYPE_CHECKING:
    from torch import Tensor


@final
@dataclass(frozen=True, slots=True)
class Verification:
    """What was seen of the written file, all of it equal to what was counted before."""

    params: int
    keys: int
    inputs: tuple[tuple[int, ...], ...]
    """Shapes of what it was run on, with the batch."""
    outputs: tuple[tuple[int, ...], ...]
    seconds: float


@final
@dataclass(frozen=True, slots=True)
class Built:
    path: Path
    network: str
    """Name of the class."""
    lines: int
    verification: Verification | None

    def __str__(self) -> str:
        """What was written and seen, in five lines."""
        head = f"{self.path}: class {self.network}, {self.lines} lines of PyTorch"
        seen = self.verification
        if seen is None:
            return f"{head}\nnot verified"
        outputs, inputs = (
            ", ".join("×".join(map(str, shape[1:])) for shape in shapes)
            for shapes in (seen.outputs, seen.inputs)
        )
        return "\n".join(
            [
                head,
                f"  parameters  {seen.params:,}, as counted",
                f"  state_dict  {seen.keys} keys, as counted",
                f"  output      {outputs} from {inputs}, as counted",
                f"  ran once    in {seen.seconds:.2f} s",
            ]
        )


def build_file(
    graph: Graph,
    path: str | os.PathLike[str] | None = None,
    *,
    mode: Mode = "training",
    verify: bool = True,
    force: bool = False,
) -> Built:
    """Write the network's source to a file (by default ``NAME.py`` here) and verify it.

    Raises SpecError if the file was edited by a person since it was written (unless ``force``),
    if it cannot be written, if torch is missing for the verification, or if the module that the
    file makes is not the network that was counted.
    """
    target = Path(path) if path is not None else Path(f"{_file_name(graph.name)}.py")
    if verify and importlib.util.find_spec("torch") is None:
        raise failure(
            "no-torch", "the built network is verified with torch, which is not installed",
            help="pip install 'archspec-nn[torch]', or build with --no-verify",
        )  # fmt: skip
    text = source(graph, mode)
    check_overwrite(target, force=force)
    write_atomically(target, text.encode())
    verification = _verified(graph.at(mode), target) if verify else None
    return Built(target, network_name(graph), len(text.splitlines()), verification)


def _file_name(name: str) -> str:
    """A network's name as that of a Python module in this folder."""
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    return plain if plain[:1].isalpha() else "network"


def check_overwrite(path: Path, *, force: bool) -> None:
    """Raises SpecError if there is a file that is not just as this program wrote it."""
    if force or not path.exists():
        return
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    written = HASH.search(text)
    if written is None or written[1] != fingerprint(text):
        what = "was edited since" if written else "was not written by archspec"
        raise failure(
            "edited-file", f"'{path}' {what}, and is kept",
            help="give another file with -o, or --force to overwrite it",
        )  # fmt: skip


def write_atomically(path: Path, content: bytes) -> None:
    """The whole content or nothing. Raises SpecError if it cannot be written."""
    try:
        replace_file(path, content, new_file_mode())
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise failure("bad-file", f"'{path}' cannot be written: {problem}") from None


def _verified(graph: Graph, path: Path) -> Verification:
    """Import the file afresh, make the network, and run it once."""
    # Where cores are shared, threads that wait actively make one run many times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    with _imported(path) as module:
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
                "not-verified", f"{path}: {what} are not those that were counted: "
                f"{found}, not {wanted}",
                help="this is a mistake of archspec; please report it with the spec",
            )  # fmt: skip
    return Verification(params, len(keys), inputs, outputs, seconds)


def _shapes(output: Tensor | tuple[Tensor | None, ...]) -> tuple[tuple[int, ...], ...]:
    import torch

    tensors = (output,) if isinstance(output, torch.Tensor) else output
    return tuple(tuple(tensor.shape) for tensor in tensors if tensor is not None)


@contextmanager
def _imported(path: Path) -> Iterator[ModuleType]:
    """The file as a module that nothing else has."""
    name = f"_archspec_verified_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.dont_write_bytecode = writes_bytecode
        sys.modules.pop(name, None)

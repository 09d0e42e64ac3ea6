"""A network's source as a file, verified before it is written."""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import final

from archspec.backends.torch_source import HASH, fingerprint, network_name, source
from archspec.backends.verification import Verification, verified
from archspec.diagnostics import failure
from archspec.graph import Graph, Mode
from archspec.replacing import new_file_mode, replace_file


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
    """Verify the network's source and write it to a file (by default ``NAME.py`` here).

    Raises SpecError if the file was edited by a person since it was written (unless ``force``),
    if it cannot be written, if torch is missing for the verification, or if the module that the
    source makes is not the network that was counted. Then nothing is written.
    """
    target = Path(path) if path is not None else Path(f"{_file_name(graph.name)}.py")
    if verify and importlib.util.find_spec("torch") is None:
        raise failure(
            "no-torch", "the built network is verified with torch, which is not installed",
            help="pip install 'archspec-nn[torch]', or build with --no-verify",
        )  # fmt: skip
    text = source(graph, mode)
    check_overwrite(target, force=force)
    verification = verified(graph, text, mode=mode) if verify else None
    write_atomically(target, text.encode())
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

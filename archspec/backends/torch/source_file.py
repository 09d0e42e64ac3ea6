"""A network's source as a file, verified before it is written."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Final, final

from archspec.backends.torch.memory import check_memory
from archspec.backends.torch.source import HASH, fingerprint, network_name, source
from archspec.backends.torch.source.own_layers import foreign_modules
from archspec.backends.torch.verify import Verification, verify_source
from archspec.diagnostics import failure
from archspec.diagnostics.render.terminal import escape
from archspec.graph import Graph, Mode
from archspec.transforms.recompute import NOTHING, is_recomputing, recomputing
from archspec.writing import check_place, is_standard_output, write

NEEDED: Final = sys.stdlib_module_names | {
    "archspec",
    "numpy",
    "sitecustomize",
    "torch",
    "torchvision",
    "usercustomize",
}
"""Modules that Python, torch or this program import: a file with such a name would shadow them."""


IN_EVAL: Final = (
    "memory-efficient saves memory in training; in eval mode all is computed as without it"
)
"""What to say of a memory-efficient network that is built for inference."""


@final
@dataclass(frozen=True, slots=True)
class SavedSource:
    place: str
    """The file, or - for standard output."""
    network: str
    """Name of the class."""
    lines: int
    verification: Verification | None
    notes: tuple[str, ...] = ()
    """What memory-efficient does not save, why programs cannot import the file, or which module it
    shadows."""

    def __str__(self) -> str:
        """What was written and verified, and how to use it, in a few lines."""
        return "\n".join([self._head(), self._verdict(), *self._use()])

    def _head(self) -> str:
        place = "standard output" if is_standard_output(self.place) else escape(self.place)
        return f"{place}: class {self.network}, {self.lines} lines of PyTorch"

    def _verdict(self) -> str:
        return f"{self.verification or '  not verified'}"

    def _use(self) -> Iterator[str]:
        if _is_importable(self.place):
            yield f"  to use it   from {Path(self.place).stem} import {self.network}"


def build_file(
    graph: Graph,
    place: str | None = None,
    *,
    mode: Mode = "training",
    memory_efficient: bool = False,
    verify: bool = True,
    force: bool = False,
    while_verifying: AbstractContextManager[object] | None = None,
) -> SavedSource:
    """Verify the network's source and write it to a file (by default ``NAME.py`` here), or to
    standard output for ``-``.

    Raises SpecError if the file was edited by a person since it was written (unless ``force``),
    if it cannot be written, if the source cannot be verified here (no torch, too little memory),
    or if the module that it makes is not the network that was counted. Then nothing is written.
    """
    place = default_file(graph) if place is None else place
    check_place(place)
    check_overwrite(place, force=force)
    if verify and importlib.util.find_spec("torch") is None:
        raise failure(
            "no-torch",
            "the built network is verified with torch, which is not installed",
            help="pip install torch, or build with --no-verify",
        )
    recomputes = memory_efficient and is_recomputing(recomputing(graph.at(mode)))
    text = source(graph, mode, memory_efficient=recomputes)
    verification = None
    if verify:
        check_memory(graph.at(mode), in_float64=recomputes)
        with while_verifying or nullcontext():
            verification = verify_source(graph, text, mode=mode, memory_efficient=recomputes)
    write(text.encode(), place)
    notes = tuple(_notes(place, graph))
    if memory_efficient and not recomputes:
        notes = (NOTHING, *notes)
    elif memory_efficient and mode == "inference":
        notes = (IN_EVAL, *notes)
    return SavedSource(place, network_name(graph), len(text.splitlines()), verification, notes)


def check_overwrite(place: str, *, force: bool) -> None:
    """Raises SpecError if the file exists and is not exactly as this program wrote it."""
    path = Path(place)
    if force or is_standard_output(place) or not path.is_file():
        return
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    hash = HASH.search(text)
    if hash is None or hash[1] != fingerprint(text):
        what = "was edited since" if hash else "was not written by archspec"
        raise failure(
            "edited-file",
            f"'{place}' {what}, and is kept",
            help="give another file with -o, or --force to overwrite it",
        )


# Names of files.


def default_file(graph: Graph) -> str:
    """The file of a network in this folder: a Python module that stands in the way of no other."""
    plain = re.sub(r"\W+", "_", graph.name, flags=re.ASCII).strip("_")
    name = plain if plain[:1].isalpha() else "network"
    return f"{name}_net.py" if iskeyword(name) or name in _needed_modules(graph) else f"{name}.py"


def _needed_modules(graph: Graph) -> frozenset[str]:
    return NEEDED | {module.partition(".")[0] for module in foreign_modules(graph)}


def _is_importable(place: str) -> bool:
    path = Path(place)
    return path.suffix == ".py" and path.stem.isidentifier() and not iskeyword(path.stem)


def _notes(place: str, graph: Graph) -> Iterator[str]:
    """What stands in the way of importing a file, and what the file stands in the way of."""
    path = Path(place)
    if is_standard_output(place) or not path.is_file():
        return
    if not _is_importable(place):
        yield f"'{path.name}' cannot be imported: a module is called like a variable, and ends in .py"
    elif path.stem in _needed_modules(graph) or _is_installed(path):
        yield f"beside '{path.name}', 'import {path.stem}' finds it and no other module of that name"


def _is_installed(path: Path) -> bool:
    """Whether a module of the same name can be imported from another place than this folder."""
    try:
        folders = (Path.cwd(), path.resolve().parent)
        found = importlib.util.find_spec(path.stem)
    except (ImportError, OSError, ValueError):
        return False
    return found is not None and Path(found.origin or "").resolve().parent not in folders

"""Files of weights: what a file is by its first bytes, and its tensors, without running any of it."""

from __future__ import annotations

import stat
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Final, final

from archspec.diagnostics import SpecError, failure
from archspec.weights.reading.pickles import foreign_names
from archspec.weights.reading.unwrapping import NoTensors, Unwrapped, unwrap

if TYPE_CHECKING:
    from torch import Tensor

READ_HERE: Final = "what torch.save writes (.pth, .pt, .th) and .safetensors are read"
_FOREIGN: Final = (
    (b"\x89HDF\r\n", "an HDF5 file, as Keras writes it"),
    (b"\x93NUMPY", "a NumPy array without a name"),
    (b"GGUF", "a GGUF file"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"7z\xbc\xaf", "compressed with 7-Zip"),
    (b"\xfd7zXZ", "compressed with xz"),
    (b"BZh", "compressed with bzip2"),
)
"""First bytes of other files, and what those are."""
_LINK: Final = b"version https://git-lfs"
_PAGES: Final = (b"<!doctype", b"<html", b"<?xml")


@final
@dataclass(frozen=True, slots=True)
class WeightsFile:
    path: Path
    content: Unwrapped
    is_ordered: bool
    """Whether its keys are in the order of the layers; safetensors sorts them."""

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        return self.content.tensors


def read(path: str | Path) -> Mapping[str, Tensor]:
    """The tensors of a file by key, without wrappers and their prefixes.

    Raises SpecError if it is no file of tensors, or is damaged, or would run code if it were
    unpickled. Nothing in it is run.
    """
    return read_file(path).tensors


def read_file(path: str | Path) -> WeightsFile:
    """A file of weights. Raises SpecError as ``read`` does."""
    if "://" in str(path):
        help = "download it yourself, and give the file"
        raise failure("bad-weights", f"'{path}' is an address, and only files are read", help=help)
    file = Path(path)
    start = _start(file)
    if start[8:9] == b"{" and not start.startswith(b"\x80"):
        return WeightsFile(file, _checked(file, _read_safetensors(file)), is_ordered=False)
    if start.startswith(b"PK"):
        _check_archive(file)
    elif not start.startswith(b"\x80"):
        raise _foreign(file, start)
    return WeightsFile(file, _checked(file, _read_torch(file)), is_ordered=True)


def _start(file: Path) -> bytes:
    """The first bytes of a file. Raises SpecError where there is none to read."""
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            raise bad(file, "is a folder", _in_folder(file))
        if not stat.S_ISREG(mode):
            raise bad(file, "is no ordinary file")
        with file.open("rb") as stream:
            start = stream.read(256)
    except (FileNotFoundError, NotADirectoryError):
        raise failure("bad-weights", f"there is no file '{file}'") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise bad(file, f"cannot be read: {str(reason).lower()}") from None
    if not start:
        raise bad(file, "is empty")
    return start


def _in_folder(folder: Path) -> str:
    kinds = (".safetensors", ".pth", ".pt", ".th")
    found = sorted(path for path in folder.iterdir() if path.suffix in kinds)
    return f"name a file in it, such as '{found[0]}'" if found else "name a file in it"


def bad(file: Path, what: str, help: str | None = None) -> SpecError:
    return failure("bad-weights", f"'{file}' {what}", help=help)


def damaged(file: Path, how: object) -> SpecError:
    help = "get it once more, and compare its size and checksum with those of its source"
    return bad(file, f"is damaged or cut off: {how}", help)


# Other files.


def _foreign(file: Path, start: bytes) -> SpecError:
    if start.startswith(_LINK):
        help = "'git lfs pull' gets the file itself"
        return bad(file, "is a pointer of Git LFS, not the file that it stands for", help)
    if start.lstrip().lower().startswith(_PAGES):
        help = "it was downloaded from a page about the file, or the download was refused"
        return bad(file, "is a web page, not weights", help)
    for magic, what in _FOREIGN:
        if start.startswith(magic):
            return bad(file, f"is {what}", READ_HERE)
    return bad(file, "is no file of weights", READ_HERE)


def _check_archive(file: Path) -> None:
    """Raises SpecError if a ZIP archive is damaged or is not what torch.save writes."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            parts = {name.rpartition("/")[2] for name in names}
            if "constants.pkl" in parts:
                save = "torch.save(torch.jit.load(FILE).state_dict(), 'weights.pth')"
                raise bad(file, "is a TorchScript archive, a program", f"save its weights: {save}")
            if "data.pkl" not in parts:
                is_numpy = bool(names) and all(name.endswith(".npy") for name in names)
                what = "holds NumPy arrays" if is_numpy else "is an archive of something else"
                raise bad(file, what, READ_HERE)
            if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
                raise bad(file, "is compressed inside, as torch.save writes no file", READ_HERE)
            if wrong := archive.testzip():
                raise damaged(file, f"the checksum of '{wrong}' in it is wrong")
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise damaged(file, "its table of contents is missing or wrong") from error


# Files of tensors.


def _read_safetensors(file: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(file)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise damaged(file, str(error).lower()) from None


def _read_torch(file: Path) -> Any:
    """What torch.save wrote, read by the unpickler that knows tensors and containers only."""
    import torch

    try:
        with warnings.catch_warnings(), torch.serialization.safe_globals(_harmless()):
            warnings.simplefilter("ignore")  # of pickles that torch.save did not write
            return torch.load(file, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise _refused(file, error) from None
    except Exception as error:  # a damaged pickle raises anything
        raise damaged(file, str(error).partition("\n")[0].lower() or type(error).__name__) from None


def _harmless() -> list[Any]:
    """What training scripts put beside weights: options, and numbers of NumPy. None of it runs."""
    from argparse import Namespace

    import numpy

    scalar = numpy.float64(0).__reduce__()[0]
    return [
        Namespace,
        numpy.dtype,
        *{type(numpy.dtype(kind)) for kind in ("f4", "f8", "i4", "i8", "?")},
        *((scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    ]


def _refused(file: Path, error: UnpicklingError) -> SpecError:
    names = _names_in(file)
    if not names:
        return damaged(file, str(error).strip().rpartition("\n")[2].lower())
    nothing = "nothing in it was run"
    if any(name.startswith("torch.nn.modules.") for name in names):
        save = "torch.save(model.state_dict(), 'weights.pth')"
        what = f"is a whole pickled module, which would import {_some(names)}; {nothing}"
        return bad(file, what, f"where it was made, save its weights alone: {save}")
    what = f"is a pickle that would import {_some(names)} and may run it; {nothing}"
    help = "weights are tensors by name: save a state_dict, or .safetensors, without other objects"
    return bad(file, what, help)


def _names_in(file: Path) -> tuple[str, ...]:
    if not zipfile.is_zipfile(file):
        with file.open("rb") as stream:
            return foreign_names(stream)
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl")
        with archive.open(name) as stream:
            return foreign_names(stream)


def _some(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _checked(file: Path, content: Any) -> Unwrapped:
    """The tensors of what a file holds. Raises SpecError if there are none, or without numbers."""
    try:
        found = unwrap(content)
    except NoTensors as error:
        raise bad(file, f"has no weights by name: {error}") from None
    for key, tensor in found.tensors.items():
        if tensor.is_meta or tensor.is_sparse:
            raise bad(file, f"has no numbers for '{key}', or not all of them")
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise damaged(file, f"'{key}' says that it has more numbers than there are")
    return found

"""Where a file may be written, and how: whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from archspec.diagnostics import SpecError, failure

STANDARD_OUTPUT: Final = "-"
TEMPORARY: Final = ".archspec-"
"""How the name of a file begins that is not whole yet."""


def write(content: bytes, place: str) -> None:
    """Write a file, or to standard output for ``-``. Raises SpecError where that cannot be done.

    All of a file is written or none of it. It keeps its rights, and a link stays a link; a device
    or a pipe is written to as it is. For standard output, what fails there is an OSError.
    """
    if is_standard_output(place):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    with _as_diagnostics(place):
        found = _check(place)
        real = Path(os.path.realpath(place))
        if found is None or _is_file(found, real):
            _replace(real, content, None if found is None else stat.S_IMODE(found.st_mode) & 0o777)
        else:
            Path(place).write_bytes(content)


def check_place(place: str) -> None:
    """Raises SpecError if it is plain that nothing can be written there: before all the work."""
    if not is_standard_output(place):
        with _as_diagnostics(place):
            _check(place)


def is_standard_output(place: str) -> bool:
    """Whether a place is ``-``, or another name of what standard output is: /dev/stdout."""
    if place == STANDARD_OUTPUT:
        return True
    try:
        return os.path.samestat(os.stat(place), os.fstat(sys.stdout.fileno()))
    except (AttributeError, OSError, ValueError):  # nothing there, or no real standard output
        return False


def unwritable(what: str, error: OSError | ValueError) -> SpecError:
    """The error of something that cannot be written, in the words of the system."""
    problem = (error.strerror if isinstance(error, OSError) else None) or str(error)
    if isinstance(error, OSError) and error.errno == errno.EBADF:
        problem = "it is closed"
    return failure("cannot-write", f"{what} cannot be written: {problem.lower()}")


@contextmanager
def _as_diagnostics(place: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise unwritable(f"'{place}'", error) from None


def _check(place: str) -> os.stat_result | None:
    """What is there, behind all links. Raises SpecError or OSError if it cannot be written."""
    if not place:
        raise failure("cannot-write", "the name of the file is empty")
    found = _status(place)
    folder = Path(place) if place.endswith(os.sep) else Path(place).parent
    behind = Path(os.path.realpath(place)).parent
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise failure("cannot-write", f"'{place}' is a folder", help="name a file in it")
    if missing := [path for path in (folder, behind) if found is None and not _is_folder(path)]:
        raise failure("cannot-write", f"there is no folder '{missing[0]}'")
    if found is not None and not os.access(place, os.W_OK):
        raise PermissionError(None, "the file is read-only")
    if (found is None or stat.S_ISREG(found.st_mode)) and not os.access(behind, os.W_OK | os.X_OK):
        raise PermissionError(None, "its folder is read-only")
    return found


def _status(path: str | Path) -> os.stat_result | None:
    """What is there, or None. Raises OSError where that cannot be found out."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_folder(path: Path) -> bool:
    found = _status(path)
    return found is not None and stat.S_ISDIR(found.st_mode)


def _is_file(found: os.stat_result, real: Path) -> bool:
    """Whether it is an ordinary file that has this name: what /dev/fd leads to may have none."""
    there = _status(real)
    return stat.S_ISREG(found.st_mode) and there is not None and os.path.samestat(found, there)


def _replace(path: Path, content: bytes, mode: int | None) -> None:
    """Put the whole content, or nothing of it, where a file is (with its rights) or is to be."""
    with replacing(path, mode) as stream:
        stream.write(content)


@contextmanager
def replacing(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """A stream whose whole content takes the place of a file at the end, or nothing of it."""
    temporary = path.with_name(f"{TEMPORARY}{os.urandom(8).hex()}")
    try:
        with temporary.open("xb") as stream:
            if mode is not None:
                temporary.chmod(mode)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

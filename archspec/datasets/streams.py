"""Files of numbers, plain or compressed with gzip, read into arrays whole."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from archspec.diagnostics import failure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK: Final = 1 << 20
"""Bytes that are read at once: gzip makes a copy of each."""
MAX_RATIO: Final = 1032
"""How many times its size a file of gzip can hold."""
AGAIN: Final = "the file is damaged or incomplete; download it again"


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file's bytes, decompressed if they begin as gzip does, whatever its suffix. Raises
    SpecError, also for what goes wrong while it is read."""
    try:
        with path.open("rb") as file:
            is_compressed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not is_compressed:
                yield file
                return
            with gzip.GzipFile(fileobj=file) as stream:
                yield cast(BinaryIO, stream)
    except EOFError:
        message = f"'{path}' is cut: its gzip data ends too early"
        raise failure("bad-data", message, help=AGAIN) from None
    except (gzip.BadGzipFile, zlib.error):
        raise failure("bad-data", f"the gzip data of '{path}' is damaged", help=AGAIN) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise failure("bad-data", f"'{path}' cannot be read: {reason}") from None


def capacity(path: Path) -> int:
    """Bytes that a file may hold at most, decompressed."""
    with path.open("rb") as file:
        is_compressed = file.read(2) == b"\x1f\x8b"
    return path.stat().st_size * (MAX_RATIO if is_compressed else 1)


def fill(array: NDArray[np.uint8], stream: BinaryIO) -> int:
    """As many bytes as an array has, or as there are: how many."""
    view = array.reshape(-1).data
    filled = 0
    while filled < len(view):
        count = stream.readinto(view[filled : filled + CHUNK])  # type: ignore[attr-defined]
        if not count:
            break
        filled += count
    return filled

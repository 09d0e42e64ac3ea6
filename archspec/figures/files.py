"""Where a figure may be written, and what is said where it may not."""

from __future__ import annotations

import os
from pathlib import Path

from archspec.diagnostics import failure
from archspec.replacing import new_file_mode, replace_file


def save(picture: bytes, path: Path, force: bool) -> None:
    """All of the file or none of it; a device or a pipe is written to as it is."""
    if path.is_dir():
        raise failure("cannot-draw", f"'{path}' is a folder")
    if path.exists() and not force:
        raise failure("cannot-draw", f"'{path}' exists already", help="--force overwrites it")
    if not path.parent.is_dir():
        raise failure("cannot-draw", f"there is no folder '{path.parent}'")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(picture)
        else:
            _replace(picture, path.resolve())
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise failure("cannot-draw", f"'{path}' cannot be written: {problem}") from None


def _replace(picture: bytes, path: Path) -> None:
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(None, "the file is read-only")
    replace_file(path, picture, _mode(path))


def _mode(path: Path) -> int:
    """The rights of the file there is, or those of a new one."""
    return path.stat().st_mode & 0o777 if path.exists() else new_file_mode()

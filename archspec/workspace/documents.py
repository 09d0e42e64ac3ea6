"""Files as documents, each read and validated once."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import final

from archspec.diagnostics import SpecError, failure
from archspec.frontends.yaml import MAX_BYTES, read
from archspec.language.model import File, validate
from archspec.text import Source, Span


@final
class Documents:
    """What was read, by file and by how messages call it."""

    def __init__(self) -> None:
        self._sources: dict[tuple[Path, str], Source] = {}
        self._files: dict[Source, File] = {}

    def source(self, path: Path, name: str, span: Span | None = None) -> Source:
        """The document of a file; ``span`` is where a spec names it. Raises SpecError."""
        try:
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode):
                what = "is a folder" if stat.S_ISDIR(mode) else "is not a file"
                raise failure("bad-file", f"'{name}' {what}", at=span)
            key = path.resolve(), name
            if key not in self._sources:
                with path.open("rb") as stream:
                    self._sources[key] = read(stream.read(MAX_BYTES + 1), name, path)
            return self._sources[key]
        except OSError as error:
            raise unreadable(f"'{name}'", error, span) from None

    def file(self, source: Source) -> File:
        """A document, validated. Raises SpecError."""
        if source not in self._files:
            self._files[source] = validate(source)
        return self._files[source]


def standard_input() -> Source:
    """The spec that is given at standard input. Raises SpecError, also if that is closed."""
    if sys.stdin is None:
        raise failure("bad-file", "standard input cannot be read: it is closed")
    try:
        return read(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
    except OSError as error:
        raise unreadable("standard input", error) from None


def working_folder() -> Path:
    """The folder that the user is in. Raises SpecError if there is none any more."""
    try:
        return Path.cwd()
    except OSError as error:
        raise unreadable("the folder that you are in", error) from None


def unreadable(what: str, error: OSError, span: Span | None = None) -> SpecError:
    """A SpecError for what cannot be read, with the reason that the system gives."""
    problem = (error.strerror or str(error)).lower()
    return failure("bad-file", f"{what} cannot be read: {problem}", at=span)

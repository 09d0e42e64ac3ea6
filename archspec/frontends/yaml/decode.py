"""Bytes to text: UTF-8 without byte order mark, one kind of line end, no control characters."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from archspec.diagnostics import failure
from archspec.text import Source, Span

MAX_BYTES: Final = 1_000_000
"""Size of one file."""


FORBIDDEN: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Control characters, surrogates, and the separators that only some readers count as line ends."""


def decode(content: bytes | str, name: str, path: Path | None) -> str:
    """Without byte order mark, and with ``\\n`` at the end of every line."""
    size = len(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        first_line = _normalize(content[:200], "replace").split("\n")[0]
        message = f"the file has {size} bytes; at most {MAX_BYTES} are allowed"
        raise failure("limit", message, at=Source(name, first_line, path).start)
    try:
        return _normalize(content, "strict")
    except UnicodeDecodeError as error:
        before = _normalize(error.object[: error.start], "replace").split("\n")
        source = Source(name, _normalize(content, "replace"), path)
        line, column = len(before) - 1, len(before[-1])
        byte = f"byte 0x{error.object[error.start]:02x} at offset {error.start}"
        raise failure(
            "bad-file",
            f"the file is not UTF-8 text: {byte}",
            at=Span(source, line, column, line, column + 1),
            help="save it as UTF-8",
        ) from None


def _normalize(content: bytes | str, errors: str) -> str:
    text = content.decode("utf-8", errors) if isinstance(content, bytes) else content
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def check_characters(source: Source) -> None:
    found = FORBIDDEN.search(source.text)
    if found is None:
        return
    raise failure(
        "bad-file",
        f"the character U+{ord(found.group()):04X} is not allowed in a text file",
        at=span_of(source, found),
        help="delete it; it does not show in most editors",
    )


def span_of(source: Source, found: re.Match[str]) -> Span:
    """Where a match of one line of the text stands."""
    line = source.text.count("\n", 0, found.start())
    column = found.start() - (source.text.rfind("\n", 0, found.start()) + 1)
    return Span(source, line, column, line, column + len(found.group()))

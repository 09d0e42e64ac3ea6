"""YAML 1.2 core to plain data with the position of every value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archspec.frontends.yaml.decode import MAX_BYTES, check_characters, decode
from archspec.frontends.yaml.reader import MAX_DIAGNOSTICS, MAX_VALUES, Reader
from archspec.frontends.yaml.syntax import MAX_DEPTH
from archspec.text import Marks, Route, Source

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_DIAGNOSTICS", "MAX_VALUES", "read"]


def read(content: bytes | str, name: str, path: Path | None = None) -> Source:
    """The document in ``content``; ``name`` is how messages call the file."""
    data: dict[str, Any] = {}
    marks: dict[Route, Marks] = {}
    source = Source(name, decode(content, name, path), path, data, marks)
    check_characters(source)
    data.update(Reader(source, marks).document())
    return source

"""The text of a spec, and where every path of it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, final

Key = str | int
Route = tuple[Key, ...]
"""The way from the top of a document to one of its values: ``("layers", "conv1", "op")``."""


@final
@dataclass(frozen=True, slots=True)
class Span:
    """A range of one text; lines and columns count from zero, the end is exclusive."""

    source: Source
    line: int
    column: int
    end_line: int
    end_column: int

    def narrowed(self, start: int, length: int) -> Span:
        """The part of a one-line span that begins ``start`` characters after its own start."""
        if self.line != self.end_line or self.column + start + length > self.end_column:
            return self
        column = self.column + start
        return Span(self.source, self.line, column, self.line, column + length)

    @property
    def is_quoted(self) -> bool:
        return self.source.lines[self.line][self.column : self.column + 1] in ("'", '"')

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line + 1}:{self.column + 1}"

    def __repr__(self) -> str:
        return f"<Span {self}>"


@final
@dataclass(frozen=True)
class Marks:
    """Where one value stands, and the key that leads to it (the value itself in a list)."""

    key: Span
    value: Span
    plain: bool = False
    """A scalar on one line, perhaps in quotes: its characters are the file's own."""


@final
@dataclass(frozen=True, eq=False)
class Source:
    """One YAML document: its text, its plain data, and the position of every value."""

    name: str
    """How the file is called in messages."""
    text: str
    path: Path | None = None
    """The file, or None for standard input and strings."""
    data: Any = None
    marks: Mapping[Route, Marks] = field(default_factory=dict)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def __repr__(self) -> str:
        return f"<Source {self.name}: {len(self.lines):,} lines>"

    @property
    def start(self) -> Span:
        return Span(self, 0, 0, 0, len(self.lines[0]))


@final
@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was written: a document and the way to it."""

    source: Source
    route: Route = ()

    def __truediv__(self, key: Key) -> Origin:
        return Origin(self.source, (*self.route, key))

    def _marks(self) -> Marks:
        route = self.route
        while route not in self.source.marks and route:
            route = route[:-1]
        return self.source.marks.get(route) or Marks(self.source.start, self.source.start)

    @property
    def key(self) -> Span:
        """The key, or a list's item."""
        return self._marks().key

    @property
    def value(self) -> Span:
        return self._marks().value

    @property
    def raw(self) -> Any:
        """What stands there, as plain data."""
        data = self.source.data
        for key in self.route:
            data = data[key]
        return data

    def within(self, start: int, length: int) -> Span:
        """A part of the value's text, where the value is one plain scalar; else the value."""
        marks = self._marks()
        if not marks.plain:
            return marks.value
        return marks.value.narrowed(start + marks.value.is_quoted, length)

    def __str__(self) -> str:
        return str(self.key)

    def __repr__(self) -> str:
        return f"<Origin {self}>"

"""What can be wrong with a spec, as values: message, labelled spans of the user's text, help."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, final

from archspec.diagnostics.codes import CODES, LEVELS, REMARKS, Code, Level, Remark
from archspec.text import Span

_KNOWN: Final = frozenset((*CODES, *REMARKS))
MAX_TEXT: Final = 1000
"""Characters of a message or of its help: names in it may be as long as a file."""


@final
@dataclass(frozen=True, slots=True)
class Label:
    """A stretch of the user's text and what is to be said about it."""

    span: Span
    text: str = ""


@final
@dataclass(frozen=True, slots=True)
class Fix:
    """What the user surely meant: a text that takes the place of a stretch of one line."""

    span: Span
    text: str

    @property
    def line(self) -> str:
        """The user's line, corrected."""
        line = self.span.source.lines[self.span.line]
        return line[: self.span.column] + self.text + line[self.span.end_column :]

    @property
    def whole(self) -> str:
        """The user's whole text, corrected."""
        lines = list(self.span.source.lines)
        lines[self.span.line] = self.line
        return "\n".join(lines)


@final
@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error, or one remark. The first label is where it is; the others are places it has to do
    with."""

    code: Code | Remark
    message: str
    labels: tuple[Label, ...] = ()
    help: str | None = None
    fix: Fix | None = None

    def __post_init__(self) -> None:
        assert self.code in _KNOWN, self.code
        object.__setattr__(self, "message", _shorten(self.message))
        if self.help is not None:
            object.__setattr__(self, "help", _shorten(self.help))

    @property
    def level(self) -> Level:
        """Whether it is an error; remarks are warnings and notes."""
        return LEVELS.get(self.code, "error")

    @property
    def span(self) -> Span | None:
        return self.labels[0].span if self.labels else None

    @property
    def place(self) -> Hashable:
        """Equal for errors of one code at one place: the same one, found again."""
        if self.span is None:
            return self.code, self.message
        return self.code, self.span.source, self.span.line, self.span.column


def _shorten(text: str) -> str:
    """A text whose beginning stands for it if it is too long to be read."""
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


@final
class SpecError(Exception):
    """One or more errors in a spec, or in what was asked of it."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(plain(diagnostic) for diagnostic in self.diagnostics))


def failure(
    code: Code,
    message: str,
    *,
    at: Span | Label | None = None,
    also: Iterable[Span | Label | None] = (),
    help: str | None = None,
    fix: Fix | None = None,
) -> SpecError:
    """A SpecError of one diagnostic: ``at`` is where it is, ``also`` what it has to do with.

    A bare span is a label without words, and None is no label.
    """
    places = (place for place in (at, *also) if place is not None)
    marked = tuple(place if isinstance(place, Label) else Label(place) for place in places)
    return SpecError([Diagnostic(code, message, marked, help, fix)])


def plain(diagnostic: Diagnostic) -> str:
    """One line: place, code, message, help."""
    place = f"{diagnostic.span}: " if diagnostic.span else ""
    help = f" ({diagnostic.help})" if diagnostic.help else ""
    return f"{place}{diagnostic.level}[{diagnostic.code}]: {diagnostic.message}{help}"

"""Diagnostics as text for people: the user's own lines, marked, with colour on a terminal."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TextIO, final

from archspec.diagnostics import Diagnostic, Label
from archspec.source import Span

MAX_WIDTH: Final = 100
"""Columns of a line of the user's text; of a longer one the part around the label is shown."""
TAB: Final = "    "
ELLIPSIS: Final = "…"

_RESET: Final = "\x1b[0m"
_RED: Final = "\x1b[1;31m"
_BLUE: Final = "\x1b[1;34m"
_BOLD: Final = "\x1b[1m"


def print_diagnostics(diagnostics: Sequence[Diagnostic], *, color: bool | None = None) -> None:
    """Write them and their number to standard error; in colour if that is a terminal."""
    if not diagnostics:
        return
    if color is None:
        color = _wants_color(sys.stderr)
    blocks = [render(diagnostic, color=color) for diagnostic in diagnostics]
    total = _Style(color)(_RED, _total(diagnostics))
    print("\n\n".join([*blocks, total]), file=sys.stderr)


def render(diagnostic: Diagnostic, *, color: bool) -> str:
    """Header, a snippet for each place, help; without a line end behind the last line."""
    style = _Style(color)
    header = style(_RED, f"error[{diagnostic.code}]")
    lines = [header + style(_BOLD, f": {escape(diagnostic.message)}")]
    snippets = _snippets(diagnostic.labels)
    gutter = max((len(str(snippet.line + 1)) for snippet in snippets), default=0)
    for snippet in snippets:
        lines += _snippet_lines(snippet, gutter, style)
    if diagnostic.help is not None:
        if snippets:
            lines.append(style(_BLUE, f"{'':{gutter}} |"))
        sign = style(_BLUE, f"{'':{gutter}} =")
        lines.append(f"{sign} {style(_BOLD, 'help')}: {escape(diagnostic.help)}")
    return "\n".join(lines)


def escape(text: str) -> str:
    """Text of the user that no terminal takes for a command, on one line."""
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    """A picture for the old control characters, an escape for all else that does not show."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return character


def _wants_color(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def _total(diagnostics: Sequence[Diagnostic]) -> str:
    files = {diagnostic.span.source.name for diagnostic in diagnostics if diagnostic.span}
    total = _counted(len(diagnostics), "error")
    return f"{total} in {_counted(len(files), 'file')}" if files else total


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


@final
@dataclass(frozen=True, slots=True)
class _Style:
    color: bool

    def __call__(self, code: str, text: str) -> str:
        return f"{code}{text}{_RESET}" if self.color and text else text


# ---------------------------------------------------------------- snippets


@final
@dataclass(frozen=True, slots=True)
class _Mark:
    """A label in its line."""

    label: Label
    is_first: bool
    """Whether it is where the mistake is."""

    @property
    def color(self) -> str:
        return _RED if self.is_first else _BLUE


@final
@dataclass(frozen=True, slots=True)
class _Snippet:
    """One line of the user's text with the labels that begin in it."""

    marks: list[_Mark]

    @property
    def span(self) -> Span:
        return self.marks[0].label.span

    @property
    def line(self) -> int:
        return self.span.line

    @property
    def text(self) -> str:
        lines = self.span.source.lines
        return lines[self.line] if self.line < len(lines) else ""


def _snippets(labels: Iterable[Label]) -> list[_Snippet]:
    """One for each line, in the order of the labels."""
    snippets: dict[tuple[int, int], _Snippet] = {}
    for index, label in enumerate(labels):
        key = id(label.span.source), label.span.line
        snippets.setdefault(key, _Snippet([])).marks.append(_Mark(label, index == 0))
    return list(snippets.values())


def _snippet_lines(snippet: _Snippet, gutter: int, style: _Style) -> Iterator[str]:
    is_first = snippet.marks[0].is_first
    arrow = f"{'':{gutter}}--> " if is_first else f"{'':{gutter}}::: "
    bar = style(_BLUE, f"{'':{gutter}} |")
    window = _window(snippet.text, snippet.span)
    if not is_first:
        yield bar
    yield style(_BLUE, arrow) + escape(str(snippet.span))
    yield bar
    yield f"{style(_BLUE, f'{snippet.line + 1:>{gutter}} |')} {window.text}".rstrip(" ")
    for mark in snippet.marks:
        indent, underline = window.underline(mark.label.span, "^" if mark.is_first else "-")
        text = f"{underline} {escape(mark.label.text)}".rstrip()
        yield f"{bar} {indent}{style(mark.color, text)}"


# ---------------------------------------------------------------- columns


@final
@dataclass(frozen=True, slots=True)
class _Window:
    """A part of a line as it is shown."""

    cells: list[str]
    """What is shown for each character of the whole line."""
    start: int
    end: int

    @property
    def text(self) -> str:
        left = ELLIPSIS if self.start > 0 else ""
        right = ELLIPSIS if self.end < len(self.cells) else ""
        return left + "".join(self.cells[self.start : self.end]) + right

    def underline(self, span: Span, sign: str) -> tuple[str, str]:
        """The space before a span of this line, and as many signs as it is wide."""
        start, end = _columns(span, len(self.cells))
        start, end = (min(max(column, self.start), self.end) for column in (start, end))
        before = (1 if self.start > 0 else 0) + _width(self.cells[self.start : start])
        return " " * before, sign * max(_width(self.cells[start:end]), 1)


def _window(line: str, span: Span) -> _Window:
    """The whole line if it is short enough, else what surrounds the beginning of the span."""
    cells = [TAB if character == "\t" else _visible(character) for character in line.rstrip(" ")]
    if _width(cells) <= MAX_WIDTH:
        return _Window(cells, 0, len(cells))
    start, end = _columns(span, len(cells))
    spare = MAX_WIDTH - 2 - _width(cells[start:end])
    first = _reach(cells, start, -1, max(spare // 2, MAX_WIDTH // 5))
    last = _reach(cells, first, 1, MAX_WIDTH - 2)
    if last == len(cells):
        first = _reach(cells, last, -1, MAX_WIDTH - 2)
    return _Window(cells, first, last)


def _reach(cells: Sequence[str], start: int, step: int, columns: int) -> int:
    """How far to the left (-1) or right (1) of ``start`` so many columns reach."""
    index = start
    while 0 <= index + min(step, 0) < len(cells):
        columns -= _width(cells[index + min(step, 0)])
        if columns < 0:
            break
        index += step
    return index


def _columns(span: Span, length: int) -> tuple[int, int]:
    """Where a span begins and ends in its first line."""
    start = min(span.column, length)
    end = length if span.end_line > span.line else min(span.end_column, length)
    return start, max(start, end)


def _width(texts: Iterable[str]) -> int:
    return sum(_character_width(character) for text in texts for character in text)


def _character_width(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1

"""Diagnostics as text for people: the user's own lines, marked, with colour on a terminal."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TextIO, final

from archspec.diagnostics import Diagnostic, Fix, Label, Level
from archspec.screen import cell_width, screen, wrap_text
from archspec.text import Span

MAX_WIDTH: Final = 100
"""Columns of a line of the user's text; of a longer one the part around the label is shown."""
MIN_WIDTH: Final = 20
"""Columns that are left to a text at least, however narrow the screen is."""
TAB: Final = "    "
ELLIPSIS: Final = "…"

_RESET: Final = "\x1b[0m"
_RED: Final = "\x1b[1;31m"
_BLUE: Final = "\x1b[1;34m"
_YELLOW: Final = "\x1b[1;33m"
_BOLD: Final = "\x1b[1m"
_COLORS: Final[dict[Level, str]] = {"error": _RED, "warning": _YELLOW, "note": _BLUE}


def print_diagnostics(diagnostics: Sequence[Diagnostic], *, color: bool | None = None) -> None:
    """Write them and their number to standard error; in colour if that is a terminal."""
    if not diagnostics:
        return
    if color is None:
        color = wants_color(sys.stderr)
    width = screen(sys.stderr).width
    blocks = [render(diagnostic, color=color, width=width) for diagnostic in diagnostics]
    total = _Style(color)(_RED, _total(diagnostics))
    print("\n\n".join([*blocks, total]), file=sys.stderr)


def remarks_text(diagnostics: Sequence[Diagnostic], *, color: bool, width: int | None) -> str:
    """Remarks and their number, as a text."""
    blocks = [render(diagnostic, color=color, width=width) for diagnostic in diagnostics]
    return "\n\n".join([*blocks, _total(diagnostics)])


def render(diagnostic: Diagnostic, *, color: bool, width: int | None = None) -> str:
    """Header, a snippet for each place, help; without a line end behind the last line."""
    style = _Style(color)
    lines = _header(diagnostic, width, style)
    snippets = _snippets(diagnostic.labels)
    gutter = max((len(str(snippet.line + 1)) for snippet in snippets), default=0)
    for snippet in snippets:
        lines += _snippet_lines(snippet, gutter, width, style)
    if diagnostic.help is not None:
        if snippets:
            lines.append(style(_BLUE, f"{'':{gutter}} |"))
        lines += _help_lines(diagnostic.help, gutter, width, style)
    if diagnostic.fix is not None:
        sign = style(_BLUE, f"{'':{gutter}} =")
        room = _room(width, gutter + len(" = fix: "))
        lines.append(f"{sign} {style(_BOLD, 'fix')}: {_corrected(diagnostic.fix, room)}")
    return "\n".join(lines)


def _room(width: int | None, before: int) -> int:
    """Columns for a line of the user's text."""
    return MAX_WIDTH if width is None else min(max(width - before, MIN_WIDTH), MAX_WIDTH)


def _header(diagnostic: Diagnostic, width: int | None, style: _Style) -> list[str]:
    code = f"{diagnostic.level}[{diagnostic.code}]"
    first, *others = wrap_text(f"{code}: {escape(diagnostic.message)}", width, "  ")
    return [
        style(_COLORS[diagnostic.level], code) + style(_BOLD, first.removeprefix(code)),
        *(style(_BOLD, line) for line in others),
    ]


def _help_lines(help: str, gutter: int, width: int | None, style: _Style) -> list[str]:
    start = f"{'':{gutter}} = help: "
    first, *others = wrap_text(start + escape(help), width, " " * len(start))
    sign = style(_BLUE, f"{'':{gutter}} =")
    return [f"{sign} {style(_BOLD, 'help')}: {first.removeprefix(start)}", *others]


def _corrected(fix: Fix, room: int) -> str:
    """The user's line with what it should say."""
    line = fix.line.rstrip()
    indent = len(line) - len(line.lstrip())
    start = max(fix.span.column - indent, 0)
    place = Span(fix.span.source, fix.span.line, start, fix.span.line, start + len(fix.text))
    return _window(line[indent:], place, room).text


def escape(text: str) -> str:
    """Text of the user that no terminal takes for a command, on one line."""
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    """A symbol for the old control characters, an escape for all else that does not show."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return ascii(character)[1:-1]
    return character


def wants_color(stream: TextIO) -> bool:
    """Whether it is a terminal, and nothing says that it should stay plain."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def _total(diagnostics: Sequence[Diagnostic]) -> str:
    files = {diagnostic.span.source.name for diagnostic in diagnostics if diagnostic.span}
    counts = Counter(diagnostic.level for diagnostic in diagnostics)
    total = " and ".join(_count(counts[level], level) for level in _COLORS if counts[level])
    return f"{total} in {_count(len(files), 'file')}" if files else total


def _count(number: int, what: str) -> str:
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
    """Whether it is where the error is."""

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


def _snippet_lines(
    snippet: _Snippet, gutter: int, width: int | None, style: _Style
) -> Iterator[str]:
    is_first = snippet.marks[0].is_first
    arrow = f"{'':{gutter}}--> " if is_first else f"{'':{gutter}}::: "
    bar = style(_BLUE, f"{'':{gutter}} |")
    before = gutter + len(" | ")
    window = _window(snippet.text.rstrip(" "), snippet.span, _room(width, before))
    if not is_first:
        yield bar
    yield style(_BLUE, arrow) + escape(str(snippet.span))
    yield bar
    yield f"{style(_BLUE, f'{snippet.line + 1:>{gutter}} |')} {window.text}".rstrip(" ")
    for mark in snippet.marks:
        indent, underline = window.underline(mark.label.span, "^" if mark.is_first else "-")
        for line in _label_lines(indent, underline, mark.label.text, width and width - before):
            blank = " " * (len(line) - len(line.lstrip()))
            yield f"{bar} {blank}{style(mark.color, line.lstrip())}"


def _label_lines(indent: str, underline: str, text: str, room: int | None) -> list[str]:
    """A label beside its underline, or below it if there is no room."""
    text = escape(text)
    beside = f"{indent}{underline} {text}".rstrip()
    if room is None or cell_width(beside) <= room:
        return [beside]
    start = indent[: max(room - max(cell_width(text), MIN_WIDTH), 0)]
    return [indent + underline, *wrap_text(start + text, max(room, MIN_WIDTH), start)]


# ---------------------------------------------------------------- columns


@final
@dataclass(frozen=True, slots=True)
class _Window:
    """The part of a line that is shown."""

    cells: list[str]
    """What is shown for each character."""
    column: int
    """Of the first of them in the whole line."""
    left: str
    right: str
    """An ellipsis where the line goes on."""

    @property
    def text(self) -> str:
        return self.left + "".join(self.cells) + self.right

    def underline(self, span: Span, sign: str) -> tuple[str, str]:
        """The space before a span of this line, and as many signs as it is wide."""
        start, end = self._index(span.column), self._index(span.end_column)
        if span.end_line > span.line:
            end = len(self.cells)
        before = self.left + "".join(self.cells[:start])
        return " " * cell_width(before), sign * max(cell_width("".join(self.cells[start:end])), 1)

    def _index(self, column: int) -> int:
        return min(max(column - self.column, 0), len(self.cells))


def _window(line: str, span: Span, room: int) -> _Window:
    """The whole line if it is short enough, else what surrounds the beginning of the span."""
    start = min(span.column, len(line))
    first, last = max(start - 2 * room, 0), start + 2 * room
    cells = [TAB if character == "\t" else _visible(character) for character in line[first:last]]
    if len(line) <= last and first == 0 and cell_width("".join(cells)) <= room:
        return _Window(cells, 0, "", "")
    width = span.end_column - span.column if span.end_line == span.line else room
    before = max((room - width) // 2, room // 5)
    left = _count_fitting(cells[: start - first][::-1], before)
    begin = start - first - left
    end = begin + _count_fitting(cells[begin:], room - 2)
    if first + end == len(line):
        begin = end - _count_fitting(cells[:end][::-1], room - 2)
    return _Window(
        cells[begin:end],
        first + begin,
        ELLIPSIS if first + begin > 0 else "",
        ELLIPSIS if first + end < len(line) else "",
    )


def _count_fitting(cells: Sequence[str], columns: int) -> int:
    """How many of the cells fit into so many columns."""
    for number, cell in enumerate(cells):
        columns -= cell_width(cell)
        if columns < 0:
            return number
    return len(cells)

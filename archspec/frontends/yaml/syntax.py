"""What PyYAML's scanner and parser refuse, explained in the words of specs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, final

import yaml

from archspec.diagnostics import Diagnostic, Fix, Label
from archspec.frontends.yaml.entries import bad_yaml
from archspec.frontends.yaml.hints import (
    LINE,
    QUOTE,
    cite,
    is_quotable,
    space_help,
    with_colon,
    with_space,
    word_at,
)
from archspec.frontends.yaml.refused import (
    refuse_alias,
    refuse_anchor,
    refuse_directive,
    refuse_tag,
)
from archspec.text import Source, Span

MAX_DEPTH: Final = 64
"""Levels of mappings and lists."""


def _follows(lines: Sequence[str], line: int, column: int) -> bool:
    """Whether anything but blanks stands from here on."""
    rest = [text[column:] for text in lines[line : line + 1]] + list(lines[line + 1 :])
    return any(text.strip() for text in rest)


@final
@dataclass(frozen=True)
class _Problem:
    """An error of PyYAML's scanner or parser, and the text around it."""

    source: Source
    message: str
    context: str
    here: Span
    """The character that PyYAML could not take."""
    opening: Span
    """The first character of what it was reading."""

    @property
    def character(self) -> str:
        return self.line[self.here.column : self.here.column + 1]

    @property
    def line(self) -> str:
        return self.source.lines[self.here.line]

    @property
    def before(self) -> str:
        """The line up to the problem."""
        return self.line[: self.here.column].rstrip()

    @property
    def whole_line(self) -> Span:
        text = self.line
        start = len(text) - len(text.lstrip())
        end = max(len(text.rstrip()), start + 1)
        return Span(self.source, self.here.line, start, self.here.line, end)

    @property
    def is_at_end(self) -> bool:
        return not _follows(self.source.lines, self.here.line, self.here.column)

    def diagnostic(self, message: str, help: str | None = None, *labels: Label) -> Diagnostic:
        return Diagnostic("bad-yaml", message, labels or (Label(self.here),), help)


def syntax_error(source: Source, error: yaml.YAMLError) -> Diagnostic:
    message = str(getattr(error, "problem", None) or "the text cannot be read")
    context = str(getattr(error, "context", None) or "")
    mark = getattr(error, "problem_mark", None)
    here = _character(source, mark)
    opening = _character(source, getattr(error, "context_mark", None) or mark)
    problem = _Problem(source, message, context, here, opening)
    found = (explain(problem) for explain in _EXPLANATIONS)
    return next(filter(None, found))


def _character(source: Source, mark: Any) -> Span:
    """One character; where only blanks follow, that after the last one of the text."""
    lines = source.lines
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if not _follows(lines, line, column):
        line = max((i for i, text in enumerate(lines) if text.strip()), default=0)
        column = len(lines[line].rstrip())
    return Span(source, line, column, line, column + 1)


def _too_deep(problem: _Problem) -> Diagnostic | None:
    if "exceeded max" not in problem.message:
        return None
    message = f"more than {MAX_DEPTH} levels of mappings and lists"
    return bad_yaml(message, problem.here, code="limit")


def _tab(problem: _Problem) -> Diagnostic | None:
    if problem.character != "\t" and "tab character" not in problem.message:
        return None
    diagnostic = problem.diagnostic("a tab where only spaces are allowed", "indent with spaces")
    return replace(diagnostic, fix=_indented(problem))


def _indented(problem: _Problem) -> Fix | None:
    """The indent that the lines above and below have, for one with a tab in it."""
    lines, number = problem.source.lines, problem.here.line
    around = [*filter(str.strip, lines[:number])][-1:] + [*filter(str.strip, lines[number + 1 :])][
        :1
    ]
    indents = {line[: len(line) - len(line.lstrip())] for line in around}
    width = len(problem.line) - len(problem.line.lstrip())
    if len(around) < 2 or len(indents) > 1 or "\t" not in problem.line[:width]:
        return None
    (indent,) = indents
    return None if "\t" in indent else Fix(Span(problem.source, number, 0, number, width), indent)


def _directive_line(problem: _Problem) -> Diagnostic | None:
    text = f"{problem.context} {problem.message}"
    is_directive = "directive" in text or "incompatible YAML document" in text
    return refuse_directive(problem.whole_line) if is_directive else None


def _property(problem: _Problem) -> Diagnostic | None:
    """A tag, an anchor or an alias that is not even well-formed."""
    place = problem.opening.line, problem.opening.column
    if "tag" in problem.context.split() or "tag handle" in problem.message:
        return refuse_tag(word_at(problem.source, *place, "!"))
    if "anchor" in problem.context:
        return refuse_anchor(word_at(problem.source, *place, "&"))
    if "alias" in problem.context:
        return refuse_alias(word_at(problem.source, *place, "*"))
    return None


def _scalar_problem(problem: _Problem) -> Diagnostic | None:
    """Quotes that do not close, escapes, and the first lines of block scalars."""
    if "block scalar" in problem.context:
        return problem.diagnostic("text after `|` or `>`", "the text begins on the next line")
    if "quoted" not in problem.context:
        return None
    if "unexpected" in problem.message:
        return problem.diagnostic("a quote that is never closed", None, Label(problem.opening))
    help = (
        'between single quotes a backslash is just a backslash; between double quotes write "\\\\"'
    )
    return problem.diagnostic("an unknown escape between double quotes", help)


def _first_character(problem: _Problem) -> Diagnostic | None:
    if "cannot start any token" not in problem.message:
        return None
    return problem.diagnostic(
        f"a value cannot begin with '{problem.character}'", "put it in quotes"
    )


def _flow(problem: _Problem) -> Diagnostic | None:
    """Inside ``{ }`` or ``[ ]``: a comma or the closing bracket was due."""
    if "',' or '" not in problem.message:
        return None
    opening, character = cite(problem.opening), problem.character
    opened = Label(problem.opening, f"`{opening}` opens here")
    if problem.is_at_end:
        return problem.diagnostic(f"`{opening}` is never closed", None, Label(problem.opening))
    if character in "[{" and not problem.line[: problem.here.column].endswith((" ", "\t")):
        return _torn_by_bracket(problem)
    if character == "?" or (character == ":" and " ? " in problem.before):
        return problem.diagnostic(
            "a choice is not written with `?`", "write `a if condition else b`"
        )
    if character in "]}":
        message = f"`{character}` does not close `{opening}`"
        return problem.diagnostic(message, None, Label(problem.here), opened)
    if problem.before.endswith(("'", '"')):
        return _after(problem, "quote")
    closing = "}" if opening == "{" else "]"
    help = f"text with a colon must be quoted; an open `{opening}` may continue on the next lines"
    message = f"a comma or the closing `{closing}` is missing before this"
    return problem.diagnostic(message, help, Label(_entry_start(problem)), opened)


def _entry_start(problem: _Problem) -> Span:
    """The key before a colon, or the character itself."""
    here = problem.here
    start = here.column
    if problem.character == ":" and (word := re.match(r"[\w.]*", problem.before[::-1])):
        start = len(problem.before) - word.end()
    return Span(here.source, here.line, start, here.line, here.end_column)


def _torn_by_bracket(problem: _Problem) -> Diagnostic:
    """``{repeat: depths[1]}``: show the whole expression in the quotes that it needs."""
    line, column = problem.line, problem.here.column
    start = max(line.rfind(mark, 0, column) + len(mark) for mark in (": ", ", ", "{", "[", ","))
    start += len(line[start:]) - len(line[start:].lstrip())
    end, level = column, 0
    while end < len(line) and (level or line[end] not in ",}]") and line[end : end + 2] != ": ":
        level += (line[end] in "[{(") - (line[end] in "]})")
        end += 1
    text = line[start:end].rstrip()
    span = Span(problem.source, problem.here.line, start, problem.here.line, start + len(text))
    help = "a name with braces inside { } or [ ] must be quoted"
    if line[end : end + 1] == ":":
        help = "a key with braces inside { } must be quoted"
    elif problem.character == "[":
        help = QUOTE
    suggestion = f': "{text}"' if is_quotable(text) else ""
    message = f"an unquoted `{problem.character}` inside brackets"
    diagnostic = problem.diagnostic(message, help + suggestion, Label(span))
    return replace(diagnostic, fix=Fix(span, f'"{text}"') if suggestion else None)


def _after(problem: _Problem, what: str) -> Diagnostic:
    twice = ", and a quote in it twice: 'it''s'" if what == "quote" else ""
    help = f"put the whole value in quotes{twice}"
    return problem.diagnostic(f"text after the closing {what}", help)


def _colon(problem: _Problem) -> Diagnostic | None:
    """A colon where no mapping may begin."""
    if "mapping values are not allowed" not in problem.message:
        return None
    above = _line_above(problem)
    text = problem.source.lines[above.line]
    if help := space_help(text.strip()):
        diagnostic = problem.diagnostic("no space after the colon", help, Label(above))
        return replace(diagnostic, fix=with_space(above))
    if ":" not in text:
        diagnostic = problem.diagnostic("a line without a colon", LINE, Label(above))
        return replace(diagnostic, fix=with_colon(above))
    if ": " in problem.before or problem.before.lstrip().startswith("- "):
        help = "a mapping on one line stands in braces: a: {b: c}; a text with a colon in quotes"
        return problem.diagnostic("a second colon in one line", help)
    labels = Label(_trimmed(problem)), Label(above, "this key has its value here")
    help = "keys stand below a key without a value, or in one column with it"
    return problem.diagnostic("a key below a value", help, *labels)


def _trimmed(problem: _Problem) -> Span:
    """The key before the colon."""
    line, here = problem.whole_line, problem.here
    return Span(line.source, line.line, line.column, line.line, max(here.column, line.column + 1))


def _line_above(problem: _Problem) -> Span:
    """The nearest line above that is not empty; the line itself if it is the first."""
    lines, number = problem.source.lines, problem.here.line
    above = next((i for i in range(number - 1, -1, -1) if lines[i].strip()), number)
    start = len(lines[above]) - len(lines[above].lstrip())
    return Span(problem.source, above, start, above, len(lines[above].rstrip()))


def _no_space(problem: _Problem) -> Diagnostic | None:
    """``{a:{b: 1}}``"""
    if "unexpected ':'" not in problem.message:
        return None
    following = problem.line[problem.here.end_column : problem.here.end_column + 1]
    if following in (",", "}", "]"):
        return problem.diagnostic(f"a colon before `{following}`", "quote it if it is text")
    help = "write a space after the colon"
    diagnostic = problem.diagnostic("no space after the colon", help, Label(_entry_start(problem)))
    return replace(diagnostic, fix=Fix(problem.here.narrowed(1, 0), " "))


def _list_in_line(problem: _Problem) -> Diagnostic | None:
    if "sequence entries are not allowed" in problem.message:
        help = "begin it on the next line, or write it as [a, b]"
        return problem.diagnostic("a list cannot begin on the line of its key", help)
    if "mapping keys are not allowed" in problem.message:
        return problem.diagnostic("`?` cannot begin a value", "put it in quotes")
    return None


def _no_colon(problem: _Problem) -> Diagnostic | None:
    if "could not find expected ':'" not in problem.message:
        return None
    line = problem.opening.line
    text = problem.source.lines[line]
    end = max(len(text.rstrip()), problem.opening.column + 1)
    span = Span(problem.source, line, problem.opening.column, line, end)
    help = space_help(text.strip()) or LINE
    diagnostic = problem.diagnostic("a line without a colon", help, Label(span))
    return replace(diagnostic, fix=with_space(span) or with_colon(span))


def _list_line(problem: _Problem) -> Diagnostic | None:
    if "block collection" not in problem.context:
        return None
    if diagnostic := _stray(problem):
        return diagnostic
    labels = Label(problem.whole_line), Label(problem.opening, "the list begins here")
    help = "begin an item with `- `, or indent a key as deep as the key above the list"
    return problem.diagnostic(
        "a line between the items of a list that is not an item", help, *labels
    )


def _mapping_line(problem: _Problem) -> Diagnostic | None:
    if "block mapping" not in problem.context:
        return None
    if diagnostic := _stray(problem):
        return diagnostic
    if problem.character == "-":
        help = "indent a list below its key"
        return problem.diagnostic("a list item between keys", help)
    if ":" not in problem.line:
        return problem.diagnostic("a line without a colon", LINE, Label(problem.whole_line))
    labels = Label(problem.whole_line), Label(problem.opening, "the mapping begins here")
    help = "keys of one mapping begin in one column"
    return problem.diagnostic("the indentation matches no line above", help, *labels)


def _stray(problem: _Problem) -> Diagnostic | None:
    """What stands after a finished value, or in place of a key."""
    character = problem.character
    if character in ("}", "]"):
        return problem.diagnostic(f"`{character}` closes nothing")
    if character == ",":
        return problem.diagnostic("a comma after a value", "outside { } every key has its own line")
    if character == ":":
        return problem.diagnostic("a key is missing before the colon")
    if problem.before.endswith(("'", '"')):
        return _after(problem, "quote")
    if problem.before.endswith(("]", "}")):
        return _after(problem, "bracket")
    return None


def _no_value(problem: _Problem) -> Diagnostic | None:
    if "node content" not in problem.message:
        return None
    if problem.character == ":":
        return problem.diagnostic("a key is missing before the colon")
    if problem.character == "-":
        help = "inside brackets, a list needs brackets too: [a, b]"
        if not problem.before:
            help = "close the brackets above it first"
        return problem.diagnostic("`- ` cannot begin a value here", help)
    if problem.is_at_end:
        return problem.diagnostic("a value is missing at the end")
    return problem.diagnostic(f"a value is missing before `{problem.character}`")


def _second_document(problem: _Problem) -> Diagnostic | None:
    if "document start" not in problem.message:
        return None
    help = "the mapping above is closed; one file holds one"
    return problem.diagnostic("text after the end of the document", help, Label(problem.whole_line))


def _anything(problem: _Problem) -> Diagnostic:
    context = f"{problem.context}: " if problem.context else ""
    return problem.diagnostic(f"this is not YAML: {context}{problem.message}")


_EXPLANATIONS: Final[tuple[Callable[[_Problem], Diagnostic | None], ...]] = (
    _too_deep,
    _tab,
    _directive_line,
    _property,
    _scalar_problem,
    _first_character,
    _flow,
    _colon,
    _no_space,
    _list_in_line,
    _no_colon,
    _list_line,
    _mapping_line,
    _no_value,
    _second_document,
    _anything,
)
"""Asked in this order: the first that knows the problem explains it."""

"""YAML to plain data with the position of every value, its mistakes told in our own words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn, final

import yaml

from archspec.diagnostics import Code, Diagnostic, Fix, Label, SpecError, failure
from archspec.language.expression import MAX_INTEGER
from archspec.text import Marks, Route, Source, Span

MAX_BYTES: Final = 1_000_000
"""Size of one file."""
MAX_DEPTH: Final = 64
"""Levels of mappings and lists."""
MAX_VALUES: Final = 200_000
"""Scalars of one file, keys counted."""
MAX_MISTAKES: Final = 50
"""Mistakes that are told at once."""


def read(content: bytes | str, name: str, path: Path | None = None) -> Source:
    """The document in ``content``; ``name`` is how messages call the file."""
    data: dict[str, Any] = {}
    marks: dict[Route, Marks] = {}
    source = Source(name, _text(content, name, path), path, data, marks)
    _check_characters(source)
    data.update(_Reader(source, marks).document())
    return source


# ---------------------------------------------------------------- text

_FORBIDDEN: Final = re.compile(
    r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Control characters, surrogates, and the separators that only some readers count as line ends."""


def _text(content: bytes | str, name: str, path: Path | None) -> str:
    """Without byte order mark, and with ``\\n`` at the end of every line."""
    size = len(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        first_line = _decode(content[:200], "replace").split("\n")[0]
        message = f"the file has {size} bytes; at most {MAX_BYTES} are allowed"
        raise failure("limit", message, Source(name, first_line, path).start)
    try:
        return _decode(content, "strict")
    except UnicodeDecodeError as error:
        before = _decode(error.object[: error.start], "replace").split("\n")
        source = Source(name, _decode(content, "replace"), path)
        line, column = len(before) - 1, len(before[-1])
        byte = f"byte 0x{error.object[error.start]:02x} at offset {error.start}"
        raise failure(
            "bad-file",
            f"the file is not UTF-8 text: {byte}",
            Span(source, line, column, line, column + 1),
            help="save it as UTF-8",
        ) from None


def _decode(content: bytes | str, errors: str) -> str:
    text = content.decode("utf-8", errors) if isinstance(content, bytes) else content
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _check_characters(source: Source) -> None:
    found = _FORBIDDEN.search(source.text)
    if found is None:
        return
    raise failure(
        "bad-file",
        f"the character U+{ord(found.group()):04X} is not allowed in a text file",
        _span_of(source, found),
        help="delete it; it does not show in most editors",
    )


def _span_of(source: Source, found: re.Match[str]) -> Span:
    """Where a match of one line of the text stands."""
    line = source.text.count("\n", 0, found.start())
    column = found.start() - (source.text.rfind("\n", 0, found.start()) + 1)
    return Span(source, line, column, line, column + len(found.group()))


# ---------------------------------------------------------------- scalars

_NULLS: Final = ("", "~", "null", "Null", "NULL")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]+")
_OTHER_BASE: Final = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_UNDERSCORED: Final = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def _resolve(text: str) -> bool | int | float | str:
    """An unquoted scalar by the core schema of YAML 1.2."""
    if text in ("true", "false"):
        return text == "true"
    if not text or text[0] not in "0123456789+-.":
        return text
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 20 else MAX_INTEGER + 1
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _right_spelling(text: str) -> str | None:
    """What to write for a number that YAML readers read in different ways; None for all others."""
    if not text or text[0] not in "0123456789+-.":
        return None
    if _LEADING_ZERO.fullmatch(text):
        sign, digits = ("-" if text[0] == "-" else ""), text.lstrip("+-0") or "0"
        return f"write {sign}{digits}"
    if _OTHER_BASE.fullmatch(text):
        return f"write {int(text, 0)}" if len(text) < 20 else "write it in decimal digits"
    if "_" in text and _UNDERSCORED.fullmatch(text):
        return f"write {text.replace('_', '')}"
    if _NOT_FINITE.fullmatch(text):
        return "write a finite number"
    return None


def _is_too_large(value: Any) -> bool:
    if type(value) is int:
        return abs(value) > MAX_INTEGER
    return type(value) is float and not math.isfinite(value)


# ---------------------------------------------------------------- reading


class _Stop(Exception):
    """Reading cannot go on; the reason is among the mistakes."""


class _Node(NamedTuple):
    value: Any
    span: Span
    plain: bool = False


class _Entry(NamedTuple):
    """An entry of a mapping, as far as mistakes are looked for in it."""

    key: str | None
    """None for a key that is not text."""
    key_span: Span
    node: _Node
    null: bool = False


_PAIR: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
"""Two escapes that JSON writes for one character above U+FFFF."""


def _loader(text: str) -> Any:
    """The quick one, which does not know the pairs of escapes that JSON writes, or the other."""
    if _PAIR.search(text):
        return yaml.SafeLoader
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _paired(text: str) -> str:
    """One character for each pair of surrogates; those without a partner stay."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@final
class _Reader:
    """Turns the events of one document into data, and collects marks and mistakes on the way."""

    def __init__(self, source: Source, marks: dict[Route, Marks]) -> None:
        self.source = source
        self.marks = marks
        self.mistakes: list[Diagnostic] = []
        self.values = 0
        self.events: Iterator[Any] = yaml.parse(source.text, Loader=_loader(source.text))

    def document(self) -> dict[str, Any]:
        data: dict[str, Any] = {}
        try:
            data = self._document()
        except _Stop:
            pass
        except yaml.YAMLError as error:
            self._add_last(_retell(self.source, error))
        except (ValueError, OverflowError):  # PyYAML without its C part, at an escape too large
            self._add_last(_mistake("an escape that is not a character", self._escape()))
        if self.mistakes:
            raise SpecError(sorted(self.mistakes, key=_position))
        return data

    def _document(self) -> dict[str, Any]:
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            self._stop(_mistake("the document is empty", self.source.start, help=_BEGIN))
        if start.version or start.tags:
            self._add(_directive(self.source.start))
        root = next(self.events)
        if not isinstance(root, yaml.MappingStartEvent):
            self._stop(_no_mapping(root, self._span(root)))
        node = self._node(root, ())
        self.marks[()] = Marks(node.span, node.span)
        next(self.events)
        end = next(self.events)
        if isinstance(end, yaml.DocumentStartEvent):
            help = "one file holds one document; delete the `---`"
            self._stop(_mistake("a second document in one file", self._span(end), help=help))
        return node.value  # type: ignore[no-any-return]

    def _node(self, event: Any, route: Route) -> _Node:
        if isinstance(event, yaml.AliasEvent):
            span = self._span(event)
            self._count(span)
            self._add(_alias(span))
            return _Node("", span)
        self._check_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(route) >= MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels of mappings and lists"
            self._stop(_mistake(message, self._span(event), code="limit"))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, route)
        return self._list(event, route)

    def _scalar(self, event: Any) -> _Node:
        span, text = self._span(event), _paired(event.value)
        self._count(span)
        if event.style:
            self._check_escapes(text, span)
            is_quoted = event.style in "'\""
            return _Node(text, span, plain=is_quoted and _is_literal(span, len(text) + 2))
        if event.tag is not None:
            return _Node(text, span)
        if spelling := _right_spelling(text):
            self._add(_bad_scalar(text, span, spelling))
            return _Node(text, span)
        value = _resolve(text)
        if _is_too_large(value):
            self._add(_mistake(f"the number {_short(text)} is too large", span, code="limit"))
        return _Node(value, span, plain=_is_literal(span, len(text)))

    def _list(self, event: Any, route: Route) -> _Node:
        start = end = self._span(event)
        items: list[Any] = []
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            path = (*route, len(items))
            if _is_null(item):
                self._add(_null_item(item, self._span(item)))
            node = self._node(item, path)
            end = node.span
            self.marks[path] = Marks(end, end, node.plain)
            items.append(node.value)
        return _Node(items, _joined(start, self._span(item) if event.flow_style else end))

    def _mapping(self, event: Any, route: Route) -> _Node:
        start = end = self._span(event)
        entries: list[_Entry] = []
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            entry = self._entry(key, route)
            end = entry.key_span if entry.null else entry.node.span
            entries.append(entry)
        if any(entry.null for entry in entries):
            self._add(*_nulls(entries, event.flow_style))
        if len({entry.key for entry in entries}) < len(entries):
            self._add(*_duplicates(entries))
        data = {entry.key: entry.node.value for entry in entries}
        return _Node(data, _joined(start, self._span(key) if event.flow_style else end))

    def _entry(self, event: Any, route: Route) -> _Entry:
        key, span = self._key(event)
        value = next(self.events)
        if key == "<<" and isinstance(value, yaml.AliasEvent):
            self._add(_merge(span))
            return _Entry(key, span, _Node("", self._span(value)))
        path = (*route, key or "")
        node = self._node(value, path)
        self.marks[path] = Marks(span, node.span, node.plain)
        null = key is not None and _is_null(value)
        if not null and key is not None and isinstance(event, yaml.ScalarEvent):
            self._check_key(event, span)
        return _Entry(key, span, node, null)

    def _key(self, event: Any) -> tuple[str | None, Span]:
        span = self._span(event)
        if isinstance(event, yaml.CollectionStartEvent):
            return None, self._collection_key(event)
        self._count(span)
        if isinstance(event, yaml.AliasEvent):
            self._add(_alias(span))
            return None, span
        self._check_properties(event)
        text = _paired(event.value)
        self._check_escapes(text, span)
        if text == "" and not event.style and not event.tag:
            if event.anchor is None:  # else that has been told
                self._add(_mistake("a key is missing before the colon", span))
            return None, span
        return text, span

    def _collection_key(self, event: Any) -> Span:
        """Tell of it, and skip to its end."""
        level, end = 1, event
        while level:
            end = next(self.events)
            level += isinstance(end, yaml.CollectionStartEvent)
            level -= isinstance(end, yaml.CollectionEndEvent)
        span = _joined(self._span(event), self._span(end))
        doubled = isinstance(event, yaml.MappingStartEvent)
        help = "a name is written without braces" if doubled else "a key is a name, or quoted text"
        self._add(_mistake("a key that is not text", span, help=help))
        return span

    def _check_properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._add(_anchor(self._word(event, "&")))
        if event.tag is not None:
            self._add(_tag(self._word(event, "!")))

    def _check_escapes(self, text: str, span: Span) -> None:
        if found := _FORBIDDEN.search(text):
            code_point = f"U+{ord(found.group()):04X}"
            self._add(_mistake(f"an escape makes the control character {code_point}", span))

    def _check_key(self, event: Any, span: Span) -> None:
        if event.style:
            return
        if event.value == "<<":
            self._add(_merge(span))
        elif help := _space_help(event.value):
            message = f"no space after the colon in `{_short(event.value)}`"
            self._add(_mistake(message, span, help=help))
        elif _open_brackets(event.value):
            message = f"a bracket without its partner in the key `{_short(event.value)}`"
            help = "write a colon before the bracket, or quote the key"
            self._add(_mistake(message, span, help=help))

    def _count(self, span: Span) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            message = f"more than {MAX_VALUES} keys and values in one file"
            self._stop(_mistake(message, span, code="limit"))

    def _add(self, *mistakes: Diagnostic) -> None:
        for mistake in mistakes:
            self.mistakes.append(mistake)
            if len(self.mistakes) >= MAX_MISTAKES:
                raise _Stop

    def _add_last(self, mistake: Diagnostic) -> None:
        """What ended reading, unless a mistake in the same line must be the reason."""
        lines = {_position(earlier)[0] for earlier in self.mistakes}
        if _position(mistake)[0] not in lines:
            self.mistakes.append(mistake)

    def _stop(self, mistake: Diagnostic) -> NoReturn:
        self.mistakes.append(mistake)
        raise _Stop

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        if end.line < len(self.source.lines):
            return Span(self.source, start.line, start.column, end.line, end.column)
        return Span(self.source, *self._place(start), *self._place(end))

    def _place(self, mark: Any) -> tuple[int, int]:
        """The end of the text for what stands behind it."""
        lines = self.source.lines
        if mark.line < len(lines):
            return mark.line, mark.column
        return len(lines) - 1, len(lines[-1])

    def _escape(self) -> Span:
        found = _ESCAPE.search(self.source.text)
        return _span_of(self.source, found) if found else self.source.start

    def _word(self, event: Any, symbol: str) -> Span:
        """The anchor or tag before a value."""
        return _word_at(self.source, event.start_mark.line, event.start_mark.column, symbol)


def _is_null(event: Any) -> bool:
    if not isinstance(event, yaml.ScalarEvent) or event.style or event.tag or event.anchor:
        return False
    return event.value in _NULLS


def _is_literal(span: Span, width: int) -> bool:
    """Whether a scalar stands in the file as it is read: an escape would be longer."""
    return span.line == span.end_line and span.end_column - span.column == width


def _joined(first: Span, last: Span) -> Span:
    return Span(first.source, first.line, first.column, last.end_line, last.end_column)


def _position(mistake: Diagnostic) -> tuple[int, int]:
    return (mistake.span.line, mistake.span.column) if mistake.span else (0, 0)


# ---------------------------------------------------------------- mistakes in what is YAML

_BEGIN: Final = "a spec is a mapping and begins with `archspec: 1`"
_LINE: Final = "a line is `key: value`, or `- item`"
_QUOTE: Final = "an expression with a comma or bracket inside { } must be quoted"
_LONGEST: Final = 60
_SPACE_MISSING: Final = re.compile(r"\s*([A-Za-z_]\w*):([^\s:/].*)")
_VALUE: Final = re.compile(r"[\w.+*/-]+|\{.*\}|\[.*\]|'[^']*'|\"[^\"]*\"")
_EQUALS: Final = re.compile(r"([A-Za-z_]\w*) *= *([\w.-]+)")
_COLON_MISSING: Final = re.compile(r"([A-Za-z_]\w*) +(?:[A-Z]\w*$|\{.*\}$|\[.*\]$)")
_ESCAPE: Final = re.compile(r"\\U(?!000|0010)[0-9a-fA-F]{8}")
_WORDS: Final = re.compile(r"[\w.+*/ -]+")


def _mistake(
    message: str, span: Span, *, code: Code = "bad-yaml", help: str | None = None
) -> Diagnostic:
    return Diagnostic(code, message, (Label(span),), help)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _cited(span: Span) -> str:
    """The text of a span of one line."""
    return _short(_whole_text(span))


def _no_mapping(root: Any, span: Span) -> Diagnostic:
    if _is_null(root):
        return _mistake("the document is empty", span, help=_BEGIN)
    help = _space_help(_cited(span)) if isinstance(root, yaml.ScalarEvent) else None
    return _mistake("the document is not a mapping", span, help=help or _BEGIN)


def _space_help(text: str) -> str | None:
    found = _SPACE_MISSING.fullmatch(text)
    return f"write a space after the colon: {_short(': '.join(found.groups()))}" if found else None


def _spaced(span: Span) -> Fix | None:
    """A space after the first colon of a span, where only that is missing."""
    found = _SPACE_MISSING.fullmatch(_whole_text(span))
    if found is None or not _VALUE.fullmatch(found[2]):
        return None
    return Fix(span.narrowed(found.start(2), 0), " ")


def _with_colon(span: Span) -> Fix | None:
    """A colon after the name of a line that is otherwise a layer."""
    found = _COLON_MISSING.match(_whole_text(span))
    return Fix(span.narrowed(found.end(1), 0), ":") if found else None


def _whole_text(span: Span) -> str:
    end = span.end_column if span.end_line == span.line else None
    return span.source.lines[span.line][span.column : end]


def _bad_scalar(text: str, span: Span, spelling: str) -> Diagnostic:
    message = f"{_short(text)} is a spelling that YAML readers read in different ways"
    return _mistake(message, span, code="bad-scalar", help=f"{spelling}; quote it if it is text")


def _directive(span: Span) -> Diagnostic:
    help = "delete the lines that begin with %"
    return _mistake("a directive, which the language leaves out", span, help=help)


def _anchor(span: Span) -> Diagnostic:
    help = "say it once in `params` or `blocks`, and use its name"
    return _mistake(f"`{_cited(span)}` is an anchor", span, help=help)


def _alias(span: Span) -> Diagnostic:
    name = _cited(span).lstrip("*")
    help = f"a name is written as it is: {name}" if name else "a value cannot begin with `*`"
    return _mistake(f"`{_cited(span)}` is an alias", span, help=help)


def _tag(span: Span) -> Diagnostic:
    tag = _cited(span)
    negated = re.fullmatch(r"!([A-Za-z_]\w*)", tag)
    help = f"write `not {negated[1]}`" if negated else "write `not` for `!`; tags are not supported"
    return _mistake(f"`{tag}` is a tag", span, help=help)


def _merge(span: Span) -> Diagnostic:
    help = "use `extends`, or a parameter that holds an op with its arguments"
    return _mistake("`<<` merges mappings, which the language leaves out", span, help=help)


def _duplicates(entries: Iterable[_Entry]) -> Iterator[Diagnostic]:
    first: dict[str, Span] = {}
    for entry in entries:
        if entry.key is None:
            continue
        earlier = first.setdefault(entry.key, entry.key_span)
        if earlier is not entry.key_span:
            labels = Label(entry.key_span), Label(earlier, "first written here")
            message = f"the key '{_short(entry.key)}' appears twice in one mapping"
            yield Diagnostic("duplicate-key", message, labels)


def _null_item(event: Any, span: Span) -> Diagnostic:
    before = span.source.lines[span.line][: span.column].rstrip()
    if before.endswith("-") and not event.value:
        span = Span(span.source, span.line, len(before) - 1, span.line, len(before))
    message = f"{event.value} is null" if event.value else "an item of a list has no value"
    return _mistake(message, span, code="null-value", help="write a value, or delete the item")


def _nulls(entries: Sequence[_Entry], flow: bool) -> Iterator[Diagnostic]:
    keys = [entry.key or "" for entry in entries]
    is_list = len(entries) > 1 and all(entry.null for entry in entries)
    if flow and is_list and all(map(_WORDS.fullmatch, keys)):
        help = f"a list is written in square brackets: [{_short(', '.join(keys))}]"
        yield _null(entries[0], help)
        return
    for group in _torn(entries) if flow else [[entry] for entry in entries]:
        missing = [entry for entry in group if entry.null]
        if len(group) > 1:
            yield _null(missing[0], _QUOTE + _quoted(group))
        elif missing:
            yield _null(missing[0], _null_help(missing[0], flow))


def _torn(entries: Iterable[_Entry]) -> list[list[_Entry]]:
    """The entries, those together that are the pieces of one expression: ``{a: max(1, 2)}``."""
    groups: list[list[_Entry]] = []
    level = 0
    for entry in entries:
        is_piece = entry.null and level > 0
        text = entry.key if entry.null else entry.node.value
        level = (level if is_piece else 0) + _open_brackets(text)
        if is_piece:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return groups


def _open_brackets(text: Any) -> int:
    if not isinstance(text, str):
        return 0
    return sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))


def _quoted(pieces: Sequence[_Entry]) -> str:
    """The expression that the pieces were, in quotes, if it stands on one line."""
    first = pieces[0].key_span if pieces[0].null else pieces[0].node.span
    span = _joined(first, pieces[-1].key_span)
    text = span.source.lines[span.line][span.column : span.end_column]
    return f': "{text}"' if span.line == span.end_line and _is_quotable(text) else ""


def _is_quotable(text: str) -> bool:
    return len(text) <= _LONGEST and '"' not in text and _open_brackets(text) == 0


def _null(entry: _Entry, help: str) -> Diagnostic:
    what = "is null" if entry.node.value else "has no value"
    message = f"`{_short(entry.key or '')}` {what}"
    span = entry.key_span
    fix = _spaced(span) if help == _space_help(entry.key or "") else None
    if "`=`" in help and (found := _EQUALS.fullmatch(_whole_text(span))):
        fix = Fix(span.narrowed(found.end(1), found.start(2) - found.end(1)), ": ")
    return replace(_mistake(message, entry.key_span, code="null-value", help=help), fix=fix)


def _null_help(entry: _Entry, flow: bool) -> str:
    key = entry.key or ""
    if _open_brackets(key):
        return _QUOTE
    if flow and (help := _space_help(key)):
        return help
    if flow and (found := _EQUALS.fullmatch(key)):
        return f"write a colon and a space for `=`: {_short(': '.join(found.groups()))}"
    return "write a value after the colon, or delete the key"


# ---------------------------------------------------------------- mistakes that PyYAML finds


def _word_at(source: Source, line: int, column: int, symbol: str) -> Span:
    text = source.lines[line]
    start = max(text.find(symbol, column), column)
    end = start + len(re.match(r"[^\s,\]}]*", text[start:])[0])  # type: ignore[index]
    return Span(source, line, start, line, max(end, start + 1))


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

    def tell(self, message: str, help: str | None = None, *labels: Label) -> Diagnostic:
        return Diagnostic("bad-yaml", message, labels or (Label(self.here),), help)


def _retell(source: Source, error: yaml.YAMLError) -> Diagnostic:
    message = str(getattr(error, "problem", None) or "the text cannot be read")
    context = str(getattr(error, "context", None) or "")
    mark = getattr(error, "problem_mark", None)
    here = _character(source, mark)
    opening = _character(source, getattr(error, "context_mark", None) or mark)
    problem = _Problem(source, message, context, here, opening)
    told = (retelling(problem) for retelling in _RETELLINGS)
    return next(filter(None, told))


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
    return _mistake(message, problem.here, code="limit")


def _tab(problem: _Problem) -> Diagnostic | None:
    if problem.character != "\t" and "tab character" not in problem.message:
        return None
    mistake = problem.tell("a tab where only spaces are allowed", "indent with spaces")
    return replace(mistake, fix=_indented(problem))


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
    return _directive(problem.whole_line) if is_directive else None


def _property(problem: _Problem) -> Diagnostic | None:
    """A tag, an anchor or an alias that is not even well-formed."""
    place = problem.opening.line, problem.opening.column
    if "tag" in problem.context.split() or "tag handle" in problem.message:
        return _tag(_word_at(problem.source, *place, "!"))
    if "anchor" in problem.context:
        return _anchor(_word_at(problem.source, *place, "&"))
    if "alias" in problem.context:
        return _alias(_word_at(problem.source, *place, "*"))
    return None


def _scalar_problem(problem: _Problem) -> Diagnostic | None:
    """Quotes that do not close, escapes, and the first lines of block scalars."""
    if "block scalar" in problem.context:
        return problem.tell("text after `|` or `>`", "the text begins on the next line")
    if "quoted" not in problem.context:
        return None
    if "unexpected" in problem.message:
        return problem.tell("a quote that is never closed", None, Label(problem.opening))
    help = (
        'between single quotes a backslash is just a backslash; between double quotes write "\\\\"'
    )
    return problem.tell("an unknown escape between double quotes", help)


def _first_character(problem: _Problem) -> Diagnostic | None:
    if "cannot start any token" not in problem.message:
        return None
    return problem.tell(f"a value cannot begin with '{problem.character}'", "put it in quotes")


def _flow(problem: _Problem) -> Diagnostic | None:
    """Inside ``{ }`` or ``[ ]``: a comma or the closing bracket was due."""
    if "',' or '" not in problem.message:
        return None
    opening, character = _cited(problem.opening), problem.character
    opened = Label(problem.opening, f"`{opening}` opens here")
    if problem.is_at_end:
        return problem.tell(f"`{opening}` is never closed", None, Label(problem.opening))
    if character in "[{" and not problem.line[: problem.here.column].endswith((" ", "\t")):
        return _torn_by_bracket(problem)
    if character == "?" or (character == ":" and " ? " in problem.before):
        return problem.tell("a choice is not written with `?`", "write `a if condition else b`")
    if character in "]}":
        message = f"`{character}` does not close `{opening}`"
        return problem.tell(message, None, Label(problem.here), opened)
    if problem.before.endswith(("'", '"')):
        return _after(problem, "quote")
    closing = "}" if opening == "{" else "]"
    help = f"a text with a colon is quoted; an open `{opening}` goes on over lines"
    message = f"a comma or the closing `{closing}` is missing before this"
    return problem.tell(message, help, Label(_entry_start(problem)), opened)


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
    help = _QUOTE if line[end : end + 1] != ":" else "a key with braces inside { } must be quoted"
    suggestion = f': "{text}"' if _is_quotable(text) else ""
    message = f"an unquoted `{problem.character}` inside brackets"
    return problem.tell(message, help + suggestion, Label(span))


def _after(problem: _Problem, what: str) -> Diagnostic:
    twice = ", and a quote in it twice: 'it''s'" if what == "quote" else ""
    help = f"put the whole value in quotes{twice}"
    return problem.tell(f"text after the closing {what}", help)


def _colon(problem: _Problem) -> Diagnostic | None:
    """A colon where no mapping may begin."""
    if "mapping values are not allowed" not in problem.message:
        return None
    above = _line_above(problem)
    text = problem.source.lines[above.line]
    if help := _space_help(text.strip()):
        mistake = problem.tell("no space after the colon", help, Label(above))
        return replace(mistake, fix=_spaced(above))
    if ":" not in text:
        mistake = problem.tell("a line without a colon", _LINE, Label(above))
        return replace(mistake, fix=_with_colon(above))
    if ": " in problem.before or problem.before.lstrip().startswith("- "):
        help = "a mapping on one line stands in braces: a: {b: c}; a text with a colon in quotes"
        return problem.tell("a second colon in one line", help)
    labels = Label(_trimmed(problem)), Label(above, "this key has its value here")
    help = "keys stand below a key without a value, or in one column with it"
    return problem.tell("a key below a value", help, *labels)


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
        return problem.tell(f"a colon before `{following}`", "quote it if it is text")
    help = "write a space after the colon"
    mistake = problem.tell("no space after the colon", help, Label(_entry_start(problem)))
    return replace(mistake, fix=Fix(problem.here.narrowed(1, 0), " "))


def _list_in_line(problem: _Problem) -> Diagnostic | None:
    if "sequence entries are not allowed" in problem.message:
        help = "begin it on the next line, or write it as [a, b]"
        return problem.tell("a list cannot begin on the line of its key", help)
    if "mapping keys are not allowed" in problem.message:
        return problem.tell("`?` cannot begin a value", "put it in quotes")
    return None


def _no_colon(problem: _Problem) -> Diagnostic | None:
    if "could not find expected ':'" not in problem.message:
        return None
    line = problem.opening.line
    text = problem.source.lines[line]
    end = max(len(text.rstrip()), problem.opening.column + 1)
    span = Span(problem.source, line, problem.opening.column, line, end)
    help = _space_help(text.strip()) or _LINE
    mistake = problem.tell("a line without a colon", help, Label(span))
    return replace(mistake, fix=_spaced(span) or _with_colon(span))


def _list_line(problem: _Problem) -> Diagnostic | None:
    if "block collection" not in problem.context:
        return None
    if mistake := _stray(problem):
        return mistake
    labels = Label(problem.whole_line), Label(problem.opening, "the list begins here")
    help = "begin an item with `- `, or indent a key as deep as the key above the list"
    return problem.tell("a line between the items of a list that is none", help, *labels)


def _mapping_line(problem: _Problem) -> Diagnostic | None:
    if "block mapping" not in problem.context:
        return None
    if mistake := _stray(problem):
        return mistake
    if problem.character == "-":
        help = "indent a list below its key"
        return problem.tell("an item of a list between keys", help)
    if ":" not in problem.line:
        return problem.tell("a line without a colon", _LINE, Label(problem.whole_line))
    labels = Label(problem.whole_line), Label(problem.opening, "the mapping begins here")
    help = "keys of one mapping begin in one column"
    return problem.tell("the indentation fits no line above", help, *labels)


def _stray(problem: _Problem) -> Diagnostic | None:
    """What stands after a finished value, or in place of a key."""
    character = problem.character
    if character in ("}", "]"):
        return problem.tell(f"`{character}` closes nothing")
    if character == ",":
        return problem.tell("a comma after a value", "outside { } every key has its own line")
    if character == ":":
        return problem.tell("a key is missing before the colon")
    if problem.before.endswith(("'", '"')):
        return _after(problem, "quote")
    if problem.before.endswith(("]", "}")):
        return _after(problem, "bracket")
    return None


def _no_value(problem: _Problem) -> Diagnostic | None:
    if "node content" not in problem.message:
        return None
    if problem.character == ":":
        return problem.tell("a key is missing before the colon")
    if problem.character == "-":
        help = "inside brackets, a list needs brackets too: [a, b]"
        if not problem.before:
            help = "close the brackets above it first"
        return problem.tell("`- ` cannot begin a value here", help)
    if problem.is_at_end:
        return problem.tell("a value is missing at the end")
    return problem.tell(f"a value is missing before `{problem.character}`")


def _second_document(problem: _Problem) -> Diagnostic | None:
    if "document start" not in problem.message:
        return None
    help = "the mapping above is closed; one file holds one"
    return problem.tell("text after the end of the document", help, Label(problem.whole_line))


def _anything(problem: _Problem) -> Diagnostic:
    context = f"{problem.context}: " if problem.context else ""
    return problem.tell(f"this is not YAML: {context}{problem.message}")


_RETELLINGS: Final[tuple[Callable[[_Problem], Diagnostic | None], ...]] = (
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
"""Asked in this order: the first that knows the problem tells it."""

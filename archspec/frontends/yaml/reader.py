"""The events of a document to plain data, with the position of every value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn, final

import yaml

from archspec.diagnostics import Diagnostic, SpecError
from archspec.frontends.yaml.decode import FORBIDDEN, span_of
from archspec.frontends.yaml.entries import Entry, Located, bad_yaml, is_null, join, position
from archspec.frontends.yaml.hints import open_brackets, shorten, space_help, word_at
from archspec.frontends.yaml.refused import (
    BEGIN,
    bad_scalar,
    duplicate_keys,
    not_a_mapping,
    null_entries,
    null_item,
    refuse_alias,
    refuse_anchor,
    refuse_directive,
    refuse_merge_key,
    refuse_tag,
)
from archspec.frontends.yaml.scalars import core_value, is_too_large, right_spelling
from archspec.frontends.yaml.syntax import MAX_DEPTH, syntax_error
from archspec.text import Marks, Route, Source, Span

MAX_VALUES: Final = 200_000
"""Scalars of one file, keys counted."""
MAX_DIAGNOSTICS: Final = 50
"""Diagnostics of one file."""


ESCAPE: Final = re.compile(r"\\U(?!000|0010)[0-9a-fA-F]{8}")


class Stopped(Exception):
    """Reading cannot go on; the reason is among the diagnostics."""


_PAIR: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
"""Two escapes that JSON writes for one character above U+FFFF."""


def loader(text: str) -> Any:
    """The quick one, which does not know the pairs of escapes that JSON writes, or the other."""
    if _PAIR.search(text):
        return yaml.SafeLoader
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def pair_surrogates(text: str) -> str:
    """One character for each pair of surrogates; those without a partner stay."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@final
class Reader:
    """Turns the events of one document into data, and collects marks and diagnostics on the way."""

    def __init__(self, source: Source, marks: dict[Route, Marks]) -> None:
        self.source = source
        self.marks = marks
        self.diagnostics: list[Diagnostic] = []
        self.values = 0
        self.events: Iterator[Any] = yaml.parse(source.text, Loader=loader(source.text))

    def document(self) -> dict[str, Any]:
        data: dict[str, Any] = {}
        try:
            data = self._document()
        except Stopped:
            pass
        except yaml.YAMLError as error:
            self._add_last(syntax_error(self.source, error))
        except (ValueError, OverflowError):  # PyYAML without its C part, at an escape too large
            self._add_last(bad_yaml("an escape that is not a character", self._escape()))
        if self.diagnostics:
            raise SpecError(sorted(self.diagnostics, key=position))
        return data

    def _document(self) -> dict[str, Any]:
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            self._stop(bad_yaml("the document is empty", self.source.start, help=BEGIN))
        if start.version or start.tags:
            self._add(refuse_directive(self.source.start))
        root = next(self.events)
        if not isinstance(root, yaml.MappingStartEvent):
            self._stop(not_a_mapping(root, self._span(root)))
        node = self._node(root, ())
        self.marks[()] = Marks(node.span, node.span)
        next(self.events)
        end = next(self.events)
        if isinstance(end, yaml.DocumentStartEvent):
            help = "one file holds one document; delete the `---`"
            self._stop(bad_yaml("a second document in one file", self._span(end), help=help))
        return node.value  # type: ignore[no-any-return]

    def _node(self, event: Any, route: Route) -> Located:
        if isinstance(event, yaml.AliasEvent):
            span = self._span(event)
            self._count(span)
            self._add(refuse_alias(span))
            return Located("", span)
        self._check_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(route) >= MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels of mappings and lists"
            self._stop(bad_yaml(message, self._span(event), code="limit"))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, route)
        return self._list(event, route)

    def _scalar(self, event: Any) -> Located:
        span, text = self._span(event), pair_surrogates(event.value)
        self._count(span)
        if event.style:
            self._check_escapes(text, span)
            is_quoted = event.style in "'\""
            return Located(text, span, plain=is_quoted and _is_literal(span, len(text) + 2))
        if event.tag is not None:
            return Located(text, span)
        if spelling := right_spelling(text):
            self._add(bad_scalar(text, span, spelling))
            return Located(text, span)
        value = core_value(text)
        if is_too_large(value):
            self._add(bad_yaml(f"the number {shorten(text)} is too large", span, code="limit"))
        return Located(value, span, plain=_is_literal(span, len(text)))

    def _list(self, event: Any, route: Route) -> Located:
        start = end = self._span(event)
        items: list[Any] = []
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            path = (*route, len(items))
            if is_null(item):
                self._add(null_item(item, self._span(item)))
            node = self._node(item, path)
            end = node.span
            self.marks[path] = Marks(end, end, node.plain)
            items.append(node.value)
        return Located(items, join(start, self._span(item) if event.flow_style else end))

    def _mapping(self, event: Any, route: Route) -> Located:
        start = end = self._span(event)
        entries: list[Entry] = []
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            entry = self._entry(key, route)
            end = entry.key_span if entry.null else entry.node.span
            entries.append(entry)
        if any(entry.null for entry in entries):
            self._add(*null_entries(entries, event.flow_style))
        if len({entry.key for entry in entries}) < len(entries):
            self._add(*duplicate_keys(entries))
        data = {entry.key: entry.node.value for entry in entries}
        return Located(data, join(start, self._span(key) if event.flow_style else end))

    def _entry(self, event: Any, route: Route) -> Entry:
        key, span = self._key(event)
        value = next(self.events)
        if key == "<<" and isinstance(value, yaml.AliasEvent):
            self._add(refuse_merge_key(span))
            return Entry(key, span, Located("", self._span(value)))
        path = (*route, key or "")
        node = self._node(value, path)
        self.marks[path] = Marks(span, node.span, node.plain)
        null = key is not None and is_null(value)
        if not null and key is not None and isinstance(event, yaml.ScalarEvent):
            self._check_key(event, span)
        return Entry(key, span, node, null)

    def _key(self, event: Any) -> tuple[str | None, Span]:
        span = self._span(event)
        if isinstance(event, yaml.CollectionStartEvent):
            return None, self._collection_key(event)
        self._count(span)
        if isinstance(event, yaml.AliasEvent):
            self._add(refuse_alias(span))
            return None, span
        self._check_properties(event)
        text = pair_surrogates(event.value)
        self._check_escapes(text, span)
        if text == "" and not event.style and not event.tag:
            if event.anchor is None:  # else that is reported already
                self._add(bad_yaml("a key is missing before the colon", span))
            return None, span
        return text, span

    def _collection_key(self, event: Any) -> Span:
        """Report it, and skip to its end."""
        level, end = 1, event
        while level:
            end = next(self.events)
            level += isinstance(end, yaml.CollectionStartEvent)
            level -= isinstance(end, yaml.CollectionEndEvent)
        span = join(self._span(event), self._span(end))
        doubled = isinstance(event, yaml.MappingStartEvent)
        help = "a name is written without braces" if doubled else "a key is a name, or quoted text"
        self._add(bad_yaml("a key that is not text", span, help=help))
        return span

    def _check_properties(self, event: Any) -> None:
        if event.anchor is not None:
            self._add(refuse_anchor(self._word(event, "&")))
        if event.tag is not None:
            self._add(refuse_tag(self._word(event, "!")))

    def _check_escapes(self, text: str, span: Span) -> None:
        if found := FORBIDDEN.search(text):
            code_point = f"U+{ord(found.group()):04X}"
            self._add(bad_yaml(f"an escape makes the control character {code_point}", span))

    def _check_key(self, event: Any, span: Span) -> None:
        if event.style:
            return
        if event.value == "<<":
            self._add(refuse_merge_key(span))
        elif help := space_help(event.value):
            message = f"no space after the colon in `{shorten(event.value)}`"
            self._add(bad_yaml(message, span, help=help))
        elif open_brackets(event.value):
            message = f"an unmatched bracket in the key `{shorten(event.value)}`"
            help = "write a colon before the bracket, or quote the key"
            self._add(bad_yaml(message, span, help=help))

    def _count(self, span: Span) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            message = f"more than {MAX_VALUES} keys and values in one file"
            self._stop(bad_yaml(message, span, code="limit"))

    def _add(self, *diagnostics: Diagnostic) -> None:
        for diagnostic in diagnostics:
            self.diagnostics.append(diagnostic)
            if len(self.diagnostics) >= MAX_DIAGNOSTICS:
                raise Stopped

    def _add_last(self, diagnostic: Diagnostic) -> None:
        """What ended reading, unless a diagnostic in the same line must be the reason."""
        lines = {position(earlier)[0] for earlier in self.diagnostics}
        if position(diagnostic)[0] not in lines:
            self.diagnostics.append(diagnostic)

    def _stop(self, diagnostic: Diagnostic) -> NoReturn:
        self.diagnostics.append(diagnostic)
        raise Stopped

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
        found = ESCAPE.search(self.source.text)
        return span_of(self.source, found) if found else self.source.start

    def _word(self, event: Any, symbol: str) -> Span:
        """The anchor or tag before a value."""
        return word_at(self.source, event.start_mark.line, event.start_mark.column, symbol)


def _is_literal(span: Span, width: int) -> bool:
    """Whether a scalar stands in the file as it is read: an escape would be longer."""
    return span.line == span.end_line and span.end_column - span.column == width

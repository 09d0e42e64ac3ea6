"""What is YAML, but stands in no spec: nulls, duplicate keys, anchors, tags, directives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import yaml

from archspec.diagnostics import Diagnostic, Fix, Label
from archspec.frontends.yaml.entries import Entry, bad_yaml, is_null, join
from archspec.frontends.yaml.hints import (
    EQUALS,
    QUOTE,
    cite,
    is_quotable,
    open_brackets,
    shorten,
    space_help,
    text_of,
    with_space,
)
from archspec.text import Span

BEGIN: Final = "a spec is a mapping and begins with `archspec: 1`"
_WORDS: Final = re.compile(r"[\w.+*/ -]+")


def not_a_mapping(root: Any, span: Span) -> Diagnostic:
    if is_null(root):
        return bad_yaml("the document is empty", span, help=BEGIN)
    help = space_help(cite(span)) if isinstance(root, yaml.ScalarEvent) else None
    return bad_yaml("the document is not a mapping", span, help=help or BEGIN)


def bad_scalar(text: str, span: Span, spelling: str) -> Diagnostic:
    message = f"{shorten(text)} is a spelling that YAML readers read in different ways"
    return bad_yaml(message, span, code="bad-scalar", help=f"{spelling}; quote it if it is text")


def refuse_directive(span: Span) -> Diagnostic:
    help = "delete the lines that begin with %"
    return bad_yaml("a directive, which the language does not have", span, help=help)


def refuse_anchor(span: Span) -> Diagnostic:
    help = "say it once in `params` or `blocks`, and use its name"
    return bad_yaml(f"`{cite(span)}` is an anchor", span, help=help)


def refuse_alias(span: Span) -> Diagnostic:
    name = cite(span).lstrip("*")
    help = f"write the name alone: {name}" if name else "a value cannot begin with `*`"
    return bad_yaml(f"`{cite(span)}` is an alias", span, help=help)


def refuse_tag(span: Span) -> Diagnostic:
    tag = cite(span)
    negated = re.fullmatch(r"!([A-Za-z_]\w*)", tag)
    help = f"write `not {negated[1]}`" if negated else "write `not` for `!`; tags are not supported"
    return bad_yaml(f"`{tag}` is a tag", span, help=help)


def refuse_merge_key(span: Span) -> Diagnostic:
    help = "use `extends`, or a parameter that holds an op with its arguments"
    return bad_yaml("`<<` merges mappings, which the language does not do", span, help=help)


def duplicate_keys(entries: Iterable[Entry]) -> Iterator[Diagnostic]:
    first: dict[str, Span] = {}
    for entry in entries:
        if entry.key is None:
            continue
        earlier = first.setdefault(entry.key, entry.key_span)
        if earlier is not entry.key_span:
            labels = Label(entry.key_span), Label(earlier, "first written here")
            message = f"the key '{shorten(entry.key)}' appears twice in one mapping"
            yield Diagnostic("duplicate-key", message, labels)


def null_item(event: Any, span: Span) -> Diagnostic:
    before = span.source.lines[span.line][: span.column].rstrip()
    if before.endswith("-") and not event.value:
        span = Span(span.source, span.line, len(before) - 1, span.line, len(before))
    message = f"{event.value} is null" if event.value else "an item of a list has no value"
    return bad_yaml(message, span, code="null-value", help="write a value, or delete the item")


def null_entries(entries: Sequence[Entry], flow: bool) -> Iterator[Diagnostic]:
    keys = [entry.key or "" for entry in entries]
    is_list = len(entries) > 1 and all(entry.null for entry in entries)
    if flow and is_list and all(map(_WORDS.fullmatch, keys)):
        help = f"a list is written in square brackets: [{shorten(', '.join(keys))}]"
        yield _null(entries[0], help)
        return
    for group in _torn(entries) if flow else [[entry] for entry in entries]:
        missing = [entry for entry in group if entry.null]
        if len(group) > 1:
            yield _null(missing[0], QUOTE + _quoted(group))
        elif missing:
            yield _null(missing[0], _null_help(missing[0], flow))


def _torn(entries: Iterable[Entry]) -> list[list[Entry]]:
    """The entries, those together that are the pieces of one expression: ``{a: max(1, 2)}``."""
    groups: list[list[Entry]] = []
    level = 0
    for entry in entries:
        is_piece = entry.null and level > 0
        text = entry.key if entry.null else entry.node.value
        level = (level if is_piece else 0) + open_brackets(text)
        if is_piece:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return groups


def _quoted(pieces: Sequence[Entry]) -> str:
    """The expression that the pieces were, in quotes, if it stands on one line."""
    first = pieces[0].key_span if pieces[0].null else pieces[0].node.span
    span = join(first, pieces[-1].key_span)
    text = span.source.lines[span.line][span.column : span.end_column]
    return f': "{text}"' if span.line == span.end_line and is_quotable(text) else ""


def _null(entry: Entry, help: str) -> Diagnostic:
    what = "is null" if entry.node.value else "has no value"
    message = f"`{shorten(entry.key or '')}` {what}"
    span = entry.key_span
    fix = with_space(span) if help == space_help(entry.key or "") else None
    if "`=`" in help and (found := EQUALS.fullmatch(text_of(span))):
        fix = Fix(span.narrowed(found.end(1), found.start(2) - found.end(1)), ": ")
    return replace(bad_yaml(message, entry.key_span, code="null-value", help=help), fix=fix)


def _null_help(entry: Entry, flow: bool) -> str:
    key = entry.key or ""
    if open_brackets(key):
        return QUOTE
    if flow and (help := space_help(key)):
        return help
    if flow and (found := EQUALS.fullmatch(key)):
        return f"write a colon and a space for `=`: {shorten(': '.join(found.groups()))}"
    return "write a value after the colon, or delete the key"

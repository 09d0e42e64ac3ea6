"""Specs in which the place of the mistake is marked «so», for tests of diagnostics."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from archspec.diagnostics import Diagnostic, SpecError
from archspec.diagnostics.render.terminal import render
from archspec.graph import Graph
from archspec.text import Span
from archspec.workspace.load import loads

HEAD = "archspec: 1\ninput: [8, 16, 16]\n"


def spec(text: str) -> str:
    """A whole spec: the head is added where there is none."""
    text = dedent(text).lstrip("\n")
    first = {line.split(":")[0] for line in text.splitlines()}
    head = "" if "archspec" in first or "extends" in first else "archspec: 1\n"
    return head + ("" if "input" in first or "extends" in first else "input: [8, 16, 16]\n") + text


def net(text: str, **overrides: Any) -> Graph:
    """The network of a text."""
    return loads(spec(text), **overrides)


def diagnostics(text: str, **overrides: Any) -> list[Diagnostic]:
    """All diagnostics of a text that has mistakes."""
    try:
        loads(spec(text).replace("«", "").replace("»", ""), **overrides)
    except SpecError as error:
        return list(error.diagnostics)
    raise AssertionError("there are no diagnostics")


def diagnose(text: str, code: str, **overrides: Any) -> Diagnostic:
    """The only diagnostic of a text; it has this code and points at the «marks»."""
    found = diagnostics(text, **overrides)
    shown = "\n\n".join(render(diagnostic, color=False) for diagnostic in found)
    assert [diagnostic.code for diagnostic in found] == [code], shown
    (diagnostic,) = found
    if "«" in text:
        assert place(diagnostic.span) == marked_place(spec(text)), shown
    return diagnostic


def marked_place(text: str) -> tuple[int, int, str]:
    """Line and column of the «marks», and the first line of what stands between them."""
    before, _, rest = text.partition("«")
    line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
    return line, column, rest.partition("»")[0].partition("\n")[0].rstrip()


def place(span: Span | None) -> tuple[int, int, str]:
    assert span is not None
    text = span.source.lines[span.line]
    end = span.end_column if span.end_line == span.line else len(text)
    return span.line, span.column, text[span.column : end].rstrip()

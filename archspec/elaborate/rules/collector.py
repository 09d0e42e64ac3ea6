"""Diagnostics are collected: each once, with the layer and the block calls around it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Final, NoReturn, final

from archspec.diagnostics import Diagnostic, Label, SpecError, failure
from archspec.elaborate.rules.bindings import ResolvedCall
from archspec.elaborate.rules.desugar import Item
from archspec.text import Origin

MAX_DIAGNOSTICS: Final = 20
"""Collector that are collected before elaboration gives up."""


class Enough(Exception):
    """Elaboration ends: what was found is reported."""


@final
class Collector:
    """The diagnostics found so far."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Diagnostic] = {}

    def note(self, error: SpecError) -> None:
        """Collect diagnostics, each once: the copies of a repeat all make the same one. The first
        with the block calls around it stays. Raises Enough when there are many."""
        self._collect(error)
        if len(self._found) >= MAX_DIAGNOSTICS:
            raise Enough

    def _collect(self, error: SpecError) -> None:
        for diagnostic in error.diagnostics:
            known = self._found.get(diagnostic.place)
            if known is None or len(known.labels) < len(diagnostic.labels):
                self._found[diagnostic.place] = diagnostic

    def check(self) -> None:
        """Raises Enough if there are any."""
        if self._found:
            raise Enough

    def as_error(self, last: SpecError | None = None) -> SpecError:
        """All of them, with one that ended the work."""
        if last is not None:
            self._collect(last)
        return SpecError(sorted(self._found.values(), key=_position)[:MAX_DIAGNOSTICS])

    def stop(self, message: str, at: Origin, help: str | None = None) -> NoReturn:
        """Raises Enough for a limit of the whole network that is crossed."""
        self._found.clear()
        self.note(failure("limit", message, at=at.key, help=help))
        raise Enough


def _position(diagnostic: Diagnostic) -> tuple[str, int, int]:
    span = diagnostic.span
    return (span.source.name, span.line, span.column) if span else ("", 0, 0)


def with_context(
    error: SpecError, path: str, item: Item, calls: Sequence[ResolvedCall]
) -> SpecError:
    """Collector with the path of the layer that was being made, and the calls of the blocks around
    it, from the outermost to the innermost."""
    return SpecError(
        [_in_context(diagnostic, path, item, calls) for diagnostic in error.diagnostics]
    )


def _in_context(
    diagnostic: Diagnostic, path: str, item: Item, calls: Sequence[ResolvedCall]
) -> Diagnostic:
    if not diagnostic.labels:
        return diagnostic
    first, *others = diagnostic.labels
    if not any(_is_within(label, item.at) for label in diagnostic.labels):
        others.append(Label(item.at.key, f"while making '{path}'"))
    elif "." in path and (not first.text or " = " in first.text):  # nothing, or values of names
        first = Label(first.span, f"{first.text} in '{path}'".lstrip())
    shown = [calls[-1], calls[0]] if len(calls) > 1 else calls
    others += [Label(call.origin.key, f"{call.name} is used here") for call in shown]
    return replace(diagnostic, labels=(first, *others))


def _is_within(label: Label, at: Origin) -> bool:
    """Whether a label stands in the lines of an item."""
    span = label.span
    return span.source is at.source and at.key.line <= span.line <= at.value.end_line

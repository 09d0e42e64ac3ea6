"""A block told for all of its instances: names where values differ, and a table of the values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, final

from archspec.figures.diagram import Leaf
from archspec.figures.labels import WORDS, Label, clean, joined, layer
from archspec.graph import Graph, Node, Scope

MAX_ROWS: Final = 16
MAX_VALUE: Final = 14
"""Characters of a cell."""
MAX_FORMULA: Final = 20
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@final
class Formulas:
    """How the layers of one block are told in its inset."""

    def __init__(self, graph: Graph, instances: Sequence[Scope]) -> None:
        self._graph = graph
        self._instances = instances
        sizes = {scope.path: sum(1 for _ in scope.nodes()) for scope in instances}
        self.richest = max(instances, key=lambda scope: sizes[scope.path])
        self._alike: dict[str, list[Node]] = defaultdict(list)
        """The layers of all instances by their path in the block."""
        for scope in instances:
            for node in scope.nodes():
                self._alike[node.path[len(scope.path) :]].append(node)
        names = dict.fromkeys(name for scope in instances for name in scope.arguments)
        columns: dict[tuple[str, ...], str] = {}
        self._same: dict[str, str] = {}
        """Parameters by the first that has the same values everywhere: they are told as that."""
        for name in names:
            column = tuple(str(scope.arguments.get(name)) for scope in instances)
            self._same[name] = columns.setdefault(column, name)
        self.parameters = tuple(name for column, name in columns.items() if len(set(column)) > 1)

    def is_optional(self, path: str) -> bool:
        """Whether some instances have no such layer."""
        relative = path[len(self.richest.path) :]
        return len(self._alike[relative]) < len(self._instances)

    def label(self, unit: Sequence[Node]) -> Label:
        told = layer(unit[0], self._symbols(unit[0]))
        others = {WORDS.get(node.kind, node.kind) for node in self._like(unit[0])}
        others -= {WORDS.get(unit[0].kind, unit[0].kind)}
        details = (*told.details, *(f"or {word}" for word in sorted(others)))
        return joined(unit, Label(told.title, details))

    def _like(self, node: Node) -> list[Node]:
        """The layer that it is in every instance that has it."""
        return self._alike[node.path[len(self.richest.path) :]]

    def _symbols(self, node: Node) -> Mapping[str, str]:
        """What stands for the arguments that are not the same in all instances."""
        alike = [other for other in self._like(node) if type(other.op) is type(node.op)]
        if len({id(other.op) for other in alike}) == 1:
            return {}
        symbols = {}
        for name in node.op.arguments():
            values = [getattr(other.op, name) for other in alike]
            if any(value != values[0] for value in values):
                symbols[name] = self._formula(node, name) or _range(values)
        return symbols

    def _formula(self, node: Node, argument: str) -> str | None:
        """An argument in the block's own parameters: ``4·width``; None if it cannot be told."""
        formula: str | None = node.written.get(argument)
        scope = self._around(node.path)
        while formula is not None and scope is not None and scope is not self.richest:
            formula = _substituted(formula, scope)
            scope = self._around(scope.path)
        known = {*self.richest.arguments, "in_channels"}
        if formula is None or not set(NAME.findall(formula)) <= known:
            return None
        told = _told(NAME.sub(lambda match: self._same.get(match[0], match[0]), formula))
        return told if len(told) <= MAX_FORMULA else None

    def _around(self, path: str) -> Scope | None:
        """The nearest block around a layer or a scope."""
        while path := path.rpartition(".")[0]:
            scope = self._graph.scopes.get(path)
            if scope is not None and (scope.kind or scope is self.richest):
                return scope
        return None

    def table(self, places: Sequence[tuple[Leaf, Sequence[Scope]]]) -> tuple[tuple[str, ...], ...]:
        """A heading and a row for every place where the block is drawn; () if all are alike."""
        if not self.parameters or len(self._instances) < 2:
            return ()
        rows = [row for leaf, scopes in places for row in self._rows(leaf, scopes)]
        if len(rows) > MAX_ROWS:
            rest = f"… {len(rows) - MAX_ROWS + 1} more"
            rows = [*rows[: MAX_ROWS - 1], (rest, *("" for _ in rows[0][1:]))]
        return (("", *self.parameters, "out"), *rows) if rows else ()

    def _rows(self, leaf: Leaf, scopes: Sequence[Scope]) -> list[tuple[str, ...]]:
        """One row for a stack whose instances differ in one parameter at most, else one for each."""
        differing = [
            name
            for name in self.parameters
            if len({str(scope.arguments.get(name)) for scope in scopes}) > 1
        ]
        if len(differing) > 1:
            return [self._row(_short_name(scope), [scope]) for scope in scopes]
        name = leaf.path.rpartition(".")[2] if len(scopes) > 1 else _short_name(scopes[0])
        if len(scopes) > 1 and self._graph.scopes[leaf.path].kind == scopes[0].kind:
            name = f"{_short_name(scopes[0])} … {_short_name(scopes[-1])}"
        return [self._row(name, scopes)]

    def _row(self, name: str, scopes: Sequence[Scope]) -> tuple[str, ...]:
        values = (
            _values([scope.arguments.get(key) for scope in scopes]) for key in self.parameters
        )
        out = str(self._graph.nodes[scopes[-1].output].output.channels)
        return (clean(name, MAX_VALUE), *values, out)


def _short_name(scope: Scope) -> str:
    """``3a`` of inception3a, an Inception; with the stage if it is but a number."""
    stem = (scope.kind or "").lower()
    name = scope.name
    if name.lower().startswith(stem) and name[len(stem) :].strip("_"):
        return name[len(stem) :].strip("_")
    return ".".join(scope.path.split(".")[-2:]) if name.isdigit() else name


def _substituted(formula: str, scope: Scope) -> str | None:
    """The same with the parameters of a block replaced by what its instance was given."""
    missing = False

    def given(match: re.Match[str]) -> str:
        nonlocal missing
        name = match[0]
        if name in scope.written:
            written = scope.written[name]
            return written if NAME.fullmatch(written) or formula == name else f"({written})"
        if name in scope.arguments:
            return str(scope.arguments[name])
        missing = True
        return name

    replaced = NAME.sub(given, formula)
    return None if missing else replaced


def _told(formula: str) -> str:
    """As papers write it: ``4·width``."""
    short = formula.replace("in_channels", "in")
    return re.sub(r"\s*//\s*", "/", re.sub(r"\s*\*\s*", "·", short))


def _range(values: Sequence[Any]) -> str:
    """``64–512``"""
    if all(type(value) is int for value in values):
        return f"{min(values)}–{max(values)}"
    return "…"


def _values(values: Sequence[Any]) -> str:
    """``2 then 1`` of 2, 1, 1, 1."""
    told = [_plain(value) for value in values]
    if len(set(told)) == 1:
        return clean(told[0], MAX_VALUE)
    if len(set(told[1:])) == 1:
        return clean(f"{told[0]} then {told[1]}", MAX_VALUE)
    return clean(f"{told[0]} … {told[-1]}", MAX_VALUE)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)

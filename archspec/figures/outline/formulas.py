"""A block described for all of its instances: names where values differ, and a table of the values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, takewhile
from typing import Any, Final, final

from archspec.describe.layers import LayerLabel, call_label, group_label, layer, paper_name
from archspec.describe.values import span, value
from archspec.escaping import clean
from archspec.figures.outline.diagram import Leaf
from archspec.graph import Graph, Node, Scope
from archspec.op.base import Meaning

MAX_ROWS: Final = 16
MANY_ROWS: Final = 10
"""Of more rows, neighbours that say the same are one."""
MAX_NAME: Final = 28
MAX_VALUE: Final = 18
"""Characters of the first cell of a row, and of the others."""
MAX_FORMULA: Final = 20
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@final
class Formulas:
    """How the layers of one block are described in its inset."""

    def __init__(self, graph: Graph, instances: Sequence[Scope]) -> None:
        self._graph = graph
        self._instances = instances
        sizes = {scope.path: sum(1 for _ in scope.nodes()) for scope in instances}
        self.richest = max(instances, key=lambda scope: sizes[scope.path])
        self._alike: dict[str, list[Node]] = defaultdict(list)
        """The layers of all instances by their path in the block."""
        self._instance: dict[str, Scope] = {}
        """The instance that a layer is in, by the layer's path."""
        for scope in instances:
            for node in scope.nodes():
                self._alike[node.path[len(scope.path) :]].append(node)
                self._instance[node.path] = scope
        names = dict.fromkeys(name for scope in instances for name in scope.arguments)
        columns: dict[tuple[str, ...], str] = {}
        self._same: dict[str, str] = {}
        """Parameters by the first that has the same values everywhere: they go by its name."""
        for name in names:
            column = tuple(str(scope.arguments.get(name)) for scope in instances)
            self._same[name] = columns.setdefault(column, name)
        self.parameters = tuple(name for column, name in columns.items() if len(set(column)) > 1)

    def is_optional(self, path: str) -> bool:
        """Whether some instances have no such layer."""
        relative = path[len(self.richest.path) :]
        return len(self._alike[relative]) < len(self._instances)

    def values(self, group: Sequence[Node]) -> Hashable:
        """Equal for layers whose arguments are equal in every instance."""
        return tuple(tuple(id(other.op) for other in self._like(node)) for node in group)

    def label(self, group: Sequence[Node], *, pytorch: bool = False) -> LayerLabel:
        if pytorch:
            return group_label(
                group, call_label(group[0], self._symbols_of_call(group[0])), pytorch=True
            )
        label = layer(group[0], self._symbols(group[0]))
        others = {paper_name(node.op) for node in self._like(group[0])}
        others -= {paper_name(group[0].op)}
        details = (*label.details, *(f"or {word}" for word in sorted(others)))
        return group_label(group, replace(label, details=details))

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
                symbols[name] = self._formula(node, name) or self._parameter(alike, values)
        groups = node.op.name_of(Meaning.GROUPS) or ""
        if symbols.get(groups, "").isdecimal():
            del symbols[groups]
        return symbols

    def _symbols_of_call(self, node: Node) -> Mapping[str, str]:
        """The same for the arguments that PyTorch's module has, such as the input channels."""
        alike = [other for other in self._like(node) if type(other.op) is type(node.op)]
        calls = [other.op.lowered(*other.inputs).arguments for other in alike]
        symbols = dict(self._symbols(node))
        for name, given in calls[0].items():
            values = [call.get(name) for call in calls]
            if name not in symbols and any(other != given for other in values):
                symbols[name] = "in" if name in node.op.inferred else _range(values)
        return symbols

    def _formula(self, node: Node, argument: str) -> str | None:
        """An argument in the block's own parameters: ``4·width``; None if it is not one of these."""
        formula: str | None = node.written.get(argument)
        scope = self._around(node.path)
        while formula is not None and scope is not None and scope is not self.richest:
            formula = _substituted(formula, scope)
            scope = self._around(scope.path)
        known = {*self.richest.arguments, "in_channels"}
        if formula is None or not set(NAME.findall(formula)) <= known:
            return None
        text = _in_papers(NAME.sub(lambda match: self._same.get(match[0], match[0]), formula))
        return text if len(text) <= MAX_FORMULA else None

    def _parameter(self, alike: Sequence[Node], values: Sequence[Any]) -> str:
        """The parameter that has these values in all of the instances, or else their range."""
        scopes = [self._instance[node.path] for node in alike]
        for name in self.parameters:
            if [scope.arguments.get(name) for scope in scopes] == list(values):
                return _shown(name)
        return _range(values)

    def _around(self, path: str) -> Scope | None:
        """The nearest block around a layer or a scope."""
        while path := path.rpartition(".")[0]:
            scope = self._graph.scopes.get(path)
            if scope is not None and (scope.block or scope is self.richest):
                return scope
        return None

    def table(self, places: Sequence[tuple[Leaf, Sequence[Scope]]]) -> tuple[tuple[str, ...], ...]:
        """A heading and a row for every place where the block is drawn; () if all are alike."""
        if not self.parameters or len(self._instances) < 2:
            return ()
        named = [one for leaf, scopes in places for one in self._named(leaf, scopes)]
        names = [name for name, _ in named]
        if len(set(names)) < len(names):
            named = self._by_values([scope for _, scopes in named for scope in scopes])
        if len(named) > MANY_ROWS:
            named = self._merged(named)
        rows = [self._row(name, scopes) for name, scopes in named]
        if len(rows) > MAX_ROWS:
            rest = f"… {len(rows) - MAX_ROWS + 1} more"
            rows = [*rows[: MAX_ROWS - 1], (rest, *("" for _ in rows[0][1:]))]
        heading = ("", *(_shown(name) for name in self.parameters), "out")
        columns = list(zip(heading, *rows, strict=True))
        if any(column[1:] == columns[-1][1:] for column in columns[1:-1]):
            columns.pop()
        return tuple(zip(*columns, strict=True)) if rows else ()

    def _named(self, leaf: Leaf, scopes: Sequence[Scope]) -> list[tuple[str, Sequence[Scope]]]:
        """Names with the instances that they mean: one for a stack whose instances differ in one
        parameter at most, else one for each instance."""
        differing = [
            name
            for name in self.parameters
            if len({str(scope.arguments.get(name)) for scope in scopes}) > 1
        ]
        if len(scopes) == 1 or len(differing) > 1:
            return [(_short_name(scope), [scope]) for scope in scopes]
        name = leaf.path.rpartition(".")[2]
        if self._graph.scopes[leaf.path].block == scopes[0].block:
            name = f"{_short_name(scopes[0])} … {_short_name(scopes[-1])}"
        return [(name, scopes)]

    def _merged(
        self, named: Sequence[tuple[str, Sequence[Scope]]]
    ) -> list[tuple[str, Sequence[Scope]]]:
        """Rows with what follows them and says the same."""
        merged = []
        for _, alike in groupby(named, lambda row: [self._all_values(scope) for scope in row[1]]):
            rows = list(alike)
            merged.append((span([rows[0][0], rows[-1][0]]), rows[0][1]))
        return merged

    def _by_values(self, scopes: Sequence[Scope]) -> list[tuple[str, Sequence[Scope]]]:
        """Neighbours with the same values together, called by the place that has them all."""
        groups = [list(alike) for _, alike in groupby(scopes, self._all_values)]
        return [(self._place(group), group) for group in groups]

    def _all_values(self, scope: Scope) -> tuple[str, ...]:
        return tuple(str(scope.arguments.get(name)) for name in self.parameters)

    def _place(self, group: Sequence[Scope]) -> str:
        """The one scope around all of a group and around no other instance, or first and last."""
        first, last = group[0].path, group[-1].path
        shared = ".".join(_beginning(first.split("."), last.split(".")))
        inside = [other for other in self._instances if other.path.startswith(f"{shared}.")]
        if shared and len(inside) == len(group) > 1:
            return shared
        return span([first, last])

    def _row(self, name: str, scopes: Sequence[Scope]) -> tuple[str, ...]:
        values = (
            _values([scope.arguments.get(key) for scope in scopes]) for key in self.parameters
        )
        out = str(self._graph.nodes[scopes[-1].output].output.channels)
        return (clean(name, MAX_NAME), *values, out)


def _beginning(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """What two sequences begin with."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False))
    return [one for one, _ in pairs]


def _short_name(scope: Scope) -> str:
    """``3a`` of inception3a, an Inception; with the stage if it is but a number."""
    stem = (scope.block or "").lower()
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


def _in_papers(formula: str) -> str:
    """As papers write it: ``4·width``."""
    short = NAME.sub(lambda match: _shown(match[0]), formula)
    return re.sub(r"\s*//\s*", "/", re.sub(r"\s*\*\s*", "·", short))


def _shown(name: str) -> str:
    """A parameter as formulas and tables call it."""
    return {"in_channels": "in", "kernel_size": "k"}.get(name, name)


def _range(values: Sequence[Any]) -> str:
    """``64–512``"""
    if all(type(value) is int for value in values):
        return f"{min(values)}–{max(values)}"
    return "…"


def _values(values: Sequence[Any]) -> str:
    """``2 then 1`` of 2, 1, 1, 1."""
    texts = [value(given) for given in values]
    if len(set(texts)) == 1:
        return clean(texts[0], MAX_VALUE)
    if len(set(texts[1:])) == 1:
        return clean(f"{texts[0]} then {texts[1]}", MAX_VALUE)
    return clean(f"{texts[0]} … {texts[-1]}", MAX_VALUE)

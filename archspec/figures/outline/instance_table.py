"""The table beside the inset of a block: the values of its parameters, and which of its layers an
instance has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, product, takewhile
from typing import Final, final

from archspec.describe.layers import layer
from archspec.describe.values import span, value
from archspec.escaping import clean
from archspec.figures.outline.diagram import Leaf
from archspec.figures.outline.formulas import Formulas, shown
from archspec.graph import Graph, Member, Scope

MAX_ROWS: Final = 16
MANY_ROWS: Final = 10
"""Of more rows, neighbours that say the same are one."""
MAX_NAME: Final = 28
MAX_VALUE: Final = 18
"""Characters of the first cell of a row, and of the others."""
MAX_LONG_NAME: Final = 32
"""Characters of the first cell where fewer would make two rows one."""
MAX_PARTS: Final = 4
"""Columns for what some instances lack."""


@final
class InstanceTable:
    """The rows of one block."""

    def __init__(self, graph: Graph, formulas: Formulas) -> None:
        self._graph = graph
        self._union = formulas.union
        self._parameters = formulas.parameters
        self._parts = self._optional_parts()
        """What some instances lack, each with the paths of those that have it."""

    def rows(self, places: Sequence[tuple[Leaf, Sequence[Scope]]]) -> tuple[tuple[str, ...], ...]:
        """A heading and a row for every place where the block is drawn; () if all are alike."""
        if not (self._parameters or self._parts) or len(self._union.instances) < 2:
            return ()
        named = [one for leaf, scopes in places for one in self._named(leaf, scopes)]
        names = [name for name, _ in named]
        if len(set(names)) < len(names):
            named = self._by_values([scope for _, scopes in named for scope in scopes])
        if len(named) > MANY_ROWS:
            named = self._merged(named)
        names = _shortened([name for name, _ in named])
        rows = [self._row(name, one[1]) for name, one in zip(names, named, strict=True)]
        if len(rows) > MAX_ROWS:
            rest = f"… {len(rows) - MAX_ROWS + 1} more"
            rows = [*rows[: MAX_ROWS - 1], (rest, *("" for _ in rows[0][1:]))]
        heading = ("", *(shown(name) for name in self._parameters), *self._parts, "out")
        columns = list(zip(heading, *rows, strict=True))
        if any(column[1:] == columns[-1][1:] for column in columns[1:-1]):
            columns.pop()
        return tuple(zip(*columns, strict=True)) if rows else ()

    def _named(self, leaf: Leaf, scopes: Sequence[Scope]) -> list[tuple[str, Sequence[Scope]]]:
        """Names with the instances that they mean: one for a stack whose instances differ in one
        parameter at most, else one for each instance."""
        differing = [
            name
            for name in self._parameters
            if len({str(scope.arguments.get(name)) for scope in scopes}) > 1
        ]
        texts = (
            _values([value(scope.arguments.get(name)) for scope in scopes]) for name in differing
        )
        if len(scopes) == 1 or len(differing) > 1 or None in texts:
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
        return (
            *(str(scope.arguments.get(name)) for name in self._parameters),
            *(str(scope.path in having) for having in self._parts.values()),
        )

    def _optional_parts(self) -> Mapping[str, frozenset[str]]:
        """Of what goes together the outermost, and nothing that a parameter says already."""
        said = {frozenset(scope.path for scope in self._union.instances)}
        said.update(*map(self._said_by, self._parameters))
        found: dict[frozenset[str], str] = {}
        for path, members in self._union.alike.items():
            having = frozenset(members)
            if having not in said:
                found.setdefault(having, _part_name(path, members))
        return {name: having for having, name in list(found.items())[:MAX_PARTS]}

    def _said_by(self, parameter: str) -> Iterator[frozenset[str]]:
        """The instances that have what a parameter asks for, and the others: how many of it, where
        its values are 0, 1, ... to the largest one, else whether it is there."""
        given = {scope.path: scope.arguments.get(parameter) for scope in self._union.instances}
        counts = {value for value in given.values() if isinstance(value, int)}
        is_count = len(counts) > 1 and counts == {*range(len(counts))}
        for least in range(1, len(counts) if is_count else 2):
            having = frozenset(
                path for path, value in given.items() if value and (not is_count or value >= least)
            )
            yield from (having, frozenset(given) - having)

    def _place(self, group: Sequence[Scope]) -> str:
        """The one scope around all of a group and around no other instance, or first and last."""
        first, last = group[0].path, group[-1].path
        shared = ".".join(_beginning(first.split("."), last.split(".")))
        inside = [other for other in self._union.instances if other.path.startswith(f"{shared}.")]
        if shared and len(inside) == len(group) > 1:
            return shared
        return span([first, last])

    def _row(self, name: str, scopes: Sequence[Scope]) -> tuple[str, ...]:
        values = (
            _values([value(scope.arguments.get(key)) for scope in scopes])
            for key in self._parameters
        )
        parts = (
            _values(["yes" if scope.path in having else "–" for scope in scopes])
            for having in self._parts.values()
        )
        out = str(self._graph.nodes[scopes[-1].output].output.channels)
        return (clean(name), *(one or "…" for one in (*values, *parts)), out)


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


def _part_name(path: str, members: Mapping[str, Member]) -> str:
    """The name of a layer or a scope; what papers call it, if it has but a number."""
    name, first = path.rpartition(".")[2], next(iter(members.values()))
    if not name.rstrip("′").isdigit():
        return clean(name, MAX_VALUE)
    return clean(
        (first.block or name) if isinstance(first, Scope) else layer(first).title, MAX_VALUE
    )


def _shortened(names: Sequence[str]) -> list[str]:
    """Names without what is left out of long ones, in their middle, as long as no two become one."""
    whole = list(map(clean, names))
    if any(len(name) > MAX_NAME for name in whole):
        levels = [name.split(".")[:-1] for name in whole]
        shared = len(_beginning(min(levels), max(levels)))
        whole = [".".join(name.split(".")[shared:]) for name in whole]
    for most, head in product((MAX_NAME, MAX_LONG_NAME), range(MAX_NAME // 3, MAX_NAME * 2 // 3)):
        short = [_middle_cut(name, head, most) for name in whole]
        if len(set(short)) == len(set(whole)):
            return short
    return whole


def _middle_cut(name: str, head: int, most: int) -> str:
    return name if len(name) <= most else f"{name[:head]}…{name[head + 1 - most :]}"


def _values(texts: Sequence[str]) -> str | None:
    """``2 then 1`` of 2, 1, 1, 1; None if that would hide one of them."""
    if len(set(texts)) == 1:
        return clean(texts[0], MAX_VALUE)
    if len(set(texts[1:])) == 1:
        return clean(f"{texts[0]} then {texts[1]}", MAX_VALUE)
    found = ", ".join(texts)
    return clean(found) if len(found) <= MAX_VALUE else None

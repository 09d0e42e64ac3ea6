"""The layers of a block described for all of its instances: names where values differ."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, final

from archspec.describe.layers import (
    SEPARATOR,
    LayerLabel,
    call_label,
    group_label,
    layer,
    paper_name,
)
from archspec.figures.outline.union import Union
from archspec.graph import Graph, Member, Node, Scope
from archspec.op.base import Meaning, Role

MAX_FORMULA: Final = 20
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


@final
class Formulas:
    """How the layers of one block are described in its inset."""

    def __init__(self, graph: Graph, union: Union) -> None:
        self.graph = graph
        self.union = union
        self._instances = union.instances
        self._scopes = {scope.path: scope for scope in union.instances}
        names = dict.fromkeys(name for scope in self._instances for name in scope.arguments)
        columns: dict[tuple[str, ...], str] = {}
        self._same: dict[str, str] = {}
        """Parameters by the first that has the same values everywhere: they go by its name."""
        for name in names:
            column = tuple(str(scope.arguments.get(name)) for scope in self._instances)
            self._same[name] = columns.setdefault(column, name)
        self.parameters = tuple(name for column, name in columns.items() if len(set(column)) > 1)

    def values(self, group: Sequence[Member]) -> Hashable:
        """Equal for layers whose arguments are equal in every instance, and which the same ones have."""
        return tuple(
            tuple(
                (place, id(one.op) if isinstance(one, Node) else None)
                for place, one in self.union.alike[member.path].items()
            )
            for member in group
        )

    def label(self, group: Sequence[Node], *, pytorch: bool = False) -> LayerLabel:
        if pytorch:
            return group_label(
                group, call_label(group[0], self._symbols_of_call(group[0])), pytorch=True
            )
        head, *others = group
        label = layer(head, self._symbols(head))
        words = [*self._other_names(head), *(word for node in others for word in self._names(node))]
        if head.op.role is Role.NORM and not label.details:
            return LayerLabel(SEPARATOR.join((label.title, *words)))
        return replace(label, details=(*label.details, *words))

    def _names(self, node: Node) -> Iterator[str]:
        """``ReLU or SiLU``, if it is not the same in all instances."""
        yield " ".join((paper_name(node.op), *self._other_names(node)))

    def _other_names(self, node: Node) -> list[str]:
        others = {paper_name(other.op) for other in self._like(node)} - {paper_name(node.op)}
        return [f"or {name}" for name in sorted(others)]

    def _like(self, node: Node) -> list[Node]:
        """The layer that it is in every instance that has it."""
        alike = self.union.alike[node.path].values()
        return [member for member in alike if isinstance(member, Node)]

    def _symbols(self, node: Node) -> Mapping[str, str]:
        """What stands for the arguments that are not the same in all instances."""
        alike = [other for other in self._like(node) if type(other.op) is type(node.op)]
        if len({id(other.op) for other in alike}) == 1:
            return {}
        symbols = {}
        for name in node.op.arguments():
            values = [getattr(other.op, name) for other in alike]
            if any(value != values[0] for value in values):
                symbols[name] = self._formula(node, name) or self._parameter(node, values)
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
        place, member = next(iter(self.union.alike[node.path].items()))
        whole = self._scopes[place]
        scope = self._around(member.path, whole)
        while formula is not None and scope is not None and scope is not whole:
            formula = _substituted(formula, scope)
            scope = self._around(scope.path, whole)
        known = {*whole.arguments, "in_channels"}
        if formula is None or not set(NAME.findall(formula)) <= known:
            return None
        text = _in_papers(NAME.sub(lambda match: self._same.get(match[0], match[0]), formula))
        return text if len(text) <= MAX_FORMULA else None

    def _parameter(self, node: Node, values: Sequence[Any]) -> str:
        """The parameter that has these values in all of the instances, or else their range."""
        scopes = [
            self._scopes[place]
            for place, member in self.union.alike[node.path].items()
            if isinstance(member, Node) and type(member.op) is type(node.op)
        ]
        for name in self.parameters:
            if [scope.arguments.get(name) for scope in scopes] == list(values):
                return shown(name)
        return _range(values)

    def _around(self, path: str, whole: Scope) -> Scope | None:
        """The nearest block around a layer or a scope, inside of an instance."""
        while path := path.rpartition(".")[0]:
            scope = self.graph.scopes.get(path)
            if scope is not None and (scope.block or scope is whole):
                return scope
        return None


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
    short = NAME.sub(lambda match: shown(match[0]), formula)
    return re.sub(r"\s*//\s*", "/", re.sub(r"\s*\*\s*", "·", short))


def shown(name: str) -> str:
    """A parameter as formulas and tables call it."""
    return {"in_channels": "in", "kernel_size": "k"}.get(name, name)


def _range(values: Sequence[Any]) -> str:
    """``64–512``"""
    if all(type(value) is int for value in values):
        return f"{min(values)}–{max(values)}"
    return "…"

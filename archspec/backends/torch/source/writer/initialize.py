"""The function that gives a network its initial weights."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final, final

from archspec.backends.torch.source.formatting import Atom, call, flat, lines, literal
from archspec.backends.torch.source.own_layers import printed_name
from archspec.graph import Graph, InitRule, Node


@final
@dataclass(frozen=True, slots=True)
class _Assignment:
    """One tensor of the modules that a rule means."""

    tensor: str
    function: str
    arguments: Mapping[str, Any]
    guard: str | None
    """By what a module with the tensor is recognised; None if every one has. It is "{}" for the
    module."""


@final
@dataclass(frozen=True, slots=True)
class _Branch:
    """A rule as it applies to a network."""

    nodes: tuple[Node, ...]
    modules: tuple[str, ...]
    """The classes of the layers."""
    path: str | None
    """A regular expression for their names."""
    assignments: tuple[_Assignment, ...]


@final
@dataclass(frozen=True, slots=True)
class Initialization:
    """What gives a network its initial weights: lines of its constructor, and a function."""

    statements: tuple[str, ...] = ()
    function: tuple[str, ...] = ()


def initialization(graph: Graph) -> Initialization:
    """The rules of a network as source.

    Rules by op are branches of ``def initialize(module)``: of one ``if`` if they cannot meet; else
    all apply in their order, so that the last one holds. Rules by path that come last and mean a
    few layers are written in the constructor; others make ``initialize`` look at the names, too.
    """
    found = (_branch(graph, rule) for rule in graph.init)
    branches = [branch for branch in found if branch is not None]
    by_op = list(takewhile(lambda branch: branch.path is None, branches))
    by_name = branches[len(by_op) :]
    if sum(len(branch.nodes) for branch in by_name) <= MAX_DIRECT and all(
        branch.path is not None and all(a.guard is None for a in branch.assignments)
        for branch in by_name
    ):
        direct = [line for branch in by_name for line in _direct(branch)]
        called = ["        self.apply(initialize)"] if by_op else []
        return Initialization((*called, *direct), tuple(_function(by_op, named=False)))
    called = [
        "        for name, module in self.named_modules():",
        "            initialize(name, module)",
    ]
    return Initialization(tuple(called), tuple(_function(branches, named=True)))


MAX_DIRECT: Final = 8
"""Layers up to which rules by path are written in the constructor."""


def _direct(branch: _Branch) -> Iterator[str]:
    """``nn.init.ones_(self.conv2.bias)`` for every layer."""
    for node in branch.nodes:
        attributes = all(name.isidentifier() for name in node.path.split("."))
        module = f"self.{node.path}" if attributes else f'self.get_submodule("{node.path}")'
        for assignment in branch.assignments:
            yield from _statement(assignment, module)


def _function(branches: list[_Branch], *, named: bool) -> list[str]:
    if not branches:
        return []
    signature = "name: str, module: nn.Module" if named else "module: nn.Module"
    text = [f"def initialize({signature}) -> None:"]
    modules = [module for branch in branches for module in branch.modules]
    disjoint = not named and len(modules) == len(set(modules))
    for k, branch in enumerate(branches):
        text += _told(branch, "elif " if k and disjoint else "if ")
    return text


def _branch(graph: Graph, rule: InitRule) -> _Branch | None:
    """What a rule does in a network; None if it means no layer."""
    own = [node for node in graph.layers if node.weights is None and node.cost.parameters]
    tensors: dict[str, set[str]] = defaultdict(set)
    for node in own:
        tensors[_module(node)].update(node.cost.parameters)
    nodes = [
        node
        for node in own
        if rule.matches(node) and not tensors[_module(node)].isdisjoint(rule.tensors)
    ]
    assignments = []
    for tensor, (function, arguments) in rule.tensors.items():
        guard = None
        if any(tensor not in tensors[_module(node)] for node in nodes):
            guard = f'getattr({{}}, "{tensor}", None) is not None'
        elif any(tensor not in node.cost.parameters for node in nodes):
            guard = f"{{}}.{tensor} is not None"
        if any(tensor in node.cost.parameters for node in nodes):
            assignments.append(_Assignment(tensor, function, arguments, guard))
    if not assignments:
        return None
    modules = {_module(node): None for node in nodes}
    meant = [
        node
        for node in graph.layers
        if node.weights is None and _module(node) in modules and rule.means(node.path)
    ]
    path = rule.path
    if meant != nodes:  # another op makes the same torch.nn class
        path = "|".join(re.escape(node.path) for node in nodes)
    return _Branch(tuple(nodes), tuple(modules), path, tuple(assignments))


def _module(node: Node) -> str:
    """What a layer is in the source; merges are functions."""
    return printed_name(node.op.lowered(*node.inputs).target)


def _told(branch: _Branch, word: str) -> list[str]:
    modules = call("isinstance", Atom("module"), Atom(" | ".join(branch.modules)))
    if branch.path is None:
        text = lines(word, modules, ":", depth=1)
    else:
        match = call("re.fullmatch", _pattern(branch.path), Atom("name"))
        text = lines(f"{word}{flat(modules)} and ", match, ":", depth=1)
    for assignment in branch.assignments:
        text += _statement(assignment, "module")
    return text


def _pattern(path: str) -> Atom:
    """A regular expression as a person would write it."""
    return Atom(f'r"{path}"' if "\\" in path and '"' not in path else literal(path))


def _statement(assignment: _Assignment, module: str) -> list[str]:
    items = [("", Atom(f"{module}.{assignment.tensor}"))]
    items += [(f"{name}=", Atom(literal(value))) for name, value in assignment.arguments.items()]
    statement = call(f"nn.init.{assignment.function}_", *items)
    if assignment.guard is None:
        return lines("", statement, depth=2)
    guard = f"        if {assignment.guard.format(module)}:"
    return [guard, *lines("", statement, depth=3)]

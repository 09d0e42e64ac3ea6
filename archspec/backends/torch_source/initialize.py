"""The function that gives a network its initial weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from archspec.backends.torch_source.layers import printed_name
from archspec.backends.torch_source.layout import Atom, call, flat, lines, literal
from archspec.graph import Graph, InitRule, Node


@final
@dataclass(frozen=True, slots=True)
class _Assignment:
    """One tensor of the modules that a rule means."""

    tensor: str
    function: str
    arguments: Mapping[str, Any]
    always: bool
    """Every module has the tensor."""


@final
@dataclass(frozen=True, slots=True)
class _Branch:
    """A rule as it applies to a network."""

    modules: tuple[str, ...]
    path: str | None
    """A regular expression for the names of the modules."""
    assignments: tuple[_Assignment, ...]


def initialize_function(graph: Graph) -> list[str]:
    """``def initialize(module)`` with a branch for every rule; empty without rules.

    Rules that cannot meet are branches of one ``if``; else all apply in their order, so that the
    last one holds.
    """
    branches = _branches(graph)
    if not branches:
        return []
    named = _by_name(branches)
    signature = "name: str, module: nn.Module" if named else "module: nn.Module"
    text = [f"def initialize({signature}) -> None:"]
    modules = [module for branch in branches for module in branch.modules]
    disjoint = not named and len(modules) == len(set(modules))
    for k, branch in enumerate(branches):
        text += _told(branch, "elif " if k and disjoint else "if ")
    return text


def initialize_call(graph: Graph) -> list[str]:
    """How the constructor of the network calls it."""
    branches = _branches(graph)
    if not branches:
        return []
    if not _by_name(branches):
        return ["        self.apply(initialize)"]
    return [
        "        for name, module in self.named_modules():",
        "            initialize(name, module)",
    ]


def _branches(graph: Graph) -> list[_Branch]:
    found = (_branch(graph, rule) for rule in graph.init)
    return [branch for branch in found if branch is not None]


def _by_name(branches: list[_Branch]) -> bool:
    return any(branch.path is not None for branch in branches)


def _branch(graph: Graph, rule: InitRule) -> _Branch | None:
    """What a rule does in a network; None if it means no layer."""
    nodes = [node for node in graph.layers if node.cost.parameters and rule.matches(node)]
    assignments = []
    for tensor, (function, arguments) in rule.tensors.items():
        having = sum(tensor in node.cost.parameters for node in nodes)
        if having:
            always = having == len(nodes)
            assignments.append(_Assignment(tensor, function, arguments, always))
    if not assignments:
        return None
    modules = {_module(node): None for node in nodes}
    meant = [
        node
        for node in graph.layers
        if _module(node) in modules and (rule.path is None or re.fullmatch(rule.path, node.path))
    ]
    path = rule.path
    if meant != nodes:  # another op makes the same torch.nn class
        path = "|".join(re.escape(node.path) for node in nodes)
    return _Branch(tuple(modules), path, tuple(assignments))


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
        text += _statement(assignment)
    return text


def _pattern(path: str) -> Atom:
    """A regular expression as a person would write it."""
    return Atom(f'r"{path}"' if "\\" in path and '"' not in path else literal(path))


def _statement(assignment: _Assignment) -> list[str]:
    items = [("", Atom(f"module.{assignment.tensor}"))]
    items += [(f"{name}=", Atom(literal(value))) for name, value in assignment.arguments.items()]
    statement = call(f"nn.init.{assignment.function}_", *items)
    if assignment.always:
        return lines("", statement, depth=2)
    guard = f"        if module.{assignment.tensor} is not None:"
    return [guard, *lines("", statement, depth=3)]

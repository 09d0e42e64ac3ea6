"""The function that gives a network its initial weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.backends.torch_source.layers import printed_name
from archspec.backends.torch_source.layout import Atom, call, lines, literal
from archspec.graph import Graph, InitRule, Node


def initialize_function(graph: Graph) -> list[str]:
    """``def initialize(module)`` with a branch for every rule; empty without rules.

    Rules that cannot meet are branches of one ``if``; else all apply in their order, so that the
    last one holds.
    """
    named = any(rule.path is not None for rule in graph.init)
    branches = [
        branch for rule in graph.init if (branch := _branch(graph, rule, named=named)) is not None
    ]
    if not branches:
        return []
    signature = "name: str, module: nn.Module" if named else "module: nn.Module"
    text = [f"def initialize({signature}) -> None:"]
    disjoint = not named and len({kind for _, kinds, _ in branches for kind in kinds}) == sum(
        len(kinds) for _, kinds, _ in branches
    )
    for k, (condition, _, body) in enumerate(branches):
        word = "elif" if k and disjoint else "if"
        text += [f"    {word} {condition}:", *body]
    return text


def _branch(
    graph: Graph, rule: InitRule, *, named: bool
) -> tuple[str, frozenset[str], list[str]] | None:
    """Condition, the modules it is about, and what is done; None if no layer is meant."""
    nodes = [node for node in graph.layers if node.cost.parameters and rule.matches(node)]
    body: list[str] = []
    for tensor, (function, arguments) in rule.tensors.items():
        having = [node for node in nodes if tensor in node.cost.parameters]
        if having:
            body += _statement(tensor, function, arguments, always=len(having) == len(nodes))
    if not body:
        return None
    kinds = {_module(node): None for node in nodes}
    condition = f"isinstance(module, {' | '.join(kinds)})"
    if rule.path is not None:
        condition += f" and re.fullmatch({literal(rule.path)}, name)"
    return condition, frozenset(kinds), body


def _module(node: Node) -> str:
    return printed_name(node.op.lowered(*node.inputs).target)


def _statement(
    tensor: str, function: str, arguments: Mapping[str, Any], *, always: bool
) -> list[str]:
    items = [("", Atom(f"module.{tensor}"))]
    items += [(f"{name}=", Atom(literal(value))) for name, value in arguments.items()]
    statement = call(f"nn.init.{function}_", *items)
    if always:
        return lines("", statement, depth=2)
    return [f"        if module.{tensor} is not None:", *lines("", statement, depth=3)]

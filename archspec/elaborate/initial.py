"""The rules for initial weights, checked against the functions of torch.nn.init."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, final

from archspec.diagnostics import Diagnostic, Label, SpecError, failure, near, renamed, renamed_key
from archspec.elaborate.body import Builder
from archspec.elaborate.edits import MAX_QUESTIONS
from archspec.elaborate.selectors import Selection, selection
from archspec.graph import Graph, InitRule
from archspec.language.names import evaluate, told
from archspec.text import Origin

NONLINEARITIES: Final = frozenset(
    ["linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]
)
FUNCTIONS: Final[dict[str, dict[str, Any]]] = {
    "constant": {"val": 0.0},
    "zeros": {},
    "ones": {},
    "uniform": {"a": 0.0, "b": 1.0},
    "normal": {"mean": 0.0, "std": 1.0},
    "trunc_normal": {"mean": 0.0, "std": 1.0, "a": -2.0, "b": 2.0},
    "xavier_uniform": {"gain": 1.0},
    "xavier_normal": {"gain": 1.0},
    "kaiming_uniform": {"a": 0.0, "mode": "fan_in", "nonlinearity": "leaky_relu"},
    "kaiming_normal": {"a": 0.0, "mode": "fan_in", "nonlinearity": "leaky_relu"},
    "orthogonal": {"gain": 1.0},
    "dirac": {"groups": 1},
}
"""Functions of torch.nn.init without their underscore, with the defaults of their arguments."""

_WORDS: Final = {"mode": frozenset({"fan_in", "fan_out"}), "nonlinearity": NONLINEARITIES}


def init_rules(builder: Builder, graph: Graph) -> tuple[InitRule, ...]:
    """The spec's rules, in its order; mistakes are noted."""
    written = builder.program.init
    if written is None:
        return ()
    rules = []
    kinds = _kinds(graph)
    questions = 0
    for k, item in enumerate(written.value):
        at = written.origin / k
        if questions > MAX_QUESTIONS:
            builder.mistakes.stop(
                f"more than {MAX_QUESTIONS:,} times a layer and a rule for initial weights", at
            )
        try:
            chosen = selection(item.op, item.path, at, builder.known, "bad-init")
            if not item.tensors:
                raise failure(
                    "bad-init", "the rule says nothing about a tensor", at.value,
                    help="{op: Linear, weight: {normal: {std: 0.01}}, bias: 0}",
                )  # fmt: skip
            tensors = {
                name: _function(builder, raw, at / name) for name, raw in item.tensors.items()
            }
        except SpecError as error:
            builder.mistakes.note(error)
            continue
        rule = _rule(chosen, tensors, graph, kinds)
        questions += chosen.work + len(rule.layers)
        _check_tensors(builder, rule, kinds, at)
        rules.append(rule)
    return tuple(rules)


@final
class _Kind(NamedTuple):
    """What layers have in common as far as a rule for initial weights sees them."""

    names: frozenset[str]
    """Of the op, and of the torch.nn class that it makes."""
    tensors: tuple[str, ...]


_Kinds = Mapping[_Kind, frozenset[str]]
"""The paths of the layers of each kind."""


def _kinds(graph: Graph) -> _Kinds:
    names: dict[Any, frozenset[str]] = {}
    found: dict[_Kind, list[str]] = {}
    for node in graph.layers:
        key = id(node.op), node.inputs
        if key not in names:
            module, _, made = node.op.lowered(*node.inputs).target.rpartition(".")
            names[key] = frozenset([node.op_name, made] if module == "torch.nn" else [node.op_name])
        kind = _Kind(names[key], tuple(node.cost.parameters))
        found.setdefault(kind, []).append(node.path)
    return {kind: frozenset(paths) for kind, paths in found.items()}


def _rule(chosen: Selection, tensors: dict[str, Any], graph: Graph, kinds: _Kinds) -> InitRule:
    """The rule of a selection, with the layers that it means in a network."""
    layers = frozenset[str]().union(
        *(
            paths
            for kind, paths in kinds.items()
            if chosen.ops is None or not chosen.ops.isdisjoint(kind.names)
        )
    )
    if chosen.paths is None:
        return InitRule(chosen.ops, None, tensors, None, layers)
    found = [node.path for node in graph.layers if chosen.paths.matches(node.path)]
    pattern = chosen.paths.pattern
    if pattern is None:
        pattern = "|".join(map(re.escape, found))
    return InitRule(chosen.ops, pattern, tensors, frozenset(found), layers.intersection(found))


def _check_tensors(builder: Builder, rule: InitRule, kinds: _Kinds, at: Origin) -> None:
    """Every tensor of a rule belongs to some layer (``bias`` may be switched off)."""
    known = {"weight", "bias"}
    for kind, paths in kinds.items():
        if not rule.layers.isdisjoint(paths):
            known.update(kind.tensors)
    for name in rule.tensors:
        if name not in known:
            builder.mistakes.note(
                SpecError(
                    [
                        Diagnostic(
                            "bad-init",
                            f"no layer that the rule means has a tensor '{name}'",
                            (Label((at / name).key),),
                            near(name, known),
                            renamed_key(name, known, at / name),
                        )
                    ]
                )
            )


def _function(builder: Builder, raw: Any, at: Origin) -> tuple[str, dict[str, Any]]:
    """A number, the name of a function, or a function with arguments."""
    if isinstance(raw, str) and raw in FUNCTIONS:
        return raw, {}
    if isinstance(raw, dict):
        if len(raw) != 1:
            raise failure("bad-init", "one function for each tensor", at.value)
        name, given = next(iter(raw.items()))
        if name not in FUNCTIONS:
            raise failure(
                "bad-init", f"torch.nn.init has no '{name}'", (at / name).key,
                help=near(name, FUNCTIONS) or f"it has {', '.join(FUNCTIONS)}",
                fix=renamed_key(name, FUNCTIONS, at / name),
            )  # fmt: skip
        if not isinstance(given, dict):
            raise failure(
                "bad-init", f"the arguments of {name} are a mapping", (at / name).value,
                help=f"{{{name}: {{{', '.join(f'{key}: ...' for key in FUNCTIONS[name])}}}}}",
            )  # fmt: skip
        return name, {
            key: _argument(builder, name, key, value, at / name / key)
            for key, value in given.items()
        }
    if isinstance(raw, str) and raw.isidentifier() and builder.top.holder(raw) is None:
        raise failure(
            "bad-init", f"torch.nn.init has no '{raw}'", at.value,
            help=near(raw, FUNCTIONS) or f"it has {', '.join(FUNCTIONS)}",
            fix=renamed(raw, FUNCTIONS, at.value),
        )  # fmt: skip
    value = evaluate(raw, at, builder.top)
    if type(value) not in (int, float):
        raise failure(
            "bad-init", f"a number or a function is expected here, not {told(value)}", at.value
        )
    return {0: ("zeros", {}), 1: ("ones", {})}.get(value, ("constant", {"val": value}))


def _argument(builder: Builder, function: str, name: str, raw: Any, at: Origin) -> Any:
    defaults = FUNCTIONS[function]
    if name not in defaults:
        raise failure(
            "bad-init", f"{function} has no argument '{name}'", at.key,
            help=near(name, defaults) or f"it has {', '.join(defaults) or 'none'}",
            fix=renamed_key(name, defaults, at),
        )  # fmt: skip
    if name in _WORDS:
        if raw not in _WORDS[name]:
            raise failure(
                "bad-init", f"'{raw}' is not a {name}", at.value, help=near(str(raw), _WORDS[name])
            )
        return raw
    value = evaluate(raw, at, builder.top)
    if type(value) not in (int, float):
        raise failure("bad-init", f"'{name}' is a number, not {told(value)}", at.value)
    return value

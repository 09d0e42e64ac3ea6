"""The rules for initial weights, checked against the functions of torch.nn.init."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from archspec.diagnostics import Diagnostic, Fix, Label, SpecError, failure, fix_key, fix_name, near
from archspec.elaborate.edits.edit_list import MAX_QUESTIONS
from archspec.elaborate.edits.selectors import Selection, selection
from archspec.elaborate.rules.collector import Collector
from archspec.elaborate.rules.home import Home
from archspec.graph import Graph, InitRule, Node
from archspec.language.model import Init
from archspec.language.names import Environment, describe_value, evaluate
from archspec.ops import registry
from archspec.text import Origin, Span

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


def init_rules(
    home: Home, graph: Graph, collector: Collector, part: str = "", scope: str = ""
) -> tuple[InitRule, ...]:
    """The rules of a text, in its order; what is wrong with them is noted. The text of a ``part``
    means its layers only, and that of a ``scope`` of it by their paths in the whole."""
    written = home.program.init
    if written is None:
        return ()
    rules = []
    prefix = f"{part}." if part else ""
    layers = [node for node in graph.layers if node.path.startswith(prefix)]
    forms = _forms(layers)
    questions = 0
    for k, item in enumerate(written.value):
        at = written.origin / k
        if questions > MAX_QUESTIONS:
            collector.stop(
                f"more than {MAX_QUESTIONS:,} comparisons of layers with rules for initial weights",
                at,
            )
        try:
            selected = selection(item.op, item.path, at, home.known, "bad-init")
            tensors = _tensors(item, at, home.top)
        except SpecError as error:
            collector.note(error)
            continue
        rule = _rule(selected, tensors, layers, forms, prefix, f"{scope}." if scope else "")
        questions += selected.work + len(rule.layers)
        if not part:  # of a part, the layers that a rule means need not be there
            _check_tensors(rule, forms, at, collector)
        rules.append(rule)
    return tuple(rules)


def _tensors(item: Init, at: Origin, names: Environment) -> dict[str, tuple[str, dict[str, Any]]]:
    if not item.tensors:
        raise failure(
            "bad-init",
            "the rule says nothing about a tensor",
            at=at.value,
            help="{op: Linear, weight: {normal: {std: 0.01}}, bias: 0}",
        )
    return {name: _function(raw, at / name, names) for name, raw in item.tensors.items()}


@final
class _LayerForm(NamedTuple):
    """What layers have in common as far as a rule for initial weights sees them."""

    names: frozenset[str]
    """Of the op, and of the torch.nn class that it makes."""
    tensors: tuple[str, ...]


_Forms = Mapping[_LayerForm, frozenset[str]]
"""The paths of the layers of each form."""


def _forms(layers: Sequence[Node]) -> _Forms:
    names: dict[Any, frozenset[str]] = {}
    found: dict[_LayerForm, list[str]] = {}
    for node in layers:
        key = id(node.op), node.inputs
        if key not in names:
            module, _, made = node.op.lowered(*node.inputs).target.rpartition(".")
            names[key] = frozenset([node.op_name, made] if module == "torch.nn" else [node.op_name])
        form = _LayerForm(names[key], tuple(node.cost.parameters))
        found.setdefault(form, []).append(node.path)
    return {form: frozenset(paths) for form, paths in found.items()}


def _rule(
    selected: Selection,
    tensors: dict[str, Any],
    layers: Sequence[Node],
    forms: _Forms,
    prefix: str,
    within: str,
) -> InitRule:
    """The rule of a selection, with those of the layers that it means; their paths have a prefix,
    in whose place its own paths have another one."""
    meant = frozenset[str]().union(
        *(
            paths
            for form, paths in forms.items()
            if selected.ops is None or not selected.ops.isdisjoint(form.names)
        )
    )
    if selected.paths is None and not prefix:
        return InitRule(selected.ops, None, tensors, None, meant)
    paths = selected.paths
    found = [
        node.path
        for node in layers
        if paths is None or paths.matches(within + node.path.removeprefix(prefix))
    ]
    pattern = ".*" if paths is None else paths.pattern
    if pattern is None or (within and paths is not None):
        pattern = "|".join(map(re.escape, found))
    elif prefix:
        pattern = re.escape(prefix) + (f"(?:{pattern})" if "|" in pattern else pattern)
    return InitRule(selected.ops, pattern, tensors, frozenset(found), meant.intersection(found))


def _check_tensors(rule: InitRule, forms: _Forms, at: Origin, collector: Collector) -> None:
    """Every tensor of a rule belongs to some layer (``bias`` may be switched off)."""
    meant = [op for op in rule.ops or () if op in registry() and registry()[op].is_tensor]
    if meant:
        message = f"a {meant[0]} is a tensor of its scope, which no rule sees"
        collector.note(
            failure(
                "bad-init", message, at=at.value, help="its argument 'init' is what it begins with"
            )
        )
    known = {"weight", "bias"}
    for form, paths in forms.items():
        if not rule.layers.isdisjoint(paths):
            known.update(form.tensors)
    for name in rule.tensors:
        if name not in known:
            collector.note(
                SpecError(
                    [
                        Diagnostic(
                            "bad-init",
                            f"no layer that the rule selects has a tensor '{name}'",
                            (Label((at / name).key),),
                            near(name, known),
                            fix_key(name, known, at / name),
                        )
                    ]
                )
            )


def _function(raw: Any, at: Origin, names: Environment) -> tuple[str, dict[str, Any]]:
    """A number, the name of a function, or a function with arguments."""
    if isinstance(raw, str) and raw in FUNCTIONS:
        return raw, {}
    if isinstance(raw, dict):
        return _function_with_arguments(raw, at, names)
    if isinstance(raw, str) and raw.isidentifier() and names.holder(raw) is None:
        raise _unknown_function(raw, at.value, fix_name(raw, FUNCTIONS, at.value))
    value = evaluate(raw, at, names)
    if type(value) not in (int, float):
        raise failure(
            "bad-init",
            f"a number or a function is expected here, not {describe_value(value)}",
            at=at.value,
        )
    return {0: ("zeros", {}), 1: ("ones", {})}.get(value, ("constant", {"val": value}))


def _function_with_arguments(
    raw: dict[str, Any], at: Origin, names: Environment
) -> tuple[str, dict[str, Any]]:
    if len(raw) != 1:
        raise failure("bad-init", "a tensor takes exactly one function", at=at.value)
    name, given = next(iter(raw.items()))
    at = at / name
    if name not in FUNCTIONS:
        raise _unknown_function(name, at.key, fix_key(name, FUNCTIONS, at))
    if not isinstance(given, dict):
        raise failure(
            "bad-init",
            f"the arguments of {name} are a mapping",
            at=at.value,
            help=f"{{{name}: {{{', '.join(f'{key}: ...' for key in FUNCTIONS[name])}}}}}",
        )
    return name, {key: _argument(name, key, value, at / key, names) for key, value in given.items()}


def _unknown_function(name: str, span: Span, fix: Fix | None) -> SpecError:
    return failure(
        "bad-init",
        f"torch.nn.init has no '{name}'",
        at=span,
        help=near(name, FUNCTIONS) or f"it has {', '.join(FUNCTIONS)}",
        fix=fix,
    )


def _argument(function: str, name: str, raw: Any, at: Origin, names: Environment) -> Any:
    defaults = FUNCTIONS[function]
    if name not in defaults:
        raise failure(
            "bad-init",
            f"{function} has no argument '{name}'",
            at=at.key,
            help=near(name, defaults) or f"it has {', '.join(defaults) or 'none'}",
            fix=fix_key(name, defaults, at),
        )
    if name in _WORDS:
        if raw not in _WORDS[name]:
            raise failure(
                "bad-init",
                f"'{raw}' is not a {name}",
                at=at.value,
                help=near(str(raw), _WORDS[name]),
            )
        return raw
    value = evaluate(raw, at, names)
    if type(value) not in (int, float):
        raise failure(
            "bad-init", f"'{name}' must be a number, not {describe_value(value)}", at=at.value
        )
    return value

"""Arguments as written -> ops and block parameters with checked values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from archspec.describe.values import value as value_text
from archspec.diagnostics import (
    Diagnostic,
    Fix,
    Label,
    SpecError,
    failure,
    fix_key,
    fix_name,
    fix_text,
    near,
)
from archspec.elaborate.rules.collector import MAX_DIAGNOSTICS
from archspec.language.model import CONTROL, ITEM_KEYS
from archspec.language.names import (
    Argument,
    Environment,
    OpValue,
    describe_names,
    describe_value,
    evaluate,
    type_name,
)
from archspec.language.program import CAPITAL, BlockText, declaration
from archspec.op.base import Op
from archspec.ops import registry
from archspec.text import Origin


def op_values(cls: type[Op], arguments: Mapping[str, Argument], at: Origin) -> dict[str, Any]:
    """The values of an op's arguments, in their own types but not yet within their ranges."""
    fields = cls.model_fields
    check_arguments(cls, {name: argument.origin for name, argument in arguments.items()})
    missing = [
        name for name, info in fields.items() if info.is_required() and name not in arguments
    ]
    if missing:
        raise failure(
            "missing-argument",
            f"{cls.__name__} needs '{missing[0]}'",
            at=(at / "op").value,
            help=f"{{op: {cls.__name__}, {', '.join(f'{name}: ...' for name in missing)}}}",
        )
    return {name: _value(cls, name, argument) for name, argument in arguments.items()}


def check_arguments(cls: type[Op], arguments: Mapping[str, Origin]) -> None:
    """Raises SpecError for arguments that the op does not have."""
    if unknown := [name for name in arguments if name not in cls.model_fields]:
        raise SpecError(
            [_unknown_argument(cls, name, arguments[name]) for name in unknown[:MAX_DIAGNOSTICS]]
        )


def check_like(name: str, cls: type[Op] | None, at: Origin) -> None:
    """Raises SpecError for a ``like`` of what has a size of its own."""
    if cls is None or not cls.takes_like:
        what = "block" if cls is None else "op"
        takers = [op.__name__ for op in registry().values() if op.takes_like]
        raise failure(
            "unknown-argument",
            f"the {what} {name} does not take its size from another layer",
            at=at.key,
            help=f"{' and '.join(takers)} have 'like'",
        )


def _unknown_argument(cls: type[Op], name: str, at: Origin) -> Diagnostic:
    if name in cls.inferred:
        message = f"{cls.__name__} knows '{name}' from its input"
        return Diagnostic("inferred-argument", message, (Label(at.key),), "remove it", _remove(at))
    if name == "inplace":
        message = "where a layer may work in place follows from the graph"
        return Diagnostic(
            "inferred-argument", message, (Label(at.key),), "remove 'inplace'", _remove(at)
        )
    help = near(name, cls.model_fields)
    if name in LAYERS_OF_THEIR_OWN:
        help = f"that is a separate layer, written below this one: {LAYERS_OF_THEIR_OWN[name]}"
    elif meant := [word for word in OTHER_WORDS.get(name, ()) if word in cls.model_fields]:
        help = f"it is called '{meant[0]}' here, as in torch.nn"
    elif help is None and name in ITEM_KEYS:
        help = f"a layer has 'op' or '{name}', not both"
    elif help is None:
        help = near(name, CONTROL)
    if help is None:
        help = f"its arguments: {', '.join(cls.model_fields) or 'none'}"
    return Diagnostic(
        "unknown-argument",
        f"{cls.__name__} has no argument '{name}'",
        (Label(at.key, f"not an argument of {cls.__name__}"),),
        help,
        fix_key(name, cls.model_fields, at),
    )


LAYERS_OF_THEIR_OWN: Final = {
    "activation": "relu: ReLU",
    "act": "relu: ReLU",
    "norm": "norm: BatchNorm2d",
    "batch_norm": "norm: BatchNorm2d",
    "dropout": "drop: {op: Dropout, p: 0.5}",
}
"""Words of other libraries' layers for what is a layer here."""
OTHER_WORDS: Final = {
    "filters": ("out_channels",),
    "num_output": ("out_channels", "out_features"),
    "units": ("out_features",),
    "strides": ("stride",),
    "pool_size": ("kernel_size",),
    "kernel": ("kernel_size",),
    "kernel_shape": ("kernel_size",),
    "size": ("kernel_size", "scale_factor"),
    "pad": ("padding",),
    "pads": ("padding",),
    "group": ("groups",),
    "use_bias": ("bias",),
    "bias_term": ("bias",),
    "dilation_rate": ("dilation",),
    "rate": ("p",),
    "shape": ("unflattened_size",),
    "dropout_ratio": ("p",),
    "alpha": ("negative_slope",),
    "local_size": ("size",),
}
"""Arguments as other libraries call them."""


def _remove(at: Origin) -> Fix | None:
    """An argument taken out of braces on one item, with its comma."""
    start, end = at.key, at.value
    item = start.source.lines[start.line]
    if start.line != end.end_line:
        return None
    if following := re.match(r",\s*", item[end.end_column :]):
        span = start.narrowed(0, 0)
        return Fix(replace(span, end_column=end.end_column + following.end()), "")
    before = re.search(r",\s*$", item[: start.column])
    if before is None or item[end.end_column :].lstrip()[:1] != "}":
        return None
    return Fix(replace(start, column=before.start(), end_column=end.end_column), "")


def check_parameters(name: str, text: BlockText, arguments: Mapping[str, Origin]) -> None:
    """Raises SpecError for arguments that a block has no parameters for."""
    params = text.block.params
    unknown = [argument for argument in arguments if argument not in params]
    if unknown:
        raise SpecError(
            [
                Diagnostic(
                    "unknown-argument",
                    f"block {name} has no parameter '{argument}'",
                    (Label(arguments[argument].key), Label(text.origin.key, "defined here")),
                    near(argument, params) or f"its parameters: {', '.join(params) or 'none'}",
                    fix_key(argument, params, arguments[argument]),
                )
                for argument in unknown[:MAX_DIAGNOSTICS]
            ]
        )


def _value(cls: type[Op], name: str, argument: Argument) -> Any:
    """One value: a literal of the argument's type first, else an expression."""
    raw = argument.raw
    if type(raw) is int or type(raw) is bool:
        return raw
    if is_literal(cls, name, argument):
        return raw
    value = evaluate(raw, argument.origin, argument.environment)
    if isinstance(value, OpValue):
        raise failure(
            "bad-argument",
            f"'{name}' of {cls.__name__} must be a number, not {describe_value(value)}",
            at=argument.origin.value,
        )
    return _as_tuples(value)


def is_literal(cls: type[Op], name: str, argument: Argument) -> bool:
    """Whether an argument is a word that its type has. Raises SpecError for another word."""
    raw, literals = argument.raw, literals_of(cls, name)
    if not isinstance(raw, str) or not literals or raw in literals:
        return isinstance(raw, str) and raw in literals
    if raw.isidentifier() and argument.environment.holder(raw) is None and not CAPITAL.match(raw):
        raise failure(
            "bad-argument",
            f"'{raw}' is not a value of '{name}'",
            at=argument.origin.value,
            help=near(raw, literals) or f"one of {', '.join(sorted(literals))}",
            fix=fix_name(raw, literals, argument.origin.value),
        )
    return False


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


@cache
def literals_of(cls: type[Op], name: str) -> frozenset[str]:
    """The texts that an argument's type has as values of their own."""

    def walk(annotation: Any) -> set[str]:
        if get_origin(annotation) is Literal:
            return {value for value in get_args(annotation) if isinstance(value, str)}
        return set().union(*(walk(part) for part in get_args(annotation)))

    info = cls.model_fields[name]
    return frozenset(walk(info.annotation))


def make_op(
    cls: type[Op], values: Mapping[str, Any], arguments: Mapping[str, Argument], at: Origin
) -> Op:
    """The op. Raises SpecError for values outside of their ranges."""
    try:
        return cls.model_validate(dict(values))
    except ValidationError as error:
        by_field: dict[str, list[ErrorDetails]] = {}
        for details in error.errors():
            by_field.setdefault(str(details["loc"][0]) if details["loc"] else "", []).append(
                details
            )
        raise SpecError(
            [
                Diagnostic(
                    "bad-argument",
                    argument_problem(cls.__name__, field, values.get(field), details),
                    (_label(arguments.get(field), at),),
                    _whole_number_help(arguments.get(field)) if _is_fraction(details) else None,
                    _whole_number(arguments.get(field)) if _is_fraction(details) else None,
                )
                for field, details in by_field.items()
            ]
        ) from None


def _label(argument: Argument | None, at: Origin) -> Label:
    """The argument as it is written, with the values of the names in it."""
    if argument is None:
        return Label(at.value)
    return Label(argument.origin.value, describe_names(argument.raw, argument.environment))


def argument_problem(op: str, field: str, value: Any, errors: list[ErrorDetails]) -> str:
    """What is wrong with one argument of an op, from what Pydantic says about each of its types."""
    ranged = [e for e in errors if e["type"] in _BOUNDS]
    best = ranged[0] if ranged else errors[0]
    if best["type"] not in (*_BOUNDS, *_TYPES) or not field:
        return f"{op}: {best['msg'].removeprefix('Value error, ')}"
    start = f"'{field}' of {op} is {value_text(best['input'] if ranged else value)}"
    if ranged:
        words, key = _BOUNDS[best["type"]]
        return f"{start}, but must be {words} {best['ctx'][key]:g}"
    if _is_fraction(errors):
        return f"{start}, which is not a whole number"
    types = dict.fromkeys(
        _TYPES[e["type"]].format(**e.get("ctx", {})) for e in errors if e["type"] in _TYPES
    )
    return f"{start}, but must be {' or '.join(types)}"


def _is_fraction(errors: list[ErrorDetails]) -> bool:
    """A number with a fraction, even .0, where a whole one is due."""
    return any(e["type"] == "int_type" and isinstance(e["input"], float) for e in errors)


def _whole_number_help(argument: Argument | None) -> str | None:
    if argument is None or not isinstance(argument.raw, float):
        return "divide with // to get a whole number"
    return f"write {argument.raw:.0f}" if argument.raw.is_integer() else None


def _whole_number(argument: Argument | None) -> Fix | None:
    """Without a fraction: the number itself, or ``//`` for the only ``/`` of an expression."""
    if argument is None:
        return None
    raw, at = argument.raw, argument.origin
    if isinstance(raw, float):
        return Fix(at.value, f"{raw:.0f}") if raw.is_integer() and 0 < raw < 1e9 else None
    if not isinstance(raw, str) or raw.count("/") != 1:
        return None
    value = evaluate(raw.replace("/", "//"), at, argument.environment)
    is_whole = type(value) is int and value > 0
    return fix_text("/", "//", at.within(raw.index("/"), 1)) if is_whole else None


_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}
_TYPES = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "too_long": "a list of at most {max_length}",
    "missing": "a longer list",
    "literal_error": "{expected}",
}


def block_values(
    name: str,
    text: BlockText,
    arguments: Mapping[str, Argument],
    at: Origin,
    home: Environment,
    sizes: Mapping[str, Any],
) -> dict[str, Any]:
    """The values of a block's parameters: given, or their defaults, which may use earlier ones and
    the ``sizes`` of the input."""
    params = text.block.params
    check_parameters(name, text, {key: argument.origin for key, argument in arguments.items()})
    values: dict[str, Any] = {}
    default_names = Environment(values, Environment(sizes, home))
    for param, raw in params.items():
        place = text.origin / "params" / param
        declared = declaration(raw, place)
        argument = arguments.get(param)
        if argument is None and declared.is_required:
            raise failure(
                "missing-argument",
                f"block {name} needs '{param}'",
                at=Label((at / "op").value),
                also=[Label(place.key, f"{declared.type_name} without a default")],
                help=f"{{op: {name}, {param}: ...}}",
            )
        if argument is None:
            argument = Argument(declared.default, place, default_names)
        values[param] = evaluate(argument.raw, argument.origin, argument.environment)
        if declared.is_typed or param in arguments:
            _check_type(name, param, declared.type_name, values[param], argument, place)
    return values


def _check_type(
    block: str, param: str, declared: str | None, value: Any, argument: Argument, definition: Origin
) -> None:
    if declared is None or _has_type(value, declared):
        return
    given = type_name(value)
    help = fix = None
    if (declared, given) == ("int", "float"):
        help, fix = _whole_number_help(argument), _whole_number(argument)
    elif declared == "int" and _has_type(value, "size"):
        help = f"a number or a pair is a size: '{param}: size', '{param}: size = 1'"
    wanted = (
        "a size: a whole number, or a list of one for each side" if declared == "size" else declared
    )
    is_default = argument.origin.route == definition.route
    raise failure(
        "bad-argument",
        f"'{param}' of block {block} takes {wanted}, not {describe_value(value)}",
        at=Label(argument.origin.value),
        also=[] if is_default else [Label(definition.key, f"{declared} here")],
        help=help,
        fix=fix,
    )


def _has_type(value: Any, declared: str) -> bool:
    given = type_name(value)
    if declared != "size":
        return given == declared or (declared, given) == ("float", "int")
    numbers = value if given == "list" else [value]
    return 1 <= len(numbers) <= MAX_SIDES and all(type(number) is int for number in numbers)


MAX_SIDES: Final = 3
"""Depth, height and width."""

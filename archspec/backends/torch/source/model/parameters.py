"""From the numbers of all instances of a class to literals, parameters, and multiples of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from archspec.backends.torch.source.formatting import literal
from archspec.backends.torch.source.names import free_name, identifier
from archspec.backends.torch.source.tree import Module, Parameter, Slot, Symbol, Term

SIZES: Final = frozenset({"channels", "depth", "step", "module"})
"""Categories whose parameters have no defaults."""
INPUTS: Final = {
    "in_channels": "in_channels",
    "in_features": "in_features",
    "num_features": "in_channels",
    "num_channels": "in_channels",
}
"""Arguments that the graph knows, so that no parameter of a block means them, and the name of a
parameter that sets them."""

MISSING: Final = object()
"""The number of an instance that lacks the item."""


def extract_parameters(
    columns: Sequence[tuple[Slot, ...]],
    arguments: Sequence[Mapping[str, Any]],
    reserved: Collection[str],
) -> tuple[tuple[Term, ...], tuple[Parameter, ...]]:
    """For every slot its term, and the parameters that the terms use.

    ``columns`` holds for every slot its numbers in all instances; ``arguments`` for every instance
    the values of its block's parameters, which lend their names unless these are ``reserved``.
    """
    found: list[Parameter] = []
    terms = [_term(column, found, arguments, reserved) for column in columns]
    found = [_without_gaps(parameter) for parameter in found]
    first = [parameter for parameter in found if not parameter.has_default]
    first.sort(key=lambda parameter: parameter.category == "depth")
    return tuple(terms), (*first, *(p for p in found if p.has_default))


def _without_gaps(parameter: Parameter) -> Parameter:
    """Instances that do without a parameter get its default, or any value."""
    given = [value for value in parameter.values if value is not MISSING]
    filler = parameter.default if parameter.has_default else given[0]
    values = tuple(filler if value is MISSING else value for value in parameter.values)
    return replace(parameter, values=values)


def _term(
    column: tuple[Slot, ...],
    found: list[Parameter],
    arguments: Sequence[Mapping[str, Any]],
    reserved: Collection[str],
) -> Term:
    present = [slot for slot in column if slot.name]
    values = tuple(slot.value if slot.name else MISSING for slot in column)
    example = present[0]
    distinct = {(type(slot.value), slot.value) for slot in present}
    if len(distinct) == 1:
        value = example.value
        if isinstance(value, Module) and value.text is not None:
            return Term(value.text)
        if not isinstance(value, Symbol | Module):
            return Term(literal(value), value, is_literal=True)
        if isinstance(value, Symbol) and all(p.name != value.name for p in found):
            kind = type(value.value).__name__
            filled = tuple(value for _ in column)
            found.append(Parameter(value.name, kind, "symbol", filled))
        if isinstance(value, Symbol):
            return Term(value.name)
    values = tuple(value.value if isinstance(value, Symbol) else value for value in values)
    for parameter in found:
        if parameter.category == example.category and _agree(parameter.values, values):
            _fill(found, parameter, values)
            return Term(parameter.name)
    if example.category == "channels":
        for parameter in found:
            text = _multiple(parameter, values) if parameter.category == "channels" else None
            if text is not None:
                return Term(text)
    name = _name(example, values, {*reserved, *(p.name for p in found)}, arguments)
    default, has_default = _default(example.category, values)
    kind = _annotation(values)
    found.append(Parameter(name, kind, example.category, values, default, has_default))
    return Term(name)


def _agree(known: tuple[Any, ...], values: tuple[Any, ...]) -> bool:
    """Equal wherever both are there, and there somewhere."""
    pairs = [(a, b) for a, b in zip(known, values, strict=True) if MISSING not in (a, b)]
    return bool(pairs) and all(a == b and type(a) is type(b) for a, b in pairs)


def _fill(found: list[Parameter], parameter: Parameter, values: tuple[Any, ...]) -> None:
    """Take over the numbers of instances in which the parameter was not needed so far."""
    if MISSING not in parameter.values:
        return
    filled = tuple(b if a is MISSING else a for a, b in zip(parameter.values, values, strict=True))
    found[found.index(parameter)] = replace(parameter, values=filled)


def _multiple(parameter: Parameter, values: tuple[Any, ...]) -> str | None:
    """``4 * width`` or ``in_channels // 2``, if that is right for every instance."""
    pairs = [
        (known, value)
        for known, value in zip(parameter.values, values, strict=True)
        if value is not MISSING
    ]
    if any(known is MISSING or type(value) is not int for known, value in pairs):
        return None
    known, value = pairs[0]
    if value % known == 0 and all(b == value // known * a for a, b in pairs):
        return f"{value // known} * {parameter.name}"
    if known % value == 0 and all(b == a // (known // value) for a, b in pairs):
        return f"{parameter.name} // {known // value}"
    return None


def _name(
    slot: Slot, values: tuple[Any, ...], taken: Collection[str],
    arguments: Sequence[Mapping[str, Any]],
) -> str:  # fmt: skip
    """A name for a new parameter: the block's own, where one of its parameters has these values;
    else the op's, with the layer's name before it where that is taken."""
    candidates = [INPUTS.get(slot.name, slot.name)]
    if slot.name not in INPUTS:
        lent = [
            name
            for name in (arguments[0] if arguments else ())
            if all(
                value is MISSING or _is_given(given.get(name), value)
                for value, given in zip(values, arguments, strict=True)
            )
        ]
        lent.sort(key=lambda name: name != slot.name)
        candidates = [*lent, *candidates]
    item = identifier(slot.item, "layer")
    return free_name([*candidates, f"{item}_{slot.name}"], taken)


def _is_given(argument: Any, value: Any) -> bool:
    """Whether an argument of a block is this value, or the path of this module."""
    if isinstance(value, Module):
        return bool(argument == value.path)
    return type(argument) is type(value) and bool(argument == value)


def _default(category: str, values: tuple[Any, ...]) -> tuple[Any, bool]:
    """The value that most instances have, for what is no size."""
    if category in SIZES:
        return None, False
    given = [value for value in values if value is not MISSING]
    value, count = Counter(given).most_common(1)[0]
    return (value, True) if count * 2 >= len(given) and count > 1 else (None, False)


def _annotation(values: Sequence[Any]) -> str:
    names = set()
    for value in values:
        if isinstance(value, Module):
            names.add(value.kind)
        elif isinstance(value, tuple):
            names.add(f"tuple[{', '.join(type(part).__name__ for part in value)}]")
        elif value is not MISSING:
            names.add("None" if value is None else type(value).__name__)
    if "float" in names:
        names.discard("int")
    return " | ".join(sorted(names, key=lambda name: (name == "None", name)))

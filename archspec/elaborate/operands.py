"""Which layers an item reads: ``from``, the item above, and what stands for absent layers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from archspec.diagnostics import Label, SpecError, failure, near, renamed
from archspec.elaborate.bindings import BROKEN, Absent, Broken, Entry, OpenScope, Operand, Value
from archspec.language.model import MAX_NAME
from archspec.text import Origin

WHEN_IS_FALSE: Final = "its 'when' is false"
STRICT: Final = frozenset({"Concat", "Multiply"})
"""Merges for which an absent layer's own input is no good stand-in."""


def operands_of(scope: OpenScope, names: str | list[str], at: Origin) -> list[Operand]:
    """What ``from`` names."""
    if isinstance(names, str):
        return named(scope, names, at)
    if not names:
        raise failure("missing-input", "'from' names no layer", at.value)
    return [operand for k, name in enumerate(names) for operand in named(scope, name, at / k)]


def named(scope: OpenScope, name: str, at: Origin) -> list[Operand]:
    """The layer of that name, or all above that match a glob."""
    if "*" in name:
        found = matching(name, scope.names)
        if scope.is_unsure:
            return [Operand(BROKEN, name, at)]
        if not found:
            raise failure("unknown-layer", f"no layer above matches '{name}'", at.value)
        return [Operand(scope.names[key], key, at, is_glob=True) for key in found]
    entry = scope.names.get(name) or scope.inputs.get(name)
    if entry is not None:
        return [Operand(entry, name, at)]
    if scope.is_unsure:
        return [Operand(BROKEN, name, at)]
    if scope.is_gone(name):
        raise failure("absent-layer", f"'{name}' does not exist here", at.value)
    raise unknown_layer(name, at, scope.names, scope.inputs)


def matching(glob: str, names: Iterable[str]) -> list[str]:
    """The names that a glob with * means."""
    first, *middle, last = re.split(r"\*+", glob)
    if sum(map(len, (first, *middle, last))) > MAX_NAME:
        return []
    return [name for name in names if _fits(name, first, middle, last)]


def _fits(name: str, first: str, middle: list[str], last: str) -> bool:
    """Whether a name has these parts, one behind the other."""
    if not name.startswith(first):
        return False
    place = len(first)
    for text in middle:
        found = name.find(text, place)
        if found < 0:
            return False
        place = found + len(text)
    return name.endswith(last) and len(name) - len(last) >= place


def unknown_layer(
    name: str,
    at: Origin,
    names: Collection[str],
    inputs: Collection[str],
    reason: str | None = None,
) -> SpecError:
    """The mistake of a name that no layer above has; ``reason`` says why it is not seen."""
    help = near(name, [*inputs, *names])
    fix = renamed(name, [*inputs, *names], at.value)
    if reason is not None:
        help = reason
    elif name.isdigit():
        help = "the layers of a list have no names; write a mapping"
    elif "." in name:
        help = "a scope sees its own layers, not the inside of others"
    elif name == "input":
        help = f"the inputs here are {', '.join(inputs)}"
    elif help is None:
        help = "only the layers above in the same scope, and its input, can be read"
    return failure(
        "unknown-layer", f"there is no layer '{name}' above in this scope", at.value,
        help=help, fix=fix if help == near(name, [*inputs, *names]) else None,
    )  # fmt: skip


def unknown_output(name: str, at: Origin, names: Collection[str]) -> SpecError:
    """The mistake of an output that no layer of the scope has as its name."""
    if name == "input":
        help: str | None = "an input cannot be an output; put an Identity after it"
    else:
        help = near(name, names)
    help = help or f"its layers are {', '.join([*names][:20]) or 'without names'}"
    return failure(
        "unknown-layer", f"there is no layer '{name}' in this scope", at.value,
        help=help, fix=renamed(name, names, at.value),
    )  # fmt: skip


def default(scope: OpenScope, at: Origin, side_outputs: Collection[str]) -> list[Operand]:
    """The item above, or the scope's only input."""
    if scope.current is None:
        raise failure(
            "missing-input",
            f"with several inputs ({', '.join(scope.inputs)}) the first layer must say which it "
            "reads",
            at.key,
            help=f"add 'from: {next(iter(scope.inputs))}'",
        )
    if not scope.path and scope.last in side_outputs:
        raise failure(
            "missing-input",
            f"'{scope.last}' above is an output; say with 'from' what this layer reads",
            at.key,
            help=f"'from: {scope.last}', if that is meant",
        )
    return [Operand(scope.current, None, at)]


def feed(operands: list[Operand], at: Origin) -> Entry:
    """The one value that a scope reads."""
    values = values_of(operands)
    if values is None:
        return BROKEN
    if len(values) != 1:
        raise failure(
            "arity", f"a scope reads one input, 'from' gives {len(values)}",
            (at / "from").value, help="write a block with 'inputs: [a, b]'",
        )  # fmt: skip
    return values[0]


def is_broken(operands: list[Operand]) -> bool:
    return any(isinstance(operand.entry, Broken) for operand in operands)


def is_dropped(operand: Operand) -> bool:
    """A merge leaves it out."""
    return isinstance(operand.entry, Absent) and operand.entry.instead is None


def values_of(operands: list[Operand], merge: str | None = None) -> list[Value] | None:
    """The values of operands, None if one is broken; a merge drops those that are ``none``."""
    values = []
    for operand in operands:
        entry = operand.entry
        if isinstance(entry, Value):
            values.append(entry)
        elif isinstance(entry, Broken):
            return None
        elif entry.instead is not None and merge not in STRICT:
            values.append(entry.instead)
        elif entry.instead is not None or merge is None:
            raise _unsaid(entry, operand)
    return values


def _unsaid(entry: Absent, operand: Operand) -> SpecError:
    """The mistake of reading a layer that is absent, where nothing stands for it."""
    message = f"'{entry.name}' is absent here, and nothing says what replaces it"
    how = "add" if entry.reason == WHEN_IS_FALSE else "give it a 'when' with"
    help = f"{how} 'else: none' (a merge leaves it out), 'else: NAME' or 'else: OP'"
    if entry.instead is None:
        message = f"'{entry.name}' is absent here, and only a merge can leave it out"
        help = "write 'else: NAME' or 'else: OP' for 'else: none'"
    return failure(
        "absent-layer",
        message,
        operand.origin.value if operand.name else operand.origin.key,
        Label(entry.origin.key, f"absent: {entry.reason}"),
        help=help,
    )

"""Which layers an item reads: ``from``, the item above, and what stands for absent layers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeVar

from archspec.diagnostics import Label, SpecError, failure, fix_name, near
from archspec.elaborate.rules.bindings import (
    POISONED,
    Absent,
    Binding,
    OpenScope,
    Operand,
    Poisoned,
    Value,
    has_layer,
)
from archspec.elaborate.rules.desugar import Item
from archspec.elaborate.rules.templates import ABOVE, LayerName, filled, with_values
from archspec.language.model import MAX_NAME, OutputItem
from archspec.language.names import Environment
from archspec.language.program import Program
from archspec.ops import registry
from archspec.text import Origin, Span

WHEN_IS_FALSE: Final = "its 'when' is false"
NOT_GIVEN: Final = "nothing is given for it where the block is used"


T = TypeVar("T")


Sources = Sequence[LayerName | list[Operand]]
"""What an item reads: as found, or by name where that depends on the copy."""


def sources_of(scope: OpenScope, item: Item) -> Sources | None:
    """What an item names in its ``from``; None if it does not say it."""
    if item.sources is None:
        return None
    if not item.sources:
        raise failure("missing-input", "'from' names no layer", at=(item.at / "from").value)
    return [source if source.depends_on_copy else _found(scope, source) for source in item.sources]


def operands_of(scope: OpenScope, sources: Sources, names: Environment) -> list[Operand]:
    """What one copy of an item reads."""
    return [operand for source in sources for operand in _operands(scope, source, names)]


def _operands(
    scope: OpenScope, source: LayerName | list[Operand], names: Environment
) -> list[Operand]:
    if not isinstance(source, LayerName):
        return source
    if source.name == ABOVE:
        if scope.current is None:
            raise _nothing_above(scope, source.at.value)
        return [Operand(scope.current, ABOVE, source.at)]
    return operands_named(scope, source, names)


def operands_named(scope: OpenScope, source: LayerName, names: Environment) -> list[Operand]:
    """The layer of a name, or all above that match a glob; a template is filled in."""
    if not source.is_template:
        return _found(scope, source)
    name = filled(source, names)
    try:
        return _found(scope, name)
    except SpecError as error:
        raise with_values(error, source, names) from None


def _found(scope: OpenScope, source: LayerName) -> list[Operand]:
    name, at = source
    is_glob = "*" in name
    found = find_layers(name, scope.names, scope.inputs) or _in_a_part(scope, name)
    if scope.is_unsure and (is_glob or not found):
        return [Operand(POISONED, name, at)]
    if not found:
        if not is_glob and scope.is_gone(name):
            raise failure("absent-layer", f"'{name}' does not exist here", at=at.value)
        if "." in name:
            raise _not_in_a_part(scope, source)
        raise unknown_layer(source, scope.names, scope.inputs)
    return [Operand(binding, key, at, is_glob) for key, binding in found]


def _in_a_part(scope: OpenScope, name: str) -> list[tuple[str, Binding]]:
    """The layers that a path into a network means which is a part of the scope."""
    head, dot, rest = name.partition(".")
    if not dot:
        return []
    binding = scope.names.get(head)
    if isinstance(binding, Poisoned):
        return [(name, POISONED)]
    if isinstance(binding, Value) and binding.outputs:
        given = find_layers(rest, dict(binding.outputs), {})
        return [(f"{head}.{key}", Value(path)) for key, path in given]
    if "*" not in rest:
        found = scope.parts.get(scope.path_of(name))
        return [(name, found)] if found is not None else []
    prefix = f"{scope.path_of(head)}."
    inside = {path[len(prefix) :]: path for path in scope.parts if path.startswith(prefix)}
    return [
        (f"{head}.{path}", scope.parts[inside[path]])
        for path in match_names(rest, inside)
        if path.count(".") == rest.count(".")
    ]


def _not_in_a_part(scope: OpenScope, source: LayerName) -> SpecError:
    """The error for a path that leads to no layer of a part."""
    name, at = source
    head = name.partition(".")[0]
    binding = scope.names.get(head)
    if isinstance(binding, Absent):
        return _unsaid(replace(binding, instead=None), Operand(binding, name, at))
    if head in scope.ends:
        until, body = scope.ends[head]
        if has_layer(body, name.split(".")[1]):
            return failure(
                "unknown-layer",
                f"'{name}' is not made: '{head}' ends with '{until.name}'",
                at=at.value,
                also=[Label(until.at.value, "what follows this layer is not made")],
            )
    prefix = f"{scope.path_of(head)}."
    known = [f"{head}.{path[len(prefix) :]}" for path in scope.parts if path.startswith(prefix)]
    if isinstance(binding, Value):
        known += [f"{head}.{given}" for given, _ in binding.outputs]
    return failure(
        "unknown-layer",
        f"there is no layer '{name}'" if "*" not in name else f"no layer matches '{name}'",
        at=at.value,
        help=near(name, known),
        fix=fix_name(name, known, at.value),
    )


def passed_on(operands: list[Operand], most: int, required: int | None = None) -> list[Operand]:
    """What a block with so many inputs reads: of a single block with as many outputs all of them."""
    (first, *others) = operands
    binding = first.binding
    if others or most < 2 or not isinstance(binding, Value):
        return operands
    if not max(2, most if required is None else required) <= len(binding.outputs) <= most:
        return operands
    return [first._replace(binding=Value(path)) for _, path in binding.outputs]


def without_missing(operands: list[Operand], required: int) -> list[Operand]:
    """What a block reads: absent layers behind those that it needs are inputs that are missing."""
    given = len(operands)
    while given > required and is_dropped(operands[given - 1]):
        given -= 1
    return operands[:given]


def find_layers(name: str, names: Mapping[str, T], inputs: Mapping[str, T]) -> list[tuple[str, T]]:
    """What a name after ``from``, ``use`` or ``else`` means: a layer above or an input of the
    scope; a glob means all layers above that it matches, and no input."""
    if "*" in name:
        return [(key, names[key]) for key in match_names(name, names)]
    if name in names:
        return [(name, names[name])]
    return [(name, inputs[name])] if name in inputs else []


def match_names(glob: str, names: Iterable[str]) -> list[str]:
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
    source: LayerName,
    names: Collection[str],
    inputs: Collection[str],
    reason: str | None = None,
) -> SpecError:
    """The error for a name that no layer above has; ``reason`` says why it is not seen."""
    name, at = source
    if "*" in name:
        return failure("unknown-layer", f"no layer above matches '{name}'", at=at.value)
    known = [*inputs, *names]
    suggestion = near(name, known)
    help = suggestion
    if reason is not None:
        help = reason
    elif name == ABOVE:
        help = "'.' is the value of what stands above, for 'from' and 'else'; name the layer here"
    elif name.isdigit():
        help = "the layers of a list have no names; write a mapping"
    elif "." in name:
        help = "a scope sees its own layers, not the inside of others"
    elif name == "input":
        help = f"the inputs here are {', '.join(inputs)}"
    elif help is None:
        help = "only the layers above in the same scope, and its input, can be read"
    return failure(
        "unknown-layer",
        f"there is no layer '{name}' above in this scope",
        at=at.value,
        help=help,
        fix=fix_name(name, known, at.value) if help == suggestion else None,
    )


def not_seen_by_block(name: str) -> str:
    """Why a block has no layer of a name that stands where it is used."""
    return (
        "a block does not see where it is used; give it the layer as a parameter that holds an op: "
        f"{{op: BLOCK, {name}: {{use: {name}}}}}"
    )


def unknown_output(name: str, at: Origin, names: Collection[str]) -> SpecError:
    """The error for an output that no layer of the scope has as its name."""
    if name == "input":
        help: str | None = "an input cannot be an output; put an Identity after it"
    else:
        help = near(name, names)
    help = help or f"its layers are {', '.join([*names][:20]) or 'without names'}"
    return failure(
        "unknown-layer",
        f"there is no layer '{name}' in this scope",
        at=at.value,
        help=help,
        fix=fix_name(name, names, at.value),
    )


def layer_of_output(item: str | OutputItem, at: Origin) -> LayerName:
    """The layer of an output, where it is written."""
    return LayerName(item, at) if isinstance(item, str) else LayerName(item.from_, at / "from")


def output_names(program: Program, names: Environment) -> frozenset[str]:
    """The layers that ``outputs`` names."""
    found = set()
    for name, item in (program.outputs.value if program.outputs else {}).items():
        assert program.outputs is not None
        with suppress(SpecError):  # noted where the outputs are found
            found.add(filled(layer_of_output(item, program.outputs.origin / name), names).name)
    return frozenset(found)


def default_operands(scope: OpenScope, at: Origin) -> list[Operand]:
    """The item above, or the scope's only input."""
    above = scope.current
    if above is None:
        raise _nothing_above(scope, at.key)
    if scope.last in scope.outputs:
        raise failure(
            "missing-input",
            f"'{scope.last}' above is an output; say with 'from' what this layer reads",
            at=at.key,
            help=f"'from: {scope.last}', if that is intended",
        )
    return [Operand(above, None, at)]


def _nothing_above(scope: OpenScope, at: Span) -> SpecError:
    return failure(
        "missing-input",
        f"with several inputs ({', '.join(scope.inputs)}) the first layer must say which it reads",
        at=at,
        help=f"add 'from: {next(iter(scope.inputs))}'",
    )


def single_input(operands: list[Operand], at: Origin) -> Binding:
    """The one value that a scope reads."""
    values = values_of(operands)
    if values is None:
        return POISONED
    if len(values) != 1:
        raise failure(
            "arity",
            f"a scope reads one input, 'from' gives {len(values)}",
            at=(at / "from").value,
            help="write a block with 'inputs: [a, b]'",
        )
    return Value(values[0].path)


def is_poisoned(operands: list[Operand]) -> bool:
    return any(isinstance(operand.binding, Poisoned) for operand in operands)


def is_dropped(operand: Operand) -> bool:
    """A merge leaves it out."""
    return isinstance(operand.binding, Absent) and operand.binding.instead is None


def has_stand_ins(merge: str | None) -> bool:
    """Whether the input of an absent operand may take its place: of a layer, and of a sum."""
    return merge is None or registry()[merge].stands_in


def values_of(operands: list[Operand], merge: str | None = None) -> list[Value] | None:
    """The values of operands, None if one is poisoned; a merge drops those that are ``none``."""
    values = []
    for operand in operands:
        binding = operand.binding
        if isinstance(binding, Value):
            values.append(binding)
        elif isinstance(binding, Poisoned):
            return None
        elif binding.instead is not None and has_stand_ins(merge):
            values.append(binding.instead)
        elif binding.instead is not None or merge is None:
            raise _unsaid(binding, operand)
    return values


def stand_in(binding: Binding) -> Value | None:
    """The value that a layer or what replaces it has; None if there is none."""
    if isinstance(binding, Absent):
        return binding.instead
    return binding if isinstance(binding, Value) else None


def absent(name: str | None, item: Item, operands: list[Operand], reason: str) -> Binding:
    """A layer that does not exist: its own input stands for it."""
    values = values_of(operands)
    if values is None:
        return POISONED
    label = name or "this layer"
    if len(values) != 1:
        raise failure(
            "absent-layer",
            f"'{label}' has {len(values)} inputs; when it is absent, which one replaces it?",
            at=item.at.key,
            help="add 'else: NAME' or 'else: none'",
        )
    return Absent(label, item.at, values[0], reason)


def _unsaid(binding: Absent, operand: Operand) -> SpecError:
    """The error for reading a layer that is absent, where nothing stands for it."""
    message = f"'{binding.name}' is absent here, and nothing says what replaces it"
    how = "add" if binding.reason == WHEN_IS_FALSE else "give it a 'when' with"
    help = f"{how} 'else: none' (a merge leaves it out), 'else: NAME' or 'else: OP'"
    if binding.instead is None:
        message = f"'{binding.name}' is absent here, and only a merge can leave it out"
        help = "write 'else: NAME' or 'else: OP' for 'else: none'"
        if binding.reason == NOT_GIVEN:
            message = (
                f"the input '{binding.name}' is not given here, and only a merge can leave it out"
            )
            name = binding.name
            help = f"add 'when: {name}, else: none', or 'else: NAME' for what replaces it"
        elif not binding.reason.startswith(WHEN_IS_FALSE):
            help = "say with 'from' what this layer reads"
    return failure(
        "absent-layer",
        message,
        at=operand.origin.value if operand.name else operand.origin.key,
        also=[Label(binding.origin.key, f"absent: {binding.reason}")],
        help=help,
    )

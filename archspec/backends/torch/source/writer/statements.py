"""The forward method: straight-line statements, nested as far as they read well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, final

from archspec.backends.torch.source.formatting import (
    Atom,
    Bracket,
    Expression,
    Infix,
    call,
    flat,
    literal,
)
from archspec.backends.torch.source.names import identifier
from archspec.backends.torch.source.own_layers import printed_name
from archspec.backends.torch.source.tree import (
    InstanceItem,
    Item,
    LayerItem,
    Reference,
    ReuseItem,
    SharedItem,
    TapItem,
    Template,
    Term,
    is_tensor,
)
from archspec.graph.folding import MAX_NESTED, STATEMENTS
from archspec.op.base import Role

MAX_OPERANDS: Final = 100
"""Of one sum or product: Python's compiler goes as deep as there are operands."""


@final
@dataclass(slots=True)
class Statement:
    """``name = expression``; the value is that of one item."""

    item: int
    name: str
    expression: Expression
    training_only: bool = False
    accumulates: str | None = None
    """``name += expression``: the operator."""
    unpacked: tuple[str, ...] = ()
    """``name, other = expression``: the names of several values, that of the item among them."""
    taps: tuple[tuple[int, str], ...] = ()
    """The items of the others, and their names."""

    @property
    def target(self) -> str:
        """What stands before the expression."""
        return f"{', '.join(self.unpacked) or self.name} {self.accumulates or ''}= "


_Group = list[int]
"""Items that are computed in one statement, in order; the last one's value is kept."""


def statements(
    template: Template,
    inputs: Sequence[str],
    kept: dict[int, str],
    training_only: frozenset[int],
    taken: Collection[str],
    numbers: Mapping[int, Sequence[Term]],
) -> list[Statement]:
    """The statements of a template whose inputs have these names. ``kept``: items that are
    returned, with a name for each. ``numbers``: the arguments of the items that are functions."""
    items = template.items
    taps = _taps(items)
    calls = [(k, item) for k, item in enumerate(items) if not isinstance(item, TapItem)]
    reads = Counter(reference for _, item in calls for reference in item.references)
    reads.update(("item", item) for item in kept)
    groups: list[_Group] = []
    for k, _ in calls:
        if groups and groups[-1][-1] not in taps and _joins(items, groups, k, reads, training_only):
            groups[-1].append(k)
        else:
            groups.append([k])
    names = _names(template, inputs, groups, kept, taken)
    found = []
    for group in groups:
        inside = frozenset(group)

        def value(reference: Reference, inside: frozenset[int] = inside) -> Expression:
            if reference[0] == "input":
                return Atom(names[reference])
            if reference[1] in inside:
                return _computed(items, reference[1], value, numbers)
            return Atom(names[reference])

        last = group[-1]
        expression = _computed(items, last, value, numbers)
        statement = Statement(last, names[("item", last)], expression, last in training_only)
        if last in taps:
            statement.unpacked = _unpacked(items, last, taps[last], names, reads)
            read = [tap for tap in taps[last] if ("item", tap) in names]
            statement.taps = tuple((tap, names["item", tap]) for tap in read)
        found += _in_parts(_accumulated(statement, items[last]), names.values())
    return found


def _taps(items: Sequence[Item]) -> dict[int, list[int]]:
    """For every item of several values the items that are the others."""
    found: dict[int, list[int]] = {}
    for k, item in enumerate(items):
        if isinstance(item, TapItem):
            found.setdefault(item.references[0][1], []).append(k)
    return found


def _unpacked(
    items: Sequence[Item],
    k: int,
    taps: Sequence[int],
    names: Mapping[Reference, str],
    reads: Mapping[Reference, int],
) -> tuple[str, ...]:
    """The names of an item's values, in the order in which its class returns them."""
    item = items[k]
    item = items[item.original] if isinstance(item, ReuseItem) else item
    assert isinstance(item, InstanceItem | SharedItem)
    assert item.printed is not None
    template = item.printed.template
    values: dict[Reference, Reference] = {template.output: ("item", k)}
    values |= {template.taps[j]: ("item", tap) for j, tap in enumerate(taps)}
    given = [values[reference] for reference in template.returned]
    return tuple(names[value] if reads.get(value) else "_" for value in given)


def _in_parts(statement: Statement, names: Collection[str]) -> list[Statement]:
    """A sum that is too long for one expression of Python, as sums one after the other."""
    whole = statement.expression
    if not isinstance(whole, Infix) or len(whole.operands) <= MAX_OPERANDS:
        return [statement]
    name = _free(f"{statement.name}_part", names)
    first, *others = (
        whole.operands[k : k + MAX_OPERANDS] for k in range(0, len(whole.operands), MAX_OPERANDS)
    )
    parts = [first, *((Atom(name), *other) for other in others)]
    *before, last = (replace(statement, expression=Infix(whole.operator, part)) for part in parts)
    return [*(replace(part, name=name, accumulates=None) for part in before), last]


def _accumulated(statement: Statement, item: Item) -> Statement:
    """``x += y`` for ``x = x + y`` where nobody else needs the old x."""
    added = statement.expression
    if not (isinstance(item, LayerItem) and item.infix and item.inplace):
        return statement
    if not isinstance(added, Infix) or len(added.operands) != 2 or item.references[0][0] != "item":
        return statement
    if added.operands[0] != Atom(statement.name):
        return statement
    return replace(statement, expression=added.operands[1], accumulates=added.operator)


def _joins(
    items: Sequence[Item],
    groups: list[_Group],
    k: int,
    reads: Counter[Reference],
    training_only: frozenset[int],
) -> bool:
    """Whether an item's statement is that of the items before it: ``self.relu(self.bn(x))``.

    Calls are nested where a person would nest them: data flows through one operand, what is inside is
    needed once, and a reader sees at a glance which layers belong together.
    """
    group = groups[-1]
    before, item = items[group[-1]], items[k]
    if ("item", group[-1]) not in item.references or reads[("item", group[-1])] != 1:
        return False  # a value that is needed again has to have a name
    if (group[-1] in training_only) != (k in training_only):
        return False  # one of them stands under ``if self.training``
    if isinstance(item, LayerItem) and not item.is_module:
        return _joins_operator(item, before, groups)
    role, role_before = _role(item), _role(before)
    if role is None or role_before is None:
        return False  # a block is a step of its own
    length = sum(len(items[j].name) + len("self.()") for j in (*group, k)) + len("return x")
    if length > MAX_NESTED:
        return False
    roles = [_role(items[j]) for j in group]
    return STATEMENTS.admits([other for other in roles if other is not None], role)


def _role(item: Item) -> Role | None:
    """The role of a layer that is a module."""
    if is_tensor(item):
        return None
    if isinstance(item, SharedItem):
        return item.role
    return item.role if isinstance(item, LayerItem) and item.is_module else None


def _joins_operator(item: LayerItem, before: Item, groups: list[_Group]) -> bool:
    """Whether ``a + b`` has the call before it as its last operand: ``x + self.branch(x)``.

    The call has to be the last, since Python evaluates operands from left to right and a module that
    works in place must not run before what stands in front of it is read. It is one call, and does not
    read the statement before it: that would be one long chain in one line.
    """
    group = groups[-1]
    return (
        item.infix is not None
        and (len(item.references) == 2 or bool(item.arguments))
        and item.references[-1] == ("item", group[-1])
        and len(group) == 1
        and not isinstance(before, ReuseItem)
        and (not isinstance(before, LayerItem) or before.is_module)
        and (len(groups) < 2 or ("item", groups[-2][-1]) not in before.references)
    )


def _computed(
    items: Sequence[Item],
    k: int,
    value: Callable[[Reference], Expression],
    numbers: Mapping[int, Sequence[Term]],
) -> Expression:
    item = items[k]
    operands = tuple(value(reference) for reference in item.references)
    if isinstance(item, LayerItem) and not item.is_module:
        return _applied(item, operands, numbers[k])
    item = items[item.original] if isinstance(item, ReuseItem) else item
    name = f"self.{item.name}" if item.name.isidentifier() else f'getattr(self, "{item.name}")'
    if is_tensor(item):
        return Infix("*", (Atom(name), *map(_factor, operands)))
    return call(name, *operands)


def _applied(
    item: LayerItem, operands: tuple[Expression, ...], terms: Sequence[Term]
) -> Expression:
    """A function of some operands and numbers."""
    function = item.function
    assert function is not None
    if function.is_subscript:
        return _sliced(operands[0], dict(zip(item.arguments, terms, strict=True)))
    if function.coefficients:
        return _weighted(function.coefficients, operands)
    if function.infix is not None:
        if function.infix != "+":
            operands = tuple(map(_factor, operands))
        return Infix(function.infix, (*operands, *(Atom(term.text) for term in terms)))
    name, given = printed_name(item.target), tuple(_given(item, terms))
    if function.of_two:
        return reduce(lambda a, b: call(name, a, b, *given), operands)
    if function.takes_list:
        operands = (Bracket("[", tuple(("", operand) for operand in operands), "]"),)
    if function.like is not None:
        size = Atom(f"{function.like}={flat(operands[-1])}.shape[2:]")
        operands = (*operands[:-1], size)
    return call(name, *operands, *given)


def _given(item: LayerItem, terms: Sequence[Term]) -> Iterator[tuple[str, Expression]]:
    """The arguments of a call that are not its defaults, each with its name if it needs it."""
    for k, (name, term) in enumerate(zip(item.arguments, terms, strict=True)):
        if k < item.positional:
            yield "", Atom(term.text)
        elif not (term.is_literal and term.value == item.defaults.get(name, ...)):
            yield f"{name}=", Atom(term.text)


def _factor(operand: Expression) -> Expression:
    return Atom(f"({flat(operand)})") if isinstance(operand, Infix) else operand


def _weighted(coefficients: Sequence[float], operands: Sequence[Expression]) -> Infix:
    """``x + 0.5 * y``, or ``x - 0.5 * y`` where all behind the first are subtracted."""
    sign = -1 if all(coefficient < 0 for coefficient in coefficients[1:]) else 1
    signs = (1, *(sign for _ in coefficients[1:]))
    factors = [s * coefficient for s, coefficient in zip(signs, coefficients, strict=True)]
    return Infix(
        "-" if sign < 0 else "+",
        tuple(
            operand if factor == 1 else Infix("*", (Atom(literal(factor)), _factor(operand)))
            for factor, operand in zip(factors, operands, strict=True)
        ),
    )


def _sliced(x: Expression, ends: Mapping[str, Term]) -> Atom:
    """Some channels: ``x[:, 2:4]``, or ``x[:, self.start :]`` with the space that ruff puts there."""
    start, stop = (ends[end].text if end in ends else "" for end in ("start", "stop"))
    space = " " if "." in start + stop else ""
    slice_ = f"{start}{space if start else ''}:{space if stop else ''}{stop}"
    return Atom(f"{flat(_factor(x))}[:, {slice_}]")


def input_names(wishes: Sequence[str], taken: Collection[str]) -> list[str]:
    """The names of a scope's inputs in its forward method, as they are written where possible."""
    names: list[str] = []
    for wish in wishes:
        names.append(_free(wish, {*taken, *wishes[len(names) + 1 :], *names}))
    return names


def _names(
    template: Template,
    inputs: Sequence[str],
    groups: list[_Group],
    kept: dict[int, str],
    taken: Collection[str],
) -> dict[Reference, str]:
    """``x`` for what only the next statement reads; the item's own name for the rest."""
    items = template.items
    names: dict[Reference, str] = {("input", k): name for k, name in enumerate(inputs)}
    position = {group[-1]: k for k, group in enumerate(groups)}
    for source, taps in _taps(items).items():
        position |= dict.fromkeys(taps, position[source])
    readers: dict[Reference, set[int]] = {given: {len(groups)} for given in template.returned}
    for k, group in enumerate(groups):
        for j in group:
            for reference in items[j].references:
                readers.setdefault(reference, set()).add(k)
    several = _several(items, groups, position)
    passing = [
        source
        for source, k in position.items()
        if readers.get(("item", source)) == {k + 1}
        and source not in {*kept, *several}
        and not isinstance(items[source], TapItem)
    ]
    first = min((position[source] for source in passing), default=0)
    later = {name for k, name in enumerate(inputs) if max(readers.get(("input", k), [0])) > first}
    passed = next(name for name in ("x", "y", "out", "x_") if name not in {*taken, *later})
    names |= {("item", source): passed for source in passing}
    named = (source for source in position if ("item", source) not in names)
    return names | _own_names(items, named, kept, {*taken, *inputs, passed}, position, readers)


def _own_names(
    items: Sequence[Item],
    named: Iterable[int],
    kept: Mapping[int, str],
    used: set[str],
    position: Mapping[int, int],
    readers: Mapping[Reference, set[int]],
) -> dict[Reference, str]:
    """Names after those of the layers. The values that a chain of blocks passes on beside the first
    have one name: each replaces that before it, which nothing reads any more."""
    names: dict[Reference, str] = {}
    never = len(position)
    replaceable: dict[str, tuple[str, int]] = {}
    for source in named:
        reference = ("item", source)
        wish = identifier(kept.get(source) or items[source].name, "x")
        if not isinstance(items[source], TapItem):
            names[reference] = _free(wish, used)
        elif source in kept or reference in readers:
            name, last = replaceable.get(wish, ("", never))
            names[reference] = name if position[source] >= last else _free(wish, used)
            last = never if source in kept else max(readers[reference])
            replaceable[wish] = names[reference], last
        used.add(names.get(reference, ""))
    return names


def _several(
    items: Sequence[Item], groups: Sequence[_Group], position: Collection[int]
) -> set[int]:
    """The items of which a function reads several: their values have names."""
    return {
        source
        for group in groups
        for j in group
        if _names_operands(items[j])
        for sources in [[s for kind, s in items[j].references if kind == "item" and s in position]]
        if len(sources) > 1
        for source in sources
    }


def _free(wish: str, used: Collection[str]) -> str:
    """The name, with as many underscores behind it as it takes not to be used."""
    while wish in used:
        wish += "_"
    return wish


def _names_operands(item: Item) -> bool:
    return isinstance(item, LayerItem) and not item.is_module and item.infix is None

"""A scope read into a template and a list of values, its numbers taken out.

Scopes with equal templates share a class; their values, slot by slot, say which numbers are
literals and which are parameters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, final

from archspec.backends.torch.source.model.ties import Tie, ties
from archspec.backends.torch.source.own_layers import printed_name
from archspec.backends.torch.source.tree import (
    Function,
    FunctionItem,
    InstanceItem,
    Item,
    LayerItem,
    LoopItem,
    Module,
    PrintedClass,
    PrintedFunction,
    Reference,
    ReuseItem,
    SequentialItem,
    SharedItem,
    Single,
    Slot,
    Symbol,
    TapItem,
    Template,
)
from archspec.graph import Graph, Member, Node, Scope, output_of
from archspec.op.base import Call

Pattern = Literal["plain", "runs", "uniform", "head"]
"""How a chain is written: item by item; by its longest runs; as one run; as a first item and a run
like it."""


@final
@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """A scope as its template and its values."""

    template: Template
    slots: tuple[Slot, ...]


_Slots = tuple[Slot, ...]
_Read = tuple[Single, _Slots]

_NUMBERED: Final = re.compile(r"(.*?)(0|[1-9][0-9]*)")
"""A stem and a number that is written as Python writes it: ``conv01`` is ``conv0`` and 1."""


@final
class TemplateReader:
    """Reads scopes. The scopes inside that have a class are looked up in ``printed``."""

    def __init__(
        self,
        printed: dict[str, PrintedClass],
        arguments: Callable[[Scope], Sequence[Slot]],
        in_place: frozenset[str],
        symbols: Collection[str],
        functions: Mapping[str, tuple[PrintedFunction, int]],
        graph: Graph,
    ) -> None:
        self._taps = graph.taps
        self._ties = ties(graph)
        self._functions = functions
        self._printed = printed
        self._arguments = arguments
        self._in_place = in_place
        self._symbols = symbols

    def read(self, scope: Scope, pattern: Pattern = "runs") -> FilledTemplate | None:
        """Template and values; None if the scope does not have the pattern."""
        places: dict[str, Reference] = {}
        for k, source in enumerate(scope.sources):
            places.setdefault(source, ("input", k))
        read = self._children(scope, places)
        numbered = all(child.name == str(k) for k, child in enumerate(scope.children))
        items: tuple[Item, ...] = tuple(item for item, _ in read)
        taps = tuple(places[f"{scope.path}.{tap}"] for tap in self._taps.get(scope.path, ()))
        refers = _names_own(read)
        template = Template(
            items, places[scope.output], scope.inputs, numbered, taps, refers, self._tied(scope)
        )
        if not template.is_chain:
            slots = tuple(slot for _, slots in read for slot in slots)
            return FilledTemplate(template, slots) if pattern in ("plain", "runs") else None
        patterned = _patterned(
            self._with_functions(read, scope) if numbered else read, numbered, pattern
        )
        if patterned is None:
            return None
        items = _renumbered([item for item, _ in patterned])
        template = replace(template, items=items, output=("item", len(items) - 1))
        return FilledTemplate(template, tuple(slot for _, slots in patterned for slot in slots))

    def _children(self, scope: Scope, places: dict[str, Reference]) -> list[_Read]:
        """What stands in a scope; the values that it gives get their places."""
        read: list[_Read] = []
        index: dict[str, int] = {}
        for child in scope.children:
            references = tuple(places[source] for source in child.sources)
            index[child.path] = len(read)
            if child.weights is not None and child.is_held:
                index[child.weights] = len(read)
            item, slots = self._item(child, references, index)
            read.append((item, tuple(self._resolved(slot, scope) for slot in slots)))
            output = output_of(child)
            places[output] = ("item", len(read) - 1)
            for position, tap in enumerate(self._taps.get(child.path, ())):
                path = f"{child.path}.{tap}"
                item = TapItem(_name_inside(child, path), position, (places[output],))
                places[path] = ("item", len(read))
                read.append((item, ()))
        return read

    def _item(
        self, child: Node | Scope, references: tuple[Reference, ...], index: dict[str, int]
    ) -> _Read:
        if child.weights in index and not child.is_held:
            return ReuseItem(child.name, index[str(child.weights)], references), ()
        if child.weights is not None and not _is_function(child):
            return self._shared(child, child.weights, references)
        if isinstance(child, Node):
            return self._leaf(child, references)
        printed = self._printed.get(child.path)
        if printed is not None:
            slots = tuple(replace(slot, item=child.name) for slot in self._arguments(child))
            return InstanceItem(child.name, printed, references), slots
        inner = self.read(child)
        assert inner is not None
        return SequentialItem(child.name, inner.template.items, references), inner.slots

    def _shared(self, child: Member, weights: str, references: tuple[Reference, ...]) -> _Read:
        """A module of another scope."""
        role = child.op.role if isinstance(child, Node) else None
        printed = self._printed.get(weights)
        kind = printed.name if printed is not None else "nn.Module"
        is_tensor = isinstance(child, Node) and child.op.is_tensor
        if isinstance(child, Node):
            kind = printed_name(child.op.lowered(*child.inputs).target)
            kind = "nn.Parameter" if is_tensor else kind
        names = (child.name, weights.rpartition(".")[2], "module")
        name = next(name for name in names if name.isidentifier())
        slot = Slot(Module(weights, kind), name, child.name, "module")
        return SharedItem(child.name, references, role, is_tensor, printed), (slot,)

    def _resolved(self, slot: Slot, scope: Scope) -> Slot:
        """A module that stands in the scope is named from there; others come from outside."""
        value = slot.value
        if not isinstance(value, Module) or value.text or not _is_inside(value.path, scope.path):
            return slot
        inner = _within(scope, value.path)
        text = self._written(scope, inner, value.kind)
        return replace(slot, value=Module("", value.kind, text))

    def _tied(self, scope: Scope) -> tuple[tuple[str, str], ...]:
        """What the constructor of a scope ties, also inside of scopes that have no class."""
        return tuple(
            (
                f"{self._written(scope, _within(scope, tie.path))}.{tie.tensor}",
                f"{self._written(scope, _within(scope, tie.owner))}.{tie.tensor}",
            )
            for tie in self._ties_without_class(scope)
        )

    def _ties_without_class(self, scope: Scope) -> Iterator[Tie]:
        if not self._ties:
            return
        yield from self._ties.get(scope.path, ())
        for child in scope.children:
            if isinstance(child, Scope) and child.path not in self._printed:
                yield from self._ties_without_class(child)

    def _written(self, scope: Scope, path: str, kind: str = "nn.Module") -> str:
        """How the constructor of a scope writes a module inside of it: ``self.encoder[0]``."""
        text, around = "self", scope
        for name in path.split("."):
            is_first = around is scope
            if name.isidentifier():
                text += f".{name}"
            elif not is_first and name.isdigit() and self._is_sequence(around):
                text += f"[{name}]"
            else:
                getter = "get_parameter" if kind == "nn.Parameter" else "get_submodule"
                return f'self.{getter}("{path}")'
            child = next(child for child in around.children if child.name == name)
            around = child if isinstance(child, Scope) else around
        return text

    def _is_sequence(self, scope: Scope) -> bool:
        """Whether a scope that was read is an ``nn.Sequential`` of the items 0, 1, ..."""
        printed = self._printed.get(scope.path)
        template = printed.template if printed is not None else None
        if template is None:
            reading = self.read(scope)
            assert reading is not None
            template = reading.template
        return template.is_chain and template.numbered

    def _with_functions(self, read: list[_Read], scope: Scope) -> list[_Read]:
        """The items of a list with those that a function makes put together."""
        found: list[_Read] = []
        position = 0
        while position < len(read):
            made = self._functions.get(scope.children[position].path)
            if made is None:
                found.append(read[position])
                position += 1
                continue
            printed, instance = made
            name = scope.children[position].name
            slots = tuple(
                Slot(parameter.values[instance], parameter.name, name, parameter.category)
                for parameter in printed.parameters
            )
            found.append((FunctionItem(name, printed, read[position][0].references), slots))
            position += len(printed.items)
        return found

    def _leaf(
        self, node: Node, references: tuple[Reference, ...]
    ) -> tuple[LayerItem, tuple[Slot, ...]]:
        return read_leaf(node, references, self._in_place, self._symbols)


def _names_own(read: Sequence[_Read]) -> bool:
    """Whether a module of the scope itself is handed to another one."""
    values = (slot.value for _, slots in read for slot in slots)
    return any(isinstance(value, Module) and value.text is not None for value in values)


def _is_function(member: Member) -> bool:
    return isinstance(member, Node) and member.op.lowered(*member.inputs).is_function


def _within(scope: Scope, path: str) -> str:
    """The path from a scope to a layer inside of it."""
    return path[len(scope.path) + 1 :] if scope.path else path


def _is_inside(path: str, scope: str) -> bool:
    return not scope or path.startswith(f"{scope}.")


def _name_inside(member: Member, path: str) -> str:
    """A name for a layer inside of a scope: that of the outermost scope inside which gives it."""
    children = member.children if isinstance(member, Scope) else ()
    for child in children:
        if output_of(child) == path:
            return child.name
        if path.startswith(f"{child.path}."):
            inner = _name_inside(child, path)
            return inner if child.name.isdigit() else f"{child.name}_{inner}"
    return path.rpartition(".")[2]  # a layer that this use of the scope does without


def read_leaf(
    node: Node,
    references: tuple[Reference, ...],
    in_place: frozenset[str],
    symbols: Collection[str],
) -> tuple[LayerItem, tuple[Slot, ...]]:
    """A layer as an item and its numbers."""
    lowered = node.op.lowered(*node.inputs)
    values = {
        name: Symbol(node.symbols[name], value) if node.symbols.get(name) in symbols else value
        for name, value in lowered.arguments.items()
    }
    leaf = LayerItem(
        node.name,
        lowered.target,
        tuple(values),
        lowered.positional,
        node.op.role,
        references,
        inplace=node.path in in_place,
        defaults=lowered.defaults,
        function=_form(lowered) if lowered.is_function else None,
        tensor=lowered.tensor,
    )
    slots = tuple(
        Slot(
            value,
            "split" if lowered.is_subscript else name,
            node.name,
            "channels" if name in lowered.sizes else name,
        )
        for name, value in values.items()
    )
    return leaf, slots


def _form(call: Call) -> Function:
    """How the function of a call is written."""
    return Function(
        call.infix,
        call.coefficients,
        call.takes_list,
        call.like,
        call.of_two,
        call.is_subscript,
    )


def anonymous(item: Single) -> Single:
    """The same item under no name and reading nothing: what neighbours have in common."""
    return replace(item, name="", references=())


def reading_from(item: Item, *references: Reference) -> Item:
    """The same item with other inputs."""
    if isinstance(item, LoopItem):
        return replace(item, item=replace(item.item, references=references))
    return replace(item, references=references)


def _renumbered(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items of a chain, each reading the one before it."""
    return tuple(
        reading_from(item, ("item", k - 1) if k else ("input", 0)) for k, item in enumerate(items)
    )


def _patterned(
    read: list[_Read], numbered: bool, pattern: Pattern
) -> Sequence[tuple[Item, _Slots]] | None:
    """A chain with its repetitions put together; None if it has not the pattern."""
    if pattern == "plain":
        return read
    if pattern == "runs":
        return _with_runs(read, numbered)
    head = 1 if pattern == "head" else 0
    if len(read) <= head or _run_length(read, head, numbered) != len(read) - head:
        return None
    if not numbered and _stem(read[head][0].name)[1] < 0:
        return None  # one layer, under a name without a number
    run, slots = _run(read[head:], numbered)
    if head and any(run.stepping):
        return None
    if not head:
        return [(run, slots)]
    if type(read[0][0]) is not type(read[1][0]) or anonymous(read[0][0]) != anonymous(read[1][0]):
        return None
    count = replace(slots[-1], value=len(read))
    return [read[0], (replace(run, after_head=True), (*slots[:-1], count))]


_SHORTEST_RUN: Final[dict[type, int]] = {LayerItem: 3, FunctionItem: 4}


def _with_runs(read: list[_Read], numbered: bool) -> list[tuple[Item, _Slots]]:
    """A chain with its longest runs of equal neighbours put together."""
    compact: list[tuple[Item, _Slots]] = []
    position = 0
    while position < len(read):
        length = _run_length(read, position, numbered)
        shortest = _SHORTEST_RUN.get(type(read[position][0]), 2)
        if length == 2 and any(_steps(read[position][1], read[position + 1][1]) or ()):
            shortest = 3  # any two numbers grow evenly
        if length >= shortest:
            compact.append(_run(read[position : position + length], numbered))
        else:
            length = 1
            compact.append(read[position])
        position += length
    return compact


def _stem(name: str) -> tuple[str, int]:
    match = _NUMBERED.fullmatch(name)
    return (match[1], int(match[2])) if match else (name, -1)


def _run_length(read: list[_Read], start: int, numbered: bool) -> int:
    """How many items from here on are one item again and again."""
    first = read[start][0]
    stem, number = _stem(first.name)
    if not numbered and number < 0:
        return 1
    pattern = anonymous(first)
    steps: list[Any] | None = None
    length = 1
    for item, slots in read[start + 1 :]:
        if not numbered and _stem(item.name) != (stem, number + length):
            break
        if type(item) is not type(first) or anonymous(item) != pattern:
            break
        before = read[start + length - 1][1]
        here = _steps(before, slots)
        if here is None or (steps is not None and here != steps):
            break
        steps = here
        length += 1
    return length


def _steps(before: Sequence[Slot], after: Sequence[Slot]) -> list[Any] | None:
    """By how much each number grows; None if something else changes."""
    steps: list[Any] = []
    for old, new in zip(before, after, strict=True):
        if old.value == new.value and type(old.value) is type(new.value):
            steps.append(0)
        elif type(old.value) is int and type(new.value) is int and old.category == "channels":
            steps.append(new.value - old.value)
        else:
            return None
    return steps


def _run(read: list[_Read], numbered: bool) -> tuple[LoopItem, _Slots]:
    item, slots = read[0]
    steps = _steps(slots, read[1][1]) if len(read) > 1 else [0] * len(slots)
    assert steps is not None
    stem, start = _stem(item.name)
    stepping = tuple(step != 0 for step in steps)
    step_slots = tuple(
        replace(slot, value=step, name=f"{slot.name}_step", category="step")
        for slot, step in zip(slots, steps, strict=True)
        if step
    )
    count = Slot(len(read), "depth", item.name, "depth")
    run = LoopItem(
        anonymous(item) if numbered else replace(item, name=stem),
        None if numbered else stem,
        0 if numbered else start,
        stepping=stepping,
    )
    return run, (*slots, *step_slots, count)


def slot_count(item: Item) -> int:
    """How many numbers an item has."""
    if isinstance(item, LayerItem):
        return len(item.arguments)
    if isinstance(item, InstanceItem | FunctionItem):
        return len(item.printed.parameters)
    if isinstance(item, SequentialItem):
        return sum(map(slot_count, item.items))
    if isinstance(item, SharedItem):
        return 1
    if isinstance(item, LoopItem):
        return slot_count(item.item) + sum(item.stepping) + 1
    return 0

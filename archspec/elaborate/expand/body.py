"""The one pass over bodies: item by item from the top, with the copies of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, final

from archspec.diagnostics import SpecError
from archspec.elaborate.edits.edit_list import Edits
from archspec.elaborate.edits.stack import EditStack
from archspec.elaborate.expand.context import Context
from archspec.elaborate.expand.items import Items
from archspec.elaborate.expand.limits import count_of
from archspec.elaborate.expand.scopes import Scopes
from archspec.elaborate.expand.sites import Sites
from archspec.elaborate.rules.bindings import (
    POISONED,
    Absent,
    Binding,
    Instance,
    OpenScope,
    Operand,
    Value,
)
from archspec.elaborate.rules.collector import Enough, with_context
from archspec.elaborate.rules.desugar import Item, transparent_form
from archspec.elaborate.rules.operands import (
    Sources,
    absent,
    default_operands,
    is_poisoned,
    operands_of,
    passed_on,
    single_input,
    sources_of,
    values_of,
    without_missing,
)
from archspec.elaborate.rules.repeat import fill_key, names_before
from archspec.elaborate.rules.templates import ABOVE, LayerName
from archspec.graph import Group
from archspec.language.model import Body, ScopeItem
from archspec.language.names import Environment, truth
from archspec.text import Origin

MAX_FAILURES: Final = 5
"""Copies of an item that are tried when none of them can be made."""
NO_COPIES: Final = "it has 0 copies"

Columns = Mapping[str, Sequence[Any]]
"""For every name that a repeat binds its values."""


@final
class Builder:
    """Fills scopes with the layers of bodies. What it finds wrong it collects."""

    def __init__(self, context: Context, edits: Edits) -> None:
        self.scopes = Scopes(context, self.fill, EditStack(edits))
        self._context = context
        self._items = Items(context, self.scopes, Sites(context, self.scopes))
        self._failures: Counter[int] = Counter()
        """How often an item could not be made."""

    def fill(self, scope: OpenScope, body: Body, at: Origin, names: Environment) -> None:
        """Make the layers of a body; an error in one leaves the others to be made."""
        limits = self._context.limits
        copies = limits.copies
        for item in self._context.bodies.items(body, at):
            if scope.is_ended:
                break
            # an item that fails in every copy of a block fails in all others, too
            if self._failures[id(item)] >= MAX_FAILURES:
                scope.fail(item)
                continue
            scope.trying = None
            try:
                self._item(scope, item, names)
            except SpecError as error:
                path = scope.path_of(scope.trying or str(item.key))
                self._note(with_context(error, path, item, self.scopes.calls), item)
                scope.fail(item)
                limits.copies = copies

    def _note(self, error: SpecError, item: Item) -> None:
        """Note an error; one that crosses a limit ends the work at once."""
        self._context.collector.note(error)
        if any(diagnostic.code == "limit" for diagnostic in error.diagnostics):
            raise Enough
        self._failures[id(item)] += 1

    def _item(self, scope: OpenScope, item: Item, names: Environment) -> None:
        sources = sources_of(scope, item)
        if item.repeat_form == "templated":
            self._templated(scope, item, names, sources)
            return
        operands = None
        if sources is not None:
            operands = operands_of(scope, sources, names_before(item, names))
            self._count(scope, item, operands)
        if item.is_group:
            self._group(scope, item, names, operands)
        elif item.repeat_form == "one":
            self._items.make(scope, fill_key(item, names), item, names, operands)
        elif item.repeat_form == "chained":
            self._chained(scope, item, names, operands)
        else:
            self._numbered(scope, fill_key(item, names), item, names, operands)

    def _count(self, scope: OpenScope, item: Item, operands: Sequence[Operand]) -> None:
        """An item has found what it reads."""
        compared = len(scope.names) // 10 if "*" in str(item.form.from_) else 0
        self._context.limits.count(len(operands) + compared, item.at)

    # Repeats.

    def _templated(
        self, scope: OpenScope, item: Item, names: Environment, sources: Sources | None
    ) -> None:
        """``key{i}: {..., repeat: n}``: copies in the scope; ``from`` feeds every one."""
        limits = self._context.limits
        columns = limits.columns(item, names)
        if not count_of(columns):
            _no_templated_copies(scope, item, sources)
        operands = None
        for copy in limits.each(columns, names):
            scope.trying = fill_key(item, copy)
            if sources is not None:
                operands = operands_of(scope, sources, copy)
                self._count(scope, item, operands)
            self._items.make(scope, scope.trying, item, copy, operands)

    def _chained(
        self, scope: OpenScope, item: Item, names: Environment, operands: list[Operand] | None
    ) -> None:
        """Copies one after the other in the scope itself; ``from`` feeds the first."""
        columns = self._context.limits.columns(item, names)
        if not count_of(columns):
            _no_copies(scope, item, operands)
        self._copies(scope, item, columns, names, operands)

    def _numbered(
        self,
        scope: OpenScope,
        name: str | None,
        item: Item,
        names: Environment,
        operands: list[Operand] | None,
    ) -> None:
        """``key: {..., repeat: n}``: a scope with the children 0, 1, ..."""
        assert name is not None
        scope.trying = name
        if operands is None:
            operands = default_operands(scope, item.at)
        columns = self._context.limits.columns(item, names)
        binding: Binding
        if is_poisoned(operands):
            binding = POISONED
        elif not count_of(columns):
            binding = absent(name, item, operands, NO_COPIES)
        else:
            binding = self._numbered_scope(scope, name, item, columns, names, operands)
        scope.bind(name, binding)

    def _numbered_scope(
        self,
        scope: OpenScope,
        name: str,
        item: Item,
        columns: Columns,
        names: Environment,
        operands: list[Operand],
    ) -> Binding:
        inputs = self._inputs(item, operands)
        first = next(iter(inputs.values()))
        paths = {given: v.path for given, v in inputs.items() if isinstance(v, Value)}
        if len(paths) > 1 and isinstance(first, Value):  # the first copy reads all of them
            first = Value(first.path, tuple(paths.items()))
        self.scopes.claim(scope, name, item.at)
        inner = OpenScope("", inputs, True, first, outer=scope)
        self.scopes.nest(inner, scope, name, item.at)
        self._copies(inner, item, columns, names, None)
        binding = self.scopes.numbered(scope, inner, item, [*inputs.values()])
        if scope.is_used(name) and isinstance(binding, Value) and paths:
            instance = Instance(scope.children[-1:], tuple(paths.values()), binding.path)
            scope.instances[name] = instance
        return binding

    def _inputs(self, item: Item, operands: list[Operand]) -> dict[str, Binding]:
        """What the scope of an item's copies reads: what the block reads that they are of."""
        text = None
        if item.call is not None:
            text = self.scopes.home.program.blocks.get(item.call.op)
        names = text.block.input_names if text is not None else ("input",)
        least, most = text.block.number_of_inputs if text is not None else (1, 1)
        operands = without_missing(passed_on(operands, most, least), least)
        values = values_of(operands)
        if values is None or not max(2, least) <= len(values) <= most:
            return {"input": single_input(operands, item.at)}
        return dict(zip(names, values, strict=False))

    def _copies(
        self,
        scope: OpenScope,
        item: Item,
        columns: Columns,
        names: Environment,
        operands: list[Operand] | None,
    ) -> None:
        for copy in self._context.limits.each(columns, names):
            if item.runs_through:
                self._transparent(scope, item, copy, operands)
            else:
                self._items.make(scope, None, item, copy, operands)
            operands = None

    # Layers that belong to the scope around their item.

    def _group(
        self, scope: OpenScope, item: Item, names: Environment, operands: list[Operand] | None
    ) -> None:
        """``(title)``: layers of the enclosing scope, written together."""
        transparent_form(item)
        limits = self._context.limits
        copies: Iterator[Environment] | list[Environment] = [names]
        if item.form.repeat is not None:
            columns = limits.columns(item, names)
            if not count_of(columns):
                _no_copies(scope, item, operands)
            copies = limits.each(columns, names)
        for copy in copies:
            first = len(scope.children)
            self._transparent(scope, item, copy, operands)
            operands = None
            children = tuple(child.name for child in scope.children[first:])
            if children:
                scope.groups.append(Group(str(item.key)[1:-1], children, item.figure))

    def _transparent(
        self, scope: OpenScope, item: Item, names: Environment, operands: list[Operand] | None
    ) -> None:
        form, context = transparent_form(item), self._context
        context.limits.count(1, item.at)
        if operands is not None:
            scope.current, scope.last = single_input(operands, item.at), None
        if form.when is not None:
            seen = [] if scope.current is None else [Operand(scope.current, None, item.at)]
            if is_poisoned(seen):  # whether its layers exist depends on what could not be made
                scope.is_unsure = True
                return
            if not truth(form.when, item.at / "when", context.with_sizes(seen, names)):
                scope.gone.append(form.layers)
                return
        self.fill(scope, form.layers, item.body_at, names)


def _no_templated_copies(scope: OpenScope, item: Item, sources: Sources | None) -> None:
    """No layer: what stands above goes on, unless ``from`` says what does."""
    known = [source for source in sources or () if not isinstance(source, LayerName)]
    if sources is None or len(known) == len(sources):
        operands = None if sources is None else list(chain(*known))
        _no_copies(scope, item, operands)
        return
    _no_copies(scope, item, None)
    if not any(isinstance(source, LayerName) and source.name == ABOVE for source in sources):
        scope.current, scope.last = Absent("this layer", item.at, None, NO_COPIES), None


def _no_copies(scope: OpenScope, item: Item, operands: list[Operand] | None) -> None:
    """No layer, so what it would have read goes on."""
    if isinstance(item.form, ScopeItem) and item.is_group:
        scope.gone.append(item.form.layers)
    elif isinstance(item.key, str):
        scope.gone.append({item.key: "Identity"})
    if operands is not None:
        scope.current, scope.last = absent(None, item, operands, NO_COPIES), None

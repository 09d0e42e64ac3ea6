"""One copy of an item: whether it exists, what it calls, and what its name stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import final

from archspec.diagnostics import failure
from archspec.elaborate.expand.context import Context
from archspec.elaborate.expand.scopes import Scopes
from archspec.elaborate.expand.sharing import made_layer, name_of, tied_layer, use_again
from archspec.elaborate.expand.sites import Sites
from archspec.elaborate.rules.arguments import check_like
from archspec.elaborate.rules.bindings import (
    POISONED,
    Absent,
    Binding,
    Inline,
    Instance,
    OpenScope,
    Operand,
    ResolvedCall,
    Tied,
    Value,
)
from archspec.elaborate.rules.desugar import Item, otherwise
from archspec.elaborate.rules.operands import (
    WHEN_IS_FALSE,
    absent,
    default_operands,
    is_poisoned,
    operands_of,
    single_input,
    stand_in,
    values_of,
)
from archspec.elaborate.rules.resolve_op import resolve_call, resolve_item
from archspec.elaborate.rules.templates import LayerName
from archspec.graph import Scope
from archspec.language.model import ScopeItem, UseItem
from archspec.language.names import Argument, Environment, OpValue, truth


@final
class Items:
    """Makes single copies of items."""

    def __init__(self, context: Context, scopes: Scopes, sites: Sites) -> None:
        self._context = context
        self._scopes = scopes
        self._sites = sites
        self._constant: dict[tuple[int, int, int], ResolvedCall] = {}
        """Calls that are the same for all copies of an item, by item, home and first edit."""

    def make(
        self,
        scope: OpenScope,
        name: str | None,
        item: Item,
        names: Environment,
        operands: list[Operand] | None,
    ) -> None:
        """One copy of an item, and what its name stands for from now on."""
        if scope.is_ended:
            return
        context = self._context
        context.limits.count(1, item.at)
        scope.trying = str(scope.number) if name is None else name
        if operands is None:
            operands = default_operands(scope, item.at)
        binding: Binding = POISONED
        if not is_poisoned(operands):
            here = names if item.is_constant else context.with_sizes(operands, names)
            when = item.form.when
            if when is None or truth(when, item.at / "when", here):
                binding = self._present(scope, name, item, here, names, operands)
            else:
                binding = self._instead(scope, name, item, here, operands)
        scope.bind(name, binding)

    def _present(
        self,
        scope: OpenScope,
        name: str | None,
        item: Item,
        here: Environment,
        names: Environment,
        operands: list[Operand],
    ) -> Binding:
        """An item that exists. Its own call sees its input's channels (``here``); the layers of an
        inline scope do not (``names``): each of them has its own input."""
        name = self._scopes.claim(scope, name, item.at)
        first, form = len(scope.children), item.form
        binding: Binding = POISONED
        if isinstance(form, UseItem):
            made = made_layer(scope, LayerName(form.use, item.at / "use"), names)
            if made is not None:
                binding = use_again(
                    self._context, self._scopes, scope, name, made, item.at, operands
                )
            if item.form.figure is not None:
                again = scope.children[first:]
                scope.children[first:] = [replace(one, figure=item.figure_of_copy) for one in again]
        elif isinstance(form, ScopeItem):
            output_at = item.at / "output"
            inline = Inline(form.layers, item.body_at, names, form.output, output_at, scope)
            source = single_input(operands, item.at)
            call = ResolvedCall(
                "", item.at, {}, self._scopes.home, self._scopes.first_edit, inline,
                figure=item.figure_of_copy,
            )  # fmt: skip
            operands = [Operand(source, None, item.at)]
            binding = self._sites.make(scope, name, call, operands)
        else:
            binding = self._called(scope, name, item, here, operands)
        if scope.is_used(name) and isinstance(binding, Value):
            values = (stand_in(operand.binding) for operand in operands)
            sources = tuple(value.path for value in values if value is not None)
            children = scope.children[first:]
            if len(children) == 1 and isinstance(children[0], Scope):
                sources = children[0].sources  # all that a block reads of the one before it
            scope.instances[name] = Instance(children, sources, binding.path)
        return binding

    def _called(
        self, scope: OpenScope, name: str, item: Item, names: Environment, operands: list[Operand]
    ) -> Binding:
        """The layer or scope of an item's call."""
        call = self._call(item, names)
        if item.arguments_made:
            made = self._made(scope, item, names)
            if made is None:
                return POISONED
            call = replace(call, arguments={**call.arguments, **made})
        if item.tied is not None:
            tied = tied_layer(scope, item.tied, names)
            if tied is None:
                return POISONED
            call = replace(call, tied=Tied(tied.path, item.tied.at))
        if item.like is None:
            return self._sites.make(scope, name, call, operands)
        check_like(call.name, self._context.ops.get(call.name), item.like.at)
        likes = values_of(operands_of(scope, [item.like], names))
        if likes is None:
            return POISONED
        if len(likes) != 1:
            message = f"'like' names one layer, and '{item.like.name}' means {len(likes)}"
            raise failure("arity", message, at=item.like.at.value)
        return self._sites.make(scope, name, replace(call, like=likes[0]), operands)

    def _made(self, scope: OpenScope, item: Item, names: Environment) -> dict[str, Argument] | None:
        """The arguments that are layers which were made; None if one could not be made."""
        found = {}
        for argument, source in item.arguments_made.items():
            made = made_layer(scope, source, names)
            if made is None:
                return None
            value = OpValue(name_of(made), {}, item.at / argument, made)
            found[argument] = Argument(value, item.at / argument, names)
        return found

    def _call(self, item: Item, names: Environment) -> ResolvedCall:
        """What an item calls; the same object for all copies if it is the same call."""
        home, first_edit = self._scopes.home, self._scopes.first_edit
        if not item.is_constant:
            return resolve_item(item, names, home, first_edit, self._context.program.parts)
        assert item.call is not None
        key = id(item), id(home), first_edit
        if key not in self._constant:
            call = resolve_call(item.call, names, home, first_edit)
            self._constant[key] = replace(call, is_constant=True, figure=item.figure_of_copy)
        return self._constant[key]

    def _instead(
        self,
        scope: OpenScope,
        name: str | None,
        item: Item,
        names: Environment,
        operands: list[Operand],
    ) -> Binding:
        """What stands for a layer whose ``when`` is false."""
        other = otherwise(item)
        if other is None:
            return absent(name, item, operands, WHEN_IS_FALSE)
        if other == "none":
            reason = f"{WHEN_IS_FALSE}, and 'else' is none"
            return Absent(name or "this layer", item.at, None, reason)
        if isinstance(other, LayerName):
            return operands_of(scope, [other], names)[0].binding
        call = resolve_call(other, names, self._scopes.home, self._scopes.first_edit)
        return self._sites.make(scope, self._scopes.claim(scope, name, item.at), call, operands)

"""A layer with what the edits make of it, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from archspec.diagnostics import failure
from archspec.elaborate.expand.context import Context
from archspec.elaborate.expand.scopes import Scopes
from archspec.elaborate.expand.sharing import use_again
from archspec.elaborate.rules.bindings import (
    POISONED,
    Binding,
    OpenScope,
    Operand,
    ResolvedCall,
    Value,
)
from archspec.elaborate.rules.home import Home
from archspec.elaborate.rules.operands import (
    has_stand_ins,
    is_dropped,
    passed_on,
    values_of,
    without_missing,
)
from archspec.elaborate.rules.repeat import layer_name_problem
from archspec.language.names import Environment


@final
class Sites:
    """Makes what calls mean, edited."""

    def __init__(self, context: Context, scopes: Scopes) -> None:
        self._context = context
        self._scopes = scopes

    def make(
        self, scope: OpenScope, name: str, call: ResolvedCall, operands: list[Operand]
    ) -> Binding:
        """The layer or scope of a call, and what stands for it from now on."""
        if call.made is not None:
            made, at = call.made, call.origin
            return use_again(self._context, self._scopes, scope, name, made, at, operands)
        merge = self._merge(call)
        required, most = self._scopes.number_of_inputs(call)
        operands = passed_on(operands, most, required)
        if required < most:
            operands = without_missing(operands, required)
        values = values_of(operands, merge)
        if values is None:
            return POISONED
        if merge:
            written = operands
            operands = [operand for operand in operands if not is_dropped(operand)]
            if not values:
                message = f"all that {merge} reads is absent"
                raise failure("absent-layer", message, at=call.origin.key)
            if len(values) == 1:
                _check_lone_operand(merge, call, written)
                return values[0]
        if call.first_edit == len(self._scopes.edits):  # as in most networks
            return self._construct(scope, name, call, values)
        return self._edit(scope, name, call, operands, list(values))

    def _merge(self, call: ResolvedCall) -> str | None:
        """The op, if it merges any number of layers."""
        op = self._context.ops.get(call.name)
        return call.name if op is not None and op.arity is None else None

    def _edit(
        self,
        scope: OpenScope,
        name: str,
        call: ResolvedCall,
        operands: list[Operand],
        bindings: list[Binding],
    ) -> Binding:
        """Each edit sees what those before it made of the call. ``remove``, and ``cut`` down to one
        operand, end that: no layer is left. What stands ``after`` waits until the layer is there."""
        stack, path = self._scopes.edits, scope.path_of(name)
        after: list[int] = []
        binding: Binding | None = None
        following = call.first_edit
        while binding is None and (found := stack.next(following, call, path)) is not None:
            following = found + 1
            edits, k = stack.at(found)
            verb = edits.texts[k].edit.verb
            if verb == "after":
                edits.sites[k] += 1
                after.append(found)
            elif verb == "before":
                bindings = self._insert_before(scope, name, found, call, bindings)
            elif verb == "remove":
                binding = edits.remove(k, path, call, bindings)
            elif verb == "cut":
                bindings, operands = edits.cut(k, call, bindings, operands, self._merge(call))
                binding = bindings[0] if len(bindings) == 1 else None
            elif verb == "set":
                call = edits.set(k, call, self._names_at(bindings, edits.home))
            else:
                call = self._replace(found, call, bindings, operands)
        if binding is None:
            binding = self._construct(scope, name, call, bindings)
        else:
            scope.is_edited = True
        for k in reversed(after):
            binding = self._insert(scope, name, k, binding, "")
        return binding

    def _replace(
        self, k: int, call: ResolvedCall, bindings: list[Binding], operands: list[Operand]
    ) -> ResolvedCall:
        edits, j = self._scopes.edits.at(k)
        new = edits.replace(j, call, self._names_at(bindings, edits.home), k + 1)
        merge = self._merge(new)
        if not has_stand_ins(merge) and has_stand_ins(self._merge(call)):
            values_of(operands, merge)  # absent operands that Add took may be none for Concat
        return new

    def _insert_before(
        self, scope: OpenScope, name: str, k: int, call: ResolvedCall, bindings: list[Binding]
    ) -> list[Binding]:
        """Something inserted on each input edge."""
        edits, j = self._scopes.edits.at(k)
        edits.sites[j] += len(bindings)
        is_one = len(bindings) == 1 and self._merge(call) is None
        return [
            self._insert(scope, name, k, binding, "" if is_one else str(position))
            for position, binding in enumerate(bindings)
        ]

    def _insert(
        self, scope: OpenScope, anchor: str, k: int, binding: Binding, suffix: str
    ) -> Binding:
        """What an edit puts behind a value."""
        if not isinstance(binding, Value):
            return binding
        edits, j = self._scopes.edits.at(k)
        text = edits.texts[j]
        call = edits.make(j, self._names_at([binding], edits.home), k + 1)
        label = text.edit.as_
        if label is None:
            label = _name_of(call)
        elif problem := layer_name_problem(label):
            raise failure("bad-name", problem, at=(text.origin / "as").value)
        name = f"{anchor}_{label}{suffix}"
        if name in scope.taken:
            raise failure(
                "duplicate-layer",
                f"there is already a layer '{scope.path_of(name)}'",
                at=(text.origin / "insert").value,
                help="give the inserted one another name with 'as'",
            )
        self._scopes.claim(scope, name, call.origin)
        return self.make(scope, name, call, [Operand(binding, None, call.origin)])

    def _names_at(self, bindings: Sequence[Binding], home: Home) -> Environment:
        """What the text of an edit sees: its file's parameters, and the site's input."""
        return Environment(self._context.sizes_of_input(bindings), home.top)

    def _construct(
        self, scope: OpenScope, name: str, call: ResolvedCall, bindings: Sequence[Binding]
    ) -> Binding:
        values = [Value(binding.path) for binding in bindings if isinstance(binding, Value)]
        if len(values) < len(bindings):
            return POISONED
        cls = self._context.ops.get(call.name) if not (call.inline or call.net) else None
        if cls is None:
            return self._scopes.call(scope, name, call, values)
        node = self._context.layers.make(scope.path_of(name), cls, call, values)
        scope.children.append(node)
        return Value(node.path)


def _name_of(call: ResolvedCall) -> str:
    """What an inserted layer is called that is given no name."""
    if call.inline is not None:
        return "inserted"
    return call.name.lower() if call.net is None else call.net.program.name.lower()


def _check_lone_operand(merge: str, call: ResolvedCall, written: list[Operand]) -> None:
    """A merge of one layer is an error, unless others are absent or a glob found no more. What it is
    given for each of several would be lost."""
    for name, argument in call.arguments.items():
        raise failure(
            "arity",
            f"{merge} has '{name}', and reads one layer here",
            at=argument.origin.value,
            help="give it the same 'when' as the operand that may be absent",
        )
    (operand, *others) = written
    if others or operand.is_glob or is_dropped(operand):
        return
    raise failure(
        "arity",
        f"{merge} merges two or more layers, but reads one here",
        at=(call.origin / "from").value if operand.name else call.origin.value,
        help=f"{{op: {merge}, from: [a, b]}}",
    )

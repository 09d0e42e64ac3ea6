"""Scopes: opened, filled and closed, for blocks and for inline layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, final

from archspec.diagnostics import Label, failure
from archspec.elaborate.edits.edit_list import Edits
from archspec.elaborate.edits.stack import EditStack
from archspec.elaborate.expand.context import Context
from archspec.elaborate.expand.parts import (
    NetPart,
    check_inputs,
    no_such_end,
    output_of_part,
    scope_alone,
    with_arguments,
)
from archspec.elaborate.rules.arguments import block_values
from archspec.elaborate.rules.bindings import (
    POISONED,
    Absent,
    Binding,
    Inline,
    Net,
    OpenScope,
    Poisoned,
    ResolvedCall,
    Value,
)
from archspec.elaborate.rules.desugar import Item
from archspec.elaborate.rules.home import Home, home_of
from archspec.elaborate.rules.operands import NOT_GIVEN, output_names, unknown_output
from archspec.elaborate.rules.templates import LayerName, filled
from archspec.graph import Depiction, Scope
from archspec.language.model import Body
from archspec.language.names import Environment, OpValue
from archspec.language.program import BlockText, Program
from archspec.text import Origin

MAX_DEPTH: Final = 40
"""Scopes in scopes."""
STEPS_OF_A_PART: Final = 20
"""What a network that is a part takes beside its layers, in steps of one item."""

Fill = Callable[[OpenScope, Body, Origin, Environment], None]
"""Makes the layers of a body in an open scope."""


@final
class Scopes:
    """Makes scopes; ``fill`` makes the layers in them, scopes again among them."""

    def __init__(self, context: Context, fill: Fill, edits: EditStack) -> None:
        self.home = context.home
        """What the text sees whose layers are being made."""
        self.edits = edits
        self.first_edit = 0
        """The first edit that sees what is being made: none looks inside what it made itself."""
        self.calls: list[ResolvedCall] = []
        """The calls of the blocks and networks whose inside is being made."""
        self._context = context
        self._fill = fill
        self._open_blocks: set[tuple[Home, str]] = set()

    def open(
        self,
        inputs: Mapping[str, Binding],
        body: Body,
        at: Origin,
        around: OpenScope | None = None,
        name: str = "",
    ) -> OpenScope:
        """A scope for the layers of a body; the network's own is the one without a name."""
        used = self._context.bodies.used_names(body, at)
        scope = OpenScope("", inputs, isinstance(body, list), None, used)
        if len(inputs) == 1:
            (scope.current,) = inputs.values()
        return scope if around is None else self.nest(scope, around, name, at)

    def nest(self, scope: OpenScope, around: OpenScope, name: str, at: Origin) -> OpenScope:
        """A scope in its place inside of another. Raises SpecError where that is too deep."""
        scope.path, scope.depth = around.path_of(name), around.depth + 1
        scope.parts, scope.is_in_part = around.parts, around.is_in_part
        if around.until is not None and around.until.startswith(f"{name}."):
            scope.until = around.until[len(name) + 1 :]
        if scope.depth > MAX_DEPTH:
            raise failure("limit", f"scopes nested more than {MAX_DEPTH} deep", at=at.key)
        return scope

    def claim(self, scope: OpenScope, name: str | None, at: Origin) -> str:
        """A name that no other layer of the scope has; a list gives its next number."""
        if name is None:
            name = str(scope.number)
            scope.number += 1
        elif name in scope.taken:
            raise failure(
                "duplicate-layer",
                f"there are two layers '{name}' in this scope",
                at=at.key,
                also=[Label(scope.taken[name].key, "the other one")],
            )
        elif name in scope.inputs:
            raise failure("duplicate-layer", f"'{name}' is an input of this scope", at=at.key)
        self._context.limits.count_path(scope.path, name, at)
        scope.taken[name] = at
        return name

    def call(self, scope: OpenScope, name: str, call: ResolvedCall, values: list[Value]) -> Binding:
        """The scope of a block or network that is called, or of the inline layers of an edit."""
        outer = self.home, self.edits, self.first_edit
        self.home, self.first_edit = call.home, call.first_edit
        try:
            if call.net is not None:
                return self._part(scope, name, call, call.net, values)
            if call.inline is None:
                return self._block(scope, name, call, values)
            if len(values) != 1:
                raise failure("arity", "a scope reads one input", at=call.origin.value)
            return self._inline(scope, name, call, call.inline, values[0])
        finally:
            self.home, self.edits, self.first_edit = outer

    def _part(
        self, scope: OpenScope, name: str, call: ResolvedCall, net: Net, values: list[Value]
    ) -> Binding:
        """The scope of a network that is a part: its text sees its own blocks and parameters, and
        its own edits come before those around it."""
        context = self._context
        context.limits.count(STEPS_OF_A_PART, call.origin)
        program = with_arguments(net.program, call)
        if net.scope is not None:
            program = scope_alone(program, net.scope, context.bodies)
        inputs = check_inputs(call, program, len(values))
        home = home_of(program, context.home.params.spent)
        body, at = program.layers.value, program.layers.origin
        edits = Edits(home, context.ops, context.program.parts, context.collector.note)
        inner = self.open(dict(zip(inputs, values, strict=True)), body, at, scope, name)
        inner.is_in_part, inner.outputs = True, output_names(program, home.top)
        if net.until is not None:
            scope.ends[name] = net.until, body
        inner.until = inner.until or (net.until.name if net.until is not None else None)
        within = net.scope.name if net.scope is not None else ""
        stack = EditStack(edits, inner.path, self.edits, call.first_edit, within)
        self.home, self.edits = home, stack
        self.first_edit = 0
        self.calls.append(call)
        try:
            self._fill(inner, body, at, home.top)
        finally:
            self.calls.pop()
        output = self._output_of_part(inner, call, net, program)
        binding = _close(scope, inner, output, call.origin, values, figure=call.figure)
        if isinstance(binding, Value):
            context.parts.append(NetPart(inner.path, call, home, edits, within, binding.path))
        return binding

    def _output_of_part(
        self, inner: OpenScope, call: ResolvedCall, net: Net, program: Program
    ) -> Value | Poisoned:
        """What a network gives: the layer that ends it, or its output."""
        if inner.until is None:
            return self.output_of(inner, *output_of_part(program), self.home.top)
        binding = inner.find(inner.until) or inner.parts.get(inner.path_of(inner.until))
        if binding is None and inner.is_unsure:
            return POISONED
        if binding is None and net.until is not None:
            raise no_such_end(inner, call, net.until)
        if binding is None:  # which the network around this one, whose 'until' it is, reports
            return self.output_of(inner, None, program.layers.origin, self.home.top)
        return _given(binding)

    def number_of_inputs(self, call: ResolvedCall) -> tuple[int, int]:
        """How many layers a block has to read, and may read; of all else one."""
        if call.name in self._context.ops or call.inline is not None or call.net is not None:
            return 1, 1
        return call.home.program.blocks[call.name].block.number_of_inputs

    def _block(
        self, scope: OpenScope, name: str, call: ResolvedCall, values: list[Value]
    ) -> Binding:
        context, text = self._context, call.home.program.blocks[call.name]
        if (call.home, call.name) in self._open_blocks:
            message = f"block {call.name} contains itself"
            raise failure("bad-block", message, at=(call.origin / "op").value)
        inputs = _block_inputs(call, text, values)
        context.limits.count(4, call.origin)
        home = call.home.around(text)
        sizes = context.sizes_of_input(values)
        if text.block.optional_inputs:
            given = {name: isinstance(inputs[name], Value) for name in text.block.optional_inputs}
            home = Environment(given, home)
        arguments = block_values(call.name, text, call.arguments, call.origin, home, sizes)
        inner = self.open(
            inputs,
            text.block.layers,
            text.origin / "layers",
            scope,
            name,
        )
        names = Environment(arguments, home)
        self._fill_block(inner, call, text, names)
        output = self._output_of_block(inner, text, names)
        figure = call.figure
        if text.block.figure is not None:
            figure = text.block.figure.depiction.under(figure)
        return _close(scope, inner, output, call.origin, values, call, arguments, figure)

    def _output_of_block(
        self, inner: OpenScope, text: BlockText, names: Environment
    ) -> Value | Poisoned:
        block, at = text.block, text.origin
        if block.outputs is None:
            return self.output_of(inner, block.output, at / "output", names)
        given: list[tuple[str, str]] = []
        for k, name in enumerate(block.outputs):
            passed = inner.inputs.get(name)
            if isinstance(passed, Absent):
                raise failure(
                    "absent-layer",
                    f"the input '{name}' is not given here, and cannot be passed on",
                    at=(at / "outputs" / k).value,
                    also=[Label(passed.origin.key, "the block is used here without it")],
                )
            value = passed or self.output_of(inner, name, at / "outputs" / k, names)
            if not isinstance(value, Value) or (passed and not k):  # which the text alone shows
                return POISONED
            given.append((name, value.path))
        return Value(given[0][1], tuple(given))

    def _fill_block(
        self, inner: OpenScope, call: ResolvedCall, text: BlockText, names: Environment
    ) -> None:
        self.calls.append(call)
        self._open_blocks.add((call.home, call.name))
        try:
            self._fill(inner, text.block.layers, text.origin / "layers", names)
        finally:
            self.calls.pop()
            self._open_blocks.remove((call.home, call.name))

    def _inline(
        self, scope: OpenScope, name: str, call: ResolvedCall, inline: Inline, source: Binding
    ) -> Binding:
        """The scope of layers that stand in their item."""
        at = call.origin
        if isinstance(source, Poisoned):
            return POISONED
        inner = self.open({"input": source}, inline.body, inline.at, scope, name)
        inner.outer = inline.outer
        self._fill(inner, inline.body, inline.at, inline.environment)
        output_at = inline.output_at or at
        output = self.output_of(inner, inline.output, output_at, inline.environment)
        return _close(scope, inner, output, at, (source,), figure=call.figure)

    def numbered(
        self, scope: OpenScope, inner: OpenScope, item: Item, sources: Sequence[Binding]
    ) -> Binding:
        """The scope of the copies 0, 1, ... of an item."""
        output = self.output_of(inner, None, item.at, self.home.top)
        return _close(scope, inner, output, item.at, sources, figure=item.figure)

    def output_of(
        self, scope: OpenScope, output: str | None, at: Origin, names: Environment
    ) -> Value | Poisoned:
        """What a scope gives: the layer it names, or its last."""
        binding = scope.current
        if output is not None and not scope.is_ended:
            output = filled(LayerName(output, at), names).name
            binding = scope.find(output)
            if binding is None and scope.is_unsure:
                return POISONED
            if binding is None:
                raise unknown_output(output, at, scope.names)
        if binding is None:
            raise failure("missing-input", "the scope has no layers, hence no output", at=at.key)
        return _given(binding)


def _block_inputs(call: ResolvedCall, text: BlockText, values: list[Value]) -> dict[str, Binding]:
    """What a block reads, by the names that it gives to it. Raises SpecError."""
    names, (least, most) = text.block.input_names, text.block.number_of_inputs
    if not least <= len(values) <= most:
        number = str(most) if least == most else f"{least} to {most}"
        raise failure(
            "arity",
            f"block {call.name} reads {number} inputs ({', '.join(text.block.inputs or names)}), "
            f"not {len(values)}",
            at=(call.origin / "from").value,
            also=[Label(text.origin.key, "defined here")],
        )
    missing = {name: Absent(name, call.origin, None, NOT_GIVEN) for name in names[len(values) :]}
    return {**dict(zip(names, values, strict=False)), **missing}


def _given(binding: Binding) -> Value | Poisoned:
    """What a scope gives whose output is this."""
    if isinstance(binding, Absent):
        if binding.instead is None:
            message = f"'{binding.name}' is the output, and it is absent here"
            raise failure("absent-layer", message, at=binding.origin.key)
        return binding.instead
    return binding


def _close(
    scope: OpenScope,
    inner: OpenScope,
    output: Value | Poisoned,
    at: Origin,
    sources: Sequence[Binding],
    call: ResolvedCall | None = None,
    arguments: Mapping[str, Any] | None = None,
    figure: Depiction | None = None,
) -> Binding:
    """The scope that was filled becomes a child of the one around it; its value."""
    if isinstance(output, Poisoned):
        return POISONED
    if not inner.children:
        scope.is_edited = scope.is_edited or inner.is_edited
        if inner.is_edited:
            return output
        label = inner.path.rpartition(".")[2]
        return Absent(label, at, output, "none of its layers exists here")
    scope.children.append(
        Scope(
            inner.path,
            call.name if call is not None else None,
            tuple(inner.children),
            tuple(name for name, given in inner.inputs.items() if not isinstance(given, Absent)),
            tuple(source.path for source in sources if isinstance(source, Value)),
            output.path,
            {
                name: _name_of(value) if isinstance(value, OpValue) else value
                for name, value in (arguments or {}).items()
            },
            tuple(inner.groups),
            at,
            written=call.written if call is not None else {},
            figure=figure,
        )
    )
    return output


def _name_of(value: OpValue) -> str:
    """An op or block by its name; a layer that was made by its path."""
    return value.name if value.made is None else str(value.made.path)

"""Networks that are parts of others: with what arguments, and what they give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, final

from archspec.diagnostics import Label, SpecError, failure, fix_name, near
from archspec.elaborate.edits.edit_list import Edits
from archspec.elaborate.rules.bindings import OpenScope, ResolvedCall
from archspec.elaborate.rules.desugar import Bodies, Item
from archspec.elaborate.rules.home import Home
from archspec.elaborate.rules.operands import layer_of_output
from archspec.elaborate.rules.templates import LayerName
from archspec.language.model import Body, ScopeItem
from archspec.language.names import evaluate
from archspec.language.program import Program, Written, override
from archspec.text import Origin

AS_WHOLE: Final = "make the network up to there, with 'until'"


@final
@dataclass(frozen=True, slots=True, eq=False)
class NetPart:
    """A network that is a part of another one, as it was made."""

    path: str
    call: ResolvedCall
    home: Home
    edits: Edits
    scope: str
    """The path of the scope of it that is meant alone, which the paths in its text begin with."""
    output: str
    """Path of the layer that it gives."""


def with_arguments(program: Program, call: ResolvedCall) -> Program:
    """The network with the parameters that its item sets. Raises SpecError."""
    return override(
        program,
        {
            name: Written(
                evaluate(argument.raw, argument.origin, argument.environment), argument.origin
            )
            for name, argument in call.arguments.items()
        },
    )


def scope_alone(program: Program, scope: LayerName, bodies: Bodies) -> Program:
    """A network of nothing but the layers that one of its scopes has. Raises SpecError."""
    body, at = program.layers.value, program.layers.origin
    shapes, output = program.input.value, None
    for name in scope.name.split("."):
        items = {item.key: item for item in _without_groups(bodies, body, at)}
        form = _form_of_scope(name, items, program, scope)
        body, at = form.layers, items[name].body_at
        output = form.output and Written(form.output, items[name].at / "output")
    shape = shapes if isinstance(shapes, list) else next(iter(shapes.values()))
    return replace(
        program,
        layers=Written(body, at),
        input=Written(shape, program.input.origin),
        output=output or None,
        outputs=None,
    )


def _without_groups(bodies: Bodies, body: Body, at: Origin) -> Iterator[Item]:
    """The items of a body, with those of its groups in their place."""
    for item in bodies.items(body, at):
        if item.is_group and isinstance(item.form, ScopeItem):
            yield from _without_groups(bodies, item.form.layers, item.body_at)
        else:
            yield item


def _form_of_scope(
    name: str, items: Mapping[str | int, Item], program: Program, scope: LayerName
) -> ScopeItem:
    """The scope of a name, which means the same wherever it stands. Raises SpecError."""
    item, at = items.get(name), scope.at.value
    if item is None:
        known = [str(key) for key, item in items.items() if isinstance(item.form, ScopeItem)]
        raise failure(
            "unknown-layer",
            f"{program.name} has no scope '{name}' that is written with its layers",
            at=at,
            help=near(name, known) or (f"it has {', '.join(known[:20])}" if known else AS_WHOLE),
            fix=fix_name(scope.name, known, at),
        )
    form = item.form
    if not isinstance(form, ScopeItem) or form.repeat is not None or form.when is not None:
        raise failure(
            "bad-net",
            f"'{name}' of {program.name} cannot stand alone",
            at=at,
            also=[Label(item.at.key, "not a scope with 'layers:' and no 'repeat' or 'when'")],
            help=AS_WHOLE,
        )
    return form


def check_inputs(call: ResolvedCall, program: Program, given: int) -> tuple[str, ...]:
    """The names of the network's inputs. Raises SpecError if it reads another number of layers."""
    shapes = program.input.value
    inputs = tuple(shapes) if isinstance(shapes, dict) else ("input",)
    if given != len(inputs):
        raise failure(
            "arity",
            f"the network {call.name} reads {len(inputs)} inputs ({', '.join(inputs)}), not {given}",
            at=(call.origin / "from").value,
            also=[Label(program.input.origin.key, "its inputs")],
        )
    return inputs


def output_of_part(program: Program) -> tuple[str | None, Origin]:
    """The layer that a whole network gives as a part: of several outputs the first that is there at
    inference; None for its last layer."""
    if program.output is not None:
        return program.output.value, program.output.origin
    if program.outputs is None:
        return None, program.layers.origin
    written = program.outputs
    name, item = next(
        (name, item)
        for name, item in written.value.items()
        if isinstance(item, str) or item.only is None
    )
    return layer_of_output(item, written.origin / name)


def no_such_end(scope: OpenScope, call: ResolvedCall, until: LayerName) -> SpecError:
    """The error for a layer that the network does not have."""
    prefix = f"{scope.path}."
    known = [path[len(prefix) :] for path in scope.parts if path.startswith(prefix)]
    return failure(
        "unknown-layer",
        f"{call.name} has no layer '{until.name}' that could end it",
        at=until.at.value,
        help=near(until.name, known) or f"its layers: {', '.join([*scope.names][:20])}",
        fix=fix_name(until.name, known, until.at.value),
    )

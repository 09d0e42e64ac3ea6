"""Networks that are parts of others: with what arguments, and what they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from archspec.diagnostics import Label, SpecError, failure, fix_name, near
from archspec.elaborate.edits.edit_list import Edits
from archspec.elaborate.rules.bindings import OpenScope, ResolvedCall
from archspec.elaborate.rules.home import Home
from archspec.elaborate.rules.operands import layer_of_output
from archspec.elaborate.rules.templates import LayerName
from archspec.language.names import evaluate
from archspec.language.program import Program, Written, override
from archspec.text import Origin


@final
@dataclass(frozen=True, slots=True, eq=False)
class NetPart:
    """A network that is a part of another one, as it was made."""

    path: str
    call: ResolvedCall
    home: Home
    edits: Edits
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

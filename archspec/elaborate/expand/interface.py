"""What a network takes and gives: its inputs and its outputs."""

from __future__ import annotations

from pydantic import ValidationError

from archspec.diagnostics import failure, fix_name, near
from archspec.elaborate.expand.context import Context
from archspec.elaborate.expand.scopes import Scopes
from archspec.elaborate.rules.bindings import OpenScope, Poisoned, Value
from archspec.elaborate.rules.operands import layer_of_output
from archspec.elaborate.rules.templates import filled
from archspec.graph import Node, Output
from archspec.graph.input import Input
from archspec.language.model import OutputItem, bad_layer_name, bad_output_name
from archspec.language.names import evaluate
from archspec.language.program import Written
from archspec.op.base import Cost
from archspec.op.tensor import SIDES
from archspec.text import Origin


def make_inputs(context: Context) -> dict[str, Node]:
    """The network's inputs by name; their shapes may be expressions over the parameters."""
    written = context.program.input
    inputs = {}
    if isinstance(written.value, list):
        inputs["input"] = _input(context, "input", written.value, written.origin)
    else:
        for name, shape in written.value.items():
            if name != "input" and (problem := bad_layer_name(name)):
                raise failure("bad-name", problem, at=(written.origin / name).key)
            inputs[name] = _input(context, name, shape, written.origin / name)
    if not inputs:
        message = "a network has at least one input"
        raise failure("bad-value", message, at=written.origin.value)
    context.layers.nodes.update(inputs)
    return inputs


def _input(context: Context, name: str, shape: list[int | str], at: Origin) -> Node:
    sizes = [evaluate(size, at / k, context.home.top) for k, size in enumerate(shape)]
    if not 1 <= len(sizes) <= len(SIDES):
        raise failure(
            "bad-value",
            "an input is a map [channels, height, width] or a vector [features]",
            at=at.value,
            help="a row is [channels, length], a volume [channels, depth, height, width]; "
            "the batch is not part of it",
        )
    try:
        op = Input(shape=tuple(sizes))
    except ValidationError as error:
        place = at
        for key in error.errors()[0]["loc"]:
            place = place / key if isinstance(key, int) else place
        message = "the sizes of an input are whole numbers from 1 to 1,000,000"
        raise failure("bad-value", message, at=place.value) from None
    return Node(name, op, (), (), op.infer(), Cost("nothing"), origin=at)


def find_outputs(context: Context, scopes: Scopes, root: OpenScope) -> tuple[Output, ...]:
    """What the network gives; an output of an absent layer does not exist."""
    program = context.program
    if program.outputs is None:
        written = program.output
        at = written.origin if written else program.layers.origin
        binding = scopes.output_of(root, written.value if written else None, at, context.home.top)
        assert not isinstance(binding, Poisoned)
        _check_made(context, root, binding, at)
        return (Output("output", binding.path),)
    return _named_outputs(context, root, program.outputs)


def _named_outputs(
    context: Context, root: OpenScope, written: Written[dict[str, str | OutputItem]]
) -> tuple[Output, ...]:
    outputs = []
    for name, item in written.value.items():
        at = written.origin / name
        if problem := bad_output_name(name):
            help = f"write '{name.lstrip('_') or 'out'}'"
            raise failure("bad-name", problem, at=at.key, help=help)
        layer, place = filled(layer_of_output(item, at), context.home.top)
        binding = root.find(layer)
        if binding is None:
            raise failure(
                "unknown-layer",
                f"there is no layer '{layer}' at the top of the network",
                at=place.value,
                help=near(layer, root.names),
                fix=fix_name(layer, root.names, place.value),
            )
        if isinstance(binding, Value):
            only = isinstance(item, OutputItem) and item.only == "training"
            _check_made(context, root, binding, at)
            outputs.append(Output(name, binding.path, only))
    if all(output.training_only for output in outputs):
        message = "no output is left at inference"
        raise failure("bad-output", message, at=written.origin.key)
    return tuple(outputs)


def _check_made(context: Context, root: OpenScope, output: Value, at: Origin) -> None:
    """Raises SpecError for an output that is an input of the network, all the way to it."""
    if output.path not in root.inputs:
        return
    message = f"no layer is left between the input '{output.path}' and this output"
    if len(context.layers.nodes) == len(root.inputs):
        message = "none of the layers exists here"
    help = "keep a layer there, if only an Identity"
    raise failure("bad-output", message, at=at.key, help=help)

"""Program -> Graph: expand, resolve, edit, infer; then what only the whole network can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

from pydantic import ValidationError

from archspec.diagnostics import SpecError, failure, near, renamed
from archspec.elaborate.bindings import Broken, OpenScope, Value
from archspec.elaborate.body import MAX_DEPTH, Builder
from archspec.elaborate.checks import (
    check_edits,
    check_expect,
    check_overrides,
    check_weights,
    without_orphans,
)
from archspec.elaborate.collector import Enough, Mistakes
from archspec.elaborate.estimate import check_size
from archspec.elaborate.initial import init_rules
from archspec.elaborate.nodes import MAX_LAYERS
from archspec.elaborate.resolve import proofread
from archspec.graph import Graph, Node, Output, Scope
from archspec.graph.input import Input
from archspec.language.model import OutputItem, bad_layer_name, bad_output_name
from archspec.language.names import evaluate
from archspec.language.program import Program
from archspec.op.base import Cost
from archspec.text import Origin


def elaborate(program: Program, max_layers: int = MAX_LAYERS) -> Graph:
    """The network that a program describes. Raises SpecError with all mistakes that were found."""
    mistakes = Mistakes()
    try:
        return _elaborated(program, mistakes, max_layers)
    except Enough:
        raise mistakes.together() from None
    except SpecError as error:
        raise mistakes.together(error) from None


def _elaborated(program: Program, mistakes: Mistakes, max_layers: int) -> Graph:
    builder = Builder(program, frozenset(_output_layers(program)), mistakes, max_layers)
    proofread(program, mistakes.note)
    check_size(program, max_layers, MAX_DEPTH)
    graph = without_orphans(builder, _graph(builder))
    check_edits(builder, graph)
    check_weights(builder, graph)
    graph = replace(graph, init=init_rules(builder, graph))
    check_overrides(builder)
    mistakes.check()
    check_expect(builder, graph)
    mistakes.check()
    return replace(graph, params=builder.params.values(), symbols=_symbols(builder))


def _graph(builder: Builder) -> Graph:
    """All layers, with those that nothing reads."""
    program = builder.program
    inputs = _inputs(builder)
    sources = {name: Value(name) for name in inputs}
    root = builder.open(sources, program.layers.value, program.layers.origin)
    builder.fill(root, program.layers.value, program.layers.origin, builder.top)
    builder.mistakes.check()
    outputs = _outputs(builder, root)
    scope = Scope(
        "",
        None,
        tuple(root.children),
        tuple(inputs),
        tuple(inputs),
        outputs[0].source,
        groups=tuple(root.groups),
        origin=program.layers.origin,
    )
    return Graph(
        program.name,
        scope,
        tuple(inputs.values()),
        outputs,
        description=program.description,
        cite=program.cite,
        file=PurePath(program.origin.source.name).name,
    )


def _symbols(builder: Builder) -> frozenset[str]:
    """The parameters that nothing reads but the arguments of layers that are just that."""
    reads = builder.params.reads
    return frozenset(
        name for name, count in builder.layers.symbol_reads.items() if count == reads[name]
    )


def _inputs(builder: Builder) -> dict[str, Node]:
    """The network's inputs by name; their shapes may be expressions over the parameters."""
    written = builder.program.input
    inputs = {}
    if isinstance(written.value, list):
        inputs["input"] = _input(builder, "input", written.value, written.origin)
    else:
        for name, shape in written.value.items():
            if name != "input" and (problem := bad_layer_name(name)):
                raise failure("bad-name", problem, (written.origin / name).key)
            inputs[name] = _input(builder, name, shape, written.origin / name)
    if not inputs:
        raise failure("bad-value", "a network has at least one input", written.origin.value)
    builder.nodes.update(inputs)
    return inputs


def _input(builder: Builder, name: str, shape: list[int | str], at: Origin) -> Node:
    sizes = [evaluate(size, at / k, builder.top) for k, size in enumerate(shape)]
    if len(sizes) not in (1, 3):
        raise failure(
            "bad-value",
            "an input is a map [channels, height, width] or a vector [features]",
            at.value,
            help="the batch is not part of it",
        )
    try:
        op = Input(shape=tuple(sizes))
    except ValidationError as error:
        place = at
        for key in error.errors()[0]["loc"]:
            place = place / key if isinstance(key, int) else place
        raise failure(
            "bad-value", "the sizes of an input are whole numbers from 1 to 1,000,000", place.value
        ) from None
    return Node(name, op, (), (), op.infer(), Cost("nothing"), origin=at)


def _check_made(builder: Builder, root: OpenScope, output: Value, at: Origin) -> None:
    """Raises SpecError for an output that is an input of the network, all the way to it."""
    if output.path not in root.inputs:
        return
    message = f"no layer is left between the input '{output.path}' and this output"
    if len(builder.nodes) == len(root.inputs):
        message = "none of the layers exists here"
    raise failure("bad-output", message, at.key, help="keep a layer there, if only an Identity")


def _output_layers(program: Program) -> Iterator[str]:
    if program.outputs is not None:
        for item in program.outputs.value.values():
            yield item if isinstance(item, str) else item.from_


def _outputs(builder: Builder, root: OpenScope) -> tuple[Output, ...]:
    """What the network gives; an output of an absent layer does not exist."""
    program = builder.program
    if program.outputs is None:
        written = program.output
        at = written.origin if written else program.layers.origin
        entry = builder.output_of(root, written.value if written else None, at)
        assert not isinstance(entry, Broken)
        _check_made(builder, root, entry, at)
        return (Output("output", entry.path),)
    outputs = []
    for name, item in program.outputs.value.items():
        at = program.outputs.origin / name
        if problem := bad_output_name(name):
            raise failure("bad-name", problem, at.key, help=f"write '{name.lstrip('_') or 'out'}'")
        layer = item if isinstance(item, str) else item.from_
        if layer not in root.names:
            place = (at if isinstance(item, str) else at / "from").value
            raise failure(
                "unknown-layer",
                f"there is no layer '{layer}' at the top of the network",
                place,
                help=near(layer, root.names),
                fix=renamed(layer, root.names, place),
            )
        layer_entry = root.names[layer]
        if isinstance(layer_entry, Value):
            only = isinstance(item, OutputItem) and item.only == "training"
            _check_made(builder, root, layer_entry, at)
            outputs.append(Output(name, layer_entry.path, only))
    if all(output.training_only for output in outputs):
        raise failure("bad-output", "no output is left at inference", program.outputs.origin.key)
    return tuple(outputs)

"""Program -> Graph: resolve, expand, edit, infer; then the checks that need the whole network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

from archspec.diagnostics import SpecError
from archspec.elaborate.checks import (
    check_edits,
    check_expect,
    check_overrides,
    check_weights,
    drop_orphans,
)
from archspec.elaborate.edits.edit_list import Edits
from archspec.elaborate.estimate import check_size
from archspec.elaborate.expand.body import Builder
from archspec.elaborate.expand.branches import Branches
from archspec.elaborate.expand.context import Context
from archspec.elaborate.expand.interface import find_outputs, make_inputs
from archspec.elaborate.expand.limits import Limits
from archspec.elaborate.expand.nodes import MAX_LAYERS, Layers
from archspec.elaborate.expand.scopes import MAX_DEPTH
from archspec.elaborate.expand.shared import Shared
from archspec.elaborate.initial import init_rules
from archspec.elaborate.resolve.resolver import resolve, resolve_blocks
from archspec.elaborate.rules.bindings import Value
from archspec.elaborate.rules.collector import Collector, Enough
from archspec.elaborate.rules.desugar import Bodies
from archspec.elaborate.rules.home import home_of
from archspec.elaborate.rules.operands import output_names
from archspec.graph import Graph, InitRule, Scope
from archspec.language.names import Spent
from archspec.language.program import Program
from archspec.ops import registry


def elaborate(
    program: Program, max_layers: int = MAX_LAYERS, shared: Shared | None = None
) -> Graph:
    """The network that a program describes; ``shared`` is what was computed for other networks
    of its files. Raises SpecError with all errors that were found."""
    collector = Collector()
    context = _context(program, collector, max_layers, shared or Shared())
    try:
        return _elaborate(context)
    except Enough:
        raise collector.as_error() from None
    except SpecError as error:
        raise collector.as_error(error) from None


def check_blocks(program: Program) -> None:
    """Raises SpecError with all that is wrong with the blocks of a file, whoever uses them."""
    collector = Collector()
    try:
        resolve_blocks(program, Bodies(), collector.note)
        collector.check()
    except Enough:
        raise collector.as_error() from None


def _context(program: Program, collector: Collector, max_layers: int, shared: Shared) -> Context:
    home = home_of(program, Spent())
    layers = Layers(home.params, collector, max_layers, shared)
    return Context(
        program,
        ops=registry(),
        home=home,
        collector=collector,
        layers=layers,
        limits=Limits(collector, layers),
        bodies=shared.bodies,
        parts=[],
    )


def _elaborate(context: Context) -> Graph:
    program, collector, params = context.program, context.collector, context.home.params
    edits = Edits(context.home, context.ops, program.parts, collector.note)
    resolve(program, context.bodies, collector.note)
    check_size(program, context.bodies, context.layers.most, MAX_DEPTH)
    graph = drop_orphans(_graph(context, edits), edits.orphans, program, context.parts, collector)
    check_edits(program.edits, edits, graph, collector)
    check_weights(graph, program.origin, collector)
    graph = replace(graph, init=tuple(_init(context, graph)))
    for part in context.parts:
        check_overrides(part.home.program.params, part.home.params.reads, collector)
    check_overrides(program.params, params.reads, collector)
    collector.check()
    if program.expect is not None:
        check_expect(program.expect, graph, program.input.origin, collector)
    collector.check()
    return replace(graph, params=params.values(), symbols=_symbols(context))


def _init(context: Context, graph: Graph) -> Iterator[InitRule]:
    """The rules of the parts, from the inside out, then those of the network itself: the last one
    that means a tensor holds."""
    for part in sorted(context.parts, key=lambda part: -part.path.count(".")):
        yield from init_rules(part.home, graph, context.collector, part.path, part.scope)
    yield from init_rules(context.home, graph, context.collector)


def _graph(context: Context, edits: Edits) -> Graph:
    """All layers, with those that nothing reads."""
    program, builder = context.program, Builder(context, edits)
    inputs = make_inputs(context)
    sources = {name: Value(name) for name in inputs}
    body, at = program.layers.value, program.layers.origin
    root = builder.scopes.open(sources, body, at)
    root.outputs = output_names(program, context.home.top)
    builder.fill(root, body, at, context.home.top)
    context.collector.check()
    outputs = find_outputs(context, builder.scopes, root)
    outputs = Branches(context, builder.scopes, root, edits).make(outputs)
    scope = Scope(
        "",
        None,
        tuple(root.children),
        tuple(inputs),
        tuple(inputs),
        outputs[0].source,
        groups=tuple(root.groups),
        origin=at,
    )
    return Graph(
        program.name,
        scope,
        tuple(inputs.values()),
        outputs,
        description=program.description,
        cite=program.cite,
        ignored=program.ignored,
        file=PurePath(program.origin.source.name).name,
    )


def _symbols(context: Context) -> frozenset[str]:
    """The parameters that nothing reads but the arguments of layers that are just that."""
    reads = context.home.params.reads
    return frozenset(
        name for name, count in context.layers.symbol_reads.items() if count == reads[name]
    )

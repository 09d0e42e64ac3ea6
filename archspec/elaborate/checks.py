"""What only the whole network shows: sites of edits, effects of overrides, unread layers, and
whether the network is what the spec expects."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

from archspec.diagnostics import Label, failure, fix_text, near
from archspec.elaborate.edits.edit_list import Edits
from archspec.elaborate.expand.parts import NetPart
from archspec.elaborate.rules.collector import Collector
from archspec.graph import Graph, Node, Scope
from archspec.language.model import Counts, Expect
from archspec.language.program import EditText, Param, Program, Written
from archspec.op.base import Role
from archspec.text import Origin


def drop_orphans(
    graph: Graph, cut: Set[str], program: Program, parts: Sequence[NetPart], collector: Collector
) -> Graph:
    """The network without the layers that nobody reads since a ``cut``, and without those of a
    part that nothing around it needs; other unread layers are errors."""
    origin, cut = program.origin, set(cut).union(*(part.edits.orphans for part in parts))
    read = graph.ancestors({output.source for output in graph.outputs})
    unread = frozenset(path for path in graph.nodes if path not in read)
    if not unread:
        return graph
    orphans = graph.ancestors(cut & graph.nodes.keys())
    inputs = {node.path for node in graph.inputs}
    made = {part.path for part in parts}
    inside_parts = tuple(
        f"{path}." for path, scope in graph.scopes.items() if (scope.weights or path) in made
    )
    for member in _unread_members(graph.root, unread - orphans):
        if member.path.startswith(inside_parts):
            continue
        inside = {node.path for node in member.nodes()} if isinstance(member, Scope) else set()
        end = member.output if isinstance(member, Scope) else member.path
        if inside.issuperset(graph.readers[end]):
            _note_unread(collector, "layer", member, origin)
    for part in parts:
        _check_end(part, graph, unread, collector)
    for node in graph.inputs:
        if node.path in unread:
            _note_unread(collector, "input", node, origin)
    collector.check()
    # what is unread in one use of a scope, but read in another, is made and run all the same
    used = {path for path in unread if graph.nodes[path].weights in read}
    root = graph.root.without(unread - inputs - used)
    assert root is not None
    return replace(graph, root=root)


def _check_end(part: NetPart, graph: Graph, unread: frozenset[str], collector: Collector) -> None:
    """Raises an error for a part of which other layers are read, but not what it gives."""
    nodes = [*graph.scopes[part.path].nodes()]
    if part.output not in unread or all(node.path in unread for node in nodes):
        return
    last = next(node.path for node in reversed(nodes) if node.path not in unread)
    end = last
    while graph.scopes[around := last.rpartition(".")[0]].output == end and around != part.path:
        last = around
    until = part.call.net.until if part.call.net else None
    collector.note(
        failure(
            "bad-net",
            f"what '{part.path}' gives is read by nothing that an output needs",
            at=until.at.value if until is not None else part.call.origin.key,
            help=f"end it at the last layer that is read: until: {last[len(part.path) + 1 :]}",
        )
    )


def _unread_members(scope: Scope, unread: frozenset[str]) -> Iterator[Node | Scope]:
    """Layers that are not read, and scopes instead of their layers if none of those is."""
    for child in scope.children:
        if isinstance(child, Node):
            if child.path in unread:
                yield child
        elif all(node.path in unread for node in child.nodes()):
            yield child
        else:
            yield from _unread_members(child, unread)


def _note_unread(collector: Collector, what: str, member: Node | Scope, origin: Origin) -> None:
    collector.note(
        failure(
            "unread-layer",
            f"the {what} '{member.path}' is read by nothing that an output needs",
            at=(member.origin or origin).key,
            help="name it in a 'from' or in 'outputs', or remove it",
        )
    )


def check_weights(graph: Graph, origin: Origin, collector: Collector) -> None:
    """Modules that are used again are there, at inference too."""
    for mode, when in ((graph, "in this network"), (graph.at("inference"), "at inference")):
        for node in mode.layers:
            for path in (path for path in {*node.tied.values()} if path not in mode.nodes):
                message = f"'{node.path}' has the weight of '{path}', which does not exist {when}"
                at = (node.origin or origin).key
                collector.note(failure("unread-layer", message, at=at, help=_USED_AGAIN))
            if node.weights is not None and node.weights not in mode.nodes:
                collector.note(
                    failure(
                        "unread-layer",
                        f"'{node.path}' uses '{node.weights}' again, which does not exist {when}",
                        at=(node.origin or origin).key,
                        help=_USED_AGAIN,
                    )
                )


_USED_AGAIN: Final = "make the layer where it is always needed, and 'use' it elsewhere"


def check_edits(
    texts: Sequence[EditText], edits: Edits, graph: Graph, collector: Collector
) -> None:
    """Every edit of this file selects something, and as many layers as it says."""
    for k, (text, found) in enumerate(zip(texts, edits.sites, strict=True)):
        stated = text.edit.sites
        if text.inherited or (stated is None and found > 0) or stated == found:
            continue
        help = None
        if stated is not None:
            message = f"the edit has {found} sites, not {stated}"
            label = Label((text.origin / "sites").value, f"{found} were found")
        else:
            message = "the edit selects no layer"
            if text.edit.operand is not None:
                message = f"the edit selects no merge that reads '{text.edit.operand}'"
            label = Label((text.origin / text.edit.verb).value)
            help = _selected_scope(edits, graph, k)
        collector.note(failure("edit-sites", message, at=label, help=help))


def _selected_scope(edits: Edits, graph: Graph, k: int) -> str | None:
    """What to do about a path that is that of a scope, which is neither an op nor a block."""
    for scope in graph.scopes.values():
        if scope.block is None and scope.path and edits.selects(k, "", scope.path):
            return f"'{scope.path}' is a scope, not a layer; its layers are '{scope.path}.*'"
    return None


def check_overrides(
    params: Mapping[str, Param], reads: Mapping[str, int], collector: Collector
) -> None:
    """An override that is never evaluated changes nothing."""
    for name, param in params.items():
        if param.overridden and not reads[name]:
            collector.note(
                failure(
                    "override-without-effect",
                    f"'{name}' is set, but nothing in this network reads it",
                    at=param.origin.key,
                    also=[Label(param.default.key, "introduced here")],
                    help="remove the setting, or set what makes the network read it",
                )
            )


def check_expect(
    written: Written[Expect], graph: Graph, input: Origin, collector: Collector
) -> None:
    """The counts and shapes that the spec states."""
    expect, at = written.value, written.origin
    _check_counts(expect, graph.at("inference"), at, input, collector)
    if expect.training is not None:
        at_training = graph.at("training")
        _check_counts(expect.training, at_training, at / "training", input, collector)
    for path, shape in expect.shapes.items():
        _check_shape(graph, path, shape, at / "shapes" / path, collector)


def _check_shape(
    graph: Graph, path: str, shape: list[int], at: Origin, collector: Collector
) -> None:
    if path not in graph.nodes and path not in graph.scopes:
        help = near(path, [*graph.nodes, *graph.scopes])
        collector.note(
            failure("expect", f"there is no layer or scope '{path}'", at=at.key, help=help)
        )
        return
    output = graph.output_type(path)
    if list(output.shape) != shape:
        found = f"[{', '.join(map(str, output.shape))}]"
        label = Label(at.value, f"is {found}")
        collector.note(failure("expect", f"'{path}' gives {found}, not {shape}", at=label))


def _check_counts(
    counts: Counts, graph: Graph, at: Origin, input: Origin, collector: Collector
) -> None:
    found = {
        "params": graph.total_params,
        "macs": graph.total_macs,
        "keys": len(graph.state_keys),
    }
    for name, number in found.items():
        stated = getattr(counts, name)
        if stated is not None and stated != number:
            label = Label((at / name).value, f"is {number}")
            message = f"{name} of {graph.name}: {number:,}, not {stated:,} ({number - stated:+,})"
            help = fix = None
            if name == "params" and (channels := _channels_for(graph, stated - number)):
                place = input / 0
                help = f"an input of {channels} channels has {stated:,} params"
                fix = fix_text(str(graph.inputs[0].output.channels), str(channels), place.value)
            collector.note(failure("expect", message, at=label, help=help, fix=fix))


def _channels_for(graph: Graph, missing: int) -> int | None:
    """How many channels of the input would add so many parameters; None if none would."""
    if len(graph.inputs) != 1 or not graph.inputs[0].output.is_map:
        return None
    given = graph.inputs[0]
    reading = [node for node in graph.layers if given.path in node.sources]
    weights = [node.cost.parameters["weight"] for node in reading if node.op.role is Role.CONV]
    if len(weights) != 1 or weights[0][1] != given.output.channels:
        return None
    channels, rest = divmod(missing, math.prod(weights[0]) // given.output.channels)
    wanted = given.output.channels + channels
    return wanted if not rest and wanted in IMAGE_CHANNELS else None


IMAGE_CHANNELS: Final = (1, 3)
"""Channels that an image usually has: grey, or three colours."""

"""What only the whole network can tell: sites of edits, effects of overrides, unread layers,
and whether the network is what the spec expects."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from archspec.diagnostics import Label, failure, near, replaced
from archspec.elaborate.body import Builder
from archspec.graph import Graph, Node, Scope
from archspec.language.model import Counts
from archspec.op.base import Role
from archspec.text import Origin


def without_orphans(builder: Builder, graph: Graph) -> Graph:
    """The network without the layers that nobody reads since a ``cut``; other unread layers are
    mistakes."""
    read = graph.ancestors({output.source for output in graph.outputs})
    unread = frozenset(path for path in graph.nodes if path not in read)
    if not unread:
        return graph
    orphans = graph.ancestors(builder.edits.orphans & graph.nodes.keys())
    inputs = {node.path for node in graph.inputs}
    for member in _unread_members(graph.root, unread - orphans):
        inside = {node.path for node in member.nodes()} if isinstance(member, Scope) else set()
        end = member.output if isinstance(member, Scope) else member.path
        if inside.issuperset(graph.readers[end]):
            _note_unread(builder, "layer", member)
    for node in graph.inputs:
        if node.path in unread:
            _note_unread(builder, "input", node)
    builder.mistakes.check()
    root = graph.root.without(unread - inputs)
    assert root is not None
    return replace(graph, root=root)


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


def _note_unread(builder: Builder, what: str, member: Node | Scope) -> None:
    origin = member.origin or builder.program.origin
    builder.mistakes.note(
        failure(
            "unread-layer",
            f"the {what} '{member.path}' is read by nothing that an output needs",
            origin.key,
            help="name it in a 'from' or in 'outputs', or remove it",
        )
    )


def check_weights(builder: Builder, graph: Graph) -> None:
    """Modules that are used again are there, at inference too."""
    for mode, when in ((graph, "in this network"), (graph.at("inference"), "at inference")):
        for node in mode.layers:
            if node.weights is not None and node.weights not in mode.nodes:
                builder.mistakes.note(
                    failure(
                        "unread-layer",
                        f"'{node.path}' uses '{node.weights}' again, which is not there {when}",
                        (node.origin or builder.program.origin).key,
                        help="make the layer where it is always needed, and 'use' it elsewhere",
                    )
                )


def check_edits(builder: Builder, graph: Graph) -> None:
    """Every edit of this file selects something, and as many layers as it says."""
    for k, (text, found) in enumerate(zip(builder.program.edits, builder.edits.sites, strict=True)):
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
            help = _selected_scope(builder, graph, k)
        builder.mistakes.note(failure("edit-sites", message, label, help=help))


def _selected_scope(builder: Builder, graph: Graph, k: int) -> str | None:
    """What to do about a path that is that of a scope, which is neither an op nor a block."""
    for scope in graph.scopes.values():
        if scope.block is None and scope.path and builder.edits.selects(k, "", scope.path):
            return f"'{scope.path}' is a scope, not a layer; its layers are '{scope.path}.*'"
    return None


def check_overrides(builder: Builder) -> None:
    """An override that is never evaluated changes nothing."""
    for name, param in builder.program.params.items():
        if param.overridden and not builder.params.reads[name]:
            builder.mistakes.note(
                failure(
                    "override-without-effect",
                    f"'{name}' is set, but nothing in this network reads it",
                    param.origin.key,
                    Label(param.default.key, "introduced here"),
                    help="remove the setting, or set what makes the network read it",
                )
            )


def check_expect(builder: Builder, graph: Graph) -> None:
    """The counts and shapes that the spec states."""
    if builder.program.expect is None:
        return
    expect, at = builder.program.expect.value, builder.program.expect.origin
    _check_counts(builder, expect, graph.at("inference"), at)
    if expect.training is not None:
        _check_counts(builder, expect.training, graph.at("training"), at / "training")
    for path, shape in expect.shapes.items():
        _check_shape(builder, graph, path, shape, at / "shapes" / path)


def _check_shape(builder: Builder, graph: Graph, path: str, shape: list[int], at: Origin) -> None:
    if path not in graph.nodes and path not in graph.scopes:
        help = near(path, [*graph.nodes, *graph.scopes])
        builder.mistakes.note(
            failure("expect", f"there is no layer or scope '{path}'", at.key, help=help)
        )
        return
    output = graph.output_type(path)
    if list(output.shape) != shape:
        found = f"[{', '.join(map(str, output.shape))}]"
        label = Label(at.value, f"is {found}")
        builder.mistakes.note(failure("expect", f"'{path}' gives {found}, not {shape}", label))


def _check_counts(builder: Builder, counts: Counts, graph: Graph, at: Origin) -> None:
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
                place = builder.program.input.origin / 0
                help = f"an input of {channels} channels has {stated:,} params"
                fix = replaced(str(graph.inputs[0].output.channels), str(channels), place.value)
            builder.mistakes.note(failure("expect", message, label, help=help, fix=fix))


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

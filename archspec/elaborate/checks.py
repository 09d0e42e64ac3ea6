"""What only the whole network can tell: sites of edits, effects of overrides, unread layers,
and whether the network is what the spec expects."""

from __future__ import annotations

from dataclasses import replace

from archspec.diagnostics import Diagnostic, Label, SpecError, near
from archspec.elaborate.builder import Builder
from archspec.graph import Graph
from archspec.spec import Counts
from archspec.text import Origin


def without_orphans(builder: Builder, graph: Graph) -> Graph:
    """The network without the layers that nobody reads since a ``cut``; other unread layers are
    mistakes."""
    read = graph.ancestors({output.source for output in graph.outputs})
    unread = [path for path in graph.nodes if path not in read]
    if not unread:
        return graph
    orphans = graph.ancestors(builder.edits.orphans & graph.nodes.keys())
    for path in unread:
        if path not in orphans and not graph.readers[path]:
            node = graph.nodes[path]
            origin = node.origin or builder.program.origin
            what = "the input" if not node.sources else "the layer"
            builder.note(
                SpecError(
                    [
                        Diagnostic(
                            "unread-layer",
                            f"{what} '{path}' is read by nothing that an output needs",
                            (Label(origin.key),),
                            "name it in a 'from' or in 'outputs', or remove it",
                        )
                    ]
                )
            )
    builder.raise_mistakes()
    root = graph.root.without(frozenset(unread))
    assert root is not None
    return replace(graph, root=root)


def check_edits(builder: Builder) -> None:
    """Every edit of this file selects something, and as many layers as it says."""
    for text, found in zip(builder.program.edits, builder.edits.sites, strict=True):
        stated = text.edit.sites
        if text.inherited or (stated is None and found > 0) or stated == found:
            continue
        selector = Label((text.origin / text.edit.verb).value)
        if stated is None:
            message, place = "the edit selects no layer", selector
        else:
            message = f"the edit has {found} sites, not {stated}"
            place = Label((text.origin / "sites").value, f"{found} were found")
        builder.note(SpecError([Diagnostic("edit-sites", message, (place,))]))


def check_overrides(builder: Builder) -> None:
    """An override that is never evaluated changes nothing."""
    for name, param in builder.program.params.items():
        if param.overridden and not builder.params.reads[name]:
            builder.note(
                SpecError(
                    [
                        Diagnostic(
                            "override-without-effect",
                            f"'{name}' is set, but nothing in this network reads it",
                            (
                                Label(param.origin.key),
                                Label(param.default.key, "introduced here"),
                            ),
                            "remove the setting, or set what makes the network read it",
                        )
                    ]
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
        place = at / "shapes" / path
        try:
            output = graph.output_type(path)
        except KeyError:
            known = [*graph.nodes, *graph.scopes]
            diagnostic = Diagnostic(
                "expect",
                f"there is no layer or scope '{path}'",
                (Label(place.key),),
                near(path, known[:2000]),
            )
        else:
            if list(output.shape) == shape:
                continue
            found = ", ".join(map(str, output.shape))
            diagnostic = Diagnostic(
                "expect",
                f"'{path}' gives [{found}], not {shape}",
                (Label(place.value, f"is [{found}]"),),
            )
        builder.note(SpecError([diagnostic]))


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
            builder.note(
                SpecError(
                    [
                        Diagnostic(
                            "expect",
                            f"{name} of {graph.name}: {number:,}, not {stated:,} "
                            f"({number - stated:+,})",
                            (label,),
                        )
                    ]
                )
            )

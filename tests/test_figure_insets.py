"""Insets are true for every instance of their block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from archspec.diagnostics import SpecError
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import Diagram, leaves
from archspec.figures.outline.edges import edges
from archspec.figures.outline.union import END, Union
from archspec.graph import Graph, Node, Scope
from archspec.workspace.load import load, loads
from archspec.workspace.locate import zoo_names
from tests.random_specs import random_spec

Reads = dict[str, set[str]]


def faults(union: Union) -> Iterator[str]:
    """What an inset says wrongly of some instance: of its layers, and of what they read."""
    layers = {path for path in union.alike if path in union.graph.nodes}
    reads = {path: set(union.graph.nodes[path].sources) for path in layers}
    reads[END] = {output.source for output in union.graph.outputs}
    for scope in union.instances:
        present = {path for path in layers if scope.path in union.alike[path]}
        if len(present) != sum(1 for _ in scope.nodes()):
            yield f"{scope.path} has other layers"
        true = wiring(union, scope)
        for reader in (*present, END):
            solid, every = (
                {_feed(scope, source) for source in shown(reader, reads, layers - present, dashed)}
                for dashed in (union.dashed, frozenset[tuple[str, str]]())
            )
            if not solid <= true[reader] <= every:
                yield f"{scope.path}: {reader} reads {true[reader]}, not {solid} to {every}"


def shown(
    reader: str, reads: Reads, absent: set[str], without: frozenset[tuple[str, str]]
) -> Iterator[str]:
    """What lines lead from to a layer, straight through the places of absent ones."""
    for source in reads[reader]:
        if (source, reader) in without:
            continue
        if source in absent:
            yield from shown(source, reads, absent, without)
        else:
            yield source


def wiring(union: Union, scope: Scope) -> Reads:
    """What the layers of an instance read, by the names of the union."""
    names = {
        members[scope.path].path: path
        for path, members in union.alike.items()
        if isinstance(members.get(scope.path), Node)
    }
    found = {
        names[node.path]: {names.get(source, source) for source in node.operands}
        for node in scope.nodes()
    }
    return {**found, END: {names.get(scope.output, scope.output)}}


def _feed(scope: Scope, source: str) -> str:
    """What feeds an instance by an input, or the layer itself."""
    return dict(zip(scope.inputs, scope.sources, strict=False)).get(source, source)


def test_an_inset_that_leaves_out_what_some_have_is_false() -> None:
    union = outline(load("resnet50")).insets[0].union
    assert union is not None
    assert not list(faults(union))
    layers = tuple(
        replace(node, sources=tuple(set(node.sources) - {"downsample.1"}))
        for node in union.graph.layers
    )
    root = replace(union.graph.root, children=layers)
    assert list(faults(replace(union, graph=replace(union.graph, root=root))))


@pytest.mark.parametrize("name", zoo_names())
def test_an_inset_is_true_for_every_instance(name: str) -> None:
    check(load(name))


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_so_are_those_of_random_networks(first: int) -> None:
    checked = 0
    for seed in range(first, first + 50):
        with suppress(SpecError):
            graph = loads(random_spec(seed))
            checked += 1
            check(graph)
    assert checked > 15


def check(graph: Graph) -> None:
    for inset in outline(graph).insets:
        assert inset.union is not None
        assert not list(faults(inset.union))
        assert drawn(inset.diagram) == written(inset.union, inset.diagram)


def drawn(diagram: Diagram) -> set[tuple[int, int]]:
    return {(edge.source, edge.target) for edge in edges(diagram)}


def written(union: Union, diagram: Diagram) -> set[tuple[int, int]]:
    """The edges of a union between the boxes of its diagram, but none back to an earlier one, as
    from a copy to the next."""
    boxes = list(leaves(diagram))
    named = [k for k, box in enumerate(boxes) if box.is_output]
    owners = {
        path: k
        for k, box in enumerate(boxes)
        for path in box.layers or [box.feed]
        if k not in named
    }
    found = {
        (owners[union.real(source)], owners[union.real(path)])
        for path, node in union.graph.nodes.items()
        for source in node.sources
        if union.real(source) in owners
    }
    found |= {(owners[boxes[k].feed], k) for k in named}
    assert {boxes[k].feed for k in named} == {union.real(one.source) for one in union.outputs}
    return {(source, target) for source, target in found if source < target}


@pytest.mark.parametrize("name", ["nasnet_a_large", "efficientnet_b0"])
def test_what_all_instances_have_is_solid(name: str) -> None:
    """Whatever is dashed or optional is lacking in some of them, also where all that leads to it is."""
    graph = load(name)
    for drawn in outline(graph).insets:
        assert drawn.union is not None
        alike, instances = drawn.union.alike, len(drawn.union.instances)
        real = {drawn.union.real(path): path for path in alike}
        for leaf in leaves(drawn.diagram):
            if leaf.dashed or leaf.optional:
                assert any(len(alike[real[path]]) < instances for path in leaf.layers), leaf.path


def test_what_is_there_as_often_as_a_parameter_says_has_no_column() -> None:
    """Of the pairs of convolutions, the first is in four stages and the second one in two."""
    (inset,) = outline(load("yolov2")).insets
    heading, *rows = inset.table
    assert heading[:3] == ("", "width", "depth")
    assert set(heading[3:]) <= {"out"}
    assert [row[2] for row in rows] == ["0", "1", "1", "2", "2"]

"""What leads where in figures as DOT, Mermaid and text: the edges of the network, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from archspec.diagnostics import SpecError
from archspec.figures.draw import figure_bytes
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import leaves
from archspec.figures.request import Options
from archspec.graph import Graph
from archspec.workspace.load import loads
from tests import zoo_graphs
from tests.random_specs import random_spec

NAMES: Final = sorted(file.stem for file in zoo_graphs.FILES)
EACH: Final = 8
"""Scopes of one network that are opened alone: of every block the first one, at most so many."""

CROSSED: Final = """
archspec: 1
name: crossed
input: [3, 16, 16]
blocks:
  Pair:
    inputs: [a, b]
    layers:
      ca: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, from: a}
      cb: {op: Conv2d, out_channels: 8, kernel_size: 1, from: b}
      add: {op: Add, from: [ca, cb]}
layers:
  x: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input}
  y: {op: Conv2d, out_channels: 6, kernel_size: 3, padding: 1, from: input}
  pair: {op: Pair, from: [x, y]}
  twice: {op: Pair, from: [pair, pair]}
"""


# ---------------------------------------------------------------- states of folding


def states(graph: Graph) -> Iterator[Options]:
    """Nothing open, everything open, each scope alone."""
    yield Options()
    yield Options(depth=40)
    yield Options(depth=40, fold=False)
    seen = set[str]()
    for path, scope in graph.scopes.items():
        if path and (scope.block or path) not in seen and len(seen) < EACH:
            seen.add(scope.block or path)
            yield Options(open=(path,))


Edges = list[tuple[int, int]]


def wanted(graph: Graph, options: Options) -> Edges:
    """The edges of the graph between the boxes that are shown, which are numbered in order."""
    boxes = [leaf for leaf in leaves(outline(graph, options).diagram) if not leaf.entry]
    owners = {path: k for k, box in enumerate(boxes) for path in box.layers or (box.path,)}
    assert len(owners) == len(graph.nodes)
    found = {
        (owners[source], owners[node.path])
        for node in graph.nodes.values()
        for source in (node.sources if boxes[owners[node.path]].role == "block" else node.operands)
    }
    return sorted((first, second) for first, second in found if first < second)


def choices(options: Options) -> dict[str, object]:
    return {"depth": options.depth, "open": options.open, "fold": options.fold}


# ---------------------------------------------------------------- what is written


def dot_edges(graph: Graph, options: Options) -> Edges:
    text = figure_bytes(graph, "dot", **choices(options)).decode()
    names = re.findall(r'^ *"((?:[^"\\]|\\.)*)" \[', text, re.MULTILINE)
    places = {name: k for k, name in enumerate(names)}
    assert len(places) == len(names)
    ends = re.findall(r'^ *"((?:[^"\\]|\\.)*)" -> "((?:[^"\\]|\\.)*)"', text, re.MULTILINE)
    return sorted((places[first], places[second]) for first, second in ends)


def mermaid_edges(graph: Graph, options: Options) -> Edges | None:
    """None where there are more than Mermaid draws."""
    try:
        text = figure_bytes(graph, "mmd", **choices(options)).decode()
    except SpecError as error:
        if "Mermaid draws at most" in error.diagnostics[0].message:
            return None
        raise
    ends = re.findall(r'^  n(\d+) (?:-->|-\.->)(?:\|"[^"]*"\|)? n(\d+)$', text, re.MULTILINE)
    return sorted((int(first) - 1, int(second) - 1) for first, second in ends)


def check(graph: Graph) -> None:
    for options in states(graph):
        expected = wanted(graph, options)
        assert dot_edges(graph, options) == expected, options
        assert mermaid_edges(graph, options) in (expected, None), options


@cache
def random_graph(seed: int) -> Graph | None:
    try:
        return loads(random_spec(seed))
    except SpecError:
        return None


# ---------------------------------------------------------------- tests


@pytest.mark.parametrize("name", NAMES)
def test_the_zoo_is_written_with_its_edges(name: str) -> None:
    check(zoo_graphs.graph(name))


@pytest.mark.parametrize("seed", range(0, 300, 20))
def test_random_networks_are_written_with_their_edges(seed: int) -> None:
    for graph in filter(None, map(random_graph, range(seed, seed + 20))):
        check(graph)


def test_an_open_block_of_two_inputs_says_what_enters_where() -> None:
    text = figure_bytes(loads(CROSSED), "dot", open=["pair"]).decode()
    assert re.findall(r'"(\S+)" -> "(pair\S+)".*headlabel="(\w)"', text) == [
        ("x", "pair.ca", "a"),
        ("y", "pair.cb", "b"),
    ]
    text = figure_bytes(loads(CROSSED), "mmd", open=["pair"]).decode()
    assert re.findall(r'-->\|"(. · .*?)"\| n\d', text) == ["a · 4×16×16", "b · 6×16×16"]


def test_the_skip_of_a_u_net_ends_at_its_concatenation() -> None:
    text = figure_bytes(zoo_graphs.graph("unet"), "dot", open=["up3"]).decode()
    ends = re.findall(r'"(\S+)" -> "(up3\S+)"', text)
    assert ends == [
        ("down4", "up3.up"),
        ("down3", "up3.crop"),
        ("up3.up", "up3.concat"),
        ("up3.crop", "up3.concat"),
        ("up3.concat", "up3.conv"),
    ]


def test_a_module_is_drawn_with_the_edges_between_its_inputs_and_its_layers() -> None:
    text = figure_bytes(loads(CROSSED), "dot", style="module Pair").decode()
    assert text.startswith('digraph "crossed: Pair"')
    assert re.findall(r'"(\S+)" -> "(\S+)"', text) == [
        ("pair.a", "pair.ca"),
        ("pair.b", "pair.cb"),
        ("pair.ca", "pair.add"),
        ("pair.cb", "pair.add"),
    ]
    with pytest.raises(SpecError, match="has no block or scope 'Nope'"):
        figure_bytes(loads(CROSSED), "mmd", style="module Nope")

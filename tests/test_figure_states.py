"""Every style in every state of folding that it has: nothing is lost, nothing is in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from archspec.diagnostics import SpecError
from archspec.figures import figure, load_style
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import leaves
from archspec.figures.request import STYLES, Options
from archspec.figures.styles.text_figure import as_text
from archspec.graph import Graph
from archspec.workspace.load import load
from tests import figure_checks, test_figure_volumes
from tests.test_figure_terminal import too_long

NETWORKS: Final = (
    "lenet5", "alexnet_towers", "googlenet", "resnet18", "densenet40_k12", "mobilenet_v2", "unet",
    "yolov8n",
)  # fmt: skip
NOT_OF: Final[Mapping[str, frozenset[str]]] = {
    "dense": frozenset(NETWORKS) - {"densenet40_k12"},
}
"""Networks that have nothing that a style shows: no dense block."""


@cache
def network(name: str) -> Graph:
    return load(name)


def states(graph: Graph) -> Iterator[dict[str, Any]]:
    """Closed, open to each depth, unfolded, and with one scope open or closed among others."""
    inner = [scope for scope in graph.scopes.values() if scope.path]
    deepest = max((scope.path.count(".") + 1 for scope in inner), default=0)
    yield from ({"depth": depth} for depth in range(deepest + 1))
    yield {"fold": False}
    at_ends = (*inner[:1], *sorted(inner, key=lambda scope: scope.path.count("."))[-1:])
    for path in dict.fromkeys(scope.path for scope in at_ends):
        yield {"open": (path,)}
        yield {"depth": 1, "close": (path,)}
    blocks = dict.fromkeys(scope.block for scope in inner if scope.block)
    yield from ({"open": (block,)} for block in list(blocks)[:1])


def choices(style: str, graph: Graph) -> Iterator[Options]:
    """The states that a style follows, each once."""
    accepts = load_style(style).ACCEPTS
    seen = set()
    for state in ({}, *states(graph)):
        known = {name: value for name, value in state.items() if name in accepts}
        options = Options(style=style, **known)
        if repr(known) not in seen:
            seen.add(repr(known))
            yield options


def wrong(graph: Graph, options: Options) -> list[str]:
    """All that is wrong with a figure in one state."""
    if options.style == "text":
        return list(_wrong_text(graph, options))
    drawn = figure(graph, options)
    if options.style == "volumes":
        return test_figure_volumes.faults(drawn)
    found = figure_checks.faults(drawn)
    if options.style in ("paper", "full", "blocks"):
        found += [*figure_checks.entangled(drawn), *figure_checks.legend(drawn)]
        found += figure_checks.expands(drawn, graph)
    return found


def _wrong_text(graph: Graph, options: Options) -> Iterator[str]:
    whole = outline(graph, options)
    text = as_text(whole, 100)
    yield from too_long(text, 100)
    for leaf in leaves(whole.diagram):
        if leaf.form == "box" and leaf.title.split()[0] not in text:
            yield f"'{leaf.title}' is not there"
    layers = [path for leaf in leaves(whole.diagram) for path in leaf.layers]
    if sorted(layers) != sorted(node.path for node in graph.layers):
        yield "not every layer is there once"


@pytest.mark.parametrize("style", STYLES)
def test_every_style_in_every_state(style: str) -> None:
    for name in NETWORKS:
        graph = network(name)
        if name in NOT_OF.get(style, ()):
            with pytest.raises(SpecError):
                figure(graph, Options(style=style))
            continue
        for options in choices(style, graph):
            assert not wrong(graph, options), (name, options)


def test_states_differ() -> None:
    """A style that follows a state draws another figure for it."""
    graph = network("resnet18")
    drawn = {figure(graph, replace(options, title=False)) for options in choices("paper", graph)}
    assert len(drawn) >= 5

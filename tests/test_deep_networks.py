"""Networks of any length: nothing recurs as often as there are layers."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from archspec.analyses.receptive import receptive_fields
from archspec.analyses.stats import stats
from archspec.backends.torch.source import source
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import leaves
from archspec.figures.outline.edges import edges
from archspec.figures.rendering import render_figure
from archspec.figures.request import Options
from archspec.graph import Graph
from archspec.reports import stats_report
from archspec.workspace.load import loads

HEAD = "archspec: 1\nname: deep\ninput: [4, 8, 8]\n"
CONV = "op: Conv2d, out_channels: 4, kernel_size: 1"


def conv(name: str, of: int = 0) -> str:
    """Neighbours differ, so that nothing folds."""
    return f"  {name}: {{op: Conv2d, out_channels: 4, kernel_size: {1 + of % 2}, padding: same}}\n"


def skips(count: int) -> str:
    """Additions that all read one early layer."""
    pairs = (conv(f"c{k}", k) + f"  a{k}: {{op: Add, from: [c{k}, early]}}\n" for k in range(count))
    return f"{HEAD}layers:\n{conv('early')}{''.join(pairs)}"


def nest(count: int) -> str:
    """Additions that read layers further and further up, as a U does."""
    down = "".join(conv(f"d{k}", k) for k in range(count))
    up = (
        conv(f"u{k}", k) + f"  a{k}: {{op: Add, from: [u{k}, d{k}]}}\n"
        for k in reversed(range(count))
    )
    return f"{HEAD}layers:\n{down}{''.join(up)}"


def tangle(count: int) -> str:
    """Concatenations of all that is above."""
    pairs = (
        conv(f"c{k}", k)
        + f"  k{k}: {{op: Concat, from: [{', '.join(f'c{j}' for j in range(k + 1))}]}}\n"
        for k in range(1, count)
    )
    return f"{HEAD}layers:\n{conv('c0')}{''.join(pairs)}"


def side_outputs(count: int) -> str:
    layers = "".join(
        f"  c{k}: {{{CONV}, from: {f'c{k - 1}' if k else 'input'}}}\n" for k in range(count)
    )
    sides = "".join(f"  side{k}: {{from: c{k}, only: training}}\n" for k in range(count - 1))
    return f"{HEAD}layers:\n{layers}outputs:\n  main: c{count - 1}\n{sides}"


def blocks_in_blocks(count: int, activation: str = "ReLU") -> str:
    """As deep as the language lets scopes be, and in each of them additions one in the other."""
    blocks = f"  B0: {{layers: [{{{CONV}}}, {activation}]}}\n"
    for k in range(38):
        pairs = (
            f"      c{j}: {{{CONV}}}\n      a{j}: {{op: Add, from: [c{j}, early]}}\n"
            for j in range(count)
        )
        head = f"      early: {{{CONV}}}\n      inner: B{k}\n"
        blocks += f"  B{k + 1}:\n    layers:\n{head}{''.join(pairs)}"
    return f"{HEAD}blocks:\n{blocks}layers: {{b: B38}}\n"


SPECS = {
    "skips": skips(110),
    "nested": nest(70),
    "tangle": tangle(25),
    "side outputs": side_outputs(120),
    "blocks": blocks_in_blocks(5),
}


@pytest.fixture
def little_room() -> Iterator[None]:
    """A caller that has used up a part of Python's stack already."""
    before = sys.getrecursionlimit()
    frame, used = sys._getframe(), 0
    while frame.f_back is not None:
        frame, used = frame.f_back, used + 1
    sys.setrecursionlimit(used + 700)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("little_room")
@pytest.mark.parametrize("name", SPECS)
def test_any_length_is_counted_and_printed(name: str) -> None:
    net = loads(SPECS[name])
    found = stats(net)
    stats_report.stats_table(found)
    stats_report.stats_table(found, depth=1_000)
    assert len(receptive_fields(net)) == len(net.layers) + 1
    assert "class Deep" in source(net)


@pytest.mark.usefixtures("little_room")
@pytest.mark.parametrize("depth", [None, 1_000])
@pytest.mark.parametrize("name", SPECS)
def test_any_length_is_drawn(name: str, depth: int | None) -> None:
    net, options = loads(SPECS[name]), Options(depth=depth)
    for format in ("svg", "html", "dot", "txt"):
        assert render_figure([net], format, options).content
    for options in (Options(style="full"), Options(style="blocks"), Options(style="table")):
        assert render_figure([net], "svg", options).content


@pytest.mark.usefixtures("little_room")
@pytest.mark.parametrize("depth", [None, 1_000])
@pytest.mark.parametrize("name", ["skips", "nested", "blocks"])
def test_any_length_is_compared(name: str, depth: int | None) -> None:
    net = loads(SPECS[name])
    other = loads(SPECS[name].replace("ReLU", "Tanh") if name == "blocks" else skips(100))
    assert render_figure([net, other], "svg", Options(depth=depth, diff=True)).content


@pytest.mark.parametrize("name", ["skips", "nested", "tangle"])
def test_what_is_too_deep_for_branches_leads_where_it_led(name: str) -> None:
    net = loads(SPECS[name])
    diagram = outline(net, Options(style="full", fold=False)).diagram
    assert drawn_edges(net) == Counter(
        (source, node.path) for node in net.layers for source in node.sources
    )
    assert [leaf.path for leaf in leaves(diagram)] == list(net.nodes)


def drawn_edges(net: Graph) -> Counter[tuple[str, str]]:
    diagram = outline(net, Options(style="full", fold=False)).diagram
    paths = [leaf.path for leaf in leaves(diagram)]
    return Counter((paths[edge.source], paths[edge.target]) for edge in edges(diagram))

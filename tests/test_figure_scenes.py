"""Figures: nothing overlaps, nothing is lost, of any network and at any width."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import product
from time import process_time
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.figures import figure
from archspec.figures.rendering import render_figure
from archspec.figures.request import Direction, Options, Style
from archspec.figures.scene import Box, Item, Line, Point, Polygon, Rect, Scene, Text
from archspec.figures.sizes import PAGES
from archspec.graph import Graph
from archspec.workspace.load import load, loads
from archspec.workspace.locate import zoo_names
from tests.figure_checks import entangled, expands, faults, hull_area, legend
from tests.networks import specs, zoo

STYLES: tuple[Style, ...] = ("paper", "full")
DEPTHS = (1, 2)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
WIDTHS = ("a4", "column", "slide", "120 mm")
WAYS = [*product(STYLES, DEPTHS, DIRECTIONS, WIDTHS)]
QUICK = ("lenet5", "alexnet_towers", "googlenet", "resnet18", "resnet50", "densenet121", "vgg16")
"""Networks that are unlike one another, drawn at every run."""
ZOO = zoo(QUICK)


@cache
def network(name: str) -> Graph:
    return load(name)


# ---------------------------------------------------------------- the checks themselves


def box(
    path: str, x: float, y: float, *, width: float = 60, height: float = 20, **others: Any
) -> Box:
    """A box of a convolution with one line of text in it."""
    rect = Rect(x, y, width, height, "convolution", "convolution-line", 3)
    text = Text(x + width / 2, y + 13, path, 8, "middle")
    return replace(Box(rect, path, "convolution", (text,), layers=(path,)), **others)


def stack(path: str, x: float, y: float) -> Box:
    front = box(path, x, y)
    behind = tuple(replace(front.rect, x=x + k, y=y - k) for k in (4, 2))
    badge = Rect(x + 52, y - 10, 18, 10, "badge", radius=5)
    count = Text(x + 61, y - 2.5, "×2", 7, "middle", color="on-badge")
    return replace(front, behind=behind, badge=(badge, count), count=2)


def line(*points: Point, source: str = "a", target: str = "b", **others: Any) -> Line:
    return Line(points, source, target, **others)


def scene(*items: Item) -> Scene:
    return Scene(300, 200, items, "by hand")


A, B = box("a", 20, 40), box("b", 180, 40)
LABEL = Text(84, 46, "8×4×4", 7, color="pale")
FRAME = Rect(10, 25, 280, 60, "frame", "frame-line")
SWATCH = Rect(20, 100, 9, 6, "convolution", "convolution-line")
WORD = Text(33, 106, "convolution", 7, color="pale")
CIRCLE = Box(
    Rect(180, 42, 16, 16, "merge", "merge-line", 8), "b", "merge", (Text(188, 54, "+", 11, "middle"),)
)  # fmt: skip

GOOD = {
    "boxes in a frame, a line with a shape, a legend": scene(
        FRAME, A, B, line((80, 50), (180, 50), label=LABEL), SWATCH, WORD
    ),
    "a stack, a line from behind it": scene(stack("a", 20, 40), B, line((84, 50), (180, 50))),
    "a circle, reached from the side and from above": scene(
        A, CIRCLE, line((80, 50), (180, 50)), line((120, 90), (188, 90), (188, 58))
    ),
    "a curve over a box": scene(
        A, box("c", 100, 40), B,
        line((50, 40), (50, 0), (210, 0), (210, 40), smooth=True),
    ),
    "a bar with its number beside": scene(
        Rect(20, 70, 30, 4, "track"), Rect(20, 70, 9, 4, "params"), Text(54, 75, "1.2 M", 7)
    ),
    "a line that leads out to a word": scene(
        A, line((80, 50), (100, 50), target=""), Text(103, 53, "out", 7)
    ),
    "a box in a box": scene(box("outer", 10, 20, width=200, height=60), A),
    "a line to the face of a volume": scene(
        Polygon(((180, 40), (200, 30), (200, 60), (180, 70)), "convolution", "convolution-line"),
        A, line((80, 50), (180, 50)),
    ),
}  # fmt: skip

BAD = {
    "boxes overlap": scene(A, box("c", 70, 50)),
    "boxes overlap: stack": scene(stack("a", 20, 40), box("c", 82, 20)),
    "boxes overlap: on the text of the outer": scene(
        box("outer", 10, 35, width=80, height=40), A
    ),
    "border cuts a box": scene(Rect(10, 10, 40, 60, None, "frame-line"), A),
    "border cuts a box: bar": scene(A, Rect(20, 58, 30, 4, "track")),
    "covered: box": scene(A, FRAME),
    "covered: text": scene(WORD, Rect(10, 90, 100, 30, "frame", "frame-line")),
    "text leaves its box: wide": scene(box("a" * 13, 20, 40)),
    "text leaves its box: high": scene(
        replace(A, texts=(Text(50, 45, "a", 8, "middle"),)),
    ),
    "text leaves its badge": scene(
        replace(stack("a", 20, 40), badge=(Rect(72, 30, 8, 10, "badge"), Text(70, 38, "×2", 7)))
    ),
    "badge on a text": scene(
        replace(stack("a", 20, 40), badge=(Rect(42, 38, 18, 14, "badge"), Text(46, 48, "×2", 7)))
    ),
    "texts overlap": scene(WORD, Text(60, 108, "linear", 7)),
    "texts overlap: in a box": scene(
        replace(A, texts=(Text(30, 52, "conv", 8), Text(30, 56, "BN", 8)))
    ),
    "text on a box": scene(A, Text(75, 52, "8×4×4", 7)),
    "text on a box: label": scene(
        A, B, line((80, 50), (180, 50), label=replace(LABEL, x=165)),
    ),
    "text on a box: sheet": scene(stack("a", 20, 40), Text(81, 45, "8×4×4", 7)),
    "text on an edge: bar": scene(Rect(20, 70, 30, 9, "track"), Text(45, 77, "1.2 M", 7)),
    "text on an edge: border": scene(FRAME, Text(100, 28, "block", 7)),
    "line crosses a box": scene(
        A, B, box("c", 100, 40), line((80, 50), (180, 50)),
    ),
    "line crosses a box: its own": scene(A, B, line((20, 50), (180, 50))),
    "line crosses a box: curve": scene(
        A, box("c", 100, 40), B,
        line((50, 40), (50, 45), (210, 55), (210, 40), smooth=True),
    ),
    "line crosses a box: circle": scene(
        A, B, replace(CIRCLE, rect=replace(CIRCLE.rect, x=120), texts=()),
        line((80, 50), (180, 50)),
    ),
    "line crosses a box: bar": scene(A, Rect(20, 70, 30, 4, "track"), line((30, 60), (30, 90))),
    "line through a text: label": scene(
        A, B, line((80, 50), (180, 50), label=replace(LABEL, y=52)),
    ),
    "line through a text: other": scene(
        A, B, Text(100, 52, "8×4×4", 7), line((80, 50), (180, 50)),
    ),
    "text too small": scene(replace(WORD, size=6.9)),
    "text too small: label": scene(
        A, B, line((80, 50), (180, 50), label=replace(LABEL, size=5)),
    ),
    "outside of the page: text": scene(replace(WORD, x=270)),
    "outside of the page: box": scene(box("a", 260, 40)),
    "outside of the page: line": scene(line((20, 20), (20, -5), arrow=False)),
    "outside of the page: curve": scene(
        line((50, 40), (50, -90), (210, -90), (210, 40), smooth=True, arrow=False)
    ),
    "outside of the page: polygon": scene(Polygon(((0, 0), (310, 0), (9, 9)), "ink")),
    "arrow ends in the air": scene(A, line((80, 50), (170, 50))),
    "arrow ends in the air: inside": scene(A, B, line((80, 50), (200, 50))),
    "arrow ends in the air: off the circle": scene(A, CIRCLE, line((120, 90), (181, 57))),
    "no place": scene(replace(WORD, x=float("nan"))),
    "no page": replace(scene(), width=0),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_good_figure_has_no_faults(name: str) -> None:
    assert not faults(GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_found(name: str) -> None:
    kind = name.partition(":")[0]
    assert kind in {fault.partition(":")[0] for fault in faults(BAD[name])}


def test_a_large_figure_is_checked_in_time() -> None:
    """Ten thousand boxes in a chain: no check may ask every pair."""
    rows, columns = 100, 100
    places = [(80.0 * k, 40.0 * row + 10) for row in range(rows) for k in range(columns)]
    boxes = [box(f"n{k}", *place) for k, place in enumerate(places)]
    lines = [line((x - 20, y + 10), (x, y + 10)) for x, y in places if x]
    started = process_time()
    assert not faults(Scene(8000, 4100, (*boxes, *lines), "large"))
    assert process_time() - started < 20


def test_lines_upon_each_other_are_found() -> None:
    first, second = line((80, 50), (180, 50)), line((90, 50), (150, 50), source="c", target="d")
    assert entangled(scene(first, second))
    assert not entangled(scene(first, replace(second, source="a")))
    assert not entangled(scene(first, replace(second, points=((90, 54), (150, 54)))))


def spine(graph: Graph) -> Scene:
    """Every layer in a box of its own, one below the other."""
    boxes = [box(node.path, 20, 40.0 * k) for k, node in enumerate(graph.layers)]
    return scene(*boxes)


def test_expansion_is_compared_with_the_network() -> None:
    graph = network("lenet5")
    good = spine(graph)
    first, *others = good.items
    assert isinstance(first, Box)
    assert not expands(good, graph)
    assert expands(scene(*others), graph) == [f"layer not drawn: {first.path}"]
    assert expands(scene(*good.items, first), graph) == [f"layer drawn 2 times: {first.path}"]
    assert expands(scene(*good.items, box("ghost", 0, 0)), graph) == ["no layer: ghost"]
    inset = replace(first, inset="Block", layers=())
    assert not expands(scene(*good.items, inset), graph)


def test_copies_are_compared_with_their_badge() -> None:
    graph = network("lenet5")
    one, two, three, *others = spine(graph).items
    assert isinstance(one, Box)
    assert isinstance(two, Box)
    assert isinstance(three, Box)
    pair = replace(stack(one.path, 0, 0), layers=(one.path, two.path))
    assert not expands(scene(pair, three, *others), graph)
    assert expands(scene(replace(pair, badge=None), three, *others), graph)
    uneven = replace(pair, layers=(one.path, two.path, three.path))
    assert expands(scene(uneven, *others), graph)
    assert pair.badge is not None
    wrong = (pair.badge[0], replace(pair.badge[1], content="×3"))
    assert expands(scene(replace(pair, badge=wrong), three, *others), graph)


def test_shapes_are_compared_with_the_network() -> None:
    graph = network("lenet5")
    node = graph.layers[0]
    shape = Text(84, 46, str(node.output), 7)
    good = line((80, 50), (180, 50), source=node.path, label=shape)
    items = spine(graph).items
    assert not expands(scene(*items, good), graph)
    wrong = replace(good, label=replace(shape, content="9×9×9"))
    assert expands(scene(*items, wrong), graph)
    assert expands(scene(*items, replace(good, source="")), graph)
    assert not expands(scene(*items, replace(wrong, label=replace(shape, content="odd"))), graph)


def test_legend_is_compared_with_the_boxes() -> None:
    assert not legend(scene(A, SWATCH, WORD))
    assert not legend(scene(A, replace(B, role="input"), SWATCH, WORD))
    assert legend(scene(A)) == ["not in the legend: convolution"]
    assert legend(scene(SWATCH, WORD)) == ["in the legend for nothing: convolution"]
    assert legend(scene(A, SWATCH, replace(WORD, content="linear")))
    assert legend(scene(A, SWATCH, WORD, replace(SWATCH, y=120), replace(WORD, y=126)))


# ---------------------------------------------------------------- networks of the zoo


def wrong(graph: Graph, options: Options) -> list[str]:
    """All that is wrong with the figure of a network."""
    drawn = figure(graph, options)
    return [*faults(drawn), *entangled(drawn), *expands(drawn, graph), *legend(drawn)]


def drawn_as(style: Style, depth: int, direction: Direction, width: str) -> Options:
    return Options(style=style, depth=depth, direction=direction, width=width)


@pytest.mark.parametrize("name", QUICK)
def test_figures_have_no_faults(name: str) -> None:
    for style, direction in product(STYLES, DIRECTIONS):
        assert not wrong(network(name), Options(style=style, direction=direction))


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_figures_of_the_zoo_have_no_faults(name: str) -> None:
    """Some in every way, of the others each in some, so that all of them are tried."""
    number = list(zoo_names()).index(name)
    ways = WAYS if name in QUICK else WAYS[number % 4 :: 4]
    found = {way: wrongs for way in ways if (wrongs := wrong(network(name), drawn_as(*way)))}
    assert not found


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("page", PAGES)
def test_every_network_fits_a_page_or_says_what_helps(name: str, page: str) -> None:
    """And there is little white around it."""
    rendered = render_figure([network(name)], "json", Options(width=page))
    drawn = json.loads(rendered.content)
    larger = [note for note in rendered.notes if note.startswith("it is ")]
    fits = all(drawn[side] <= getattr(PAGES[page], side) + 0.5 for side in ("width", "height"))
    assert fits != bool(larger)
    assert all("fits" in note or "interactive page" in note for note in larger)


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("page", [None, *PAGES])
def test_little_of_a_figure_is_empty_paper(name: str, page: str | None) -> None:
    drawn = figure(network(name), Options(width=page))
    assert hull_area(drawn) >= 0.55 * drawn.width * drawn.height


@pytest.mark.parametrize("style", STYLES)
def test_same_network_same_figure(style: Style) -> None:
    options = Options(style=style, depth=1)
    assert figure(load("resnet18"), options) == figure(load("resnet18"), options)


# ---------------------------------------------------------------- random networks


def _spec(layers: dict[str, Any]) -> str:
    return json.dumps({"archspec": 1, "name": "random_net", "input": [4, 8, 8], "layers": layers})


def _operation(op: str, sources: list[str]) -> dict[str, Any]:
    """An op, or a convolution of that many channels."""
    if op.isdigit():
        return {"op": "Conv2d", "out_channels": int(op), "kernel_size": 3, "padding": 1,
                "from": sources[0]}  # fmt: skip
    return {"op": op, "from": sources if op in MERGES else sources[0]}


Tree = str | tuple[str, list["Tree"]]
"""An op, or what is in series, in parallel, or in a scope."""

MERGES = ("Add", "Concat")
ONES = ("4", "ReLU", "Sigmoid", "Identity", "BatchNorm2d")
"""What keeps the shape: merges may add."""
OTHERS = ("3", "16", "128", "ReLU", "BatchNorm2d")
"""Merges must concatenate."""


@st.composite
def tangles(draw: st.DrawFn) -> str:
    """Any network: every layer reads one to three of those before it, most are no chain."""
    merge, ops = draw(st.sampled_from([("Add", ONES), ("Concat", OTHERS)]))
    layers: dict[str, Any] = {}
    names = ["input"]
    for k in range(draw(st.integers(2, 14))):
        recent = names[-draw(st.integers(1, 6)) :]
        sources = draw(st.lists(st.sampled_from(recent), min_size=1, max_size=3, unique=True))
        op = draw(st.sampled_from(ops)) if len(sources) == 1 else merge
        layers[f"n{k}"] = _operation(op, sources)
        names.append(f"n{k}")
    read = {source for layer in layers.values() for source in _sources(layer)}
    loose = [name for name in layers if name not in read]
    if len(loose) > 1:
        layers["end"] = _operation(merge, loose)
    return _spec(layers)


def _sources(layer: dict[str, Any]) -> list[str]:
    found = layer["from"]
    return found if isinstance(found, list) else [found]


def _trees(ops: tuple[str, ...]) -> st.SearchStrategy[Tree]:
    kinds = st.sampled_from(["series", "series", "parallel", "parallel", "scope"])
    return st.recursive(
        st.sampled_from(ops),
        lambda inner: st.tuples(kinds, st.lists(inner, min_size=2, max_size=4)),
        max_leaves=16,
    )


def _planted(tree: Tree, merge: str) -> dict[str, Any]:
    """The layers of a tree."""
    layers: dict[str, Any] = {}

    def plant(part: Tree, source: str) -> str:
        if isinstance(part, str):
            return add(_operation(part, [source]))
        kind, inner = part
        if kind == "scope":
            return add({"from": source, "layers": _planted(("series", inner), merge)})
        if kind == "parallel":
            return add(_operation(merge, [plant(branch, source) for branch in inner]))
        for step in inner:
            source = plant(step, source)
        return source

    def add(layer: dict[str, Any]) -> str:
        name = f"n{len(layers)}"
        layers[name] = layer
        return name

    plant(tree, "input")
    return layers


planted = st.builds(lambda tree: _spec(_planted(tree, "Add")), _trees(ONES)) | st.builds(
    lambda tree: _spec(_planted(tree, "Concat")), _trees(OTHERS)
)
"""Networks of what is in series and in parallel, down to any depth."""

ways = st.builds(
    drawn_as,
    st.sampled_from(STYLES),
    st.sampled_from(DEPTHS),
    st.sampled_from(DIRECTIONS),
    st.sampled_from(WIDTHS),
)


TANGLED = {
    "one output read three times": {
        "n0": _operation("16", ["input"]),
        "n1": _operation("Concat", ["n0", "input"]),
        "n2": _operation("Concat", ["n0", "input", "n1"]),
    },
    "a stack between lanes": {
        "n0": _operation("ReLU", ["input"]),
        "n1": _operation("16", ["input"]),
        "n2": _operation("16", ["n1"]),
        "n3": _operation("128", ["n2"]),
        "n4": _operation("Concat", ["n2", "n3"]),
        "n5": _operation("Concat", ["n3", "n4"]),
        "n6": _operation("BatchNorm2d", ["n5"]),
        "end": _operation("Concat", ["n0", "n6"]),
    },
    "branches that end at a merge behind them": {
        "n0": _operation("3", ["input"]),
        "n1": _operation("3", ["n0"]),
        "n2": _operation("Concat", ["input", "n0"]),
        "n3": _operation("3", ["n2"]),
        "n4": _operation("3", ["n3"]),
        "n5": _operation("16", ["n3"]),
        "end": _operation("Concat", ["n1", "n4", "n5"]),
    },
}
"""Not series-parallel: random networks once found a fault in each."""


@pytest.mark.parametrize("name", TANGLED)
def test_tangled_figures_have_no_faults(name: str) -> None:
    graph = loads(_spec(TANGLED[name]))
    found = {way: wrongs for way in WAYS if (wrongs := wrong(graph, drawn_as(*way)))}
    assert not found


@settings(max_examples=40, deadline=None, derandomize=True)
@given(specs() | tangles() | planted, ways)
def test_random_figures_have_no_faults(text: str, options: Options) -> None:
    assert not wrong(loads(text), options)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(specs(), ways)
def test_figures_of_random_specs_have_no_faults(text: str, options: Options) -> None:
    assert not wrong(loads(text), options)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(planted, ways)
def test_figures_of_series_and_parallel_have_no_faults(text: str, options: Options) -> None:
    assert not wrong(loads(text), options)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(tangles(), ways)
def test_figures_of_any_graph_have_no_faults(text: str, options: Options) -> None:
    assert not wrong(loads(text), options)

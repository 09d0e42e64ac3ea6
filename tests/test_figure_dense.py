"""The arcs of a dense block: counts and shapes of the graph, and nothing in the way of anything."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from archspec import Graph, SpecError, load, loads
from archspec.figures.request import Options
from archspec.figures.scene import Line, Scene, Text
from archspec.figures.sizes import PAGES, SMALLEST_TEXT
from archspec.figures.styles.dense import dense_blocks, scene
from tests.figure_checks import faults

NETWORKS = ("densenet121", "densenet264", "densenet40_k12", "densenet_bc_190_k40")
PLACES = [None, *sorted(PAGES)]

RUN = """
archspec: 1
name: run
input: [4, 8, 8]
blocks:
  Layer:
    params: {growth: int}
    layers:
      conv: {op: Conv2d, out_channels: growth, kernel_size: 3, padding: 1}
      cat: {op: Concat, from: [conv, input]}
layers:
  stem: {op: Conv2d, out_channels: 6, kernel_size: 1}
  layer{i}: {op: Layer, repeat: {i: [2, 3, 5]}, growth: i}
"""


def draw(name: str, module: str | None = None, width: str | None = None) -> Scene:
    options = Options(style="dense", module=module, width=width)
    return scene(load(name), options)


def contents(figure: Scene) -> list[str]:
    return [text.content for text in figure.texts]


@pytest.mark.parametrize("width", PLACES)
@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_in_the_way_of_anything(name: str, width: str | None) -> None:
    figure = draw(name, width=width)
    assert faults(figure) == []
    assert figure.width <= Options(width=width).room + 0.5
    assert min(text.size for text in figure.texts) >= SMALLEST_TEXT


def test_an_arc_through_a_text_would_be_found() -> None:
    figure = draw("densenet121")
    through = Line(((0, 0), (figure.width, figure.height)))
    twice = Text(50, 50, "one", 9), Text(52, 51, "two", 9)
    found = "\n".join(faults(replace(figure, items=(*figure.items, through, *twice))))
    assert "texts overlap: 'one' and 'two'" in found
    assert "line through a text" in found


@pytest.mark.parametrize("name", NETWORKS)
def test_every_feature_map_has_an_arc_or_a_line_to_every_later_reader(name: str) -> None:
    figure = draw(name)
    block = next(dense_blocks(load(name)))
    features = [box.path for box in figure.boxes if box.path in block.features]
    edges = {(line.source, line.target) for line in figure.lines}
    readers = [box.path for box in figure.boxes if box.path not in block.features]
    places = {box.path: box.rect.x for box in figure.boxes}
    expected = {
        (feature, reader)
        for feature in features
        for reader in readers
        if places[feature] < places[reader]
    }
    assert expected <= edges


def test_small_blocks_are_whole() -> None:
    figure = draw("densenet121")
    arcs = [line for line in figure.lines if line.smooth]
    assert len(arcs) == 6 * 5 // 2 + 6
    assert not any(box.rect.dashed for box in figure.boxes)
    assert "L(L+1)/2 = 21 connections" in "\n".join(contents(figure))


@pytest.mark.parametrize(
    ("module", "shown", "connections"),
    [
        ("features.denseblock1", "6 layers", "21"),
        ("features.denseblock2", "5 of 12 layers shown", "78"),
        ("features.denseblock3", "5 of 64 layers shown", "2,080"),
        ("features.denseblock4", "5 of 48 layers shown", "1,176"),
    ],
)
def test_counts_are_those_of_the_whole_block(module: str, shown: str, connections: str) -> None:
    words = "\n".join(contents(draw("densenet264", module)))
    assert f"{shown} · growth 32" in words
    assert f"= {connections} connections" in words


def test_the_ellipsis_stands_for_all_other_layers() -> None:
    block = next(dense_blocks(load("densenet40_k12")))
    boxes = [
        box
        for box in draw("densenet40_k12").boxes
        if box.path in {layer.path for layer in block.layers}
    ]
    assert len(boxes) == 6
    layers = [path for box in boxes for path in box.layers]
    assert layers == [node.path for layer in block.layers for node in layer.nodes()]


def test_shapes_are_those_of_the_graph() -> None:
    graph = load("densenet121")
    figure = scene(graph, Options(style="dense", module="features.denseblock2"))
    block = list(dense_blocks(graph))[1]
    shapes = [text.content for text in figure.texts if text.content.startswith(("128×28", "32×28"))]
    maps = [box.path for box in figure.boxes if box.path in block.features]
    assert shapes == [str(graph.nodes[path].output) for path in maps]
    assert shapes[0] == "128×28×28"


def test_h_and_the_reader_of_the_block_have_labels() -> None:
    bottleneck = contents(draw("densenet121"))
    assert "H: BN · ReLU · conv 1×1, 128 · BN · ReLU · conv 3×3, 32" in bottleneck
    assert "transition1" in bottleneck
    plain = contents(draw("densenet40_k12", "block3"))
    assert "H: BN · ReLU · conv 3×3, 12" in plain
    assert "linear 10" in plain


def test_heads_of_arrows_into_a_box_are_apart() -> None:
    figure = draw("densenet264")
    for box in figure.boxes:
        ends = sorted(
            line.points[-1][0]
            for line in figure.lines
            if line.smooth and line.target == box.path and line.points[-1][1] == box.rect.y
        )
        assert all(right - left > 4.6 for left, right in pairwise(ends))


def test_layers_among_others_are_a_block_too() -> None:
    graph = loads(RUN)
    (block,) = dense_blocks(graph)
    assert block.growth == (2, 3, 5)
    figure = scene(graph, Options(style="dense"))
    assert faults(figure) == []
    words = "\n".join(contents(figure))
    assert "growth" not in words
    assert "= 6 connections" in words
    assert "H of layer2: conv 3×3, 2" in words
    assert "output" in words


def test_a_module_is_a_scope_or_a_block() -> None:
    assert draw("densenet121", "DenseBlock") == draw("densenet121")
    assert draw("densenet121", "features.denseblock1") == draw("densenet121")
    assert draw("densenet121", "features.denseblock2") != draw("densenet121")


def test_a_network_without_a_dense_block_gets_help() -> None:
    with pytest.raises(SpecError) as caught:
        draw("resnet50")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "cannot-draw"
    assert diagnostic.help is not None
    for name in ("densenet121", "densenet40_k12"):
        assert name in diagnostic.help
        assert list(dense_blocks(load(name)))


def test_an_unknown_module_gets_the_dense_blocks() -> None:
    with pytest.raises(SpecError) as caught:
        draw("densenet121", "features.transition1")
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.help == (
        "its dense blocks: 'features.denseblock1', 'features.denseblock2', 'features.denseblock3'"
    )


def test_title_and_legend_can_be_left_out() -> None:
    graph: Graph = load("densenet121")
    bare = contents(scene(graph, Options(style="dense", title=False, legend=False)))
    assert not any("densenet121" in text or "colour" in text for text in bare)


def test_the_same_figure_every_time() -> None:
    assert draw("densenet121") == draw("densenet121")

"""Lines out of a box with several outputs: each says at its end which one it carries."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from archspec.figures import figure
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import leaves
from archspec.figures.request import Direction, Options
from archspec.figures.scene import Box
from archspec.graph import Graph
from archspec.workspace.load import load, loads
from tests.figure_checks import entangled, expands, faults

TWO = """\
archspec: 1
name: two
input: [3, 16, 16]
blocks:
  Split:
    layers:
      stem: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      fine: {op: Conv2d, out_channels: 8, kernel_size: 1}
      coarse: {op: Conv2d, out_channels: 8, kernel_size: 1, stride: 2, from: stem}
    outputs: [fine, coarse]
layers:
  split: Split
  left: {op: Conv2d, out_channels: 4, kernel_size: 1, stride: 2, from: split}
  right: {op: Conv2d, out_channels: 4, kernel_size: 1, from: split.coarse}
  both: {op: Add, from: [left, right]}
  end: {op: Concat, from: [both, split.coarse]}
"""
"""Two boxes read one of its outputs each, a sum none, and a concatenation one of two things."""


def test_a_line_says_which_output_it_carries() -> None:
    graph = loads(TWO)
    takes = {leaf.path: leaf.takes for leaf in leaves(outline(graph).diagram)}
    assert takes == {
        "input": "", "split": "", "left": "fine", "right": "coarse", "both": "", "end": ""
    }  # fmt: skip
    texts = [text.content for text in figure(graph, Options()).texts]
    assert {"fine", "coarse"} <= set(texts)
    assert "8×16×16" not in texts  # is not what the other line carries


def test_a_box_of_one_output_has_no_names_on_its_lines() -> None:
    for name in ("resnet50", "googlenet", "unet", "fpn_resnet50"):
        assert not any(leaf.takes for leaf in leaves(outline(load(name)).diagram))


def names_are_true(graph: Graph, options: Options) -> int:
    """How many lines have names, each of which is the end of the path of what its box reads."""
    named = [leaf for leaf in leaves(outline(graph, options).diagram) if leaf.takes]
    for leaf in named:
        read = graph.nodes[leaf.layers[0]].operands
        assert any(source.endswith(f".{leaf.takes}") for source in read)
    return len(named)


@pytest.mark.parametrize("direction", get_args(Direction))
def test_the_levels_of_a_pyramid(direction: Direction) -> None:
    """Each tower of RetinaNet's heads says which map of the backbone it reads."""
    graph = load("retinanet_resnet50_fpn")
    options = Options(direction=direction)
    assert names_are_true(graph, options) == 10
    drawn = figure(graph, options)
    assert not [*faults(drawn), *entangled(drawn), *expands(drawn, graph)]
    towers = [item for item in drawn.items if isinstance(item, Box) and "head" in item.path]
    names = {"layer_blocks.1.0", "extra_blocks.p6"}
    labels = [text for text in drawn.texts if text.content in names and text.color == "pale"]
    assert len(labels) == 4
    for label in labels:
        beside = [
            box for box in towers
            if abs(label.left + label.width - box.rect.x) < 20 or abs(label.y - box.rect.y) < 20
        ]  # fmt: skip
        assert beside


@pytest.mark.parametrize("name", ["dpn68", "yolov8n"])
def test_networks_with_blocks_of_several_outputs_have_no_faults(name: str) -> None:
    graph = load(name)
    for direction, width in product(get_args(Direction), ("a4", "column")):
        options = replace(Options(direction=direction), width=width)
        drawn = figure(graph, options)
        assert not [*faults(drawn), *entangled(drawn), *expands(drawn, graph)]
        names_are_true(graph, options)

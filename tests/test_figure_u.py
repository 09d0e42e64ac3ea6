"""Encoders and decoders in the styles paper and full: a U with the edges of the network."""

from __future__ import annotations

import pytest

from archspec import load, loads
from archspec.figures import figure
from archspec.figures.outline.build import outline
from archspec.figures.outline.encoder_decoder import unet_levels
from archspec.figures.request import Options
from archspec.figures.scene import Scene
from archspec.workspace.locate import zoo_names
from tests.figure_checks import expands, faults, legend
from tests.test_figure_edges import wanted

NETWORKS = ("fcn8s_vgg16", "segnet", "unet", "unet_resnet34")
HOURGLASS = """
archspec: 1
name: hourglass
input: [3, 64, 64]
blocks:
  Residual:
    layers:
      conv: {op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
      add: {op: Add, from: [conv, input]}
layers:
  stem: {op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1}
  side0: {op: Residual, from: stem}
  down0: {op: MaxPool2d, kernel_size: 2, from: stem}
  in0: Residual
  side1: {op: Residual, from: in0}
  down1: {op: MaxPool2d, kernel_size: 2, from: in0}
  low: Residual
  up1: {op: Upsample, scale_factor: 2, from: low}
  add1: {op: Add, from: [up1, side1]}
  up0: {op: Upsample, scale_factor: 2, from: add1}
  add0: {op: Add, from: [up0, side0]}
  head: {op: Conv2d, out_channels: 4, kernel_size: 1}
"""


def edges(scene: Scene) -> list[tuple[str, str]]:
    """What the lines outside of insets lead from and to, by the boxes."""
    boxes = [box for box in scene.boxes if box.inset is None]
    owners = {path: box.path for box in boxes for path in box.layers or (box.path,)}
    found = [(owners[line.source], line.target) for line in scene.lines if line.source in owners]
    return sorted((a, b) for a, b in found if b in {box.path for box in boxes})


@pytest.mark.parametrize("style", ["paper", "full"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_u_has_the_edges_of_the_network(name: str, style: str) -> None:
    graph = load(name)
    options = Options(style=style)
    scene = figure([graph], options)
    assert not [*faults(scene), *expands(scene, graph), *legend(scene)]
    assert edges(scene) == wanted(graph, outline(graph, options).diagram)


@pytest.mark.parametrize("name", NETWORKS[1:])
def test_skips_lead_across_and_the_right_side_up(name: str) -> None:
    graph = load(name)
    levels = unet_levels(outline(graph).diagram, graph)
    assert levels is not None
    scene = figure([graph])
    boxes = {box.path: box.rect for box in scene.boxes if box.inset is None}
    lines = [line.points for line in scene.lines if line.source in graph.nodes]
    across = [p for p in lines if len(p) == 2 and p[0][1] == p[1][1] and p[1][0] - p[0][0] > 80]
    assert len(across) == len(levels) - 1
    middle = sum(p[0][0] + p[1][0] for p in across) / len(across) / 2
    for points in lines:
        if len(points) == 2 and points[0][0] == points[1][0]:
            assert (points[1][1] > points[0][1]) == (points[0][0] < middle)
    assert {rect.x < middle for rect in boxes.values()} == {True, False}


def test_which_networks_of_the_zoo_are_a_u() -> None:
    graphs = {name: load(name) for name in zoo_names()}
    found = {n for n, graph in graphs.items() if unet_levels(outline(graph).diagram, graph)}
    assert found == {*NETWORKS}


def test_a_u_is_known_by_its_structure() -> None:
    graph = loads(HOURGLASS)
    levels = unet_levels(outline(graph).diagram, graph)
    assert levels is not None
    assert len(levels) == 3
    scene = figure([graph])
    assert not [*faults(scene), *expands(scene, graph), *legend(scene)]
    assert edges(scene) == wanted(graph, outline(graph).diagram)


def test_a_direction_that_is_asked_for_is_kept() -> None:
    graph = load("unet_resnet34")
    assert figure([graph], Options(direction="down")) != figure([graph])
    assert not faults(figure([graph], Options(direction="right")))


def test_a_column_has_a_u_without_bars() -> None:
    for name in ("segnet", "unet"):
        options = Options(width="column", bars="none", density="compact")
        scene = figure([load(name)], options)
        assert scene.width <= options.room
        assert not faults(scene)

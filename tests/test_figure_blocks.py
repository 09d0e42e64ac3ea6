"""Networks side by side: compact, with the edges of the networks."""

from __future__ import annotations

import pytest

from archspec import SpecError, load, loads
from archspec.figures import figure
from archspec.figures.layout.panels import MARGIN
from archspec.figures.request import Options
from archspec.figures.scene import Scene
from archspec.figures.sizes import MM, SMALLEST_TEXT
from archspec.graph import Graph
from archspec.op.base import Role
from tests.figure_checks import entangled, expands, faults, legend
from tests.networks import zoo
from tests.random_specs import random_spec

SIDE_BY_SIDE = ("vgg19", "plain34", "resnet34")
"""Figure 3 of the ResNet paper."""
HEIGHT = 297.0
"""Of a page, in millimetres."""


def draw(*names: str) -> Scene:
    return figure([load(name) for name in names], Options(style="blocks"))


def wanted(graph: Graph, scene: Scene) -> set[tuple[str, str]]:
    """The edges of a network between the boxes."""
    owners = {path: box.path for box in scene.boxes for path in box.layers or (box.path,)}
    edges = {
        (owners[source], owners[node.path])
        for node in graph.nodes.values()
        for source in node.operands
    }
    return {(first, second) for first, second in edges if first != second}


def edges(scene: Scene) -> set[tuple[str, str]]:
    owners = {path: box.path for box in scene.boxes for path in box.layers or (box.path,)}
    return {
        (owners[line.source], owners.get(line.target, line.target))
        for line in scene.lines
        if line.source in owners
    }


@pytest.mark.parametrize("name", zoo())
def test_nothing_is_in_the_way_and_nothing_is_left_out(name: str) -> None:
    scene = draw(name)
    found = [*faults(scene), *entangled(scene), *legend(scene), *expands(scene, load(name))]
    assert found == []


@pytest.mark.parametrize(
    "name",
    ["alexnet", "resnet34", "resnet50", "resnet164_preact", "mobilenet_v2", "unet", "segnet"],
)
def test_lines_are_the_edges_of_the_network(name: str) -> None:
    scene = draw(name)
    assert edges(scene) == wanted(load(name), scene)


@pytest.mark.parametrize("seed", [*range(30), 73, 85, 155, 213, 303])
def test_random_networks_have_all_layers_and_edges(seed: int) -> None:
    try:
        graph = loads(random_spec(seed))
    except SpecError:
        return
    for style in ("blocks", "volumes"):
        try:
            scene = figure([graph], Options(style=style))
        except SpecError:  # nothing to draw as a volume
            continue
        shown = graph if style == "blocks" else graph.at("inference")
        assert [*faults(scene), *legend(scene), *expands(scene, shown)] == []
        if style == "blocks":
            named = {(a, b) for a, b in edges(scene) if not b.endswith("(output)")}
            assert named == wanted(graph, scene)


def test_a_figure_of_the_paper_fits_a_page() -> None:
    scene = draw(*SIDE_BY_SIDE)
    assert scene.height < HEIGHT * MM
    assert min(text.size for text in scene.texts) >= SMALLEST_TEXT


def test_sums_and_activations_have_no_box() -> None:
    graph = load("resnet34")
    boxes = list(draw("resnet34").boxes)
    for box in boxes:
        roles = {graph.nodes[path].op.role for path in box.layers}
        assert roles != {Role.ACTIVATION}
        if Role.MERGE in roles:
            assert box.rect.height < 5
            assert not box.texts
    convolutions = [node for node in graph.layers if node.op.role is Role.CONV]
    named = [text.content for box in boxes for text in box.texts]
    assert sum(name.startswith("conv ") for name in named) == len(convolutions)


def test_a_shortcut_that_changes_the_dimension_is_dashed() -> None:
    dashed = {box.path for box in draw("resnet34").boxes if box.rect.dashed}
    assert dashed == {f"layer{k}.0.downsample.0" for k in (2, 3, 4)}


@pytest.mark.parametrize(
    ("name", "resolutions"),
    [
        ("alexnet_2012", "227×227 55×55 27×27 13×13 6×6 1"),
        (
            "unet_resnet34",
            "256×256 128×128 64×64 32×32 16×16 8×8 16×16 32×32 64×64 128×128 256×256",
        ),
    ],
)
def test_every_resolution_is_said(name: str, resolutions: str) -> None:
    texts = [
        text.content for text in draw(name).texts if text.x == MARGIN and text.content[0].isdigit()
    ]
    assert texts == resolutions.split()


def test_dashes_of_training_are_no_shortcuts() -> None:
    words = [text.content for text in draw("googlenet").texts]
    assert "in training only" in words
    assert "where the dimension changes" not in words

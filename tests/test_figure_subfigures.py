"""Figures of several parts: (a), (b), (c)."""

from __future__ import annotations

import pytest

from archspec import SpecError, load
from archspec.figures import figure, subfigures
from archspec.figures.rendering import render_figure
from archspec.figures.request import Options
from archspec.figures.scene import Scene
from archspec.graph import Graph


@pytest.fixture(scope="module")
def networks() -> list[Graph]:
    return [load("resnet18"), load("vgg11")]


def captions(scene: Scene) -> list[str]:
    return [text.content for text in scene.texts if text.content.startswith("(") and text.size == 8]


def test_a_style_for_each_network_or_styles_for_one(networks: list[Graph]) -> None:
    two = subfigures.scene(networks, Options(subfigure=("paper",)))
    assert captions(two) == ["(a) resnet18", "(b) vgg11"]
    styles = Options(subfigure=("module BasicBlock", "volumes"))
    assert captions(subfigures.scene(networks[:1], styles)) == ["(a) BasicBlock", "(b) resnet18"]
    both = subfigures.scene(networks, Options(subfigure=("table", "paper"), title=False))
    assert captions(both) == ["(a)", "(b)", "(c)"]


def test_a_part_is_the_figure_that_it_is_alone(networks: list[Graph]) -> None:
    styles = ("module BasicBlock", "full")
    whole = subfigures.scene(networks[:1], Options(subfigure=styles, width="a4-landscape"))
    alone = figure(networks[0], Options(style="full", title=False, legend=False))
    paths = [box.path.removeprefix("b.") for box in whole.boxes if box.path.startswith("b.")]
    assert paths == [box.path for box in alone.boxes]
    ends = {path for line in whole.lines if line.source for path in (line.source, line.target)}
    assert {path[:2] for path in ends if path} == {"a.", "b."}


def test_parts_lie_beside_each_other_where_they_fit() -> None:
    networks = [load("googlenet"), load("resnet50")]
    scene = subfigures.scene(networks, Options(subfigure=("module",)))
    first, second = (text for text in scene.texts if text.content in captions(scene))
    assert first.y == second.y
    assert first.left + first.width < second.left
    assert scene.width < 596
    narrow = subfigures.scene(networks, Options(subfigure=("module",), width="column"))
    first, second = (text for text in narrow.texts if text.content in captions(narrow))
    assert first.y < second.y


@pytest.mark.parametrize("format", ["svg", "pdf", "png", "tex", "html", "json"])
def test_formats(networks: list[Graph], format: str) -> None:
    options = Options(subfigure=("paper",), highlight=("Linear",))
    content, notes = render_figure(networks, format, options)
    assert not notes
    if format == "tex":
        assert "(a-conv1)" in content.decode()


@pytest.mark.parametrize(
    ("options", "format", "message"),
    [
        (Options(subfigure=("papr", "full")), "svg", "there is no style 'papr'"),
        (Options(subfigure=("text", "full")), "svg", "'text' is no part of a figure"),
        (Options(subfigure=("paper",)), "svg", "a figure of one part has no parts"),
        (Options(subfigure=27 * ("full",)), "svg", "at most 26 parts, not 27"),
        (Options(subfigure=("paper", "full")), "dot", "cannot be saved as DOT"),
        (Options(subfigure=("paper", "full"), diff=True), "svg", "is no figure of parts"),
        (Options(subfigure=("paper", "full"), dim=("none",)), "svg", "no layer or scope 'none'"),
        (Options(subfigure=("module Nope", "full")), "svg", "no block or scope 'Nope'"),
    ],
)
def test_what_cannot_be_is_refused(
    networks: list[Graph], options: Options, format: str, message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        render_figure(networks[:1], format, options)


def test_what_a_part_cannot_do_is_a_note(networks: list[Graph]) -> None:
    options = Options(subfigure=("full", "volumes"), highlight=("layer1",), style="blocks")
    assert render_figure(networks[:1], "svg", options).notes[:2] == (
        "the styles are those of --subfigure: --style is without effect",
        "the style 'volumes' has no highlight: it is without effect",
    )

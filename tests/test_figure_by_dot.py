"""Figures for which the program ``dot`` finds the places."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archspec.diagnostics import SpecError
from archspec.figures import figure
from archspec.figures.draw import figure_bytes
from archspec.figures.outline.diagram import leaves
from archspec.figures.outline.flowchart import network_flowchart
from archspec.figures.rendering import render_figure
from archspec.figures.request import Direction, Options, request
from tests import zoo_graphs
from tests.figure_checks import expands, faults

needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="NOT CHECKED: the program dot is not installed"
)


@needs_dot
@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize(
    ("name", "opened"),
    [("unet", "up3"), ("googlenet", "inception4a"), ("yolov3", ""), ("resnet18", "layer2")],
)
def test_boxes_and_lines_are_those_of_the_network(
    name: str, opened: str, direction: Direction
) -> None:
    graph = zoo_graphs.graph(name)
    paths = (opened,) if opened else ()
    options = Options(layout="dot", open=paths, direction=direction)
    scene = figure(graph, options)
    assert not expands(scene, graph)
    wrong = [
        fault for fault in faults(scene) if fault.startswith(("boxes", "no p", "arrow", "out"))
    ]
    assert not wrong
    chart = network_flowchart(graph, options)
    boxes = list(leaves(chart.diagram))
    drawn = sorted((line.source, line.target) for line in scene.lines if line.smooth)
    assert drawn == sorted(
        (boxes[edge.source].output, boxes[edge.target].path) for edge in chart.edges
    )


@needs_dot
@pytest.mark.parametrize("format", ["svg", "pdf", "tex", "json"])
def test_all_formats_of_scenes_have_it(format: str) -> None:
    graph = zoo_graphs.graph("unet")
    ours = figure_bytes(graph, format)
    assert figure_bytes(graph, format, layout="dot") not in (b"", ours)


@needs_dot
def test_what_has_no_effect_is_noted() -> None:
    graph = zoo_graphs.graph("lenet5")
    for format, style, option, note in (
        ("svg", "paper", {"bars": "params"}, "there are no bars where dot finds the places"),
        ("mmd", "paper", {}, "MMD has no layout"),
        ("html", "paper", {}, "HTML of the style 'paper' has no layout"),
        ("svg", "volumes", {}, "the style 'volumes' has no layout"),
    ):
        (found,) = render_figure(
            [graph], format, request(style=style, layout="dot", **option)
        ).notes
        assert found == f"{note}: it is without effect"


def test_without_the_program_it_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpecError, match="the program 'dot' is not installed"):
        figure(zoo_graphs.graph("lenet5"), Options(layout="dot"))

"""What users say about parts of a figure: what is highlighted, dimmed, open and closed."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

import archspec
from archspec import SpecError, load
from archspec.figures import figure
from archspec.figures.draw import figure_bytes
from archspec.figures.rendering import render_figure
from archspec.figures.request import Options, request
from archspec.figures.scene import Box, Scene
from archspec.graph import Graph


@pytest.fixture(scope="module")
def resnet() -> Graph:
    return load("resnet50")


def boxes(scene: Scene, prefix: str) -> list[Box]:
    return [box for box in scene.boxes if (box.rect.stroke or "").startswith(prefix)]


def titles(found: list[Box]) -> list[str]:
    return [box.texts[0].content for box in found]


@pytest.mark.parametrize(
    ("selector", "shown"),
    [
        ("layer3", ["Bottleneck 256"]),
        ("layer3.*", ["Bottleneck 256"]),
        ("layer[34]", ["Bottleneck 256", "Bottleneck 512"]),
        ("Bottleneck", ["Bottleneck 64", "Bottleneck 128", "Bottleneck 256", "Bottleneck 512"]),
        ("Linear", ["linear 1000"]),
        ("bn1", ["conv 7×7, 64"]),
        ("**.conv2", ["conv 3×3, width"]),
    ],
)
def test_what_is_meant_is_highlighted(resnet: Graph, selector: str, shown: list[str]) -> None:
    scene = figure(resnet, Options(highlight=(selector,)))
    assert titles(boxes(scene, "highlight")) == shown
    assert {box.rect.thickness for box in boxes(scene, "highlight")} == {2.4}


def test_dimmed_boxes_and_their_lines_are_pale(resnet: Graph) -> None:
    scene = figure(resnet, Options(dim=("layer1", "layer2")))
    assert titles(boxes(scene, "dim ")) == ["Bottleneck 64", "Bottleneck 128"]
    dimmed = [line for line in scene.lines if line.color == "dim line"]
    assert [line.target for line in dimmed] == ["layer1", "layer2", "layer3"]


def test_a_dimmed_block_is_dimmed_in_its_inset_too(resnet: Graph) -> None:
    scene = figure(resnet, Options(dim=("Bottleneck",)))
    assert all(box in boxes(scene, "dim ") for box in scene.boxes if box.inset)
    assert not [box for box in boxes(scene, "highlight") if box.inset]


def test_every_format_has_values_for_the_colours(resnet: Graph) -> None:
    options = Options(highlight=("layer3",), dim=("layer1",))
    for format in ("svg", "pdf", "png", "tex", "json", "dot", "mmd"):
        content, notes = render_figure([resnet], format, options)
        assert not notes
        if format not in ("pdf", "png"):
            text = content.decode().lower()
            assert "e03e00" in text, format
            assert "f7f8fa" in text, format


@pytest.mark.parametrize("style", ["volumes", "table", "text", "dense"])
def test_a_style_without_marks_says_so(style: str) -> None:
    format = {"text": "txt"}.get(style, "svg")
    options = Options(style=style, highlight=("Conv2d",))
    notes = render_figure([load("densenet121").at("inference")], format, options).notes
    assert notes == (f"the style '{style}' has no highlight: it is without effect",)


def test_what_has_no_box_of_its_own_is_a_note(resnet: Graph) -> None:
    options = Options(highlight=("layer3.2.conv2", "layer4"))
    expected = (
        "'layer3.2.conv2' has no box of its own, and is not highlighted: "
        "--open layer3.2 shows more",
    )
    assert render_figure([resnet], "svg", options).notes == expected
    assert render_figure([resnet], "dot", options).notes == expected
    opened = Options(highlight=("layer3.2.conv2",), open=("layer3.2",))
    assert render_figure([resnet], "svg", opened).notes == ()


@pytest.mark.parametrize(
    ("options", "message", "help"),
    [
        (Options(highlight=("layr1",)), "no layer or scope 'layr1'", "did you mean 'layer1'"),
        (Options(dim=("Botleneck",)), "no layer or scope 'Botleneck'", "'Bottleneck'?"),
        (Options(dim=("lay*x",)), "no layer or scope with a path like 'lay*x'", "**.conv2"),
        (Options(open=("conv*",)), "no scope with a path like 'conv*'", "layer*"),
        (Options(close=("a..*",)), "'a..*' is not a glob of paths", "joined by dots"),
    ],
)
def test_what_means_nothing_is_refused(
    resnet: Graph, options: Options, message: str, help: str
) -> None:
    with pytest.raises(SpecError) as caught:
        render_figure([resnet], "svg", options)
    (diagnostic,) = caught.value.diagnostics
    assert message in diagnostic.message
    assert help in (diagnostic.help or "")


def test_scopes_open_and_close_by_block_and_glob(resnet: Graph) -> None:
    by_block = figure(resnet, Options(open=("Bottleneck",)))
    by_glob = figure(resnet, Options(open=("layer*.*",)))
    assert by_block == by_glob
    assert "layer4.2.conv3" in {box.path for box in by_block.boxes}
    but_first = figure(resnet, Options(open=("layer1.*",), close=("**.0",)))
    assert "layer1.0" in {box.path for box in but_first.boxes}
    assert "layer1.1.conv1" in {box.path for box in but_first.boxes}


def test_a_figure_is_a_value_that_notebooks_show(resnet: Graph, tmp_path: Path) -> None:
    shown = archspec.figure(resnet, style="paper", highlight=["layer3"])
    assert shown._repr_svg_() == shown.svg
    assert shown.svg == figure_bytes(resnet, "svg", highlight=["layer3"]).decode()
    assert repr(shown) == "<Figure of resnet50, paper>"
    shown.save(tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    several = archspec.figure(["vgg11", "vgg16"], style="table")
    assert repr(several) == "<Figure of vgg11, vgg16, table>"


def test_a_cell_has_the_page_in_a_frame(resnet: Graph) -> None:
    page = archspec.figure(resnet).page(height=400)
    cell = page._repr_html_()
    assert page.html == figure_bytes(resnet, "html").decode()
    assert cell.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert unescape(cell.split('"')[1]) == page.html
    assert 'height="400"' in cell


def test_what_a_figure_cannot_do_is_said_where_it_is_made(resnet: Graph) -> None:
    with pytest.warns(UserWarning, match="has no highlight") as warned:
        archspec.figure(resnet, style="volumes", highlight=["layer3"])
    assert warned[0].filename == __file__
    with pytest.raises(SpecError, match="cannot be saved as SVG"):
        archspec.figure(resnet, style="text")


def texts(scene: Scene) -> set[str]:
    return {text.content for text in scene.texts}


def test_words_are_renamed_whole_wherever_they_stand(resnet: Graph) -> None:
    renames = ("Bottleneck=block", "BN=norm", "block=twice", "image=photo")
    scene = figure(resnet, Options(rename=renames[:2] + renames[3:]))
    assert {"block 64", "block", "photo", "/2 · norm · ReLU"} <= texts(scene)
    assert not any("Bottleneck" in text for text in texts(scene))
    assert "conv 3×3, width" in texts(figure(resnet, Options(rename=("con=x",))))
    swapped = figure(resnet, Options(rename=("BN=ReLU", "ReLU=BN")))
    assert "/2 · ReLU · BN" in texts(swapped)


@pytest.mark.parametrize("format", ["svg", "dot", "mmd", "html", "txt"])
def test_every_format_has_the_other_words(resnet: Graph, format: str) -> None:
    options = Options(rename=("BN=batch norm",), style="text" if format == "txt" else "paper")
    content, notes = render_figure([resnet], format, options)
    assert not notes
    assert "batch norm" in content.decode()


def test_a_rename_of_what_no_box_says_is_refused(resnet: Graph) -> None:
    with pytest.raises(SpecError, match="no box says 'Botleneck'"):
        render_figure([resnet], "svg", Options(rename=("Botleneck=x",)))
    with pytest.raises(SpecError, match="a list of texts such as 'BN=batch norm'"):
        request(rename=["BN"])

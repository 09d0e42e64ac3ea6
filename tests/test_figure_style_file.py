"""Style files: colours, fonts, sizes and words of somebody's own, and what is wrong in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec import SpecError, load
from archspec.figures import figure
from archspec.figures.draw import figure_bytes
from archspec.figures.rendering import render_figure
from archspec.figures.request import Options, request
from archspec.graph import Graph

STYLE = """
palette: {convolution: "#ffe8cc", block: teal, background: "#fffdf7", highlight: "#70c"}
font: Georgia
sizes: {title: 20, text: 10}
boxes: {without: [activation, names, shapes]}
"""


@pytest.fixture(scope="module")
def resnet() -> Graph:
    return load("resnet18")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "style.yaml").write_text(STYLE, "utf-8")
    return tmp_path / "style.yaml"


def asked(path: Path, **given: object) -> Options:
    return request(style_file=path, **given)


def test_colours_font_and_background_are_those_of_the_file(resnet: Graph, path: Path) -> None:
    options = asked(path, highlight=["layer1"])
    svg = render_figure([resnet], "svg", options).content.decode()
    assert {"#ffe8cc", "#c5e9e5", "#fffdf7", "#7700cc"} <= set(svg.replace('"', " ").split())
    assert "#dde6fa" not in svg
    assert "font-family=\"Georgia, 'Liberation Sans'" in svg
    other = figure_bytes(resnet, "svg", style_file=path, background="none").decode()
    assert "#fffdf7" not in other


def test_sizes_and_words(resnet: Graph, path: Path) -> None:
    scene = figure(resnet, asked(path))
    found = {text.content: text.size for text in scene.texts}
    assert found["resnet18"] == 20
    assert found["conv 7×7, 64"] == 10
    assert found["/2 · BN"] == 7
    assert "layer1" not in [text.content for box in scene.boxes for text in box.texts]
    assert not any(line.label for line in scene.lines)


def test_labels_of_the_file(resnet: Graph, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("boxes: {labels: pytorch}", "utf-8")
    texts = {text.content for text in figure(resnet, asked(tmp_path / "s.yaml")).texts}
    assert "Linear" in texts


def test_what_is_not_followed_is_said(resnet: Graph, path: Path) -> None:
    for format, keys in (
        ("svg", None),
        ("pdf", "font"),
        ("tex", "font"),
        ("dot", "palette, font, sizes"),
        ("html", "palette, font, sizes"),
    ):
        notes = render_figure([resnet], format, asked(path)).notes
        assert len(notes) == (keys is not None)
        assert all(note.endswith(f"the style file says under {keys}") for note in notes)
    (note,) = render_figure([resnet], "svg", asked(path, style="volumes")).notes
    assert note.endswith("under boxes")


@pytest.mark.parametrize(
    ("text", "message", "line", "help"),
    [
        ("palette: {convolutoin: red}", "no colour in figures 'convolutoin'", 1, "'convolution'"),
        ("palette:\n  block: reed", "there is no colour 'reed'", 2, "#rrggbb"),
        ("sizes: {title: 6}", "'title': it is greater than or equal to 7", 1, "no text is smaller"),
        ("sizes: {titel: 9}", "there is no key 'titel'", 1, "'title'"),
        ("\nboxes: {without: [bn]}", "'without': it is 'normalisation'", 2, ""),
        ("font: '<b>'", "the name of a font has letters", 1, ""),
        ("fonts: Arial", "there is no key 'fonts'", 1, "'font'"),
        ("palette: 3", "'palette': it is a valid dict", 1, ""),
    ],
)
def test_what_is_wrong_in_a_file_is_shown_where_it_is(
    tmp_path: Path, text: str, message: str, line: int, help: str
) -> None:
    (tmp_path / "s.yaml").write_text(text, "utf-8")
    with pytest.raises(SpecError) as caught:
        asked(tmp_path / "s.yaml")
    (diagnostic,) = caught.value.diagnostics
    assert message in diagnostic.message
    assert diagnostic.span is not None
    assert diagnostic.span.line + 1 == line
    assert help in (diagnostic.help or "")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read"):
        asked(tmp_path / "none.yaml")
    with pytest.raises(SpecError, match="'style_file' cannot be 3"):
        request(style_file=3)

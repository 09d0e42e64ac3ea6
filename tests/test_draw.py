"""Figures in files: formats, styles, choices, and what happens when they fail."""

from __future__ import annotations

import dataclasses
import json
import re
import runpy
import sys
from collections.abc import Callable
from inspect import signature
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

import archspec
from archspec.diagnostics import SpecError
from archspec.figures import figure
from archspec.figures.draw import draw, figure_bytes
from archspec.figures.formats import SUFFIXES
from archspec.figures.render import png
from archspec.figures.rendering import render_figure
from archspec.figures.request import OPTIONS, STYLES, Options
from archspec.figures.sizes import MM, PAGES
from archspec.figures.theme import color
from archspec.graph import Graph
from archspec.workspace.load import load, loads
from tests.networks import zoo

DOCS = Path(__file__).parent.parent / "docs"
SVG = "{http://www.w3.org/2000/svg}"
FAMILIES = ("alexnet", "vgg16", "googlenet", "resnet50", "densenet121")
ZOO = zoo(FAMILIES)

RESIDUAL = """
archspec: 1
name: residual
input: [8, 9, 9]
blocks:
  Unit:
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      bn: BatchNorm2d
      add: {op: Add, from: [bn, input]}
      relu: ReLU
layers:
  stem: {op: Conv2d, out_channels: 8, kernel_size: 1}
  stage: {op: Unit, repeat: 4}
  head: {op: AdaptiveAvgPool2d, output_size: 1}
"""

STARTS = {
    "svg": b"<svg", "pdf": b"%PDF-", "png": b"\x89PNG", "html": b"<!doctype html>", "tex": b"%",
    "dot": b"digraph", "gv": b"digraph", "mmd": b"", "json": b"{", "txt": b"",
}  # fmt: skip


NOT_FOR_ALL = ("dense", "module", "volumes")


def applies(graph: Graph, style: str) -> bool:
    """Whether a network has what a style shows."""
    if style == "module":
        return any(scope.block for scope in graph.scopes.values())
    if style == "dense":
        return graph.name.startswith("densenet")
    return style != "volumes" or all(node.output.rank < 3 for node in graph.layers)


def texts(svg: bytes) -> list[str]:
    """Every text of an SVG."""
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def message_of(error: pytest.ExceptionInfo[SpecError]) -> str:
    return error.value.diagnostics[0].message


# ---------------------------------------------------------------- what is written


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("format", [format for format in STARTS if format not in ("pdf", "png")])
def test_every_network_in_every_format(name: str, format: str) -> None:
    written = figure_bytes(load(name), format)
    assert len(written) > 300
    assert written.lstrip().startswith(STARTS[format]) or format == "tex"
    assert written == figure_bytes(load(name), format), "two runs give the same bytes"


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("format", ["pdf", "png"])
def test_families_as_pdf_and_png(name: str, format: str) -> None:
    written = figure_bytes(load(name), format)
    assert written.startswith(STARTS[format])
    assert written == figure_bytes(load(name), format), "two runs give the same bytes"


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("style", [style for style in STYLES if style != "text"])
def test_every_network_in_every_style_that_applies(name: str, style: str) -> None:
    graph = load(name)
    if style in NOT_FOR_ALL and not applies(graph, style):
        with pytest.raises(SpecError) as error:
            figure_bytes(graph, "svg", style=style)
        assert error.value.diagnostics[0].code == "cannot-draw"
        assert error.value.diagnostics[0].help
    else:
        ElementTree.fromstring(figure_bytes(graph, "svg", style=style))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_paper_figure_is_small(name: str) -> None:
    assert len(figure_bytes(load(name), "svg")) <= 60_000


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("resnet50", ["×3", "×4", "×6", "×3"]),
        ("densenet121", ["×6", "×12", "×24", "×16"]),
        ("resnet152", ["×3", "×8", "×36", "×3"]),
    ],
)
def test_repetition_is_shown(name: str, times: list[str]) -> None:
    found = [text for text in texts(figure_bytes(load(name), "svg")) if re.fullmatch(r"×\d+", text)]
    assert found == times


def test_the_title_has_the_numbers() -> None:
    written = " ".join(texts(figure_bytes(load("googlenet"), "svg")))
    assert "6,624,904 parameters · 1.50 G multiply-accumulates · 3×224×224" in written
    assert "6,624,904" not in figure_bytes(load("googlenet"), "svg", title=False).decode()


def test_several_networks_in_one_figure() -> None:
    graphs = [load(name) for name in ("vgg19", "plain34", "resnet34")]
    for style in ("blocks", "table"):
        written = texts(figure_bytes(graphs, "svg", style=style))
        assert any("plain34" in text for text in written)
    with pytest.raises(SpecError) as error:
        figure_bytes(graphs, "svg")
    assert message_of(error) == "the style 'paper' shows one network, not 3"
    with pytest.raises(SpecError) as error:
        figure_bytes(graphs, "html")
    assert message_of(error) == "HTML shows one network, not 3"


def test_tables_are_written_in_four_ways() -> None:
    graphs = [load(name) for name in ("resnet18", "resnet34")]
    assert figure_bytes(graphs, "md", style="table").startswith(b"|")
    assert b"<table" in figure_bytes(graphs, "html", style="table")
    assert b"\\toprule" in figure_bytes(graphs, "tex", style="table")
    with pytest.raises(SpecError) as error:
        figure_bytes(graphs[0], "md")
    assert message_of(error) == "the style 'paper' cannot be saved as MD"


def test_notebooks_show_the_paper_figure() -> None:
    graph = archspec.load("resnet18")
    assert graph._repr_svg_() == figure_bytes(graph, "svg").decode()


def test_the_scene_as_json_has_all_layers() -> None:
    scene = json.loads(figure_bytes(load("resnet50"), "json"))
    layers = [path for box in scene["boxes"] for path in box["layers"] if not box["inset"]]
    assert layers == [node.path for node in load("resnet50").layers]


# ---------------------------------------------------------------- choices


@pytest.mark.parametrize("page", PAGES)
def test_a_figure_is_no_larger_than_its_page(page: str) -> None:
    rendered = render_figure([load("resnet50")], "svg", Options(width=page))
    found = re.search(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', rendered.content.decode())
    assert found
    assert float(found[1]) <= PAGES[page].width
    assert float(found[2]) <= PAGES[page].height


def test_what_is_left_out_for_a_page_is_said() -> None:
    notes = render_figure([load("resnet50")], "svg", Options(width="column")).notes
    assert notes == ("there are no bars: the page has no room for them",)
    assert not render_figure([load("resnet50")], "svg", Options(width="a4")).notes


def test_a_figure_that_is_too_large_says_what_helps() -> None:
    options = Options(width="column", bars="both")
    (note,) = render_figure([load("resnet50")], "svg", options).notes
    found = re.fullmatch(r"it is (\d+)×(\d+) mm, and not 88×235 mm: --bars none fits", note)
    assert found
    assert int(found[2]) > 235
    drawn = figure(load("resnet50"), Options(width="column", bars="none"))
    assert drawn.height <= 235 * MM
    notes = render_figure([load("resnet50")], "svg", Options(height="20mm")).notes
    assert "--width a4 fits" in notes[-1]


def test_a_height_makes_a_figure_lower() -> None:
    drawn = figure(load("vgg16"), Options(width="120mm"))
    low = figure(load("vgg16"), Options(width="120mm", height="130mm"))
    assert low.height <= 130 * MM < drawn.height


def test_a_row_is_broken_only_where_it_does_not_fit() -> None:
    boxes = [box for box in figure(load("mlp")).boxes if box.inset is None]
    assert len({box.rect.y + box.rect.height / 2 for box in boxes}) == 1


@pytest.mark.parametrize("choices", [{"style": "full"}, {"fold": False}])
def test_boxes_are_counted_before_they_are_placed(
    choices: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archspec.figures.scene.MAX_BOXES", 10)
    monkeypatch.setattr("archspec.figures.layout.spine.Layout", None)
    with pytest.raises(SpecError, match="'alexnet' has more than 10 boxes to draw"):
        figure_bytes(load("alexnet"), "svg", **choices)


@pytest.mark.parametrize(
    ("choices", "message", "help"),
    [
        ({"style": "papr"}, "there is no style 'papr'", "did you mean 'paper'?"),
        ({"width": "a5"}, "there is no width 'a5'", None),
        ({"width": "3mm"}, "there is no width '3mm'", None),
        ({"bars": "all"}, "there are no bars 'all'", None),
        ({"theme": "drak"}, "there is no theme 'drak'", "did you mean 'dark'?"),
        (
            {"style": "module", "module": "Botleneck"},
            "'resnet50' has no block or scope 'Botleneck'",
            "did you mean 'Bottleneck'?",
        ),
        (
            {"open": ["layer9"]},
            "'resnet50' has no scope 'layer9'",
            "did you mean 'layer4' or 'layer3' or 'layer2'?",
        ),
    ],
)
def test_choices_that_there_are_not(choices: dict[str, Any], message: str, help: str) -> None:
    with pytest.raises(SpecError) as error:
        figure_bytes(load("resnet50"), "svg", **choices)
    assert message_of(error) == message
    if help is not None:
        assert error.value.diagnostics[0].help == help


def test_a_scope_is_opened_and_closed() -> None:
    opened = texts(figure_bytes(load("resnet50"), "svg", open=["layer1.0"]))
    assert "layer1" in opened
    assert "layer1.0 · Bottleneck" in opened
    closed = texts(figure_bytes(load("vgg16"), "svg", close=["features"]))
    assert "features" in closed
    assert not any(text.startswith("conv") for text in closed)


def test_layers_as_pytorch_calls_them() -> None:
    written = texts(figure_bytes(load("alexnet"), "svg", labels="pytorch"))
    assert "Conv2d" in written
    assert "3, 64, 11, stride=4, padding=2 · ReLU" in written


def test_bars_are_a_choice() -> None:
    params, macs = "parameters of all copies", "multiply-accumulates of all copies"
    every = texts(figure_bytes(load("resnet50"), "svg"))
    assert {params, macs} <= set(every)
    assert params not in texts(figure_bytes(load("resnet50"), "svg", bars="macs"))
    assert macs not in texts(figure_bytes(load("resnet50"), "svg", bars="none"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_background_may_be_another_or_none(theme: str) -> None:
    def corner(background: str | None, format: str) -> Any:
        given = {"theme": theme, "background": background, "title": False, "dpi": 72}
        if format == "png":
            picture = Image.open(BytesIO(figure_bytes(graph, "png", **given)))
        else:
            file = figure_bytes(graph, "pdf", **{**given, "dpi": 200})
            with PdfDocument(file) as document:
                ground = {"fill_color": (0, 0, 0, 0), "maybe_alpha": True}
                picture = document[0].render(**ground).to_pil()
        return picture.convert("RGBA").getpixel((2, 2))

    graph = load("mlp")
    own = (*bytes.fromhex(color(theme, "background")[1:]), 255)  # type: ignore[arg-type]
    assert corner(None, "png") == own
    assert corner("none", "png") == corner("none", "pdf") == (0, 0, 0, 0)
    assert corner("#F5f0e6", "png") == corner("#F5f0e6", "pdf") == (0xF5, 0xF0, 0xE6, 255)
    for suffix, ground in (("svg", '<rect width="'), ("html", '<rect width="'), ("tex", r"\fill[")):
        given = {"theme": theme, "style": "full"}
        assert ground in figure_bytes(graph, suffix, **given).decode()
        assert ground not in figure_bytes(graph, suffix, background="none", **given).decode()


def test_the_resolution_of_a_png_is_a_choice_and_its_limit_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw("mlp", tmp_path / "a.png", dpi=300)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    monkeypatch.setattr(png, "MAX_PIXELS", 1_000_000)
    with pytest.warns(UserWarning, match="it has 1[0-9]+ pixels per inch, not 400: an image has"):
        draw("resnet50", tmp_path / "b.png", dpi=400)
    for dpi in (3, 10_000, 72.5):
        with pytest.raises(SpecError, match="'dpi' cannot be"):
            draw("mlp", tmp_path / "a.png", dpi=dpi)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("suffix", "style", "kind"),
    [
        ("dot", "paper", "DOT"),
        ("svg", "paper", "SVG"),
        ("html", "paper", "HTML of the style 'paper'"),
        ("md", "table", "MD of the style 'table'"),
    ],
)
def test_what_a_format_has_no_use_for_is_said(
    suffix: str, style: str, kind: str, tmp_path: Path
) -> None:
    with pytest.warns(UserWarning, match=f"{kind} has no dpi: it is without effect"):
        draw("lenet5", tmp_path / f"a.{suffix}", style=style, dpi=300)


def test_a_background_is_a_colour_or_none() -> None:
    for background in ("red", "#fff", "none;"):
        with pytest.raises(SpecError, match="there is no background"):
            figure_bytes(load("mlp"), "svg", background=background)


def test_the_document_has_all_options_and_formats(golden: Callable[[Path, str], None]) -> None:
    document = DOCS / "figures.md"
    page: Callable[[str], str] = runpy.run_path(str(DOCS / "generate_figures.py"))["page"]
    golden(document, page(document.read_text("utf-8")))


def test_the_python_function_shows_its_options() -> None:
    assert list(signature(archspec.draw).parameters) == ["networks", "path", *OPTIONS]


# ---------------------------------------------------------------- hostile names

HOSTILE = (
    "<script>alert(1)</script>",
    'a"] -> b [label="',
    "}} \\input{/etc/passwd} %",
    "&amp; & \x00 \x1b[31m",
    "\u202egnp.exe",
    "]]> --> <!--",
)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("format", [format for format in SUFFIXES if format not in ("md", "gv")])
def test_nothing_of_a_spec_breaks_out(name: str, format: str) -> None:
    graph = dataclasses.replace(loads(RESIDUAL), name=name, description=f"{name} (A et al., 2020)")
    written = figure_bytes(graph, format)
    if format == "svg":
        root = ElementTree.fromstring(written)
        assert not [item for item in root.iter() if item.tag.endswith("script")]
    if format == "html":
        assert b"<script>alert" not in written
    if format == "tex":
        assert b"\\input{" not in written
    if format == "json":
        json.loads(written)
    if format not in ("pdf", "png"):
        assert not {"\x00", "\x1b", "\u202e"} & set(written.decode())


def test_text_in_any_script_is_shown() -> None:
    graph = dataclasses.replace(loads(RESIDUAL), name="합성곱 神经网络")
    assert "합성곱 神经网络" in texts(figure_bytes(graph, "svg"))


def test_long_names_are_shortened() -> None:
    graph = dataclasses.replace(loads(RESIDUAL), name="n" * 1000)
    (title,) = [text for text in texts(figure_bytes(graph, "svg")) if text.startswith("nnn")]
    assert len(title) < 60
    assert title.endswith("…")


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("suffix", "start"),
    [("dot", b"digraph"), ("gv", b"digraph"), ("svg", b"<svg"), ("png", b"\x89PNG\r\n\x1a\n")],
)
def test_the_suffix_says_the_format(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = tmp_path / f"network.{suffix.upper()}"
    draw(load("alexnet"), path)
    assert path.read_bytes().startswith(start)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    draw(loads(RESIDUAL), "-", format="dot")
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == figure_bytes(loads(RESIDUAL), "dot")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.jpg", "there are no figures in the format of 'a.jpg'"),
        ("a", "'a' has no suffix that says the format"),
        ("-", "a figure for standard output needs a format"),
        ("no/such/a.dot", "there is no folder 'no/such'"),
        ("folder.dot", "'folder.dot' is a folder"),
    ],
)
def test_places_for_no_figure(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.dot").mkdir()
    with pytest.raises(SpecError) as error:
        draw(loads(RESIDUAL), name)
    assert message_of(error) == message


def test_an_unknown_format() -> None:
    with pytest.raises(SpecError) as error:
        figure_bytes(loads(RESIDUAL), "svgz")
    assert message_of(error) == "there is no format 'svgz'"
    assert error.value.diagnostics[0].help == "did you mean 'svg'?"


def test_without_force_no_file_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.dot"
    draw(loads(RESIDUAL), path, force=False)
    with pytest.raises(SpecError) as error:
        draw(loads(RESIDUAL), path, force=False)
    assert "exists already" in message_of(error)
    draw(loads(RESIDUAL), path)


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.dot"
    path.write_text("old")
    path.chmod(0o640)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.replace", fail)
        with pytest.raises(SpecError) as error:
            draw(loads(RESIDUAL), path)
    assert message_of(error) == f"'{path}' cannot be written: no space left on device"
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.dot"]
    draw(loads(RESIDUAL), path)
    assert path.read_text().startswith("digraph")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link.dot"
    link.symlink_to(tmp_path / "real.dot")
    draw(loads(RESIDUAL), link)
    assert link.is_symlink()
    assert (tmp_path / "real.dot").read_text().startswith("digraph")

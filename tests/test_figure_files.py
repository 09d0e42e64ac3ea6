"""SVG, PDF and PNG of one scene: the same picture, whatever the texts in it are."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from math import dist
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pytest

from archspec.figures.fonts import widths
from archspec.figures.fonts.metrics import font_runs, normalize, text_width
from archspec.figures.render import dashes, pdf, png, strokes, svg
from archspec.figures.scene import Anchor, Box, Item, Line, Point, Polygon, Rect, Scene, Text
from archspec.figures.theme import color

ROOT: Final = Path(__file__).parent.parent
SVG: Final = "{http://www.w3.org/2000/svg}"

HOSTILE: Final = (
    "<script>alert(1)</script>",
    "</text></svg><b onload='x'>&\"]]>",
    "&lt;&#0;&unknown; %s }",
    "\\input{/etc/passwd} (a) ) Tj ET (",
    "--> <!-- <![CDATA[ <?php ?>",
    "\x00\x01\x1b[31m\x7f\x85",
    "\ud800 \udfff \ufffe \uffff",
    "\u202eturned\u202c \u2066\u200f",
    "👩\u200d🔬 🧠 𓀀 \U0010ffff ﷽",
    "한국어 합성곱 层 卷積 ⊕",
    "e\u0301 \u1112\u1161\u11ab",
    "",
    "  ",
)


def scene(*items: Item, title: str = "Network", width: float = 300, height: float = 120.5) -> Scene:
    return Scene(width, height, items, title, "What it is")


def everything(text: str = "conv 3×3, 64") -> Scene:
    """One of each kind of item, with a text wherever a text may stand."""
    box = Box(
        Rect(20, 30, 90, 30, "convolution", "convolution-line", radius=3.5),
        path=text,
        role="convolution",
        texts=(Text(65, 42, text, 8.5, "middle", True), Text(65, 53, text, 7, "middle")),
        behind=(Rect(23, 27, 90, 30, "convolution", "convolution-line", radius=3.5),),
        badge=(Rect(100, 22, 20, 12, "badge", radius=6), Text(110, 31, "×6", 8, "middle")),
        count=6,
        title=f"{text}\n{text}",
    )
    label = Text(150, 40, text, 7, "end", color="pale")
    line = Line(((110, 45), (160, 45), (160, 80), (200, 80)), dashed=True, label=label)
    curve = Line(((20, 100), (40, 80), (60, 80), (80, 100)), smooth=True)
    face = Polygon(((210, 20), (260, 10), (260, 60), (210, 70)), "macs", "ink", opacity=0.5)
    heading = Text(20, 15, text, 9.5, bold=True)
    return scene(heading, box, line, curve, face, Rect(210, 80, 40, 8, "track"), title=text)


# Texts


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_out_of_svg(text: str) -> None:
    root = ElementTree.fromstring(svg.render(everything(text)))
    plain = ElementTree.fromstring(svg.render(everything("plain")))
    assert _skeleton(root) == _skeleton(plain)
    assert not any(ord(letter) < 32 and letter != "\n" for letter in "".join(root.itertext()))


def _skeleton(root: ElementTree.Element) -> list[tuple[str, list[str]]]:
    spaces = "{http://www.w3.org/XML/1998/namespace}space"
    return [
        (element.tag, [key for key in element.attrib if key != spaces]) for element in root.iter()
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_pdf_or_png(text: str) -> None:
    document = _pdf(pdf.render(everything(text)))
    assert len(document) == 1
    assert _objects(document) >= _objects(_pdf(pdf.render(everything(""))))
    assert _picture(png.render(everything(text))).size == (834, 335)


def test_texts_of_svg_are_texts() -> None:
    figure = everything('a < b & "c"')
    root = ElementTree.fromstring(svg.render(figure))
    written = [element.text for element in root.iter(f"{SVG}text")]
    assert written == [text.content for text in figure.texts]
    (group,) = (group for group in root.iter(f"{SVG}g") if group.get("data-path") is not None)
    assert group.get("data-path") == 'a < b & "c"'
    assert group.findtext(f"{SVG}title") == 'a < b & "c"\na < b & "c"'


def test_svg_has_a_text_for_those_who_cannot_see_it() -> None:
    root = ElementTree.fromstring(svg.render(everything()))
    names = (root.get("aria-labelledby") or "").split()
    texts = {element.get("id"): element.text for element in root}
    assert root.get("role") == "img"
    assert [texts[name] for name in names] == ["conv 3×3, 64", "What it is"]


def test_spaces_are_kept_where_xml_would_not() -> None:
    figure = scene(Text(0, 9, "a  b", 8), Text(0, 19, "a b", 8))
    assert svg.render(figure).count('xml:space="preserve"') == 1


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize(
    "text", ["conv 7×7, 64", "/2 · BN → ReLU", "합성곱 계층 3×3", "卷积层、畳み込み", "Größe №5"]
)
def test_texts_of_pdf_can_be_searched(text: str, bold: bool) -> None:
    document = _pdf(pdf.render(scene(Text(20, 50, text, 8.5, bold=bold))))
    assert document[0].get_textpage().get_text_bounded().strip() == text


def test_bold_is_bold_where_the_fallback_is_not() -> None:
    def ink(bold: bool) -> int:
        picture = _picture(png.render(scene(Text(20, 60, "합성곱", 30, bold=bold))))
        return sum(picture.convert("L").point(lambda level: level < 128, "1").histogram()[1:])

    assert ink(bold=True) > 1.1 * ink(bold=False)


# Sizes


def test_svg_has_the_size_of_the_scene() -> None:
    root = ElementTree.fromstring(svg.render(everything()))
    size = root.get("width"), root.get("height"), root.get("viewBox")
    assert size == ("300pt", "120.5pt", "0 0 300 120.5")


def test_pdf_is_one_page_of_the_size_of_the_scene() -> None:
    document = _pdf(pdf.render(scene(width=595.276, height=1234.5)))
    assert len(document) == 1
    assert document[0].get_size() == pytest.approx((595.276, 1234.5), abs=0.001)


@pytest.mark.parametrize("resolution", [72, 200, 300])
def test_png_has_the_resolution(resolution: int) -> None:
    picture = _picture(png.render(scene(width=288, height=144), dpi=resolution))
    assert picture.size == (4 * resolution, 2 * resolution)
    assert picture.info["dpi"] == pytest.approx((resolution, resolution), abs=0.1)


def test_a_huge_png_has_fewer_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "MAX_PIXELS", 10_000)
    picture = _picture(png.render(scene(width=400, height=100)))
    assert picture.size == (200, 50)


def test_svg_is_short() -> None:
    figure = everything()
    many = replace(figure, items=figure.items * 100)
    assert len(svg.render(many)) < 100 * 1450
    assert not re.search(r"\d\.\d{3}", svg.render(figure))


# The same picture


def test_the_three_have_the_same_colours_at_the_same_places() -> None:
    figure = scene(Rect(0, 0, 50, 20, "params"), Rect(250, 100, 50, 20, "macs"))
    picture = _picture(png.render(figure, dpi=72))
    seen = [picture.getpixel(place) for place in ((25, 10), (275, 110), (150, 60))]
    assert seen == [_rgb("params"), _rgb("macs"), _rgb("background")]
    assert color("light", "params") in svg.render(figure)


def _rgb(name: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color("light", name)[1:]))


@pytest.mark.parametrize(("anchor", "left"), [("start", 150), ("middle", 121), ("end", 92)])
def test_a_text_stands_where_its_anchor_says(anchor: Anchor, left: float) -> None:
    page = _pdf(pdf.render(scene(Text(150, 60, "HHHH", 20, anchor))))[0].get_textpage()
    assert page.count_rects() == 1
    assert page.get_rect(0) == pytest.approx((left, 60.5, left + 58, 60.5 + 0.73 * 20), abs=2)


# The same bytes

HASHES: Final = """
import hashlib, sys
from archspec.figures.render import pdf, png, svg
from tests.test_figure_files import everything
assert not {"reportlab", "pypdfium2", "PIL"} & sys.modules.keys()
figure = everything("합성곱 conv")
for file in (svg.render(figure).encode(), pdf.render(figure), png.render(figure)):
    print(hashlib.sha256(file).hexdigest())
"""


def test_the_same_figure_gives_the_same_bytes() -> None:
    """In one process and in another, and nothing heavy is imported before it is needed."""
    figure = everything()
    assert svg.render(figure) == svg.render(figure)
    assert pdf.render(figure) == pdf.render(figure)
    assert png.render(figure) == png.render(figure)
    assert _hashes("1") == _hashes("2")


def _hashes(seed: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", HASHES],
        cwd=ROOT,
        env={"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


# Fonts


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("conv", {"LiberationSans"}),
        ("합성곱 3", {"LiberationSans", "ArchspecFallback"}),
    ],
)
def test_fonts_are_embedded_and_only_those_that_are_used(text: str, names: set[str]) -> None:
    file = pdf.render(scene(Text(20, 50, text, 8.5)))
    assert {name.decode() for name in re.findall(rb"/BaseFont /[A-Z]{6}\+(\w+)", file)} == names
    assert file.count(b"/FontFile2") == len(names) == file.count(b"/BaseFont")
    assert len(file) < 40_000


def test_pdffonts_agrees(tmp_path: Path) -> None:
    if not shutil.which("pdffonts"):
        pytest.skip("pdffonts is not installed")
    (tmp_path / "a.pdf").write_bytes(pdf.render(everything("합성곱 conv")))
    output = subprocess.run(
        ["pdffonts", "a.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    rows = output.stdout.splitlines()[2:]
    assert len(rows) == 3
    assert all(re.search(r"TrueType +WinAnsi +yes yes yes ", row) for row in rows)


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize(
    "text", ["conv 3×3, 64", "/2 · BN · ReLU", "AVÀĿ№ … ½", "한국어 합성곱", "卷积 層、ｱ", "🧠?"]
)
def test_measured_widths_are_those_of_the_fonts(text: str, bold: bool) -> None:
    from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]

    drawn = sum(stringWidth(run, pdf._font(is_main, bold), 8.5) for run, is_main in font_runs(text))
    assert text_width(text, 8.5, bold) == pytest.approx(drawn, rel=0.005)


def test_widths_are_what_the_generator_writes() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "generate_widths.py"))["page"]
    assert Path(widths.__file__).read_text("utf-8") == page()


def test_composed_korean_is_as_wide_as_what_it_stands_for() -> None:
    assert normalize("\u1112\u1161\u11ab") == "한"
    assert text_width("\u1112\u1161\u11ab", 10) == text_width("한", 10)
    assert text_width("\u200d\ufe0f", 10) == 0


# Strokes


@pytest.mark.parametrize("smooth", [False, True])
def test_dashes_lie_on_their_path(smooth: bool) -> None:
    points = ((0, 0), (30, 0), (30, 20), (64, 20)) if smooth else ((0, 0), (30, 0), (30, 20))
    dashed = list(dashes.dashes(strokes.path(Line(points, arrow=False, smooth=smooth))))
    length = sum(dist(piece[0], piece[-1]) for piece in _pieces(dashed))
    count = sum(letter == "M" for letter, _ in dashed)
    assert dashed[0] == ("M", (points[0],))
    assert length == pytest.approx(count * dashes.DASH, abs=dashes.DASH)
    assert count * (dashes.DASH + dashes.GAP) == pytest.approx(68.5 if smooth else 48.3, abs=5)


def test_dashes_go_around_corners_and_begin_anew_on_every_path() -> None:
    corner = [
        ("M", ((0, 0),)),
        ("L", ((2, 0),)),
        ("L", ((2, 2),)),
        ("M", ((9, 9),)),
        ("L", ((9, 8),)),
    ]
    assert list(dashes.dashes(corner)) == [  # type: ignore[arg-type]
        ("M", ((0, 0),)),
        ("L", ((2, 0),)),
        ("L", ((2, 1),)),
        ("M", ((9, 9),)),
        ("L", ((9, 8),)),
    ]


@pytest.mark.parametrize("radius", [0, 3.5, 7])
def test_the_outline_of_a_rectangle_is_round_it(radius: float) -> None:
    rect = Rect(10, 20, 30, 14, radius=radius)
    pieces = list(_pieces(strokes.outline(rect)))
    around = 2 * (30 + 14) - 8 * radius
    straight = sum(dist(piece[0], piece[-1]) for piece in pieces if len(piece) == 2)
    assert straight == pytest.approx(around)
    assert pieces[0][0] == pieces[-1][-1] == (10 + radius, 20)
    xs, ys = zip(*(point for piece in pieces for point in piece), strict=True)
    assert (min(xs), max(xs), min(ys), max(ys)) == (10, 40, 20, 34)


def _pieces(path: Iterable[strokes.Segment]) -> Iterator[tuple[Point, ...]]:
    """Lines and curves with the point at which each begins."""
    here = (0.0, 0.0)
    for letter, points in path:
        if letter != "M":
            yield (here, *points)
        here = points[-1]


@pytest.mark.parametrize(
    "points",
    [((0, 0), (30, 0)), ((0, 0), (30, 0), (30, 3)), ((0, 0), (9, 9), (9, 9)), ((9, 9), (0, 2))],
)
@pytest.mark.parametrize("smooth", [False, True])
def test_the_tip_of_an_arrow_is_the_end_of_its_line(points: Sequence[Point], smooth: bool) -> None:
    head = strokes.arrow_head(Line(tuple(points), smooth=smooth))
    assert head
    tip, *barbs = head
    assert tip == points[-1]
    middle = ((barbs[0][0] + barbs[1][0]) / 2, (barbs[0][1] + barbs[1][1]) / 2)
    assert dist(tip, middle) == pytest.approx(5)


def test_a_stroke_ends_within_its_arrow() -> None:
    *_, (_, last) = strokes.path(Line(((0, 0), (30, 0))))
    assert last == ((26, 0),)
    *_, (_, last) = strokes.path(Line(((0, 0), (30, 0)), arrow=False))
    assert last == ((30, 0),)


def test_corners_are_round_as_far_as_there_is_room() -> None:
    corner = Line(((0, 0), (20, 0), (20, 2), (40, 2)), arrow=False, radius=4)
    steps = list(strokes.path(corner))
    assert [letter for letter, _ in steps] == ["M", "L", "C", "L", "C", "L"]
    assert steps[1] == ("L", ((19, 0),))
    assert steps[2][1][-1] == pytest.approx((20, 1))
    assert [letter for letter, _ in strokes.path(replace(corner, radius=0))] == list("MLLL")


@pytest.mark.parametrize("points", [(), ((1, 1),), ((1, 1), (1, 1))])
def test_a_line_to_nowhere_is_not_drawn(points: tuple[Point, ...]) -> None:
    figure = scene(Line(points))
    assert "<path" not in svg.render(figure)
    assert _objects(_pdf(pdf.render(figure))) == 0


def _pdf(file: bytes) -> Any:
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

    return PdfDocument(file)


def _objects(document: Any) -> int:
    """How many things are drawn."""
    return len(list(document[0].get_objects()))


def _picture(file: bytes) -> Any:
    from PIL import Image

    return Image.open(BytesIO(file))

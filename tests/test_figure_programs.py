"""SVG in other programs: the same picture as in PDF, compared by pixels. Each program that is not
installed is skipped, by its name."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.etree import ElementTree

import pytest

from archspec.figures import figure
from archspec.figures.fonts.metrics import ASCENT, DESCENT
from archspec.figures.render import png, svg
from archspec.figures.render.dashes import DASH, GAP
from archspec.figures.request import request
from archspec.figures.scene import Box, Item, Line, Rect, Scene, Text
from archspec.figures.theme import ThemeName
from archspec.workspace.load import load

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DOTS: Final = 144
"""To the inch: two to a point."""
SCALE: Final = DOTS // 72
SAME: Final = 6
"""Levels of 255 between two colours that are the same, rounded."""
INK: Final = (0.5, 1.45)
"""How much of a text or a line there is, against PDF: programs smooth differently, and older MuPDF
has no font without serifs."""
FIGURES: Final[dict[str, tuple[str, ThemeName, dict[str, Any]]]] = {
    "light": ("resnet50", "light", {}),
    "dark": ("googlenet", "dark", {"open": ("inception4a",)}),
    "print": ("densenet121", "print", {"style": "dense"}),
    "solids": ("alexnet_towers", "light", {"style": "volumes"}),
}


class Area(NamedTuple):
    """In points."""

    left: float
    top: float
    right: float
    bottom: float


@cache
def drawn(name: str) -> Scene:
    network, _, options = FIGURES[name]
    return figure([load(network)], request(**options))


@cache
def expected(name: str) -> Any:
    return opened(png.render(drawn(name), FIGURES[name][1], dpi=DOTS), drawn(name))


def opened(file: bytes | Path, scene: Scene) -> Any:
    """A picture with two pixels a point, on white where it is transparent."""
    from io import BytesIO

    from PIL import Image

    picture = Image.open(BytesIO(file) if isinstance(file, bytes) else file).convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    size = int(scene.width) * SCALE, int(scene.height) * SCALE
    assert paper.size[0] >= size[0]
    assert paper.size[1] >= size[1]
    return paper.convert("RGB").crop((0, 0, *size))


# ---------------------------------------------------------------- programs

Command = Callable[[Path, Path, Scene], Sequence[str]]
COMMANDS: Final[dict[str, Command]] = {
    "rsvg-convert": lambda file, picture, _: [
        *("-d", f"{DOTS}", "-p", f"{DOTS}"),
        *(f"{file}", "-o", f"{picture}"),
    ],
    "inkscape": lambda file, picture, _: [f"--export-dpi={DOTS}", f"{file}", "-o", f"{picture}"],
    "cairosvg": lambda file, picture, _: [f"{file}", "-o", f"{picture}", "-s", f"{DOTS / 96}"],
    "mutool": lambda file, picture, _: ["draw", "-r", f"{DOTS}", "-o", f"{picture}", f"{file}"],
}


@pytest.fixture(params=[*COMMANDS, "firefox", "chromium"])
def photograph(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, Scene], Any]:
    """The picture that a program makes of a file."""
    program = request.param
    file, picture = tmp_path / "figure.svg", tmp_path / "figure.png"

    def take(text: str, scene: Scene) -> Any:
        file.write_text(text, "utf-8")
        if program == "chromium":
            _photograph_in_chromium(request.getfixturevalue("browser"), file, picture, scene)
        elif program == "firefox":
            _photograph_in_firefox(file, picture, scene, tmp_path)
        else:
            _run(program, COMMANDS[program](file, picture, scene))
        return opened(picture, scene)

    return take


def _run(program: str, arguments: Sequence[str]) -> None:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed: SVG was not compared with it")
    subprocess.run([found, *arguments], check=True, capture_output=True, timeout=120)


def _photograph_in_chromium(browser: Browser, file: Path, picture: Path, scene: Scene) -> None:
    page = browser.new_page(viewport=_pixels(scene, 96), device_scale_factor=DOTS / 96)
    page.goto(file.as_uri())
    page.screenshot(path=picture)
    page.close()


def _photograph_in_firefox(file: Path, picture: Path, scene: Scene, folder: Path) -> None:
    """As a picture in a page, larger: its screen has 96 dots to the inch."""
    page, size = folder / "page.html", _pixels(scene, DOTS)
    width = f"{scene.width * SCALE}px"
    page.write_text(
        f"<body style='margin:0'><img src='{file.name}' style='width:{width}'>", "utf-8"
    )
    window = f"--window-size={size['width']},{size['height']}"
    asked = ("--headless", "--profile", f"{folder / 'profile'}", "--screenshot", f"{picture}")
    (folder / "profile").mkdir()
    program = "firefox" if shutil.which("firefox") else "firefox-esr"
    _run(program, (*asked, window, page.as_uri()))


def _pixels(scene: Scene, dots: int) -> Any:
    return {
        "width": int(scene.width * dots / 72) + 2,
        "height": int(scene.height * dots / 72) + 2,
    }


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize("name", FIGURES)
def test_svg_is_the_same_picture_as_pdf(name: str, photograph: Callable[[str, Scene], Any]) -> None:
    scene = drawn(name)
    picture = photograph(svg.render(scene, FIGURES[name][1]), scene)
    assert wrong_surfaces(picture, expected(name)) < 0.004
    amounts = {
        f"{what} {area}": amount
        for what, area in [*texts(scene), *dashed_lines(scene)]
        if (amount := ink(picture, expected(name), area)) is not None
    }
    assert len(amounts) > 20
    wrong = {key: amount for key, amount in amounts.items() if not INK[0] < amount < INK[1]}
    assert wrong == {}


def wrong_surfaces(picture: Any, expected: Any) -> float:
    """The share of those pixels that have another colour, of those with nothing but one around."""
    from PIL import ImageChops, ImageFilter

    edges = ImageChops.difference(
        expected.filter(ImageFilter.MaxFilter(5)), expected.filter(ImageFilter.MinFilter(5))
    )
    difference = ImageChops.difference(picture, expected)
    pairs = list(zip(_levels(edges), _levels(difference), strict=True))
    return sum(edge == 0 and wrong > SAME for edge, wrong in pairs) / len(pairs)


def _levels(picture: Any) -> bytes:
    """The largest of the three levels of every pixel."""
    from PIL import ImageChops

    red, green, blue = picture.split()
    levels: bytes = ImageChops.lighter(ImageChops.lighter(red, green), blue).tobytes()
    return levels


def texts(scene: Scene) -> Iterator[tuple[str, Area]]:
    for text in scene.texts:
        top, bottom = text.y - ASCENT * text.size, text.y + DESCENT * text.size
        yield text.content, Area(text.left, top, text.left + text.width, bottom)


def dashed_lines(scene: Scene) -> Iterator[tuple[str, Area]]:
    """Long straight pieces."""
    for line in scene.lines:
        if line.dashed and not line.smooth:
            for (x0, y0), (x1, y1) in pairwise(line.points):
                if abs(x1 - x0) + abs(y1 - y0) > 10 * (DASH + GAP) and (x0 == x1 or y0 == y1):
                    area = Area(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
                    yield "dashes", Area(area[0] - 1, area[1] - 1, area[2] + 1, area[3] + 1)


def ink(picture: Any, expected: Any, area: Area) -> float | None:
    """How much of it differs from its ground, against what is expected; None if there is little."""
    box = tuple(round(value * SCALE) for value in area)
    wanted, found = expected.crop(box), picture.crop(box)
    levels = sorted(set(wanted.getcolors(100_000)), reverse=True)
    ground = levels[0][1]
    amounts = [sum(_levels(_difference(part, ground))) for part in (wanted, found)]
    return amounts[1] / amounts[0] if amounts[0] > 255 * 8 else None


def _difference(picture: Any, ground: tuple[int, int, int]) -> Any:
    from PIL import Image, ImageChops

    return ImageChops.difference(picture, Image.new("RGB", picture.size, ground))


def test_what_differs_would_be_noticed() -> None:
    """No texts, lines for dashes, other colours."""
    scene, same = drawn("light"), expected("light")
    bare = replace(scene, items=tuple(_without_texts_and_dashes(item) for item in scene.items))
    picture = opened(png.render(bare, "light", dpi=DOTS), scene)
    assert wrong_surfaces(same, same) == 0
    for area in (area for _, area in texts(scene)):
        assert ink(same, same, area) in (None, 1)
        assert (ink(picture, same, area) or 0) < INK[0]
    for area in (area for _, area in dashed_lines(scene)):
        assert (ink(picture, same, area) or 0) > INK[1]
    dark = opened(png.render(scene, "dark", dpi=DOTS), scene)
    assert wrong_surfaces(dark, same) > 0.5


def _without_texts_and_dashes(item: Item) -> Item:
    match item:
        case Text():
            return replace(item, content="")
        case Line():
            label = item.label and replace(item.label, content="")
            return replace(item, dashed=False, label=label)
        case Box():
            badge = item.badge and (item.badge[0], replace(item.badge[1], content=""))
            return replace(item, texts=(), badge=badge)
        case _:
            return item


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("name", FIGURES)
def test_no_program_needs_a_style_sheet(name: str) -> None:
    """Colours, sizes and dashes are attributes; what is for browsers only stands apart."""
    text = svg.render(drawn(name), FIGURES[name][1])
    (sheet,) = re.findall(r"<style>(.*?)</style>", text)
    assert re.fullmatch(r"@media all\{#f[0-9a-f]+\{max-width:100%;height:auto;[^{}]*\}\}", sheet)
    root = ElementTree.fromstring(text)
    assert not {"class", "style", "text-rendering"} & {
        key for element in root.iter() for key in element.attrib
    }


def test_a_figure_is_no_wider_than_its_page(browser: Browser) -> None:
    """In the page itself and as a picture, with its proportions."""
    scene = Scene(400, 100, (Rect(0, 0, 400, 100, "params"),), "wide")
    page = browser.new_page(viewport={"width": 300, "height": 600})
    page.set_content(f"<body style='margin:0'>{svg.render(scene)}")
    place = page.locator("svg").bounding_box()
    assert place
    assert (place["width"], place["height"]) == pytest.approx((300, 75))
    page.set_viewport_size({"width": 900, "height": 600})
    place = page.locator("svg").bounding_box()
    assert place
    assert (place["width"], place["height"]) == pytest.approx((400 / 0.75, 100 / 0.75), abs=0.1)
    page.close()

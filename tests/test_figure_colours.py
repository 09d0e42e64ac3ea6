"""Colours: what can be read, distinguished by the colour-blind, and printed in black and white."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

import pytest

from archspec.figures.theme import MAPS, PALETTES, ROLE_NAMES, THEMES, ThemeName, color
from archspec.op.base import Role

Color = tuple[float, float, float]

DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
"""Machado, Oliveira and Fernandes 2009, severity 1, of linear RGB."""
NORMAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""Of linear sRGB."""
READABLE = 4.5
"""WCAG 2, level AA: the contrast of text."""
VISIBLE = 3.0
"""WCAG 2, level AA: the contrast of what is no text."""
APART = 15.0
"""CIEDE2000 between two roles."""

GROUNDS = ("background", "frame")
CHANGES = ("added", "removed", "changed")
TEXT_ON_FILL = [
    *((text, fill) for text in ("ink", "pale") for fill in (*GROUNDS, *ROLE_NAMES, "track")),
    ("on-badge", "badge"),
    *((text, fill) for text in CHANGES for fill in GROUNDS),
    *((f"{name}-line", fill) for name in (*ROLE_NAMES, *MAPS) for fill in GROUNDS),
]
"""Every colour of a text with every fill that it stands on; a border's colour names its box."""


# ---------------------------------------------------------------- colour


def linear(value: str) -> Color:
    """Linear RGB of ``#rrggbb``."""
    red, green, blue = (int(value[k : k + 2], 16) / 255 for k in (1, 3, 5))
    return _decode(red), _decode(green), _decode(blue)


def _decode(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def times(matrix: tuple[Color, Color, Color], color: Color) -> Color:
    x, y, z = (sum(a * b for a, b in zip(row, color, strict=True)) for row in matrix)
    return x, y, z


def perceive(color: Color, matrix: tuple[Color, Color, Color]) -> Color:
    red, green, blue = (min(max(channel, 0.0), 1.0) for channel in times(matrix, color))
    return red, green, blue


def luminance(value: str) -> float:
    return times(XYZ, linear(value))[1]


def contrast(first: str, second: str) -> float:
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def lab(color: Color) -> Color:
    """CIELAB with the white of sRGB."""
    white = times(XYZ, (1, 1, 1))
    x, y, z = (_root(a / b) for a, b in zip(times(XYZ, color), white, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(share: float) -> float:
    return share ** (1 / 3) if share > (6 / 29) ** 3 else share / (3 * (6 / 29) ** 2) + 4 / 29


def difference(first: Color, second: Color) -> float:
    """CIEDE2000 of two colours in CIELAB (Sharma, Wu and Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    chroma = (hypot(a1, b1) + hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * sqrt(chroma**7 / (chroma**7 + 25**7))
    c1, c2 = hypot(a1 * stretch, b1), hypot(a2 * stretch, b2)
    h1, h2 = (degrees(atan2(b, a * stretch)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn, hue = _hues(h1, h2) if c1 * c2 else (0.0, h1 + h2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    weight = (
        1
        - 0.17 * cos(radians(hue - 30))
        + 0.24 * cos(radians(2 * hue))
        + 0.32 * cos(radians(3 * hue + 6))
        - 0.20 * cos(radians(4 * hue - 63))
    )
    lightness = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / sqrt(20 + (light - 50) ** 2))
    saturation = (c2 - c1) / (1 + 0.045 * chroma)
    tint = 2 * sqrt(c1 * c2) * sin(radians(turn) / 2) / (1 + 0.015 * chroma * weight)
    blue = 60 * exp(-(((hue - 275) / 25) ** 2))
    rotation = -2 * sqrt(chroma**7 / (chroma**7 + 25**7)) * sin(radians(blue))
    return sqrt(lightness**2 + saturation**2 + tint**2 + rotation * saturation * tint)


def _hues(first: float, second: float) -> tuple[float, float]:
    """Turn from one to the other, and their mean, in degrees."""
    turn = (second - first + 180) % 360 - 180
    if abs(second - first) <= 180:
        return second - first, (first + second) / 2
    return turn, ((first + second + 360) / 2) % 360


def role_difference(
    theme: ThemeName, first: str, second: str, eyes: tuple[Color, Color, Color]
) -> float:
    """Of two boxes: by their fills or by their borders, whichever differ more."""
    return max(
        difference(
            lab(perceive(linear(color(theme, first + part)), eyes)),
            lab(perceive(linear(color(theme, second + part)), eyes)),
        )
        for part in ("", "-line")
    )


# ---------------------------------------------------------------- the measures themselves


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21, abs=0.01)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1, 2), (50, 0, 0), 2.3669),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_difference_is_ciede2000(first: Color, second: Color, expected: float) -> None:
    """Pairs that Sharma, Wu and Dalal printed to check a program by."""
    assert difference(first, second) == pytest.approx(expected, abs=1e-4)
    assert difference(second, first) == pytest.approx(expected, abs=1e-4)


def test_red_and_green_are_alike_without_green_cones() -> None:
    red, green = linear("#c23b22"), linear("#6b7021")
    there = difference(lab(perceive(red, NORMAL)), lab(perceive(green, NORMAL)))
    gone = difference(lab(perceive(red, DEUTERANOPIA)), lab(perceive(green, DEUTERANOPIA)))
    assert gone < APART < there


# ---------------------------------------------------------------- the themes


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_has_every_colour(theme: ThemeName) -> None:
    assert list(PALETTES[theme]) == list(PALETTES["light"])
    assert {role + part for role in ROLE_NAMES for part in ("", "-line")} < PALETTES[theme].keys()
    assert all(re.fullmatch("#[0-9a-f]{6}", value) for value in PALETTES[theme].values())


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_on_what_it_stands_on(theme: ThemeName) -> None:
    assert not list(_too_weak(theme, TEXT_ON_FILL, READABLE))


@pytest.mark.parametrize("theme", THEMES)
def test_borders_and_lines_are_visible(theme: ThemeName) -> None:
    named = (*ROLE_NAMES, *MAPS)
    around = [(f"{name}-line", fill) for name in named for fill in (*GROUNDS, name)]
    assert not list(_too_weak(theme, [*around, *(("line", fill) for fill in GROUNDS)], VISIBLE))


@pytest.mark.parametrize("theme", THEMES)
def test_bars_stand_out_from_their_tracks(theme: ThemeName) -> None:
    assert not list(_too_weak(theme, [("params", "track"), ("macs", "track")], 2))


def _too_weak(
    theme: ThemeName, pairs: list[tuple[str, str]], least: float
) -> Iterator[tuple[str, str, float]]:
    for front, back in pairs:
        if (found := contrast(color(theme, front), color(theme, back))) < least:
            yield front, back, round(found, 2)


@pytest.mark.parametrize("eyes", [DEUTERANOPIA, NORMAL], ids=["deuteranopia", "normal"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_roles_are_distinct(theme: ThemeName, eyes: tuple[Color, Color, Color]) -> None:
    found = {
        pair: round(role_difference(theme, *pair, eyes), 1) for pair in combinations(ROLE_NAMES, 2)
    }
    assert len(found) == 45
    assert not {pair: apart for pair, apart in found.items() if apart < APART}


def test_dark_theme_is_dark_and_its_borders_light() -> None:
    assert color("dark", "background") == "#0f1419"
    for role in ROLE_NAMES:
        assert luminance(color("dark", role)) < 0.08
        assert luminance(color("dark", f"{role}-line")) > 0.18


def test_print_theme_is_grey_with_dark_borders_and_black_text() -> None:
    for value in PALETTES["print"].values():
        assert value[1:3] == value[3:5] == value[5:7]
    assert {color("print", name) for name in ("ink", "line", "input-line")} == {"#000000"}
    assert {color("print", f"{role}-line") for role in ROLE_NAMES} == {"#000000", "#555555"}


def test_print_theme_distinguishes_roles_by_fills_or_by_borders() -> None:
    """A copier leaves the lightness only: of the fills it takes less than of the thin borders."""
    alike = [
        pair
        for pair in combinations(ROLE_NAMES, 2)
        if _lighter("", *pair) < 6.5 and _lighter("-line", *pair) < 30
    ]
    assert alike == []


def test_maps_have_greys_in_print_of_which_neighbours_are_far_apart() -> None:
    assert len({color("print", f"{name}-line") for name in MAPS}) == len(MAPS)
    for first, second in pairwise(MAPS):
        assert _lighter("-line", first, second) > 14
    assert color("light", "map-1") == color("light", "convolution")


def _lighter(part: str, first: str, second: str) -> float:
    values = (linear(color("print", name + part)) for name in (first, second))
    one, other = (lab(value)[0] for value in values)
    return abs(one - other)


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable_in_grey(theme: ThemeName) -> None:
    """A copier keeps the lightness: what is readable stays so, the meaning of a colour is lost."""
    for front, back in TEXT_ON_FILL:
        grey = contrast(_grey(color(theme, front)), _grey(color(theme, back)))
        assert grey >= READABLE - 0.02, (front, back)


def _grey(value: str) -> str:
    """Of the same lightness."""
    share = luminance(value)
    level = share * 12.92 if share <= 0.0031308 else 1.055 * share ** (1 / 2.4) - 0.055
    return "#" + f"{round(level * 255):02x}" * 3


def test_every_role_has_words_for_the_legend() -> None:
    """In grey a colour says little; then the legend's words and the labels do."""
    assert set(ROLE_NAMES) == {role.value for role in Role} | {"block"}
    assert len(set(ROLE_NAMES)) == len(ROLE_NAMES)
    assert all(re.fullmatch("[a-z]{3,}", name) for name in ROLE_NAMES)


def test_values_are_colours_already() -> None:
    assert color("dark", "#123456") == "#123456"
    with pytest.raises(KeyError):
        color("light", "no such colour")

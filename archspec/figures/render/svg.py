"""A figure as SVG: one file that needs no other, with texts that can be searched."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Final
from zlib import crc32

from archspec.escaping import clean
from archspec.figures.fonts.metrics import FAMILY
from archspec.figures.render.strokes import arrow_head, path
from archspec.figures.scene import Box, Item, Line, Point, Polygon, Rect, Scene, Text
from archspec.figures.theme import ThemeName, color

DASHES: Final = "3 2.2"

Rules = dict[str, str]
"""What a class says -> the name of the class."""


def render(scene: Scene, theme: ThemeName = "light") -> str:
    """The whole file; lengths are points."""
    rules: Rules = {}
    body = "\n".join(element for item in scene.items for element in _item(item, theme, rules))
    name = f"f{crc32((scene.title + scene.description + body).encode('utf-8', 'replace')):x}"
    width, height = _number(scene.width), _number(scene.height)
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt"'
        f' viewBox="0 0 {width} {height}" font-family="{FAMILY}" text-rendering="geometricPrecision"'
        f' role="img" aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">{_plain(scene.title)}</title>',
        f'<desc id="{name}-desc">{_plain(scene.description or scene.title)}</desc>',
        "<style>",
        *(f".{name}{{{rule}}}" for rule, name in rules.items()),
        "</style>",
        f'<rect width="{width}" height="{height}" fill="{color(theme, "background")}"/>',
        body,
        "</svg>",
    )
    return "\n".join(parts) + "\n"


def _item(item: Item, theme: ThemeName, rules: Rules) -> Iterator[str]:
    if isinstance(item, Box):
        yield from _box(item, theme, rules)
    elif isinstance(item, Rect):
        yield _rect(item, theme, rules)
    elif isinstance(item, Text):
        yield _text(item, theme, rules)
    elif isinstance(item, Line):
        yield from _line(item, theme, rules)
    else:
        yield _polygon(item, theme, rules)


def _box(box: Box, theme: ThemeName, rules: Rules) -> Iterator[str]:
    yield f'<g data-path="{_plain(box.path)}">'
    if box.title:
        yield f"<title>{_plain_lines(box.title)}</title>"
    for rect in (*box.behind, box.rect):
        yield _rect(rect, theme, rules)
    for text in box.texts:
        yield _text(text, theme, rules)
    if box.badge:
        yield _rect(box.badge[0], theme, rules)
        yield _text(box.badge[1], theme, rules)
    yield "</g>"


def _rect(rect: Rect, theme: ThemeName, rules: Rules) -> str:
    style = _shape_style(theme, rect.fill, rect.stroke, rect.thickness, rect.dashed)
    place = f'x="{_number(rect.x)}" y="{_number(rect.y)}"'
    size = f'width="{_number(rect.width)}" height="{_number(rect.height)}"'
    radius = f' rx="{_number(rect.radius)}"' if rect.radius else ""
    return f'<rect class="{_class(style, rules)}" {place} {size}{radius}/>'


def _text(text: Text, theme: ThemeName, rules: Rules) -> str:
    style = _text_style(theme, text.size, text.anchor, text.bold, text.color)
    content = _plain(text.content)
    spaces = ' xml:space="preserve"' if content != " ".join(content.split()) else ""
    place = f'x="{_number(text.x)}" y="{_number(text.y)}"'
    return f'<text class="{_class(style, rules)}" {place}{spaces}>{content}</text>'


def _line(line: Line, theme: ThemeName, rules: Rules) -> Iterator[str]:
    if strokes := _path(line):
        style = _shape_style(theme, None, line.color, line.thickness, line.dashed)
        yield f'<path class="{_class(style, rules)}" d="{strokes}"/>'
    if head := arrow_head(line):
        style = _shape_style(theme, line.color, None, 0, False)
        yield f'<path class="{_class(style, rules)}" d="{_polygon_path(head)}"/>'
    if line.label:
        yield _text(line.label, theme, rules)


def _polygon(polygon: Polygon, theme: ThemeName, rules: Rules) -> str:
    style = _shape_style(
        theme, polygon.fill, polygon.stroke, polygon.thickness, False, polygon.opacity
    )
    return f'<path class="{_class(style, rules)}" d="{_polygon_path(polygon.points)}"/>'


def _path(line: Line) -> str:
    """Short: ``H`` and ``V`` where a line is straight along an axis."""
    segments = []
    here = (0.0, 0.0)
    for letter, points in path(line):
        segments.append(_segment(letter, points, here))
        here = points[-1]
    return "".join(segments)


def _segment(letter: str, points: tuple[Point, ...], here: Point) -> str:
    x, y = points[-1]
    if letter == "L" and abs(y - here[1]) < 0.005:
        return f"H{_number(x)}"
    if letter == "L" and abs(x - here[0]) < 0.005:
        return f"V{_number(y)}"
    return letter + " ".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _polygon_path(points: tuple[Point, ...]) -> str:
    return f"M{'L'.join(f'{_number(x)} {_number(y)}' for x, y in points)}z"


def _class(style: str, rules: Rules) -> str:
    """Named by what it says: figures in one page never give a class two meanings."""
    return rules.setdefault(style, f"c{crc32(style.encode()):x}")


@lru_cache(maxsize=1000)
def _shape_style(
    theme: ThemeName,
    fill: str | None,
    stroke: str | None,
    thickness: float,
    dashed: bool,
    opacity: float = 1,
) -> str:
    rules = [f"fill:{color(theme, fill) if fill else 'none'}"]
    if stroke:
        rules += [f"stroke:{color(theme, stroke)}", f"stroke-width:{_number(thickness)}"]
        rules += ["stroke-linejoin:round"]
    if dashed:
        rules += [f"stroke-dasharray:{DASHES}"]
    if opacity != 1:
        rules += [f"opacity:{_number(opacity)}"]
    return ";".join(rules)


@lru_cache(maxsize=1000)
def _text_style(theme: ThemeName, size: float, anchor: str, bold: bool, name: str) -> str:
    rules = [f"font-size:{_number(size)}px", f"fill:{color(theme, name)}"]
    if anchor != "start":
        rules += [f"text-anchor:{anchor}"]
    if bold:
        rules += ["font-weight:700"]
    return ";".join(rules)


def _number(value: float) -> str:
    """At most two decimals, and no zero that says nothing."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


@lru_cache(maxsize=20_000)
def _plain(text: str) -> str:
    """What cannot be mistaken for markup."""
    return escape(clean(text, len(text)))


def _plain_lines(text: str) -> str:
    return "\n".join(map(_plain, text.split("\n")))

"""A figure as SVG: one file that needs no other, with texts that can be searched."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Final
from zlib import crc32

from archspec.escaping import clean
from archspec.figures.fonts.metrics import FAMILY
from archspec.figures.render.dashes import dashes
from archspec.figures.render.strokes import Segment, arrow_head, outline, path
from archspec.figures.render.svg_groups import Paint, SvgElement, SvgGroup, group, lines, runs
from archspec.figures.scene import Box, Item, Line, Point, Polygon, Raster, Rect, Scene, Text
from archspec.figures.theme import ThemeName, color, paper

FOR_BROWSERS: Final = "max-width:100%;height:auto;text-rendering:geometricPrecision"
"""A figure is never wider than its page, and its texts are as wide as they were measured. As
attributes, CairoSVG would drop the texts and rsvg the height; in a media query, only browsers look."""


def render(
    scene: Scene,
    theme: ThemeName = "light",
    background: str | None = None,
    family: str | None = None,
) -> str:
    """The whole file; lengths are points. A font of somebody's own goes before those that texts were
    measured in."""
    behind = paper(theme, background)
    drawn = [node for item in scene.items for node in _item(item, theme)]
    fonts = f"{escape(family)}, {FAMILY}" if family else FAMILY
    body = "\n".join(lines(group(f'<g font-family="{fonts}"', list(runs(drawn)))))
    name = f"f{crc32((scene.title + scene.description + body).encode('utf-8', 'replace')):x}"
    width, height = _number(scene.width), _number(scene.height)
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" width="{width}pt" height="{height}pt"'
        f' viewBox="0 0 {width} {height}" stroke-linejoin="round" role="img" aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">{_plain(scene.title)}</title>',
        f'<desc id="{name}-desc">{_plain(scene.description or scene.title)}</desc>',
        f"<style>@media all{{#{name}{{{FOR_BROWSERS}}}}}</style>",
        *([f'<rect width="{width}" height="{height}" fill="{behind}"/>'] if behind else []),
        body,
        "</svg>",
    )
    return "\n".join(parts) + "\n"


def _item(item: Item, theme: ThemeName) -> Iterator[SvgElement | SvgGroup]:
    if isinstance(item, Box):
        yield _box(item, theme)
    elif isinstance(item, Rect):
        yield from _rect(item, theme)
    elif isinstance(item, Text):
        yield _text(item, theme)
    elif isinstance(item, Line):
        yield from _line(item, theme)
    else:
        if item.picture:
            yield _picture(item.picture, item.points)
        yield _polygon(item, theme)


def _box(box: Box, theme: ThemeName) -> SvgGroup:
    title = f"<title>{_plain_lines(box.title)}</title>" if box.title else ""
    drawn = [part for rect in (*box.behind, box.rect) for part in _rect(rect, theme)]
    drawn += [_text(text, theme) for text in box.texts]
    if box.badge:
        drawn += [*_rect(box.badge[0], theme), _text(box.badge[1], theme)]
    return group(f'<g data-path="{_plain(box.path)}"', drawn, title)


def _rect(rect: Rect, theme: ThemeName) -> Iterator[SvgElement]:
    stroke = None if rect.dashed else rect.stroke
    if rect.fill or stroke:
        place = f'x="{_number(rect.x)}" y="{_number(rect.y)}"'
        size = f'width="{_number(rect.width)}" height="{_number(rect.height)}"'
        radius = f' rx="{_number(rect.radius)}"' if rect.radius else ""
        paint = _shape_paint(theme, rect.fill, stroke, rect.thickness)
        yield SvgElement(f"<rect {place} {size}{radius}", "/>", paint)
    if rect.dashed and rect.stroke:
        strokes = _path(dashes(outline(rect)))
        paint = _shape_paint(theme, None, rect.stroke, rect.thickness)
        yield SvgElement(f'<path d="{strokes}"', "/>", paint)


def _text(text: Text, theme: ThemeName) -> SvgElement:
    """Older MuPDF reads anchors and weights of a text itself only."""
    content = _plain(text.content)
    anchor = f' text-anchor="{text.anchor}"' if text.anchor != "start" else ""
    weight = ' font-weight="700"' if text.bold else ""
    spaces = ' xml:space="preserve"' if content != " ".join(content.split()) else ""
    start = f'<text x="{_number(text.x)}" y="{_number(text.y)}"{anchor}{weight}{spaces}'
    return SvgElement(start, f">{content}</text>", _text_paint(theme, text.size, text.color))


def _line(line: Line, theme: ThemeName) -> Iterator[SvgElement]:
    if strokes := _path(dashes(path(line)) if line.dashed else path(line)):
        paint = _shape_paint(theme, None, line.color, line.thickness)
        yield SvgElement(f'<path d="{strokes}"', "/>", paint)
    if head := arrow_head(line):
        yield SvgElement(f'<path d="{_closed(head)}"', "/>", _shape_paint(theme, line.color))
    if line.label:
        yield _text(line.label, theme)


def _polygon(polygon: Polygon, theme: ThemeName) -> SvgElement:
    paint = _shape_paint(theme, polygon.fill, polygon.stroke, polygon.thickness)
    opacity = f' opacity="{_number(polygon.opacity)}"' if polygon.opacity != 1 else ""
    return SvgElement(f'<path d="{_closed(polygon.points)}"{opacity}', "/>", paint)


def _picture(picture: Raster, points: Sequence[Point]) -> SvgElement:
    (x, y), (right, up), *_, (left, down) = points
    across = (right - x) / picture.width, (up - y) / picture.width
    along = (left - x) / picture.height, (down - y) / picture.height
    matrix = " ".join(f"{number:.6g}" for number in (*across, *along, x, y))
    data = b64encode(picture.data).decode("ascii")
    size = f'width="{picture.width}" height="{picture.height}" preserveAspectRatio="none"'
    start = f'<image {size} transform="matrix({matrix})"'
    return SvgElement(f'{start} href="data:image/{picture.kind};base64,{data}"', "/>", {})


def _path(path: Iterable[Segment]) -> str:
    """Short: seen from where the piece before ends, ``h`` and ``v`` along an axis."""
    written = ""
    x, y = 0.0, 0.0
    for letter, points in path:
        rounded = [(round(to_x, 2), round(to_y, 2)) for to_x, to_y in points]
        steps = [(to_x - x, to_y - y) for to_x, to_y in rounded]
        written += _step(letter, steps) if written else _absolute(rounded[0])
        x, y = rounded[-1]
    return written


def _absolute(point: Point) -> str:
    return f"M{_number(point[0])} {_number(point[1])}"


def _step(letter: str, steps: Sequence[Point]) -> str:
    across, down = steps[-1]
    if letter == "L" and abs(down) < 0.005:
        return f"h{_number(across)}"
    if letter == "L" and abs(across) < 0.005:
        return f"v{_number(down)}"
    return letter.lower() + " ".join(f"{_number(x)} {_number(y)}" for x, y in steps)


def _closed(points: Sequence[Point]) -> str:
    first, *others = points
    return _path([("M", (first,)), *(("L", (point,)) for point in others)]) + "z"


@lru_cache(maxsize=1000)
def _shape_paint(
    theme: ThemeName, fill: str | None, stroke: str | None = None, thickness: float = 0
) -> Paint:
    paint = {"fill": color(theme, fill) if fill else "none"}
    if not stroke:
        return paint | {"stroke": "none"}
    return paint | {"stroke": color(theme, stroke), "stroke-width": _number(thickness)}


@lru_cache(maxsize=1000)
def _text_paint(theme: ThemeName, size: float, name: str) -> Paint:
    return {"fill": color(theme, name), "stroke": "none", "font-size": _number(size)}


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

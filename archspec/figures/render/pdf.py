"""A figure as PDF: vectors on one page, its fonts embedded, its texts to be searched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from archspec.escaping import clean
from archspec.figures.fonts.metrics import font_runs, normalize
from archspec.figures.render.strokes import arrow_head, path
from archspec.figures.scene import Line, Point, Polygon, Raster, Rect, Scene, Text
from archspec.figures.theme import ThemeName, color, paper

FONTS: Final = Path(__file__).parent.parent / "fonts"
REGULAR: Final = "LiberationSans-Regular"
BOLD: Final = "LiberationSans-Bold"
FALLBACK: Final = "ArchspecFallback"
DASHES: Final = (3, 2.2)
FALSE_BOLD: Final = 0.035
"""Of the size: the outline of bold letters that only the fallback has, which is not bold."""
PAPER: Final = "#ffffff"
FILLED: Final = 0
FILLED_AND_STROKED: Final = 2
"""How PDF numbers the ways to draw a text."""

# A canvas is reportlab's, which has no types. Its y grows upwards.


def render(scene: Scene, theme: ThemeName = "light", background: str | None = None) -> bytes:
    """One page, as large as the figure; the same figure gives the same bytes."""
    from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

    file = BytesIO()
    canvas = Canvas(
        file,
        (scene.width, scene.height),
        pageCompression=1,
        invariant=1,
        initialFontName=_font(is_main=True, bold=False),
    )
    canvas.setTitle(clean(scene.title, len(scene.title)))
    canvas.setSubject(clean(scene.description, len(scene.description)))
    canvas.setAuthor("")
    canvas.setCreator("archspec")
    _draw_background(canvas, scene, paper(theme, background))
    canvas.setLineJoin(1)
    canvas.transform(1, 0, 0, -1, 0, scene.height)
    for item in scene.primitives():
        _draw(canvas, item, theme)
    canvas.save()
    return file.getvalue()


def _draw_background(canvas: Any, scene: Scene, background: str | None) -> None:
    """Nothing where the paper has the colour already."""
    if background not in (None, PAPER):
        _paint(canvas, background, None, 0)
        canvas.rect(0, 0, scene.width, scene.height, stroke=0, fill=1)


def _draw(canvas: Any, item: Text | Rect | Polygon | Line, theme: ThemeName) -> None:
    if isinstance(item, Text):
        _draw_text(canvas, item, theme)
    elif isinstance(item, Rect):
        _draw_rect(canvas, item, theme)
    elif isinstance(item, Line):
        _draw_line(canvas, item, theme)
    else:
        _draw_polygon(canvas, item, theme)


def _draw_text(canvas: Any, text: Text, theme: ThemeName) -> None:
    """Run by run, each in a font that has its characters."""
    value = color(theme, text.color)
    _paint(canvas, value, value, text.size * FALSE_BOLD)
    line = canvas.beginText()
    line.setTextTransform(1, 0, 0, -1, text.left, text.y)
    for run, is_main in font_runs(normalize(clean(text.content, len(text.content)))):
        line.setFont(_font(is_main, text.bold), text.size)
        is_thickened = text.bold and not is_main
        line.setTextRenderMode(FILLED_AND_STROKED if is_thickened else FILLED)
        line.textOut(run)
    line.setTextRenderMode(FILLED)
    canvas.drawText(line)


def _font(is_main: bool, bold: bool) -> str:
    name = FALLBACK if not is_main else BOLD if bold else REGULAR
    _register(name)
    return name


@lru_cache
def _register(name: str) -> None:
    """Read a font; the fallback, which is large, only when a text needs it."""
    from reportlab.pdfbase.pdfmetrics import registerFont  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]

    registerFont(TTFont(name, FONTS / f"{name}.ttf", asciiReadable=0))


def _draw_rect(canvas: Any, rect: Rect, theme: ThemeName) -> None:
    fill, stroke = _values(theme, rect.fill, rect.stroke)
    _paint(canvas, fill, stroke, rect.thickness)
    canvas.setDash(DASHES if rect.dashed else ())
    place = (rect.x, rect.y, rect.width, rect.height)
    painted = {"stroke": int(bool(stroke)), "fill": int(bool(fill))}
    if rect.radius:
        canvas.roundRect(*place, min(rect.radius, rect.width / 2, rect.height / 2), **painted)
    else:
        canvas.rect(*place, **painted)


def _draw_line(canvas: Any, line: Line, theme: ThemeName) -> None:
    value = color(theme, line.color)
    _paint(canvas, value, value, line.thickness)
    canvas.setDash(DASHES if line.dashed else ())
    strokes = canvas.beginPath()
    draw = {"M": strokes.moveTo, "L": strokes.lineTo, "C": strokes.curveTo}
    for letter, points in path(line):
        draw[letter](*(number for point in points for number in point))
    canvas.drawPath(strokes, stroke=1, fill=0)
    if head := arrow_head(line):
        canvas.drawPath(_polygon_path(canvas, head), stroke=0, fill=1)


def _draw_polygon(canvas: Any, polygon: Polygon, theme: ThemeName) -> None:
    if polygon.picture:
        _draw_picture(canvas, polygon.picture, polygon.points)
    fill, stroke = _values(theme, polygon.fill, polygon.stroke)
    _paint(canvas, fill, stroke, polygon.thickness)
    canvas.setDash(())
    canvas.setFillAlpha(polygon.opacity)
    canvas.setStrokeAlpha(polygon.opacity)
    outline = _polygon_path(canvas, polygon.points)
    canvas.drawPath(outline, stroke=int(bool(stroke)), fill=int(bool(fill)))
    canvas.setFillAlpha(1)
    canvas.setStrokeAlpha(1)


def _draw_picture(canvas: Any, picture: Raster, points: Sequence[Point]) -> None:
    """Its rows go from the bottom to the top of a unit square."""
    from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]

    (x, y), (right, up), *_, (left, down) = points
    canvas.saveState()
    canvas.transform(right - x, up - y, x - left, y - down, left, down)
    canvas.drawImage(ImageReader(BytesIO(picture.data)), 0, 0, 1, 1)
    canvas.restoreState()


def _polygon_path(canvas: Any, points: Sequence[Point]) -> Any:
    outline = canvas.beginPath()
    outline.moveTo(*points[0])
    for point in points[1:]:
        outline.lineTo(*point)
    outline.close()
    return outline


def _values(theme: ThemeName, *names: str | None) -> list[str | None]:
    return [color(theme, name) if name else None for name in names]


def _paint(canvas: Any, fill: str | None, stroke: str | None, thickness: float) -> None:
    if fill:
        canvas.setFillColorRGB(*_rgb(fill))
    if stroke:
        canvas.setStrokeColorRGB(*_rgb(stroke))
        canvas.setLineWidth(thickness)


@lru_cache
def _rgb(value: str) -> tuple[float, ...]:
    return tuple(int(value[start : start + 2], 16) / 255 for start in (1, 3, 5))

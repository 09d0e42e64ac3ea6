"""A scene as a LaTeX document of its own, in TikZ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import dist
from typing import Final, final

from archspec.diagnostics import failure
from archspec.escaping import clean
from archspec.figures.fonts.metrics import text_width
from archspec.figures.render.strokes import ARROW_LENGTH, ARROW_WIDTH, USUAL_THICKNESS
from archspec.figures.render.tikz.characters import LONGEST, escape
from archspec.figures.scene import Box, Item, Line, Point, Polygon, Rect, Scene, Text
from archspec.figures.theme import ThemeName, color

LARGEST: Final = 14_400
"""Points: a page of PDF has no longer side, and TeX no much longer length."""
DASHES: Final = "dash pattern=on 3bp off 2.2bp"
FALLBACKS: Final = ("Noto Sans CJK KR", "Noto Sans CJK SC", "Source Han Sans", "Arial Unicode MS")
"""Fonts with the characters that Helvetica lacks."""


def render(scene: Scene, theme: ThemeName = "light", background: str | None = None) -> str:
    """A document whose page is the scene. Raises SpecError if it is too large for a page."""
    if max(scene.width, scene.height) > LARGEST:
        message = f"a page of LaTeX has at most {LARGEST:,} points a side"
        raise failure("cannot-draw", message, help="a smaller depth makes a smaller figure")
    names = _Names(theme)
    size = f"({_number(scene.width)}, {_number(scene.height)})"
    body = [
        rf"\useasboundingbox (0, 0) rectangle {size};",
        *_background(background, size, names),
        *(line for item in scene.items for line in _item(item, names)),
    ]
    return "\n".join((*_preamble(scene, names), *_picture(body), ""))


def _background(background: str | None, size: str, names: _Names) -> Iterator[str]:
    if background != "none":
        yield rf"\fill[{names.color(background or 'background')}] (0, 0) rectangle {size};"


def _picture(body: Iterable[str]) -> Iterator[str]:
    yield r"\begin{document}"
    yield r"\begin{tikzpicture}[x=1bp, y=-1bp]"
    yield from (f"  {line}" for line in body)
    yield r"\end{tikzpicture}"
    yield r"\end{document}"


# ---------------------------------------------------------------- items


@final
class _Names:
    """What the picture uses, defined once in front of it: colours, styles, and rare characters."""

    def __init__(self, theme: ThemeName) -> None:
        self._theme = theme
        self.colors: dict[str, str] = {}
        self.styles: dict[str, str] = {}
        """Options -> the name of a style that has them."""
        self.rare: set[str] = set()

    def color(self, name: str) -> str:
        label = f"color-{name[1:]}" if name.startswith("#") else name
        self.colors[label] = color(self._theme, name)[1:].upper()
        return label

    def style(self, name: str, options: Iterable[str]) -> str:
        """The name has a number if it is that of another style already."""
        rule = ", ".join(options)
        if rule not in self.styles:
            same = sum(_stem(other) == name for other in self.styles.values())
            self.styles[rule] = f"{name} no {same + 1}" if same else name
        return self.styles[rule]


def _stem(name: str) -> str:
    return re.sub(" no [0-9]+$", "", name)


def _item(item: Item, names: _Names) -> Iterator[str]:
    if isinstance(item, Box):
        yield from (_rect(rect, names) for rect in item.behind)
        path = clean(item.path, LONGEST)
        yield _rect(item.rect, names) + (f"  % {path}" if path else "")
        yield from (_text(text, names) for text in item.texts)
        if item.badge:
            yield _rect(item.badge[0], names)
            yield _text(item.badge[1], names)
    elif isinstance(item, Rect):
        yield _rect(item, names)
    elif isinstance(item, Polygon):
        yield _polygon(item, names)
    elif isinstance(item, Line):
        yield from _line(item, names)
        if item.label:
            yield _text(item.label, names)
    else:
        yield _text(item, names)


def _rect(rect: Rect, names: _Names) -> str:
    radius = min(rect.radius, rect.width / 2, rect.height / 2)
    options = list(_paint(rect, names))
    is_circle = radius > 0 and rect.width == rect.height == 2 * radius
    if radius > 0 and not is_circle:
        options.append(f"rounded corners={_number(radius)}bp")
    if rect.dashed:
        options.append(DASHES)
    form = "circle" if is_circle else "box"
    style = names.style(f"{_look(rect)} {form}", options)
    if is_circle:
        center = _point((rect.x + radius, rect.y + radius))
        return rf"\path[{style}] {center} circle[radius={_number(radius)}bp];"
    corner = _point((rect.x + rect.width, rect.y + rect.height))
    return rf"\path[{style}] {_point((rect.x, rect.y))} rectangle {corner};"


def _polygon(polygon: Polygon, names: _Names) -> str:
    options = [*_paint(polygon, names), "line join=round"]
    if polygon.opacity != 1:
        options.append(f"opacity={_number(polygon.opacity)}")
    style = names.style(f"{_look(polygon)} polygon", options)
    return rf"\path[{style}] {' -- '.join(map(_point, polygon.points))} -- cycle;"


def _paint(shape: Rect | Polygon, names: _Names) -> Iterator[str]:
    if shape.fill:
        yield f"fill={names.color(shape.fill)}"
    if shape.stroke:
        yield f"draw={names.color(shape.stroke)}"
        yield f"line width={_number(shape.thickness)}bp"


def _look(shape: Rect | Polygon) -> str:
    return (shape.fill or shape.stroke or "invisible").removeprefix("#")


def _line(line: Line, names: _Names) -> Iterator[str]:
    points = _distinct(line.points)
    if len(points) < 2:
        return
    options = [f"draw={names.color(line.color)}", f"line width={_number(line.thickness)}bp"]
    if len(points) > 2 and not line.smooth:
        options.append(_corner_style(line.radius))
    if line.dashed:
        options.append(DASHES)
    if line.arrow:
        length, width = _number(_tip(line)), _number(_tip(line) * ARROW_WIDTH / ARROW_LENGTH)
        options.append(f"-{{Triangle[length={length}bp, width={width}bp]}}")
    words = ("dashed",) if line.dashed else ()
    form = "arrow" if line.arrow else "stroke"
    style = names.style(" ".join((*words, line.color.removeprefix("#"), form)), options)
    route = _curves(line.points) if line.smooth else _round_corners(line, points)
    yield rf"\path[{style}] {route};"


def _distinct(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without points that repeat the one before."""
    return (*points[:1], *(point for before, point in pairwise(points) if point != before))


def _curves(points: Sequence[Point]) -> str:
    start, *others = map(_point, points)
    triples = zip(others[::3], others[1::3], others[2::3], strict=True)
    return start + "".join(f" .. controls {a} and {b} .. {end}" for a, b, end in triples)


def _round_corners(line: Line, points: Sequence[Point]) -> str:
    """Corners for which the usual radius is too large have their own."""
    path, usual = _point(points[0]), _corner_style(line.radius)
    for corner, radius in zip(points[1:], _radii(line, points), strict=False):
        if (rounding := _corner_style(radius)) != usual:
            path += f" [{rounding}]"
            usual = rounding
        path += f" -- {_point(corner)}"
    return f"{path} -- {_point(points[-1])}"


def _corner_style(radius: float) -> str:
    return f"rounded corners={_number(radius)}bp" if radius >= 0.01 else "sharp corners"


def _radii(line: Line, points: Sequence[Point]) -> Iterator[float]:
    """Of every corner: at most half of the pieces beside it, of which the tip takes its own."""
    lengths = [dist(start, end) for start, end in pairwise(points)]
    if line.arrow:
        lengths[-1] = max(0, lengths[-1] - _tip(line))
    for before, after in pairwise(lengths):
        yield min(line.radius, before / 2, after / 2)


def _tip(line: Line) -> float:
    return ARROW_LENGTH * max(1, line.thickness / USUAL_THICKNESS)


def _text(text: Text, names: _Names) -> str:
    size = _number(text.size)
    weight = r"\bfseries" if text.bold else ""
    anchor = {"start": "base west", "middle": "base", "end": "base east"}[text.anchor]
    options = (
        f"text={names.color(text.color)}",
        rf"font=\sffamily\fontsize{{{size}bp}}{{{size}bp}}\selectfont{weight}",
        "inner sep=0bp",
        f"anchor={anchor}",
    )
    words = (text.color.removeprefix("#"), size, *(("bold",) if text.bold else ()), text.anchor)
    style = names.style(" ".join(words), options)
    return rf"\node[{style}] at {_point((text.x, text.y))} {{{escape(text.content, names.rare)}}};"


def _point(point: Point) -> str:
    return f"({_number(point[0])}, {_number(point[1])})"


def _number(value: float) -> str:
    """At most two decimals, and no zero that says nothing."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


# ---------------------------------------------------------------- preamble


def _comment(text: str) -> str:
    """A text in a comment, where it means nothing; without backslashes it does not even look so."""
    return clean(text, LONGEST).replace("\\", "/")


def _preamble(scene: Scene, names: _Names) -> Iterator[str]:
    yield f"% {_comment(scene.title)}: for pdflatex, xelatex and lualatex."
    yield "% One unit is one point of the page, 1bp; y grows downwards."
    yield r"\documentclass[border=0pt]{standalone}"
    if names.rare:
        yield from _rare(sorted(names.rare))
    yield r"\usepackage[T1]{fontenc}"
    yield r"\usepackage{textcomp}"
    yield r"\usepackage{helvet}"
    yield r"\usepackage{tikz}"
    yield r"\usetikzlibrary{arrows.meta}"
    yield ""
    for name, value in names.colors.items():
        yield rf"\definecolor{{{name}}}{{HTML}}{{{value}}}"
    yield ""
    yield r"\tikzset{"
    for options, name in names.styles.items():
        yield f"  {name}/.style={{{options}}},"
    yield "}"
    yield ""


def _rare(characters: Iterable[str]) -> Iterator[str]:
    yield r"""
% Helvetica lacks the characters that are in \other{...}. xelatex and lualatex set them in the
% first of these fonts that there is; with pdflatex, and without a font, a box stands for each.
\usepackage{iftex}
\newcommand{\missing}[1]{{%
  \fboxsep=0pt\fboxrule=0.05em\kern0.08em%
  \framebox[\dimexpr#1-0.16em]{\rule{0pt}{0.66em}}\kern0.08em}}
\newcommand{\other}[1]{#1}
\makeatletter
\iftutex
  \usepackage{fontspec}"""
    yield rf"  \@for\candidate:={{{','.join(FALLBACKS)}}}\do{{%"
    yield r"""    \ifdefined\otherfont\else
      \IfFontExistsTF{\candidate}{\newfontfamily\otherfont{\candidate}}{}%
    \fi}
  \ifdefined\otherfont
    \renewcommand{\other}[1]{{\otherfont#1}}
  \else
    \renewcommand{\other}[1]{\@tfor\character:=#1\do{\missing{1em}}}
  \fi
\else"""
    for character in characters:
        width = text_width(character, 1)
        box = rf"\missing{{{_number(width)}em}}" if width > 0.2 else ""
        yield rf"  \DeclareUnicodeCharacter{{{ord(character):04X}}}{{{box}}}  % {character}"
    yield r"""\fi
\makeatother
"""

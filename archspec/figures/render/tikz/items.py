"""The items of a scene as commands of TikZ, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from archspec.describe.formulas import as_latex
from archspec.escaping import clean
from archspec.figures.render.strokes import ARROW_LENGTH, ARROW_WIDTH
from archspec.figures.render.tikz.characters import LONGEST, escape
from archspec.figures.render.tikz.names import NamedBoxes, Names, center, is_circle
from archspec.figures.render.tikz.numbers import point, write
from archspec.figures.render.tikz.routes import corner_style, route, tip
from archspec.figures.scene import Box, Item, Line, Point, Polygon, Rect, Text

DASHES: Final = "dash pattern=on 3bp off 2.2bp"


@final
@dataclass(frozen=True, slots=True)
class Holder:
    """A box beside which something stands; it moves with the box."""

    name: str
    at: Point

    def place(self, at: Point) -> str:
        x, y = at[0] - self.at[0], at[1] - self.at[1]
        return f"([shift={{{point((x, y))}}}]{self.name})"


def place(box: Box, boxes: NamedBoxes) -> str:
    """A node without ink where a box is: what it is called, where it is and how large."""
    rect = box.rect
    form = "round place" if is_circle(box) else "place"
    size = f"minimum width={write(rect.width)}bp, minimum height={write(rect.height)}bp"
    path = clean(box.path, LONGEST)
    name = boxes.name(box)
    comment = f"  % {path}" if path and path != name else ""
    return rf"\node[{form}, {size}] ({name}) at {point(center(box))} {{}};{comment}"


def draw(item: Item, names: Names, boxes: NamedBoxes) -> Iterator[str]:
    """What is seen of an item."""
    if isinstance(item, Box):
        yield from _box(item, names, boxes)
    elif isinstance(item, Rect):
        yield _rect(item, names)
    elif isinstance(item, Polygon):
        yield _polygon(item, names)
    elif isinstance(item, Line):
        yield from _line(item, names, boxes)
        if item.label:
            yield _text(item.label, names)
    else:
        yield _text(item, names)


def _box(box: Box, names: Names, boxes: NamedBoxes) -> Iterator[str]:
    holder = Holder(boxes.name(box), center(box))
    yield from (_rect(rect, names, holder) for rect in box.behind)
    if is_circle(box):
        style, radius = _rect_style(box.rect, names), write(box.rect.radius)
        yield rf"\path[{style}] ({holder.name}) circle[radius={radius}bp];"
    else:
        corners = f"({holder.name}.north west) rectangle ({holder.name}.south east)"
        yield rf"\path[{_rect_style(box.rect, names)}] {corners};"
    yield from (_text(text, names, holder) for text in box.texts)
    if box.badge:
        yield _rect(box.badge[0], names, holder)
        yield _text(box.badge[1], names, holder)


def _rect_style(rect: Rect, names: Names) -> str:
    radius = min(rect.radius, rect.width / 2, rect.height / 2)
    options = list(_paint(rect, names))
    is_round = radius > 0 and rect.width == rect.height == 2 * radius
    if radius > 0 and not is_round:
        options.append(f"rounded corners={write(radius)}bp")
    if rect.dashed:
        options.append(DASHES)
    return names.style(f"{_look(rect)} {'circle' if is_round else 'box'}", options)


def _rect(rect: Rect, names: Names, holder: Holder | None = None) -> str:
    write_place = holder.place if holder else point
    style, radius = _rect_style(rect, names), min(rect.radius, rect.width / 2, rect.height / 2)
    if radius > 0 and rect.width == rect.height == 2 * radius:
        middle = write_place((rect.x + radius, rect.y + radius))
        return rf"\path[{style}] {middle} circle[radius={write(radius)}bp];"
    size = point((rect.width, rect.height))
    return rf"\path[{style}] {write_place((rect.x, rect.y))} rectangle +{size};"


def _polygon(polygon: Polygon, names: Names) -> str:
    options = [*_paint(polygon, names), "line join=round"]
    if polygon.opacity != 1:
        options.append(f"opacity={write(polygon.opacity)}")
    style = names.style(f"{_look(polygon)} polygon", options)
    return rf"\path[{style}] {' -- '.join(map(point, polygon.points))} -- cycle;"


def _paint(shape: Rect | Polygon, names: Names) -> Iterator[str]:
    if shape.fill:
        yield f"fill={names.color(shape.fill)}"
    if shape.stroke:
        yield f"draw={names.color(shape.stroke)}"
        yield f"line width={write(shape.thickness)}bp"


def _look(shape: Rect | Polygon) -> str:
    return (shape.fill or shape.stroke or "invisible").removeprefix("#")


def _line(line: Line, names: Names, boxes: NamedBoxes) -> Iterator[str]:
    points = line.points if line.smooth else _distinct(line.points)
    if len(_distinct(points)) < 2:
        return
    options = [f"draw={names.color(line.color)}", f"line width={write(line.thickness)}bp"]
    if len(points) > 2 and not line.smooth:
        options.append(corner_style(line.radius))
    if line.dashed:
        options.append(DASHES)
    if line.arrow:
        length, width = write(tip(line)), write(tip(line) * ARROW_WIDTH / ARROW_LENGTH)
        options.append(f"-{{Triangle[length={length}bp, width={width}bp]}}")
    words = ("dashed",) if line.dashed else ()
    form = "arrow" if line.arrow else "stroke"
    style = names.style(" ".join((*words, line.color.removeprefix("#"), form)), options)
    yield rf"\path[{style}] {route(line, points, boxes)};"


def _distinct(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without points that repeat the one before."""
    return (*points[:1], *(after for before, after in pairwise(points) if after != before))


def _content(text: Text, names: Names) -> str:
    """Its characters, or its formulas where it has any."""

    def plain(part: str) -> str:
        escaped, has_rare = escape(part)
        names.has_rare = names.has_rare or has_rare
        return escaped

    return as_latex(text.formula, plain) if text.formula else plain(text.content)


def _text(text: Text, names: Names, holder: Holder | None = None) -> str:
    size = write(text.size)
    weight = r"\bfseries" if text.bold else ""
    anchor = {"start": "base west", "middle": "base", "end": "base east"}[text.anchor]
    options = (
        f"text={names.color(text.color)}",
        rf"font=\letters\fontsize{{{size}bp}}{{{size}bp}}\selectfont{weight}",
        "inner sep=0bp",
        f"anchor={anchor}",
    )
    words = (text.color.removeprefix("#"), size, *(("bold",) if text.bold else ()), text.anchor)
    style, at = names.style(" ".join(words), options), (text.x, text.y)
    content = _content(text, names)
    return rf"\node[{style}] at {holder.place(at) if holder else point(at)} {{{content}}};"

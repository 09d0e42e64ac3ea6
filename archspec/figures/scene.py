"""What a figure is made of: boxes, lines and texts at their places, whatever file it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar, assert_never, final

from archspec.diagnostics import failure
from archspec.figures.fonts.metrics import text_width

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]

# All lengths are points: 1/72 inch. x grows to the right, y downwards.
# A colour is a name that the theme gives a value: "ink", "convolution", "convolution-line".


@final
@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; (x, y) is the end of its baseline that the anchor says."""

    x: float
    y: float
    content: str
    size: float
    anchor: Anchor = "start"
    bold: bool = False
    color: str = "ink"
    formula: str = ""
    """The same with formulas between dollars, for formats that set them."""

    @property
    def width(self) -> float:
        return text_width(self.content, self.size, self.bold)

    @property
    def left(self) -> float:
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return self.x - shift * self.width


@final
@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; a circle if the radius is half of its sides."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    radius: float = 0
    thickness: float = 0.8
    dashed: bool = False


@final
@dataclass(frozen=True, slots=True)
class Raster:
    """A picture as the bytes of a file."""

    kind: str
    """``png`` or ``jpeg``."""
    width: int
    height: int
    """In pixels."""
    data: bytes


@final
@dataclass(frozen=True, slots=True)
class Polygon:
    points: tuple[Point, ...]
    fill: str | None = None
    stroke: str | None = None
    thickness: float = 0.8
    opacity: float = 1
    picture: Raster | None = None
    """What fills a parallelogram that begins at the top left and goes on at the top right."""


@final
@dataclass(frozen=True, slots=True)
class Line:
    """From what gives a tensor to what reads it, or any other stroke.

    A smooth line's points are those of cubic Bézier curves: start, two control points, end, and
    so on; another's are its corners, rounded by the radius.
    """

    points: tuple[Point, ...]
    source: str = ""
    """Path of what it begins at: a layer or a scope. Empty if it is no edge of the network."""
    target: str = ""
    color: str = "line"
    thickness: float = 0.9
    arrow: bool = True
    dashed: bool = False
    smooth: bool = False
    radius: float = 4
    label: Text | None = None
    """The shape of the tensor."""


@final
@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that stands for layers, with the texts in it and the stack behind it."""

    rect: Rect
    path: str
    """Of the layer, of the first of the layers, or of the scope."""
    role: str
    """What the legend calls it: a role's value, or "block"."""
    texts: tuple[Text, ...] = ()
    behind: tuple[Rect, ...] = ()
    """The sheets of a stack, the rearmost first."""
    badge: tuple[Rect, Text] | None = None
    """``×6``, in front."""
    count: int = 1
    layers: tuple[str, ...] = ()
    """Paths of all layers that it stands for, in an inset none."""
    title: str = ""
    """What a pointer shows."""
    inset: str | None = None
    """Name of the block that it is a part of, if it is in an inset."""


Item = Text | Rect | Polygon | Line | Box


@final
@dataclass(frozen=True, slots=True)
class Scene:
    """A figure, with nothing left to be decided but the colours."""

    width: float
    height: float
    items: tuple[Item, ...]
    """The rearmost first."""
    title: str
    description: str = ""
    style: str = "paper"
    notes: tuple[str, ...] = ()
    """What was left out so that it fits its page, a sentence each."""

    @property
    def boxes(self) -> Iterator[Box]:
        return (item for item in self.items if isinstance(item, Box))

    @property
    def lines(self) -> Iterator[Line]:
        return (item for item in self.items if isinstance(item, Line))

    @property
    def texts(self) -> Iterator[Text]:
        """All texts, in boxes and on lines too."""
        for item in self.items:
            if isinstance(item, Text):
                yield item
            elif isinstance(item, Box):
                yield from item.texts
                if item.badge:
                    yield item.badge[1]
            elif isinstance(item, Line) and item.label:
                yield item.label

    def primitives(self) -> Iterator[Text | Rect | Polygon | Line]:
        """The items taken apart: what a writer has to draw, the rearmost first."""
        for item in self.items:
            if isinstance(item, Box):
                yield from item.behind
                yield item.rect
                yield from item.texts
                if item.badge:
                    yield item.badge[0]
                    yield item.badge[1]
            else:
                yield item
                if isinstance(item, Line) and item.label:
                    yield item.label


def move(item: Item, dx: float, dy: float) -> Item:
    """The same item elsewhere."""
    match item:
        case Text():
            return _move(item, dx, dy)
        case Rect():
            return _move(item, dx, dy)
        case Polygon():
            return replace(item, points=_move_points(item.points, dx, dy))
        case Line():
            label = item.label and _move(item.label, dx, dy)
            return replace(item, points=_move_points(item.points, dx, dy), label=label)
        case Box():
            return replace(
                item,
                rect=_move(item.rect, dx, dy),
                texts=tuple(_move(text, dx, dy) for text in item.texts),
                behind=tuple(_move(rect, dx, dy) for rect in item.behind),
                badge=item.badge and (_move(item.badge[0], dx, dy), _move(item.badge[1], dx, dy)),
            )
        case _:
            assert_never(item)


def recolor(item: Item, change: Callable[[str], str]) -> Item:
    """The same item in other colours."""
    match item:
        case Text():
            return replace(item, color=change(item.color))
        case Rect():
            return _recolor_rect(item, change)
        case Polygon():
            fill, stroke = item.fill and change(item.fill), item.stroke and change(item.stroke)
            return replace(item, fill=fill, stroke=stroke)
        case Line():
            return recolor_line(item, change)
        case Box():
            badge = item.badge and (
                _recolor_rect(item.badge[0], change),
                replace(item.badge[1], color=change(item.badge[1].color)),
            )
            return replace(
                item,
                rect=_recolor_rect(item.rect, change),
                texts=tuple(replace(text, color=change(text.color)) for text in item.texts),
                behind=tuple(_recolor_rect(rect, change) for rect in item.behind),
                badge=badge,
            )
        case _:
            assert_never(item)


def recolor_line(line: Line, change: Callable[[str], str]) -> Line:
    """The same line in other colours, with the text on it."""
    label = line.label and replace(line.label, color=change(line.label.color))
    return replace(line, color=change(line.color), label=label)


def _recolor_rect(rect: Rect, change: Callable[[str], str]) -> Rect:
    fill, stroke = rect.fill and change(rect.fill), rect.stroke and change(rect.stroke)
    return replace(rect, fill=fill, stroke=stroke)


_Placed = TypeVar("_Placed", Text, Rect)


def _move(item: _Placed, dx: float, dy: float) -> _Placed:
    return replace(item, x=item.x + dx, y=item.y + dy)


def _move_points(points: Iterable[Point], dx: float, dy: float) -> tuple[Point, ...]:
    return tuple((x + dx, y + dy) for x, y in points)


MAX_BOXES: Final = 50_000
"""Of a figure; so many take a minute or two."""


def check_boxes(boxes: int, title: str) -> None:
    """Raises SpecError for more boxes than anybody looks at; who draws asks before that, too."""
    if boxes > MAX_BOXES:
        raise failure(
            "cannot-draw",
            f"'{title}' has more than {MAX_BOXES:,} boxes to draw",
            help="a smaller depth has fewer, and so has --fold",
        )

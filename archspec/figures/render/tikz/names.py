"""What a picture in TikZ calls its colours, its styles and its boxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from math import dist
from typing import Final, final

from archspec.figures.scene import Box, Point, Scene
from archspec.figures.theme import ThemeName, color

CELL: Final = 40.0
"""Points: boxes are looked for by the squares that they touch."""
NEAR: Final = 0.6
"""A line that begins so near to a border begins at the box."""


@final
class Names:
    """What the picture uses, defined once in front of it: colours, styles, rare characters."""

    def __init__(self, theme: ThemeName) -> None:
        self._theme = theme
        self.colors: dict[str, str] = {}
        self.styles: dict[str, str] = {}
        """Options -> the name of a style that has them."""
        self.has_rare = False
        """Whether there are characters that Helvetica lacks."""

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


@final
class NamedBoxes:
    """The boxes of a picture, each with a name of its own, found by place and by path."""

    def __init__(self, scene: Scene) -> None:
        self.names: dict[int, str] = {}
        self._by_path: dict[str, list[Box]] = {}
        self._by_cell: dict[tuple[int, int], list[Box]] = {}
        taken: dict[str, int] = {}
        inside = _scopes_of_insets(scene)
        for box in scene.boxes:
            name = _name(box, inside)
            taken[name] = taken.get(name, 0) + 1
            self.names[id(box)] = f"{name} no {taken[name]}" if taken[name] > 1 else name
            for path in {box.path, *box.layers}:
                self._by_path.setdefault(path, []).append(box)
            for cell in _cells(box):
                self._by_cell.setdefault(cell, []).append(box)

    def name(self, box: Box) -> str:
        return self.names[id(box)]

    def at(self, point: Point, path: str) -> Box | None:
        """The box at whose border a point is; of several, the one with the path."""
        cell = int(point[0] // CELL), int(point[1] // CELL)
        found = [box for box in self._by_cell.get(cell, ()) if _touches(box, point)]
        return max(found, key=lambda box: path in {box.path, *box.layers}, default=None)

    def of(self, path: str, point: Point, inset: str | None) -> Box | None:
        """The nearest box for a path, in an inset or outside of all."""
        found = [box for box in self._by_path.get(path, ()) if box.inset == inset]
        return min(found, key=lambda box: dist(center(box), point), default=None)


def center(box: Box) -> Point:
    return box.rect.x + box.rect.width / 2, box.rect.y + box.rect.height / 2


def is_circle(box: Box) -> bool:
    return box.rect.width == box.rect.height == 2 * box.rect.radius


def _touches(box: Box, point: Point) -> bool:
    rect, (x, y) = box.rect, point
    across = min(abs(x - rect.x), abs(x - rect.x - rect.width))
    along = min(abs(y - rect.y), abs(y - rect.y - rect.height))
    is_beside = -NEAR < x - rect.x < rect.width + NEAR and -NEAR < y - rect.y < rect.height + NEAR
    return is_beside and min(across, along) < NEAR


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    rect = box.rect
    for column in range(int((rect.x - 1) // CELL), int((rect.x + rect.width + 1) // CELL) + 1):
        for row in range(int((rect.y - 1) // CELL), int((rect.y + rect.height + 1) // CELL) + 1):
            yield column, row


def _scopes_of_insets(scene: Scene) -> dict[str, int]:
    """Inset -> how many steps the paths of its boxes have in common."""
    paths: dict[str, list[list[str]]] = {}
    for box in scene.boxes:
        if box.inset is not None:
            paths.setdefault(box.inset, []).append(box.path.split("."))
    return {inset: _shared(found) for inset, found in paths.items()}


def _shared(paths: Sequence[Sequence[str]]) -> int:
    heads = zip(*(path[:-1] for path in paths), strict=False)
    return sum(1 for _ in takewhile(lambda steps: len(set(steps)) == 1, heads))


def _name(box: Box, inside: dict[str, int]) -> str:
    """``layer1-0``, ``Bottleneck-conv1``: a point would begin the name of an anchor."""
    steps = box.path.split(".")
    if box.inset is not None:
        steps = [box.inset, *steps[inside[box.inset] :]]
    plain = (re.sub("[^A-Za-z0-9_-]+", "", step) for step in steps)
    return "-".join(filter(None, plain)) or "box"

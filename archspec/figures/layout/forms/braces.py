"""Braces with a word over the boxes of a row that a spec puts under one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from archspec.figures.fonts.metrics import text_width
from archspec.figures.layout.forms.engine import Engine
from archspec.figures.layout.forms.lengths import BRACE
from archspec.figures.outline.diagram import Diagram, Leaf, Rows, Series, children
from archspec.figures.scene import Box, Item, Line, Point, Text


@final
@dataclass(frozen=True, slots=True)
class Brace:
    """Over a run of parts of a row, which have boxes under one word."""

    word: str
    first: int
    last: int
    paths: frozenset[str]
    """Of the boxes."""


def room(row: Series, engine: Engine) -> float:
    """What braces take across, before all else of a row."""
    return sum(_depth(level, engine) for level in _levels(row))


def place(row: Series, edge: float, placed: Sequence[Item], engine: Engine) -> None:
    """Over the boxes of a row that were placed, from the edge of all of its room."""
    for level in reversed(_levels(row)):
        depth = _depth(level, engine)
        for brace in level:
            ends = [end for item in placed if isinstance(item, Box) and item.path in brace.paths
                    for end in _ends(item, engine)]  # fmt: skip
            engine.items += draw(brace.word, min(ends), max(ends), edge + depth, engine)
        edge += depth


def _levels(row: Series) -> list[list[Brace]]:
    """The braces, those that would be in each other's way at another distance from the boxes."""
    levels: list[list[Brace]] = []
    for brace in _braces(row):
        free = (level for level in levels if level[-1].last < brace.first)
        level = next(free, None)
        if level is None:
            level = []
            levels.append(level)
        level.append(brace)
    return levels


def _braces(row: Series) -> list[Brace]:
    found: list[Brace] = []
    for k, part in enumerate(row.parts):
        for word, paths in _words(part).items():
            before = next((one for one in found if one.word == word and one.last == k - 1), None)
            if before is None:
                found.append(Brace(word, k, k, paths))
            else:
                found.remove(before)
                found.append(Brace(word, before.first, k, before.paths | paths))
    return sorted(found, key=lambda brace: (brace.first, brace.last, brace.word))


def _words(part: Diagram) -> dict[str, frozenset[str]]:
    """For every word the paths of the boxes that are under it; those of rows in it have their own."""
    found: dict[str, frozenset[str]] = {}
    for leaf in _leaves(part):
        if word := leaf.mark.group:
            found[word] = found.get(word, frozenset()) | {leaf.path}
    return found


def _leaves(part: Diagram) -> Iterator[Leaf]:
    if isinstance(part, Leaf):
        yield part
    if not isinstance(part, Rows):
        for child in children(part):
            yield from _leaves(child)


def _depth(level: Sequence[Brace], engine: Engine) -> float:
    """How much room a level takes across: a line of text over the brace, or texts beside it."""
    size = engine.sizes.small
    if engine.is_right:
        return size + 2 * BRACE
    return max(text_width(brace.word, size, True) for brace in level) + 2 * BRACE


def _ends(box: Box, engine: Engine) -> tuple[float, float]:
    rect = box.rect
    if engine.is_right:
        return rect.x, rect.x + rect.width
    return rect.y, rect.y + rect.height


def draw(word: str, start: float, end: float, edge: float, engine: Engine) -> Iterator[Item]:
    """From a box to another; the edge is where its room ends, towards the boxes."""
    foot, bar, tip = edge - 0.4 * BRACE, edge - 0.8 * BRACE, edge - 1.2 * BRACE
    middle = (start + end) / 2
    for side in (start, end):
        corners: tuple[Point, ...] = ((side, foot), (side, bar), (middle, bar), (middle, tip))
        points = tuple(engine.xy(*corner) for corner in corners)
        yield Line(points, color="pale", arrow=False, radius=2)
    size = engine.sizes.small
    if engine.is_right:
        yield Text(middle, tip - 2.5, word, size, "middle", True, "pale")
    else:
        yield Text(tip - 3, middle + 0.35 * size, word, size, "end", True, "pale")

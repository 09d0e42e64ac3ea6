"""A long chain, broken into columns, so that a picture is about as wide as high."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, final

from archspec.backends.dot.chains import Chain, Item, chains
from archspec.backends.dot.labels import Label
from archspec.backends.dot.outline import Box, Outline
from archspec.backends.dot.sheets import best_cuts

Direction = Literal["down", "right"]
"""Where the arrows point. In a picture that goes right the columns are rows."""

MAX_BOXES: Final = 150
"""Of the largest picture that is broken."""


@final
@dataclass(frozen=True, slots=True)
class Columns:
    """The items of a picture, column by column; a frame that is broken has a part in each."""

    items: Sequence[Sequence[Item]]
    links: Sequence[int]
    """For every break the number of the line that leads from one column to the next."""


def columns(outline: Outline, direction: Direction) -> Columns:
    """The columns that bring a picture nearest to the best shape."""
    if sum(1 for _ in outline.root.boxes) > MAX_BOXES:
        return Columns([outline.root.items], [])
    found = chains(outline)
    links = [cut.line for cut in best_cuts(found, outline.lines, is_down=direction == "down")]
    return Columns(_Breaker(outline, found, links).parts(found[""]), links)


@final
class _Breaker:
    """Walks an outline and begins a new column behind every link."""

    def __init__(self, outline: Outline, chains: Mapping[str, Chain], links: Sequence[int]) -> None:
        self._outline = outline
        self._chains = chains
        self._links = links
        self._current = 0
        self._column_of: dict[str, int] = {}
        """Of boxes."""

    def parts(self, chain: Chain) -> list[list[Item]]:
        """The items of a frame in each of the columns that it is in."""
        first = self._current
        parts: list[list[Item]] = [[]]
        for k, item in enumerate(chain.frame.items):
            if item.training_only:
                column = self._beside_source(chain, k)
                parts[max(column - first, 0)].append(item)
                continue
            broken = self._broken(item)
            parts[-1].append(broken[0])
            parts += [[part] for part in broken[1:]]
            if chain.cuts.get(k) in self._links:
                parts.append([])
                self._current += 1
        return parts

    def _broken(self, item: Item) -> Sequence[Item]:
        if isinstance(item, Box):
            self._column_of[item.path] = self._current
            return [item]
        parts = self.parts(self._chains[item.path])
        if len(parts) == 1:
            return [item]
        continued = Label(item.label.title, ("continued",))
        labels = [item.label] + [continued] * (len(parts) - 1)
        return [
            replace(item, items=tuple(part), label=label)
            for part, label in zip(parts, labels, strict=True)
        ]

    def _beside_source(self, chain: Chain, item: int) -> int:
        """The column of what an item reads; all of its boxes come to stand there."""
        numbers = [number for _, target, number in chain.lines if target == item]
        sources = [self._outline.lines[number].source for number in numbers]
        column = max((self._column_of[source] for source in sources), default=self._current)
        self._column_of.update((box.path, column) for box in _boxes(chain.frame.items[item]))
        return column


def _boxes(item: Item) -> Iterator[Box]:
    if isinstance(item, Box):
        yield item
    else:
        yield from item.boxes

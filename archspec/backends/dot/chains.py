"""What leads where inside of each frame of an outline, and where a frame may be broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

from archspec.backends.dot.outline import Box, Frame, Line, Outline

Item = Box | Frame


@final
@dataclass(frozen=True, eq=False)
class Chain:
    """The items of one frame and the lines between them."""

    frame: Frame
    around: tuple[tuple[Chain, int], ...]
    """The frames that it is in, from the outside, and the item of each that leads to it."""
    lines: list[tuple[int, int, int]] = field(default_factory=list)
    """Between items: from, to, number of the line."""
    leaves: list[int] = field(default_factory=list)
    """Items that something outside reads."""
    enters: list[int] = field(default_factory=list)
    """Items that read something outside."""

    @cached_property
    def main(self) -> Sequence[int]:
        """The items that are not for training only."""
        return [k for k, item in enumerate(self.frame.items) if not item.training_only]

    @cached_property
    def before(self) -> Mapping[int, Sequence[int]]:
        """Of every item those that it reads."""
        before: dict[int, list[int]] = defaultdict(list)
        for source, target, _ in self.lines:
            before[target].append(source)
        return before

    @cached_property
    def crossing(self) -> Mapping[int, Sequence[int]]:
        """The lines that lead from an item or one before it to one behind it."""
        crossing: dict[int, list[int]] = defaultdict(list)
        for source, target, number in self.lines:
            if not self.frame.items[target].training_only:
                for position in range(source, target):
                    crossing[position].append(number)
        return crossing

    @cached_property
    def passed(self) -> frozenset[int]:
        """The items that a line leads past."""
        return frozenset(
            position
            for source, target, _ in self.lines
            if not self.frame.items[target].training_only
            for position in range(source + 1, target)
        )

    @cached_property
    def cuts(self) -> Mapping[int, int]:
        """Behind which items the frame may be broken, and the one line that crosses there."""
        first = max(self.enters, default=0)
        last = min([*self.leaves, *self.main[-1:]], default=0)
        return {
            k: self.crossing[k][0]
            for k in self.main
            if first <= k < last and len(self.crossing[k]) == 1
        }

    @property
    def is_spine(self) -> bool:
        """All that the network computes goes through the frame, once."""
        return all(
            item not in chain.passed and chain.frame.items[item].copies.count == 1
            for chain, item in self.around
        )


def chains(outline: Outline) -> Mapping[str, Chain]:
    """Of all frames, by path; the root has the empty path."""
    found: dict[str, Chain] = {}
    places: dict[str, tuple[tuple[Chain, int], ...]] = {}

    def walk(frame: Frame, around: tuple[tuple[Chain, int], ...]) -> None:
        chain = found[frame.path] = Chain(frame, around)
        for k, item in enumerate(frame.items):
            if isinstance(item, Frame):
                walk(item, (*around, (chain, k)))
            else:
                places[item.path] = (*around, (chain, k))

    walk(outline.root, ())
    for number, line in enumerate(outline.lines):
        _connect(number, line, places[line.source], places[line.target])
    return found


def _connect(
    number: int,
    line: Line,
    source: Sequence[tuple[Chain, int]],
    target: Sequence[tuple[Chain, int]],
) -> None:
    """A line belongs to the innermost frame that has both of its ends."""
    shared = next(k for k, (a, b) in enumerate(zip(source, target, strict=False)) if a != b)
    chain, item = source[shared]
    chain.lines.append((item, target[shared][1], number))
    if line.training_only:
        return
    for chain, item in source[shared + 1 :]:
        chain.leaves.append(item)
    for chain, item in target[shared + 1 :]:
        chain.enters.append(item)

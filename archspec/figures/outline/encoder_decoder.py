"""Networks that go down in resolution and come up again, with skips across: U-Nets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final, final

from archspec.figures.outline.diagram import Diagram, Leaf, Parallel, chain, leaves
from archspec.graph import Graph

FEWEST_SKIPS: Final = 2
SMALLER: Final = 0.4
"""Of the pixels at a fork and at its merge are left below, at most."""


@final
@dataclass(frozen=True, slots=True)
class UnetLevel:
    """What is done at one resolution: on the way down, beside, and on the way up."""

    left: tuple[Diagram, ...]
    skip: Diagram | None = None
    """From the last of the left to the first of the right; None at the bottom."""
    right: tuple[Diagram, ...] = ()


def unet_levels(diagram: Diagram, graph: Graph) -> tuple[UnetLevel, ...] | None:
    """The levels of an encoder and a decoder from the top to the bottom; None of what is none."""
    levels: list[UnetLevel] = []
    parts: Sequence[Diagram] = chain(diagram)
    while True:
        forks = [k for k in range(len(parts)) if _deep_branch(parts, k, graph) is not None]
        if not forks:
            break
        place = forks[0]
        fork = parts[place]
        deep = _deep_branch(parts, place, graph)
        if len(forks) > 1 or deep is None or not isinstance(fork, Parallel):
            return None
        (skip,) = (branch for branch in fork.branches if branch is not deep)
        levels.append(UnetLevel(tuple(parts[:place]), skip, tuple(parts[place + 1 :])))
        parts = chain(deep)
    levels.append(UnetLevel(tuple(parts)))
    return tuple(levels) if len(levels) > FEWEST_SKIPS and all(map(_is_plain, levels)) else None


def _is_plain(level: UnetLevel) -> bool:
    """Whether a skip can lead from box to box."""
    if any(leaf.side_branches for part in (*level.left, *level.right) for leaf in leaves(part)):
        return False
    return level.skip is None or all(
        isinstance(end, Leaf) for end in (level.left[-1], level.right[0])
    )


def _deep_branch(parts: Sequence[Diagram], place: int, graph: Graph) -> Diagram | None:
    """Of two branches the one that goes down, if the other does not and a box before and after the
    two has more pixels."""
    fork = parts[place]
    if not isinstance(fork, Parallel) or len(fork.branches) != 2:
        return None
    around = [list(_pixels(part, graph)) for part in (*parts[:place], *parts[place + 1 :])]
    before, after = around[place - 1 : place], around[place : place + 1]
    if not place or not after or not before[0] or not after[0]:
        return None
    most = SMALLER * min(before[0][-1], after[0][0])
    least = [min(_pixels(branch, graph), default=most + 1) for branch in fork.branches]
    deep = [branch for branch, pixels in zip(fork.branches, least, strict=True) if pixels <= most]
    return deep[0] if len(deep) == 1 and min(least) > 1 else None


def _pixels(part: Diagram, graph: Graph) -> Iterator[int]:
    """Of what each box gives."""
    for leaf in leaves(part):
        if leaf.output in graph.nodes:
            yield prod(graph.nodes[leaf.output].output.spatial)

"""Trials of a lesion study: which units are deleted, which change places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import final

from archspec.analyses.lesions.units import Unit, Units


@final
@dataclass(frozen=True, slots=True)
class Lesion:
    """A change of a trained network; without one it is the network as it was trained."""

    deleted: tuple[Unit, ...] = ()
    moved: tuple[tuple[Unit, Unit], ...] = ()
    """Units, each with the one that stands in its place."""
    pairs: int = 0
    """How many pairs changed places, one after the other."""


@final
@dataclass(frozen=True, slots=True)
class Trials:
    """All lesions of a study."""

    each: tuple[Lesion, ...] = ()
    random: tuple[Lesion, ...] = ()
    shuffled: tuple[Lesion, ...] = ()

    @property
    def count(self) -> int:
        return len(self.each) + len(self.random) + len(self.shuffled)


def delete_each(units: Units) -> tuple[Lesion, ...]:
    """Every unit alone."""
    return tuple(Lesion((unit,)) for unit in units.units)


def delete_random(units: Units, count: int, repeats: int, seed: int) -> tuple[Lesion, ...]:
    """So many units at once, ``repeats`` times, never the same ones; all choices if there are not
    more."""
    everything = range(len(units.units))
    if math.comb(len(everything), count) <= repeats:
        chosen = list(combinations(everything, count))
    else:
        chosen = _draw(Random(f"{seed}/delete/{count}"), len(everything), count, repeats)
    return tuple(Lesion(tuple(units.units[k] for k in each)) for each in chosen)


def _draw(random: Random, size: int, count: int, repeats: int) -> list[tuple[int, ...]]:
    """Different choices, in the order in which they were drawn."""
    found: dict[tuple[int, ...], None] = {}
    while len(found) < repeats:
        found[tuple(sorted(random.sample(range(size), count)))] = None
    return list(found)


def shuffle_pairs(units: Units, count: int, repeats: int, seed: int) -> tuple[Lesion, ...]:
    """Pairs of equal units that change places, so many one after the other, ``repeats`` times."""
    random = Random(f"{seed}/shuffle/{count}")
    pairs = [pair for group in units.alike for pair in combinations(group, 2)]
    return tuple(_exchange(units, random.choices(pairs, k=count)) for _ in range(repeats))


def _exchange(units: Units, pairs: Sequence[tuple[Unit, Unit]]) -> Lesion:
    """What stands in two places changes them, pair by pair."""
    there = {unit.path: unit for unit in units.units}
    for one, other in pairs:
        there[one.path], there[other.path] = there[other.path], there[one.path]
    places = ((unit, there[unit.path]) for unit in units.units)
    moved = tuple((place, unit) for place, unit in places if unit is not place)
    return Lesion(moved=moved, pairs=len(pairs))


def kendall_tau(units: Units, lesion: Lesion) -> float:
    """The rank correlation of the order of the units with that of the training: 1 if it is the same,
    -1 if it is the reverse (Kendall, 1938)."""
    places = {unit.path: k for k, unit in enumerate(units.units)}
    moved = {place.path: places[unit.path] for place, unit in lesion.moved}
    order = [moved.get(path, k) for path, k in places.items()]
    pairs = math.comb(len(order), 2)
    discordant = sum(one > other for one, other in combinations(order, 2))
    return 1 - 2 * discordant / pairs if pairs else 1.0

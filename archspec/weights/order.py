"""Layers of a file to layers of a network without names: by order and shape."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from archspec.weights.fitting import Fitting
from archspec.weights.layers import LayerTensors, Unit, units

LayerPairs = list[tuple[LayerTensors, LayerTensors]]
"""Layers of the network, each with that of the file."""
Layers = Sequence[LayerTensors]


def in_order(fitting: Fitting, ours: Layers, theirs: Layers) -> LayerPairs | None:
    """Both as they stand, if every layer fits."""
    if len(ours) != len(theirs):
        return None
    pairs = list(zip(ours, theirs, strict=True))
    return pairs if all(fitting.fit(*pair) for pair in pairs) else None


# Another order.


def in_another_order(fitting: Fitting, ours: Layers, theirs: Layers) -> LayerPairs | None:
    """Layers that were registered in another order than they run, where shapes leave no doubt.

    Layers of equal shapes are taken in their order. That is a guess where just these may have
    changed places: then there is no match.
    """
    here, there = units(ours), units(theirs)
    for marked in (True, False):
        order = _permutation(here, there, marked=marked)
        if order is None or not _is_certain(here, order, marked=marked):
            continue
        pairs = [
            pair
            for unit, position in zip(here, order, strict=True)
            for pair in zip(unit, there[position], strict=True)
        ]
        if all(fitting.fit(*pair) for pair in pairs):
            return pairs
    return None


def _permutation(here: Sequence[Unit], there: Sequence[Unit], *, marked: bool) -> list[int] | None:
    """For each unit of the network the position of the file's, equals in their order."""
    waiting: dict[object, list[int]] = defaultdict(list)
    for position in reversed(range(len(there))):
        waiting[_kind(there[position], marked=marked)].append(position)
    order: list[int] = []
    for unit in here:
        positions = waiting[_kind(unit, marked=marked)]
        if not positions:
            return None
        order.append(positions.pop())
    return order if len(order) == len(there) else None


def _kind(unit: Unit, *, marked: bool) -> object:
    """What units have in common that may take each other's place."""
    shapes = tuple(
        tuple((*shape[:1], math.prod(shape[1:])) for shape in layer.signature) for layer in unit
    )
    return shapes, marked and unit[0].is_shortcut


def _is_certain(here: Sequence[Unit], order: Sequence[int], *, marked: bool) -> bool:
    """Whether no two units of equal shapes are among those that changed places with each other.

    Shortcuts that are called so in both may move among others of their shape.
    """
    for start, end in _disordered(order):
        for shortcuts in (True, False) if marked else (None,):
            part = [k for k in range(start, end) if shortcuts in (None, here[k][0].is_shortcut)]
            kinds = [_kind(here[k], marked=False) for k in part]
            is_sorted = all(order[a] < order[b] for a, b in pairwise(part))
            if not is_sorted and len(set(kinds)) < len(kinds):
                return False
    return True


def _disordered(order: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The smallest ranges within which positions have changed places."""
    start, highest = 0, -1
    for index, position in enumerate(order):
        highest = max(highest, position)
        if highest == index:
            if index > start:
                yield start, index + 1
            start = index + 1


# A shallower member of a family.


def as_part(fitting: Fitting, ours: Layers, theirs: Layers, *, begins: bool) -> LayerPairs | None:
    """All layers of a file to some of a deeper network, the last to its last.

    ``begins`` says whether the first has to go to its first. Each layer goes to the first that it fits.
    """
    if not theirs:
        return []
    if len(theirs) >= len(ours) or not fitting.fit(ours[-1], theirs[-1]):
        return None
    if begins and not fitting.fit(ours[0], theirs[0]):
        return None
    waiting = iter(units(ours[:-1]))
    pairs: LayerPairs = []
    for unit in units(theirs[:-1]):
        place = next((place for place in waiting if _fits(fitting, place, unit)), None)
        if place is None:
            return None
        pairs += zip(place, unit, strict=True)
    return [*pairs, (ours[-1], theirs[-1])]


def _fits(fitting: Fitting, here: Unit, there: Unit) -> bool:
    return len(here) == len(there) and all(
        fitting.fit(*pair) for pair in zip(here, there, strict=True)
    )

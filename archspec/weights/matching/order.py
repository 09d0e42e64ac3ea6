"""Layers of a file to layers of a network without names: by order and shape."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence

from archspec.weights.matching.fitting import Fitting
from archspec.weights.matching.layers import LayerTensors, Unit, units

LayerPairs = list[tuple[LayerTensors, LayerTensors]]
"""Layers of the network, each with that of the file."""
Layers = Sequence[LayerTensors]


def in_order(fitting: Fitting, ours: Layers, theirs: Layers) -> LayerPairs | None:
    """Both as they stand, if every layer fits, and shortcuts are where both call them so."""
    if len(ours) != len(theirs):
        return None
    pairs = list(zip(ours, theirs, strict=True))
    shortcuts = [[layer.is_shortcut for layer in layers] for layers in (ours, theirs)]
    if all(map(any, shortcuts)) and shortcuts[0] != shortcuts[1]:
        return None
    return pairs if all(fitting.fit(*pair) for pair in pairs) else None


# Another order.


def in_another_order(fitting: Fitting, ours: Layers, theirs: Layers) -> LayerPairs | None:
    """Layers that were registered in another order than they run, where shapes leave no doubt.

    Layers of equal shapes are taken in their order. Where that is a guess, because others of them
    may have moved, there is no match, unless what moved is a shortcut that both call so.
    """
    here, there = units(ours), units(theirs)
    for marked in (True, False):
        kinds = [_kind(unit, marked=marked) for unit in here]
        order = _permutation(kinds, [_kind(unit, marked=marked) for unit in there])
        if order is None or not _is_certain(kinds, order):
            continue
        pairs = [
            pair
            for unit, position in zip(here, order, strict=True)
            for pair in zip(unit, there[position], strict=True)
        ]
        if all(fitting.fit(*pair) for pair in pairs):
            return pairs
    return None


def _permutation(here: Sequence[object], there: Sequence[object]) -> list[int] | None:
    """For each kind of the network its position in the file, equals in their order."""
    waiting: dict[object, list[int]] = defaultdict(list)
    for position in reversed(range(len(there))):
        waiting[there[position]].append(position)
    order: list[int] = []
    for kind in here:
        if not waiting[kind]:
            return None
        order.append(waiting[kind].pop())
    return order if len(order) == len(there) else None


def _kind(unit: Unit, *, marked: bool) -> object:
    """What units have in common that may take each other's place."""
    shapes = tuple(
        frozenset((name, *shape[:1], math.prod(shape[1:])) for name, shape in layer.shapes.items())
        for layer in unit
    )
    return shapes, marked and unit[0].is_shortcut


def _is_certain(kinds: Sequence[object], order: Sequence[int]) -> bool:
    """Whether more would have to move if two of a kind that are next to each other were exchanged."""
    before: dict[object, int] = {}
    twins: list[tuple[int, int]] = []
    for index, kind in enumerate(kinds):
        if kind in before:
            twins.append((before[kind], index))
        before[kind] = index
    for start, end in _disordered(order):
        for first, second in twins:
            if start <= first < end or start <= second < end:
                low, high = min(start, first), max(end, second + 1)
                exchanged = list(order)
                exchanged[first], exchanged[second] = order[second], order[first]
                if _in_place(exchanged[low:high]) >= _in_place(order[low:high]):
                    return False
    return True


def _in_place(order: Sequence[int]) -> int:
    """How many need not move for all to be in order: the length of the longest rise."""
    ends: list[int] = []
    for position in order:
        place = bisect_left(ends, position)
        ends[place : place + 1] = [position]
    return len(ends)


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

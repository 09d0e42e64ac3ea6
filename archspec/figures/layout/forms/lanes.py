"""Parts along one axis, and the lines that jump over some of them in lanes beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from heapq import heappop, heappush

from archspec.figures.layout.forms.engine import Engine, Extent
from archspec.figures.layout.forms.labels import exit_label, label_behind
from archspec.figures.layout.forms.lengths import FORK, LANE, LEAD, TAP, WIRE
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.outline.diagram import Lanes


def measure(lanes: Lanes, engine: Engine) -> Extent:
    extents = [engine.measure(part) for part in lanes.parts]
    before = max([extent.before for extent in extents], default=0.0)
    after = max([extent.after for extent in extents], default=WIRE)
    for part in lanes.parts:
        sides = engine.label_sides(exit_label(part))
        before, after = max(before, sides[0]), max(after, sides[1])
    count = max(_numbers(lanes).values(), default=-1) + 1
    length = _stations(lanes, engine)[-1]
    return Extent(length, before + LANE * count + (LANE if count else 0), max(after, WIRE))


def _stations(lanes: Lanes, engine: Engine) -> list[float]:
    """Where the parts begin, and where the whole ends."""
    places = [TAP + LEAD]
    for part in lanes.parts:
        end = places[-1] + engine.measure(part).length
        places.append(end + (TAP + engine.label_room(exit_label(part)) + LEAD))
    return places


def _numbers(lanes: Lanes) -> dict[int, int]:
    """The lane of every part whose output goes further than to its neighbour; 0 is next to the
    parts.

    A lane is taken from behind its part to the last one that reads it, and the lowest that is free
    there is used again: that needs as few lanes as intervals can do with (interval graphs are
    coloured by a sweep from left to right).
    """
    reach: dict[int, int] = {}
    for source, target in lanes.links:
        if target != source + 1:
            reach[source] = max(reach.get(source, target), target)
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    numbers: dict[int, int] = {}
    for source in sorted(reach):
        while busy and busy[0][0] < source + 1:
            heappush(free, heappop(busy)[1])
        lane = heappop(free) if free else len(busy)
        numbers[source] = lane
        heappush(busy, (reach[source], lane))
    return numbers


def place(
    lanes: Lanes, main: float, across: float, arriving: Sequence[Pending], engine: Engine
) -> list[Pending]:
    """The links decide alone what arrives at a part: what leaves a part is kept, under its number,
    for all that read it. One that is read twice has two lines, and its text on the first."""
    stations = _stations(lanes, engine)
    beside = _lane_places(lanes, across, engine)
    leaving: dict[int, list[Pending]] = {-1: list(arriving)}
    exits = {-1: main}
    sources: dict[int, list[int]] = defaultdict(list)
    for source, target in lanes.links:
        sources[target].append(source)
    for k, station in enumerate(stations):
        start = main + station
        lines: list[Pending] = []
        for source in sources[k]:
            lane = None if source + 1 == k else beside[source]
            leave = exits[source] + TAP
            lines += [_link(line, across, leave, lane, start) for line in leaving[source]]
            leaving[source] = [replace(line, label=None) for line in leaving[source]]
        if k == len(lanes.parts):
            break
        part = lanes.parts[k]
        exits[k] = start + engine.measure(part).length
        leaving[k] = engine.place(part, start, across, lines)
        if exit_label(part) is not None:
            leaving[k] = [label_behind(engine, line, exits[k] + TAP) for line in leaving[k]]
    return lines


def _lane_places(lanes: Lanes, across: float, engine: Engine) -> dict[int, float]:
    """Where the lane of each part that has one lies, beside all of the parts."""
    top = max(
        [WIRE, *(engine.measure(part).before for part in lanes.parts)]
        + [engine.label_sides(exit_label(part))[0] for part in lanes.parts]
    )
    return {source: across - top - LANE * (lane + 1) for source, lane in _numbers(lanes).items()}


def _link(line: Pending, across: float, leave: float, lane: float | None, start: float) -> Pending:
    """A line to a later part: straight to the next one, through its lane to others."""
    line = line.on_axis(across)
    if lane is not None:
        arrive = start - LEAD + FORK
        line = line.through((leave, across), (leave, lane), (arrive, lane), (arrive, across))
    return line.through((start, across))

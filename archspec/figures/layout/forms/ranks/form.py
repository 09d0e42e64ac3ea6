"""Parts in ranks, for what is not series-parallel and has few long lines: cells, pyramids, grids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from archspec.figures.layout.forms.engine import Engine, Extent
from archspec.figures.layout.forms.labels import exit_label, label_behind
from archspec.figures.layout.forms.leaf import entrance
from archspec.figures.layout.forms.lengths import BESIDE, LANE, LEAD, PORT, TAP, WIRE
from archspec.figures.layout.forms.lines import Pending
from archspec.figures.layout.forms.ranks.layering import (
    BEGIN,
    NEAR,
    Layering,
    Turn,
    grouped,
    ranks_of,
    tracks,
)
from archspec.figures.outline.diagram import (
    Diagram,
    Lanes,
    Leaf,
    Series,
    chain,
    has_entries,
)

MAX_PARTS: Final = 60


def suits(lanes: Lanes) -> bool:
    """Whether ranks show it better than lanes do: some parts stand side by side, and few lines
    pass others."""
    if len(lanes.parts) > MAX_PARTS:
        return False
    end, links = len(lanes.parts), _links(lanes)
    rank = ranks_of(end, links)
    passes = sum(
        max(rank[part] for part in ends) - rank[source] - 1
        for source, ends in grouped(links).items()
    )
    return rank[end] < end + 1 and passes <= 2 * end


def _links(lanes: Lanes) -> list[tuple[int, int]]:
    """Nothing leads to the name of an input, nor on from the name of an output."""
    parts = lanes.parts
    outputs = {k for k, part in enumerate(parts) if is_output(part)}
    entries = {k for k, part in enumerate(parts) if has_entries(part)}
    return [
        (source, end)
        for source, end in lanes.links
        if not ((source == BEGIN and end in entries) or (source in outputs and end == len(parts)))
    ]


def is_output(part: Diagram) -> bool:
    """Whether it ends with the name of an output."""
    last = chain(part)[-1]
    return isinstance(last, Leaf) and last.is_output


def measure(lanes: Lanes, engine: Engine) -> Extent:
    plan = _Plan(lanes, engine)
    across, sides = plan.layering.across, plan.layering.sides
    before = max(sides(vertex)[0] - place for vertex, place in across.items())
    after = max(sides(vertex)[1] + place for vertex, place in across.items())
    return Extent(plan.starts[-1], before, after)


def place(
    lanes: Lanes, main: float, across: float, arriving: Sequence[Pending], engine: Engine
) -> list[Pending]:
    return _Placer(_Plan(lanes, engine), main, across, engine).place(arriving)


@final
@dataclass(frozen=True, slots=True)
class _Path:
    """The way from a row to a vertex of the next, from the end of the row on."""

    source: int
    target: int
    track: float | None
    """Where it turns; None if it is straight."""
    port: float
    """How far beside the axis of the target it ends."""
    is_first: bool
    """Of the lines of one source: it draws what they share."""


@final
class _Plan:
    """Where the rows and the tracks are, along the main direction."""

    def __init__(self, lanes: Lanes, engine: Engine) -> None:
        self.lanes = lanes
        sides = [_sides(part, engine) for part in lanes.parts]
        self.layering = Layering(sides, _links(lanes), (WIRE, WIRE), BESIDE)
        self.starts = [0.0]
        """Of each row its beginning; that of the last one is the end of all."""
        self.ends: list[float] = []
        self.paths: list[list[_Path]] = []
        """Of each row those that lead to the next."""
        for row in range(len(self.layering.rows) - 1):
            length = max(
                (_length(self._part(v), engine) for v in self.layering.rows[row]), default=0
            )
            end = self.starts[row] + length
            paths, room = self._turned(row, end, engine)
            self.ends.append(end)
            self.paths.append(paths)
            self.starts.append(end + room)

    def _part(self, vertex: int) -> Diagram | None:
        return self.lanes.parts[vertex] if 0 <= vertex < len(self.lanes.parts) else None

    def _turned(self, row: int, end: float, engine: Engine) -> tuple[list[_Path], float]:
        """The ways to the next row, and how much room they take."""
        across, fans = self.layering.across, list(self.layering.fans(row))
        ports = {vertex: self._ports(vertex, engine) for vertex in self.layering.rows[row + 1]}

        def aim(source: int, target: int) -> float:
            return across[target] + ports[target].get(source, 0.0)

        turns = [
            (fan, Turn(across[fan.source], tuple(aim(fan.source, t) for t in fan.targets)))
            for fan in fans
        ]
        turning = [(fan, turn) for fan, turn in turns if turn.high - turn.low > NEAR]
        found = tracks([turn for _, turn in turning])
        places = {
            fan.source: end + TAP + LANE * track
            for (fan, _), track in zip(turning, found, strict=True)
        }
        paths = []
        for fan in fans:
            for k, target in enumerate(fan.targets):
                is_straight = abs(aim(fan.source, target) - across[fan.source]) <= NEAR
                track = None if is_straight else places[fan.source]
                port = ports[target].get(fan.source, 0.0)
                paths.append(_Path(fan.source, target, track, port, not k))
        return paths, (TAP + LANE * (max(found, default=-1) + 1) + LEAD) * bool(fans)

    def _ports(self, vertex: int, engine: Engine) -> dict[int, float]:
        """Where lines of several sources end at a box, beside its axis: in the order of the sources,
        a straight one on the axis."""
        head, across = self._head(vertex), self.layering.across
        sources = sorted(self.layering.sources[vertex], key=across.__getitem__)
        if head is None or len(sources) < 2:
            return {}
        axis = across[vertex]
        straight = [k for k, source in enumerate(sources) if abs(across[source] - axis) <= NEAR]
        middle = straight[0] if straight else (len(sources) - 1) / 2
        most = max(middle, len(sources) - 1 - middle)
        pitch = min(PORT, 0.7 * entrance(head, 0, 0, engine)[1] / most)
        return {source: (k - middle) * pitch for k, source in enumerate(sources)}

    def _head(self, vertex: int) -> Leaf | None:
        """The box at which a part begins."""
        part = self._part(vertex)
        first = part.parts[0] if isinstance(part, Series) else part
        return first if isinstance(first, Leaf) else None

    def head(self, vertex: int) -> Leaf | None:
        """The box at which lines of several sources end; None if it is one line, or no box."""
        return self._head(vertex) if len(self.layering.sources[vertex]) > 1 else None


def _sides(part: Diagram, engine: Engine) -> tuple[float, float]:
    extent, label = engine.measure(part), engine.label_sides(exit_label(part))
    return max(extent.before, label[0]), max(extent.after, label[1])


def _length(part: Diagram | None, engine: Engine) -> float:
    if part is None:
        return 0.0
    return engine.measure(part).length + engine.label_room(exit_label(part))


@final
class _Placer:
    def __init__(self, plan: _Plan, main: float, across: float, engine: Engine) -> None:
        self._plan = plan
        self._main = main
        self._across = across
        self._engine = engine

    def place(self, arriving: Sequence[Pending]) -> list[Pending]:
        layering, lines = self._plan.layering, {BEGIN: list(arriving)}
        for row, paths in enumerate(self._plan.paths):
            incoming: dict[int, list[Pending]] = defaultdict(list)
            for path in paths:
                led = self._led(path, lines[path.source], row)
                incoming[path.target] += led
            for vertex in layering.rows[row + 1]:
                lines[vertex] = self._arrive(vertex, incoming[vertex], row + 1)
        return lines[layering.end]

    def _axis(self, vertex: int) -> float:
        return self._across + self._plan.layering.across[vertex]

    def _led(self, path: _Path, lines: Sequence[Pending], row: int) -> Iterator[Pending]:
        """The lines of a source on their way to a target. What those to several targets share, and
        the text on it, is drawn once."""
        axis, end = self._axis(path.source), self._main + self._plan.ends[row]
        goal = self._main + self._plan.starts[row + 1], self._axis(path.target) + path.port
        turn = end if path.track is None else self._main + path.track
        corners = () if path.track is None else ((turn, axis), (turn, goal[1]))
        for line in lines:
            led = line.on_axis(axis).straight_on(end)
            if not path.is_first:
                led = replace(led, points=((turn, axis),), label=None)
            yield led.through(*corners, goal)

    def _arrive(self, vertex: int, lines: list[Pending], row: int) -> list[Pending]:
        """At a box the lines of several sources end at places of their own."""
        layering, engine = self._plan.layering, self._engine
        if not 0 <= vertex < layering.end:
            return lines
        part, start, axis = (
            self._plan.lanes.parts[vertex],
            self._plan.starts[row],
            self._axis(vertex),
        )
        start += self._main
        head = self._plan.head(vertex)
        if head is not None:
            for line in lines:
                port = line.points[-1][1] - axis
                at, _ = entrance(head, start, port, engine)
                ended = line.through((at, axis + port))
                engine.items.append(engine.line(ended, head.path, dashed=head.dashed))
            lines = []
        leaving = engine.place(part, start, axis, lines)
        if exit_label(part) is None:
            return leaving
        return [label_behind(engine, line, start + engine.measure(part).length) for line in leaving]

"""What a picture of a network shows: boxes in frames and lines between them, without places."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, final

from archspec.backends.labels import Label, closed, heading, joined, span
from archspec.backends.stretches import Stretch, Stretches, Unit, boxed, layers, output, read
from archspec.graph import Graph, Node, Scope
from archspec.op import Role
from archspec.structure import repeated_block
from archspec.tensor import TensorType

MAX_BOXES: Final = 60
"""Of a picture whose depth nobody has chosen."""

Form = Literal["box", "circle", "junction"]
Item = "Box | Frame"


@final
@dataclass(frozen=True, slots=True)
class Box:
    """One or more layers that are told together, a closed scope, an input or an output."""

    path: str
    label: Label
    role: Role | None
    """None of a closed scope."""
    form: Form = "box"
    count: int = 1
    times: str = ""
    """``×6``."""
    layers: int = 0
    """How many layers one copy stands for."""
    training_only: bool = False


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """A scope that is open, a group with a title, or several units that repeat together."""

    path: str
    heading: str
    items: tuple[Box | Frame, ...]
    count: int = 1
    times: str = ""
    training_only: bool = False
    is_group: bool = False

    def boxes(self) -> Iterator[Box]:
        for item in self.items:
            if isinstance(item, Box):
                yield item
            else:
                yield from item.boxes()

    @property
    def layers(self) -> int:
        """How many layers one copy stands for."""
        return sum(item.count * item.layers for item in self.items)


@final
@dataclass(frozen=True, slots=True)
class Line:
    """From one box to another."""

    source: str
    target: str
    shape: TensorType | None = None
    """Shown where it has changed."""
    training_only: bool = False


@final
@dataclass(frozen=True, slots=True)
class Outline:
    root: Frame
    lines: tuple[Line, ...]


def outline(graph: Graph, *, fold: bool = True, depth: int | None = None) -> Outline:
    """The boxes and lines of a network.

    Scopes deeper than ``depth`` are closed. Without it as much is open as a reader can take in;
    of blocks that are closed the first of each kind is open then, if there is room.
    """
    stretches = Stretches(graph, fold=fold)
    if depth is not None:
        return _Outliner(graph, stretches, depth, frozenset()).outline()
    room = MAX_BOXES - len(graph.inputs) - len(graph.outputs)
    depth = _depth(graph.root, stretches, room)
    opened = _opened(graph.root, stretches, depth, room)
    return _Outliner(graph, stretches, depth, opened).outline()


def _depth(root: Scope, stretches: Stretches, room: int) -> int:
    """The largest depth with no more boxes than there is room for; 0 if there is none."""
    depth = 0
    while any(_closed(root, stretches, depth)) and stretches.boxes(root, depth + 1) <= room:
        depth += 1
    return depth


def _opened(root: Scope, stretches: Stretches, depth: int, room: int) -> frozenset[int]:
    """Closed scopes to be opened after all: the first of each block."""
    room -= stretches.boxes(root, depth)
    shown = {scope.kind for scope in _open(root, stretches, depth)} - {None}
    opened: set[int] = set()
    waiting = deque(_closed(root, stretches, depth))
    while waiting:
        scope = waiting.popleft()
        more = stretches.boxes(scope, 0) - 1
        if scope.kind in shown or more > room:
            continue
        room -= more
        opened.add(id(scope))
        if scope.kind:
            shown.add(scope.kind)
        waiting.extendleft(reversed(list(_closed(scope, stretches, 0))))
    return frozenset(opened)


def _scopes(scope: Scope, stretches: Stretches) -> Iterator[Scope]:
    """The scopes in a scope that are boxes or frames of their own."""
    for stretch in stretches.of(scope):
        for unit in stretch.units:
            if isinstance(unit[0], Scope) and stretches.lone(unit[0]) is None:
                yield unit[0]


def _closed(scope: Scope, stretches: Stretches, depth: int) -> Iterator[Scope]:
    for inner in _scopes(scope, stretches):
        if depth == 0:
            yield inner
        else:
            yield from _closed(inner, stretches, depth - 1)


def _open(scope: Scope, stretches: Stretches, depth: int) -> Iterator[Scope]:
    if depth > 0:
        for inner in _scopes(scope, stretches):
            yield inner
            yield from _open(inner, stretches, depth - 1)


@final
@dataclass(frozen=True, slots=True)
class _End:
    """Where the lines of a value begin."""

    box: str
    changed: bool
    """The value has another shape than what it was made of."""


Ends = dict[str, _End]
"""By the path of the layer that gives the value, as seen in one scope."""


@final
class _Outliner:
    """Walks the scopes of one graph."""

    def __init__(
        self, graph: Graph, stretches: Stretches, depth: int, opened: frozenset[int]
    ) -> None:
        self.graph = graph
        self.stretches = stretches
        self.depth = depth
        self.opened = opened
        self.lines: list[Line] = []
        self.told: set[tuple[str, str]] = set()
        """Values whose shape a frame has seen."""
        self.dashed = set(graph.training_only)
        """Paths of layers, boxes and outputs that exist in training only."""

    def outline(self) -> Outline:
        ends: Ends = {node.path: _End(node.path, False) for node in self.graph.inputs}
        inputs = [
            Box(node.path, Label(node.name, (str(node.output),)), Role.INPUT)
            for node in self.graph.inputs
        ]
        items = self._items(self.graph.root, ends, 0)
        outputs = [self._output(output, ends) for output in self.graph.outputs]
        return Outline(Frame("", "", (*inputs, *items, *outputs)), tuple(self.lines))

    def _output(self, output: Output, ends: Ends) -> Box:
        path = f"output {output.name}"
        shape = self.graph.nodes[output.source].output
        if output.training_only:
            self.dashed.add(path)
        end = ends.get(output.source) or _End(self._holder(output.source), True)
        self._line(end, shape, path, "")
        label = Label(output.name, (str(shape),))
        return Box(path, label, Role.INPUT, training_only=output.training_only)

    def _holder(self, path: str) -> str:
        """The box that a layer is in."""
        while path not in self.drawn:
            path = path.rpartition(".")[0]
        return self.drawn[path]

    def _items(self, scope: Scope, ends: Ends, depth: int) -> tuple[Box | Frame, ...]:
        found = [
            (stretch, self._stretch(scope, stretch, ends, depth))
            for stretch in self.stretches.of(scope)
        ]
        return _grouped(scope, found)

    def _stretch(
        self, scope: Scope, stretch: Stretch, ends: Ends, depth: int
    ) -> tuple[Box | Frame, ...]:
        first, last = (output(copy[-1]) for copy in (stretch.copies[0], stretch.copies[-1]))
        if len(stretch.units) == 1:
            names = [copy[0].name for copy in stretch.copies]
            items = self._unit(scope, stretch.units[0], Copies.of(stretch, names), ends, depth)
        else:
            items = tuple(
                item
                for unit in stretch.units
                for item in self._unit(scope, unit, Copies((unit[0].name,)), ends, depth)
            )
            copies = Copies.of(stretch, [])
            items = (self._framed(stretch.units[0][0].path, "", items, copies),)
        if stretch.count > 1:
            is_other = self._type(last) != self._type(_sources(stretch.copies[0][0])[0])
            end = replace(ends[first], changed=ends[first].changed or is_other)
            ends.update((output(copy[-1]), end) for copy in stretch.copies)
        return items

    def _unit(
        self, scope: Scope, unit: Unit, copies: Copies, ends: Ends, depth: int
    ) -> tuple[Box | Frame, ...]:
        first = unit[0]
        lone = layers(unit) if isinstance(first, Node) else self.stretches.lone(first)
        if lone is not None:
            return tuple(self._box(piece, copies, ends, scope.path) for piece in boxed(lone))
        assert isinstance(first, Scope)
        if depth < self.depth or id(first) in self.opened:
            return (self._frame(first, copies, ends, depth),)
        return (self._closed(first, copies, ends, scope.path),)

    def _box(self, nodes: tuple[Node, ...], copies: Copies, ends: Ends, frame: str) -> Box:
        first, last = nodes[0], nodes[-1]
        is_training_only = last.path in self.dashed
        self._lines(first.sources, first.path, ends, frame)
        ends[last.path] = _End(first.path, last.output != first.inputs[0])
        self.drawn.update((node.path, first.path) for node in nodes)
        return Box(
            first.path,
            joined(nodes),
            first.op.role,
            "circle" if first.kind in ("Add", "Multiply") else "box",
            copies.count,
            copies.times,
            len(nodes),
            is_training_only,
        )

    def _closed(self, scope: Scope, copies: Copies, ends: Ends, frame: str) -> Box:
        nodes = list(scope.nodes())
        is_training_only = self._is_training_only(scope)
        if is_training_only:
            self.dashed.add(scope.path)
        self._lines(tuple(dict.fromkeys(scope.sources)), scope.path, ends, frame)
        is_other = self._type(scope.output) != self._type(scope.sources[0])
        ends[scope.output] = _End(scope.path, is_other)
        self.drawn[scope.path] = scope.path
        params = copies.count * sum(node.params for node in nodes)
        label = closed(scope, copies.name, params)
        return Box(
            scope.path,
            label,
            None,
            "box",
            copies.count,
            copies.times,
            len(nodes),
            is_training_only,
        )

    def _frame(self, scope: Scope, copies: Copies, ends: Ends, depth: int) -> Frame:
        inside: Ends = {}
        junctions: list[Box] = []
        if self._is_training_only(scope):
            self.dashed.add(scope.path)
        for name, source in dict(zip(scope.sources, scope.inputs, strict=False)).items():
            inside[name] = ends[name]
            if self._branches(scope, name):
                junction = self._junction(scope, source, ends[name], self._type(name))
                inside[name] = _End(junction.path, False)
                junctions.append(junction)
        items = self._items(scope, inside, depth + 1)
        is_other = self._type(scope.output) != self._type(scope.sources[0])
        end = inside[scope.output]
        ends[scope.output] = replace(end, changed=end.changed or is_other)
        return self._framed(scope.path, heading(scope, copies.name), (*junctions, *items), copies)

    def _framed(
        self, path: str, heading: str, items: tuple[Box | Frame, ...], copies: Copies
    ) -> Frame:
        is_training_only = all(item.training_only for item in items)
        return Frame(path, heading, items, copies.count, copies.times, is_training_only)

"""What a picture of a network shows: boxes in frames and lines between them, without places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, final

from archspec.backends.dot.depth import View, readable
from archspec.backends.dot.labels import Label, closed, joined, opened, span
from archspec.backends.dot.stretches import Stretch, Stretches, Unit, boxed, layers, output, read
from archspec.graph import Graph, Node, Output, Scope
from archspec.op import Role
from archspec.structure import repeated_block
from archspec.tensor import TensorType

Form = Literal["box", "circle", "junction"]


@final
@dataclass(frozen=True, slots=True)
class Copies:
    """How often something is drawn once for."""

    count: int = 1
    parallel: bool = False

    def __str__(self) -> str:
        if self.count == 1:
            return ""
        return f"×{self.count} in parallel" if self.parallel else f"×{self.count}"


@final
@dataclass(frozen=True, slots=True)
class Box:
    """Layers that are told together, a closed scope, an input, an output, or where a line forks."""

    path: str
    label: Label
    role: Role | None = None
    """None of a closed scope and of a junction."""
    form: Form = "box"
    copies: Copies = Copies()
    layers: int = 0
    """How many layers one copy stands for."""
    training_only: bool = False


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """A scope that is open, a group with a title, or units that repeat together."""

    path: str
    label: Label
    items: tuple[Box | Frame, ...]
    copies: Copies = Copies()
    training_only: bool = False

    @property
    def boxes(self) -> Iterator[Box]:
        """All boxes, also of the frames inside."""
        for item in self.items:
            if isinstance(item, Box):
                yield item
            else:
                yield from item.boxes

    @property
    def layers(self) -> int:
        """How many layers one copy stands for."""
        return sum(item.copies.count * item.layers for item in self.items)


@final
@dataclass(frozen=True, slots=True)
class Line:
    """From one box to another."""

    source: str
    target: str
    shape: TensorType | None = None
    """Told where it has changed."""
    training_only: bool = False


@final
@dataclass(frozen=True, slots=True)
class Outline:
    root: Frame
    lines: tuple[Line, ...]


def outline(graph: Graph, *, fold: bool = True, depth: int | None = None) -> Outline:
    """The boxes and lines of a network; scopes deeper than ``depth`` are closed."""
    stretches = Stretches(graph, fold=fold)
    view = readable(graph, stretches) if depth is None else View(depth)
    return _Outliner(graph, stretches, view).outline()


@final
@dataclass(frozen=True, slots=True)
class _End:
    """Where the lines of a value begin."""

    box: str
    changed: bool = False
    """The value has another shape than what it was made of."""


Ends = dict[str, _End]
"""For what can be read in a scope, by the path of the layer that gives it."""


@final
class _Outliner:
    """Walks the scopes of one graph."""

    def __init__(self, graph: Graph, stretches: Stretches, view: View) -> None:
        self._graph = graph
        self._stretches = stretches
        self._view = view
        self._lines: list[Line] = []
        self._told: set[tuple[str, str]] = set()
        """Box and frame: the frame has been told the shape of what the box gives."""
        self._dashed: set[str] = set()
        """Boxes that exist in training only."""
        self._box_of: dict[str, str] = {}
        """The box of a layer or of a closed scope."""

    def outline(self) -> Outline:
        inputs = [
            Box(node.path, Label(node.name, (str(node.output),)), Role.INPUT)
            for node in self._graph.inputs
        ]
        ends = {box.path: _End(box.path) for box in inputs}
        items = self._items(self._graph.root, ends, 0)
        outputs = [self._output(output, ends) for output in self._graph.outputs]
        return Outline(Frame("", Label(""), (*inputs, *items, *outputs)), tuple(self._lines))

    def _output(self, output: Output, ends: Ends) -> Box:
        end = ends.get(output.source) or _End(self._holder(output.source), True)
        label = Label(output.name, (str(self._type(output.source)),))
        box = Box(f"output: {output.name}", label, Role.INPUT, training_only=output.training_only)
        if box.training_only:
            self._dashed.add(box.path)
        self._lines.append(Line(end.box, box.path, None, box.training_only))
        return box

    def _holder(self, path: str) -> str:
        """The box that a layer is in."""
        while path not in self._box_of:
            path = path.rpartition(".")[0]
        return self._box_of[path]

    def _type(self, path: str) -> TensorType:
        return self._graph.nodes[path].output

    def _changes(self, source: str, target: str) -> bool:
        return self._type(source) != self._type(target)

    def _items(self, scope: Scope, ends: Ends, depth: int) -> tuple[Box | Frame, ...]:
        found = [
            (stretch, self._stretch(scope, stretch, ends, depth))
            for stretch in self._stretches.of(scope)
        ]
        return _grouped(scope, found)

    def _stretch(self, scope: Scope, stretch: Stretch, ends: Ends, depth: int) -> list[Box | Frame]:
        copies = Copies(stretch.count, stretch.parallel)
        if len(stretch.units) == 1:
            name = span([copy[0].name for copy in stretch.copies])
            items = self._unit(scope, stretch.units[0], name, copies, ends, depth)
        else:
            parts = [
                item
                for unit in stretch.units
                for item in self._unit(scope, unit, unit[0].name, Copies(), ends, depth)
            ]
            items = [_framed(f"{parts[0].path} …", Label(""), parts, copies)]
        if copies.count > 1:
            self._end_of_all(stretch, ends)
        return items

    def _end_of_all(self, stretch: Stretch, ends: Ends) -> None:
        """What reads any copy reads what is drawn for all of them."""
        first, last = output(stretch.copies[0][-1]), output(stretch.copies[-1][-1])
        changed = self._changes(stretch.copies[0][0].sources[0], last)
        end = replace(ends[first], changed=ends[first].changed or changed)
        for copy in stretch.copies:
            ends[output(copy[-1])] = end
            self._box_of[output(copy[-1])] = end.box

    def _unit(
        self, scope: Scope, unit: Unit, name: str, copies: Copies, ends: Ends, depth: int
    ) -> list[Box | Frame]:
        first = unit[0]
        if isinstance(first, Node):
            nodes: tuple[Node, ...] | None = layers(unit)
        else:
            nodes = self._stretches.lone(first)
            if nodes is None and self._view.opens(first, depth):
                return [self._frame(first, name, copies, ends, depth)]
            if nodes is None:
                return [self._closed(first, name, copies, ends, scope.path)]
        return [self._box(piece, copies, ends, scope.path) for piece in boxed(nodes or ())]

    def _box(self, nodes: tuple[Node, ...], copies: Copies, ends: Ends, frame: str) -> Box:
        first, last = nodes[0], nodes[-1]
        is_dashed = self._dash(first.path, [last])
        self._connect(first.sources, first.path, ends, frame)
        ends[last.path] = _End(first.path, last.output != first.inputs[0])
        self._box_of.update((node.path, first.path) for node in nodes)
        form: Form = "circle" if first.kind in ("Add", "Multiply") else "box"
        role = first.op.role
        return Box(first.path, joined(nodes), role, form, copies, len(nodes), is_dashed)

    def _closed(self, scope: Scope, name: str, copies: Copies, ends: Ends, frame: str) -> Box:
        nodes = list(scope.nodes())
        is_dashed = self._dash(scope.path, nodes)
        self._connect(tuple(dict.fromkeys(scope.sources)), scope.path, ends, frame)
        ends[scope.output] = _End(scope.path, self._changes(scope.sources[0], scope.output))
        self._box_of[scope.path] = scope.path
        label = closed(scope, name, copies.count * sum(node.params for node in nodes))
        return Box(scope.path, label, None, "box", copies, len(nodes), is_dashed)

    def _frame(self, scope: Scope, name: str, copies: Copies, ends: Ends, depth: int) -> Frame:
        inside: Ends = {source: ends[source] for source in scope.sources}
        junctions = [
            self._junction(scope, source, inside)
            for source in inside
            if self._readers(scope, source) > 1
        ]
        items = self._items(scope, inside, depth + 1)
        end = inside[scope.output]
        changed = end.changed or self._changes(scope.sources[0], scope.output)
        ends[scope.output] = replace(end, changed=changed)
        return _framed(scope.path, self._heading(scope, name), [*junctions, *items], copies)

    def _readers(self, scope: Scope, source: str) -> int:
        """How many boxes and frames of a scope read one of its inputs."""
        stretches = self._stretches.of(scope)
        return sum(source in read(unit) for stretch in stretches for unit in stretch.units)

    def _junction(self, scope: Scope, source: str, inside: Ends) -> Box:
        """Where an input of a scope forks."""
        name = scope.inputs[scope.sources.index(source)]
        box = Box(f"{scope.path} {name}", Label(""), None, "junction")
        is_dashed = self._dash(box.path, scope.nodes())
        self._connect((source,), box.path, inside, scope.path)
        inside[source] = _End(box.path)
        return replace(box, training_only=is_dashed)

    def _heading(self, scope: Scope, name: str) -> Label:
        """Of a chain of one block also how many there are, if one cannot see it."""
        told = opened(scope, name)
        block = repeated_block(scope)
        if block is None or len(self._stretches.of(scope)) == 1:
            return told
        if any(self._stretches.lone(child) for child in scope.children):
            return told
        return Label(told.title, (*told.details, f"{block[0]} ×{block[1]}"))

    def _dash(self, path: str, nodes: Iterator[Node] | Sequence[Node]) -> bool:
        is_dashed = all(node.path in self._graph.training_only for node in nodes)
        if is_dashed:
            self._dashed.add(path)
        return is_dashed

    def _connect(self, sources: Sequence[str], box: str, ends: Ends, frame: str) -> None:
        """Lines into a box: one for every operand, but of equal branches only one."""
        seen: dict[str, str] = {}
        for source in sources:
            end = ends[source]
            if seen.setdefault(end.box, source) != source:
                continue
            is_dashed = box in self._dashed or end.box in self._dashed
            is_told = (end.box, frame) in self._told
            shape = self._type(source) if end.changed and not (is_told or is_dashed) else None
            if shape is not None:
                self._told.add((end.box, frame))
            self._lines.append(Line(end.box, box, shape, is_dashed))


def _framed(
    path: str, label: Label, items: Sequence[Box | Frame], copies: Copies = Copies()
) -> Frame:
    return Frame(path, label, tuple(items), copies, all(item.training_only for item in items))


def _grouped(
    scope: Scope, found: list[tuple[Stretch, list[Box | Frame]]]
) -> tuple[Box | Frame, ...]:
    """The items of a scope, with a frame around those that the spec wrote as a group.
    A group that repeats is a loop and no part of the network, and so is one of a single item."""
    entries = [({member.name for member in stretch.members}, items) for stretch, items in found]
    titles = Counter(group.title for group in scope.groups)
    single = [group for group in scope.groups if titles[group.title] == 1]
    for group in sorted(single, key=lambda group: len(group.children)):
        children = set(group.children)
        inside = [k for k, (names, _) in enumerate(entries) if names & children]
        if len(inside) < 2 or any(entries[k][0] - children for k in inside):
            continue
        items = [item for k in inside for item in entries[k][1]]
        frame = _framed(f"{items[0].path} ({group.title})", Label(group.title), items)
        entries[inside[0] : inside[-1] + 1] = [(children, [frame])]
    return tuple(item for _, items in entries for item in items)

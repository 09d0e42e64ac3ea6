"""The feature maps of the main path as boxes in oblique projection, in one row or two towers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from math import log2, prod, sqrt
from typing import Final, final

from archspec.diagnostics import failure
from archspec.figures import labels
from archspec.figures.legend import legend
from archspec.figures.metrics import ASCENT, text_width
from archspec.figures.options import Options, Sizes
from archspec.figures.pieces import MARGIN, Piece, stacked, title_piece, wrapped
from archspec.figures.scene import Box, Item, Line, Point, Polygon, Rect, Scene, Text
from archspec.graph import Graph, Node, Scope
from archspec.op import Role
from archspec.structure import repeated_block
from archspec.tensor import TensorType

MANY: Final = 10
"""Up to so many volumes every convolution has one; above, every resolution."""
MOST: Final = 12
"""Above, equal linear layers are told together."""
MAX_VOLUMES: Final = 48
MAX_BEFORE: Final = 3
"""Told layers under an arrow."""
MAX_NAME: Final = 20
MAX_WORD: Final = 16
MAX_WORDS: Final = 8

SHRINKING: Final = (1.0, 0.9, 0.8)
"""Scales of volumes, until they fit one row."""
TOWERS_SHRINKING: Final = (1.0, 0.9, 0.8, 0.7)
WIDE: Final = 430.0
"""For title and caption, if there is room."""
MAX_STRETCH: Final = 24.0
"""How much longer arrows become where a figure is to be wide."""

MIN_GAP: Final = 17.0
"""Length of an arrow."""
AROUND: Final = 4.0
"""Between a text and what is beside it."""
TURN: Final = 10.0
"""From the end of a row to the line that leads to the next one."""
BETWEEN: Final = 7.0
"""Between that line and the rows."""
CROSSING: Final = 7.0
"""Where dashed lines begin and end, from the axis of a tower."""
DEPTH: Final = (0.36, 0.27)
"""Where the rear of a volume is, to the right and upwards, for each point of its depth."""

WINDOWS: Final = (Role.CONV, Role.POOL)
MAKERS: Final = (Role.CONV, Role.LINEAR, Role.POOL, Role.MERGE)
PASSES: Final = (Role.NORM, Role.ACTIVATION, Role.DROP)
"""What changes no shape, and is not drawn."""
TOLD_PASSES: Final = ("LocalResponseNorm",)
"""But these are told on the arrow."""


@final
@dataclass(frozen=True, slots=True)
class Told:
    """A part of the network, in the lines that stand on an arrow."""

    lines: tuple[str, ...]
    role: str
    paths: tuple[str, ...]
    """Of the equal parts that are told together."""
    count: int = 1

    @property
    def counted(self) -> tuple[str, ...]:
        if self.count == 1:
            return self.lines
        if len(self.lines) == 1:
            return (*self.lines, f"×{self.count}")
        return (*self.lines[:-1], f"{self.lines[-1]} ×{self.count}")


@final
@dataclass(frozen=True, slots=True)
class Volume:
    """A feature map, and how it is made of the one before."""

    path: str
    name: str
    role: str
    output: TensorType
    """Of one tower, if there are two."""
    above: tuple[str, ...] = ()
    """What makes it."""
    below: tuple[str, ...] = ()
    """What comes before that."""
    layers: tuple[str, ...] = ()
    twin: tuple[str, str] | None = None
    """Path and name in the other tower."""
    meets: bool = False
    """It reads both towers."""


@final
@dataclass(frozen=True, slots=True)
class Size:
    """Of a volume on paper."""

    width: float
    height: float
    right: float = 0
    """Where the rear is."""
    up: float = 0

    @property
    def across(self) -> float:
        return self.width + self.right

    @property
    def half(self) -> float:
        """From the axis to the top."""
        return (self.height + self.up) / 2


def scene(graph: Graph, options: Options) -> Scene:
    """The volumes of a network. Raises SpecError."""
    network = graph.at("inference")
    found = _volumes(network)
    _check(network, found)
    room = options.room - 2 * MARGIN
    body, volumes = _body(found, options, room)
    wide = max(body.width, min(room, WIDE))
    pieces = [title_piece(graph, options, wide)] if options.title else []
    pieces.append(body)
    if options.legend:
        boxes = [item for item in body.items if isinstance(item, Box)]
        told = list(_sentences(network, found, volumes))
        pieces.append(_caption(told, options, wide))
        pieces.append(legend(boxes, options, wide))
    return stacked(pieces, graph, options)


def _check(graph: Graph, volumes: Sequence[Volume]) -> None:
    name = labels.clean(graph.name)
    if len(volumes) < 2:
        raise failure(
            "cannot-draw",
            f"'{name}' has no convolution, pooling or linear layer to draw as a volume",
            help="the style 'volumes' is for networks such as the zoo's alexnet_2012, vgg16 and mlp",
        )
    if len(volumes) > MAX_VOLUMES:
        raise failure(
            "cannot-draw",
            f"'{name}' has {len(volumes)} sizes of feature maps one after the other, more than the"
            f" {MAX_VOLUMES} volumes that a figure can show",
            help="the style 'paper' shows networks of any length",
        )


# Which feature maps are drawn.


@final
class _Path:
    """The main path of a network: always the largest maps, of these the most layers."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        needed = graph.ancestors({graph.outputs[0].source})
        self.needed = [node for path, node in graph.nodes.items() if path in needed]
        self.order = {path: place for place, path in enumerate(graph.nodes)}
        self.nodes = self._nodes()
        self.cuts = self._cuts()
        self.twins = self._twins()
        self.outermost = {
            scope.output: scope.path
            for scope in reversed(list(graph.scopes.values()))
            if scope.path
        }
        self.spans = {path: self._span(scope) for path, scope in graph.scopes.items()}

    def _nodes(self) -> list[Node]:
        lengths: dict[str, int] = {}
        before: dict[str, str] = {}
        for node in self.needed:
            if node.sources:
                source = max(node.sources, key=lambda path: (self._area(path), lengths[path]))
                before[node.path] = source
            lengths[node.path] = lengths[before[node.path]] + 1 if node.sources else 0
        path = self.needed[-1].path
        found = [path]
        while path in before:
            path = before[path]
            found.append(path)
        return [self.graph.nodes[path] for path in reversed(found)]

    def _area(self, path: str) -> int:
        return prod(map(int, self.graph.nodes[path].output.spatial))

    def _cuts(self) -> frozenset[str]:
        """Layers that everything goes through: no edge leads past them."""
        places = {node.path: place for place, node in enumerate(self.needed)}
        inputs = sum(not node.sources for node in self.needed)
        reach = 0
        found: set[str] = set()
        for place, node in enumerate(self.needed):
            if reach <= place and (place >= inputs or inputs == 1):
                found.add(node.path)
            readers = (places.get(path, 0) for path in self.graph.readers[node.path])
            reach = max(reach, *readers, 0)
        return frozenset(found)

    def _twins(self) -> Mapping[str, str] | None:
        """For layers of one of two equal towers those of the other; None if there is anything
        else beside the path."""
        on_path = {node.path for node in self.nodes}
        singles = [node for node in self.nodes if node.path not in self.cuts]
        others = [node for node in self.needed if node.path not in on_path]
        if len(singles) != len(others):
            return None
        twins: dict[str, str] = {}
        for node, other in zip(singles, others, strict=True):
            sources = tuple(twins.get(source, source) for source in node.sources)
            if node.op != other.op or sources != other.sources:
                return None
            twins[node.path] = other.path
        return twins

    def _span(self, scope: Scope) -> tuple[int, int]:
        places = [self.order[node.path] for node in scope.nodes()]
        return min(places, default=0), max(places, default=0)

    def depth(self, node: Node) -> int:
        """How many names the layer has, or the largest scope that it is the output of."""
        return self.outermost.get(node.path, node.path).count(".")

    def parts(self, start: int, end: int) -> list[Node | Scope]:
        """Layers and whole scopes behind one place of the written order, up to another."""
        found: list[Node | Scope] = []
        for node in self.nodes:
            if start < self.order[node.path] <= end:
                part = self._part(node, start, end)
                if not found or found[-1].path != part.path:
                    found.append(part)
        return found

    def _part(self, node: Node, start: int, end: int) -> Node | Scope:
        steps = node.path.split(".")
        for length in range(1, len(steps)):
            path = ".".join(steps[:length])
            first, last = self.spans[path]
            if start < first and last <= end:
                return self.graph.scopes[path]
        return node


def _volumes(graph: Graph) -> list[Volume]:
    path = _Path(graph)
    ends = _each(path) if path.twins is not None else None
    is_folded = ends is None
    if ends is None:
        ends = _by_resolution(path)
    has_groups = not is_folded and not path.twins and _has_groups(path, ends)
    volumes = [_input(path)]
    start = path.nodes[0]
    for end in ends:
        made = _made(path, start, end, is_folded)
        if made is not None:
            is_last = end is ends[-1]
            volumes.append(_split(made, volumes[-1], path, is_last) if has_groups else made)
            start = end
    rest = tuple(list(graph.nodes)[path.order[start.path] + 1 :])
    volumes[-1] = replace(volumes[-1], layers=(*volumes[-1].layers, *rest))
    return volumes if len(volumes) <= MOST else _fewer(volumes)


def _input(path: _Path) -> Volume:
    node = path.nodes[0]
    twin = _twin(path, node, node)
    return Volume(node.path, _name(node.path), Role.INPUT.value, node.output, twin=twin)


def _each(path: _Path) -> list[Node] | None:
    """Ends of what is told together, a convolution, linear layer or pooling in each; None if they
    are too many."""
    nodes = path.nodes
    wide = [place for place, node in enumerate(nodes) if node.op.role in (Role.CONV, Role.LINEAR)]
    pools = [place for place, node in enumerate(nodes) if _is_pool(node)]
    last = wide[-1] if wide else 0
    places = sorted({*wide, *(place for place in pools if place > last)})
    if len(places) + 1 > MANY:
        return None
    with_pools = sorted({*wide, *pools})
    if not path.twins and not _is_grouped_twice(nodes) and len(with_pools) + 1 <= MANY:
        places = with_pools
    return [_end(nodes, place) for place in places]


def _end(nodes: Sequence[Node], place: int) -> Node:
    """The last layer that belongs to the one at a place."""
    while place + 1 < len(nodes):
        node, following = nodes[place], nodes[place + 1]
        role = following.op.role
        is_norm = role is Role.NORM and node.op.role in MAKERS
        if not is_norm and role not in (Role.ACTIVATION, Role.DROP):
            break
        place += 1
    return nodes[place]


def _by_resolution(path: _Path) -> list[Node]:
    """The last feature map of every resolution: the output of a stage."""
    ends: list[Node] = []
    for _, run in groupby(path.nodes[1:], key=_resolution):
        for nodes in _without_linear(list(run)):
            if any(node.op.role in MAKERS for node in nodes):
                ends.append(_stage(path, nodes))
    return ends


def _without_linear(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Every linear layer begins anew."""
    part: list[Node] = []
    for node in nodes:
        if node.op.role is Role.LINEAR and part:
            yield part
            part = []
        part.append(node)
    yield part


def _stage(path: _Path, nodes: Sequence[Node]) -> Node:
    """Of the layers that everything goes through, the last in the largest scope."""
    solid = [node for node in nodes if node.op.role not in (Role.SHAPE, Role.DROP)]
    cuts = [node for node in solid if node.path in path.cuts] or solid
    least = min(path.depth(node) for node in cuts)
    return [node for node in cuts if path.depth(node) == least][-1]


def _resolution(node: Node) -> tuple[int, ...]:
    return node.output.spatial or (1, 1)


def _made(path: _Path, start: Node, end: Node, is_folded: bool) -> Volume | None:
    """The volume of a feature map, told by what lies between it and the one before."""
    places = path.order[start.path], path.order[end.path]
    parts = path.parts(*places)
    told = list(_grouped(_all_told(path.graph, parts, is_folded)))
    makers = [part for part in told if part.role not in (Role.NORM.value, Role.MERGE.value)]
    if not told:
        return None
    main = (makers or told)[-1]
    before = [part for part in told if part is not main]
    maker = path.graph.nodes.get(main.paths[-1])
    names = [_name(name) for name in main.paths]
    twin = _twin(path, end, maker)
    return Volume(
        main.paths[-1],
        _names(names),
        main.role,
        end.output,
        main.counted,
        tuple(line for part in _few(before) for line in part),
        tuple(list(path.graph.nodes)[places[0] + 1 : places[1] + 1]),
        twin,
        _reads_both(path, start, parts),
    )


def _twin(path: _Path, end: Node, maker: Node | None) -> tuple[str, str] | None:
    """Path and name of the same feature map in the other tower."""
    if not path.twins or end.path not in path.twins:
        return None
    if maker is not None:
        other = path.twins[maker.path]
    else:
        other = path.outermost.get(path.twins[end.path], path.twins[end.path])
    return other, _name(other)


def _reads_both(path: _Path, start: Node, parts: Sequence[Node | Scope]) -> bool:
    if not path.twins or start.path not in path.twins:
        return False
    return any(isinstance(part, Node) and part.path in path.cuts for part in parts)


def _few(told: Sequence[Told]) -> list[tuple[str, ...]]:
    lines = [part.counted for part in told]
    return lines if len(lines) <= MAX_BEFORE else [*lines[: MAX_BEFORE - 1], ("…",)]


def _name(path: str) -> str:
    """The last name; of a number the one before, too."""
    steps = path.split(".")
    return labels.clean(".".join(steps[-2:] if steps[-1].isdigit() else steps[-1:]), MAX_NAME)


def _names(names: Sequence[str]) -> str:
    """``features.0–2``; the last alone, where that cannot be told shortly."""
    told = labels.span(names)
    return told if "…" not in told else names[-1]


# What is told on arrows.


def _all_told(graph: Graph, parts: Sequence[Node | Scope], is_folded: bool) -> Iterator[Told]:
    for part in parts:
        told = _told(part) if isinstance(part, Node) else _told_scope(part)
        if told is not None and (is_folded or told.role != Role.MERGE.value):
            yield told


def _grouped(told: Iterator[Told]) -> Iterator[Told]:
    """Equal neighbours as one."""
    for _, same in groupby(told, key=lambda part: part.lines):
        parts = list(same)
        paths = tuple(path for part in parts for path in part.paths)
        yield replace(parts[0], paths=paths, count=sum(part.count for part in parts))


def _told(node: Node) -> Told | None:
    """A layer that a reader has to know of."""
    role = node.op.role
    if _is_idle(node) or not (role in MAKERS or node.kind in TOLD_PASSES or _resizes(node)):
        return None
    label = labels.layer(node)
    title = label.title.partition(", ")[0]
    word, _, window = title.rpartition(" ") if role in (*WINDOWS, Role.LINEAR) else (title, "", "")
    if not word or (role in WINDOWS and "×" not in window):
        word, window = title, ""
    if role is Role.LINEAR:
        window = ""
    second = ", ".join(filter(None, (window, *label.details)))
    lines = tuple(labels.clean(line, MAX_WORD) for line in (word, second) if line)
    return Told(lines, role.value, (node.path,))


def _is_idle(node: Node) -> bool:
    """A pooling to the size that its input has already."""
    is_adaptive = "output_size" in node.op.arguments()
    return is_adaptive and node.inputs[0].spatial == node.output.spatial


def _is_pool(node: Node) -> bool:
    return node.op.role is Role.POOL and not _is_idle(node)


def _resizes(node: Node) -> bool:
    return node.output.is_map and node.inputs[0].spatial != node.output.spatial


def _told_scope(scope: Scope) -> Told | None:
    """A scope as its block and how often it comes, or as the only layer that matters in it."""
    told = [part for node in scope.nodes() if (part := _told(node)) is not None]
    if not told:
        return None
    if len(told) == 1:
        return replace(told[0], paths=(scope.path,))
    roles = [part.role for part in told]
    known = [role.value for role in (Role.CONV, Role.LINEAR, Role.POOL) if role.value in roles]
    kind, count = repeated_block(scope) or (None, 1)
    if count == 1:
        kind = scope.kind or kind
    word = labels.clean(kind or scope.name, MAX_WORD)
    return Told((word,), known[0] if known else "block", (scope.path,), count if kind else 1)


def _fewer(volumes: Sequence[Volume]) -> list[Volume]:
    """Equal linear layers in a row as one."""
    found: list[Volume] = []
    for _, run in groupby(
        enumerate(volumes),
        key=lambda item: (
            (item[1].output, item[1].above) if item[1].role == Role.LINEAR.value else item[0]
        ),
    ):
        same = [volume for _, volume in run]
        if len(same) == 1:
            found += same
            continue
        name = _names([volume.name for volume in same])
        above = (*same[0].above, f"×{len(same)}")
        layers = tuple(path for volume in same for path in volume.layers)
        found.append(replace(same[-1], name=name, above=above, below=same[0].below, layers=layers))
    return found


# Towers of grouped convolutions.


def _groups(node: Node) -> int:
    groups = node.op.arguments().get("groups", 1) if node.op.role is Role.CONV else 1
    return groups if isinstance(groups, int) else 1


def _is_grouped_twice(nodes: Sequence[Node]) -> bool:
    """Two groups somewhere, and never another number of them."""
    return {_groups(node) for node in nodes} - {1} == {2}


def _has_groups(path: _Path, ends: Sequence[Node]) -> bool:
    return _is_grouped_twice(path.nodes) and all(end.output.channels % 2 == 0 for end in ends[:-1])


def _split(volume: Volume, before: Volume, path: _Path, is_last: bool) -> Volume:
    """One half of the channels in each of two towers; the output is whole."""
    grouped = _groups(path.graph.nodes[volume.path]) == 2 if volume.path in path.order else False
    meets = before.twin is not None and not grouped
    if is_last:
        return replace(volume, meets=meets)
    half = volume.output.with_channels(volume.output.channels // 2)
    twin = volume.path, volume.name
    above = tuple(line.removesuffix(", 2 groups") for line in volume.above)
    return replace(volume, output=half, twin=twin, meets=meets, above=above)


def _whole(volume: Volume) -> Volume:
    """Both towers as one volume."""
    if volume.twin is None:
        return replace(volume, meets=False)
    output = volume.output.with_channels(volume.output.channels * 2)
    return replace(volume, output=output, twin=None, meets=False)


# Where everything is.


def _body(
    volumes: Sequence[Volume], options: Options, room: float
) -> tuple[Piece, Sequence[Volume]]:
    """Volumes in two towers, if they fit; else in one row, if that fits; else in several."""
    is_double = any(volume.twin for volume in volumes)
    for scale in TOWERS_SHRINKING if is_double else SHRINKING:
        drawing = _Drawing(options, scale)
        if drawing.width(volumes) <= room:
            return drawing.piece([volumes], room if options.width else min(room, WIDE)), volumes
    if is_double:
        return _body([_whole(volume) for volume in volumes], options, room)
    drawing = _Drawing(options, 1)
    return drawing.piece(drawing.broken(volumes, room)), volumes


@final
class _Drawing:
    """Measures and places volumes, their texts and the arrows between them."""

    def __init__(self, options: Options, scale: float) -> None:
        self.sizes = options.sizes
        self.unit = self.sizes.small / Sizes().small
        """Lengths grow with the text."""
        self.scale = scale * self.unit
        self.items: list[Item] = []
        self.texts: list[Item] = []

    # Measures.

    def size(self, volume: Volume) -> Size:
        if _is_vector(volume):
            return Size(7 * self.unit, (22 + 4.2 * log2(volume.output.channels)) * self.scale)
        rows, columns = (self._length(side) for side in volume.output.spatial)
        width = min(4 + 0.75 * sqrt(volume.output.channels), 40) * self.scale
        return Size(width, rows, DEPTH[0] * columns, DEPTH[1] * columns)

    def _length(self, pixels: int) -> float:
        return min(12 + 9.8 * log2(pixels), 120) * self.scale

    def _name_width(self, volume: Volume) -> float:
        names = [volume.name, *([volume.twin[1]] if volume.twin else [])]
        return max(text_width(name, self.sizes.text, True) for name in names)

    def _shape_width(self, volume: Volume) -> float:
        channels, resolution = _told_shape(volume)
        return max(
            text_width(channels, self.sizes.text, True), text_width(resolution, self.sizes.small)
        )

    def _label_width(self, volume: Volume) -> float:
        lines = (*volume.above, *volume.below)
        return max((text_width(line, self.sizes.small) for line in lines), default=0)

    def gap(self, before: Volume, volume: Volume) -> float:
        """Length of the arrow between two volumes: nothing touches a text."""
        left, right = self.size(before).across / 2, self.size(volume).across / 2
        label, apart = self._label_width(volume), AROUND * self.unit
        names = (self._name_width(before) + self._name_width(volume)) / 2
        shapes = (self._shape_width(before) + self._shape_width(volume)) / 2
        slanted = 10 * self.unit if (before.twin is None) != (volume.twin is None) else 0
        needed = [self.lead(volume) + slanted, max(names, shapes) + apart - left - right]
        high, low = self._label_heights(volume)
        for neighbour, half in ((before, left), (volume, right)):
            if self.size(neighbour).half < high + apart:
                needed.append(self._name_width(neighbour) + label + 2 * (apart - half))
            if self.size(neighbour).half < low + apart:
                needed.append(self._shape_width(neighbour) + label + 2 * (apart - half))
        return max(needed)

    def lead(self, volume: Volume) -> float:
        """Length of an arrow that begins beside a text or nothing."""
        return max(MIN_GAP * self.unit, self._label_width(volume) + 2 * AROUND * self.unit)

    def _label_heights(self, volume: Volume) -> tuple[float, float]:
        pitch = self.sizes.small * 1.25
        return tuple(  # type: ignore[return-value]
            AROUND * self.unit + pitch * len(lines) for lines in (volume.above, volume.below)
        )

    def _overhang(self, volume: Volume) -> float:
        """How far the texts of a volume reach out to each side of it."""
        widest = max(self._name_width(volume), self._shape_width(volume))
        return max((widest - self.size(volume).across) / 2, 0)

    def width(self, row: Sequence[Volume], is_first: bool = True) -> float:
        gaps = sum(self.gap(before, volume) for before, volume in pairwise(row))
        start = self._overhang(row[0])
        if not is_first:
            start = max(self.lead(row[0]), start)
        volumes = sum(self.size(volume).across for volume in row)
        return start + volumes + gaps + self._overhang(row[-1])

    def broken(self, volumes: Sequence[Volume], room: float) -> list[Sequence[Volume]]:
        """As few rows as fit the room, the longest as short as can be."""
        best = self._rows(volumes, room)
        for step in range(1, 40):
            rows = self._rows(volumes, room * (1 - step / 50))
            if len(rows) > len(best):
                break
            best = rows
        return best

    def _rows(self, volumes: Sequence[Volume], room: float) -> list[Sequence[Volume]]:
        rows: list[list[Volume]] = []
        for volume in volumes:
            longer = [*rows[-1], volume] if rows else [volume]
            turn = TURN * self.unit
            if rows and self.width(longer, len(rows) == 1) + turn <= room:
                rows[-1] = longer
            else:
                rows.append([volume])
        return list(rows)

    def _above(self, row: Sequence[Volume]) -> float:
        """From the axis of the row, or of its upper tower, to its top."""
        name = self.sizes.text * ASCENT + AROUND * self.unit
        tops = (self.size(volume).half + name - self._shift(volume) for volume in row)
        return max(*tops, *(self._label_heights(volume)[0] for volume in row))

    def _below(self, row: Sequence[Volume]) -> float:
        shape = self.sizes.text * 1.2 + self.sizes.small * 1.5
        if any(volume.twin and volume.twin[1] != volume.name for volume in row):
            shape += self.sizes.text * 1.3
        bottoms = (self.size(volume).half + shape - self._shift(volume) for volume in row)
        return max(*bottoms, *(self._label_heights(volume)[1] for volume in row))

    def _shift(self, volume: Volume) -> float:
        """From the axis of an upper tower to the one of a volume that is in no tower."""
        return self.apart / 2 if volume.twin is None else 0

    # Placing.

    apart = 0.0
    """Between the axes of the towers."""

    def piece(self, rows: Sequence[Sequence[Volume]], stretch: float = 0) -> Piece:
        y = width = 0.0
        start: tuple[float, float, Volume] | None = None
        for place, row in enumerate(rows):
            self.apart = self._apart(row)
            needed = self.width(row, place == 0)
            extra = self._extra(stretch - needed, len(row) - 1)
            left = max((stretch - needed - extra * (len(row) - 1)) / 2, 0)
            y += self._above(row)
            x, axis = left, y + self.apart / 2
            if start is not None:
                x = self._turn(start, axis, row, y - self._above(row) - BETWEEN * self.unit)
            else:
                x += self._overhang(row[0])
            right = self._row(row, x, axis, extra)
            y = axis + self.apart / 2 + self._below(row) + 2 * BETWEEN * self.unit
            width = max(width, right + self._overhang(row[-1]), right + TURN * self.unit)
            start = right, axis, row[-1]
        return Piece(
            max(width - TURN * self.unit if len(rows) == 1 else width, stretch),
            y - 2 * BETWEEN * self.unit,
            (*self.items, *self.texts),
        )

    def _extra(self, spare: float, gaps: int) -> float:
        return min(max(spare, 0) / max(gaps, 1), MAX_STRETCH * self.unit)

    def _apart(self, row: Sequence[Volume]) -> float:
        doubles = [volume for volume in row if volume.twin]
        if not doubles:
            return 0
        return max(2 * self.size(volume).half for volume in doubles) + 20 * self.unit

    def _turn(
        self, start: tuple[float, float, Volume], axis: float, row: Sequence[Volume], y: float
    ) -> float:
        """The line from the end of a row to the beginning of the next one."""
        x, before_axis, before = start
        right = x + TURN * self.unit
        left = max(self.lead(row[0]), self._overhang(row[0]))
        points = ((x, before_axis), (right, before_axis), (right, y), (0, y), (0, axis))
        self._line((*points, (left, axis)), before.path, row[0].path)
        self._label(row[0], 0, left, axis, axis)
        return left

    def _row(self, row: Sequence[Volume], x: float, axis: float, extra: float) -> float:
        """Volumes from left to right; where the last ends."""
        before: Volume | None = None
        for volume in row:
            if before is not None:
                start = x
                x += self.gap(before, volume) + extra
                self._between(before, volume, start, x, axis)
            self._column(volume, x, axis)
            x += self.size(volume).across
            before = volume
        return x

    def _column(self, volume: Volume, x: float, axis: float) -> None:
        """A volume, or one in each tower, with name and shape."""
        size = self.size(volume)
        middle, shift = x + size.across / 2, self.apart / 2 if volume.twin else 0
        self._solid(volume, volume.path, volume.layers, size, x, axis - shift)
        top = axis - shift - size.half - AROUND * self.unit
        self._bold(middle, top, volume.name)
        if volume.twin:
            self._solid(volume, volume.twin[0], (), size, x, axis + shift)
        channels, resolution = _told_shape(volume)
        y = axis + shift + size.half + self.sizes.text * 1.2
        if volume.twin and volume.twin[1] != volume.name:
            self._bold(middle, y, volume.twin[1])
            y += self.sizes.text * 1.3
        self._bold(middle, y, channels)
        if resolution:
            self._small(middle, y + self.sizes.small * 1.3, resolution)

    def _bold(self, middle: float, y: float, content: str) -> None:
        self.texts.append(Text(middle, y, content, self.sizes.text, "middle", True))

    def _small(self, middle: float, y: float, content: str) -> None:
        self.texts.append(Text(middle, y, content, self.sizes.small, "middle", color="pale"))

    def _solid(
        self, volume: Volume, path: str, layers: tuple[str, ...], size: Size, x: float, axis: float
    ) -> None:
        """Front, top and right side."""
        role, border = volume.role, f"{volume.role}-line"
        y, thickness = axis - size.half + size.up, 0.8 * self.unit
        if size.right:
            rear_x, rear_y = x + size.right, y - size.up
            wide, bottom = x + size.width, y + size.height
            top: tuple[Point, ...] = ((x, y), (rear_x, rear_y), (wide + size.right, rear_y))
            side: tuple[Point, ...] = (
                (wide, y),
                (wide + size.right, rear_y),
                (wide + size.right, rear_y + size.height),
                (wide, bottom),
            )
            self.items.append(Polygon((*top, (wide, y)), role, border, thickness, 0.55))
            self.items.append(Polygon(side, role, border, thickness))
            self.items.append(Polygon(side, border, None, 0, 0.13))
        radius = 0 if size.right else 1.5 * self.unit
        rect = Rect(x, y, size.width, size.height, role, border, radius, thickness)
        title = labels.clean(f"{path}: {volume.output}")
        self.items.append(Box(rect, path, role, layers=layers, title=title))

    # Arrows.

    def _between(
        self, before: Volume, volume: Volume, start: float, end: float, axis: float
    ) -> None:
        """From one volume to the next, or from both towers to both."""
        half = self.apart / 2
        sources = _ends(before, axis, half)
        targets = _ends(volume, axis, half)
        for source, y0 in sources:
            for target, y1 in targets:
                crosses = len(sources) == len(targets) == 2 and y0 != y1
                if crosses and volume.meets:
                    shift = CROSSING * self.unit * (1 if y1 > y0 else -1)
                    points = ((start, y0 + shift), (end, y1 - shift))
                    self._line(points, source, target, dashed=True)
                elif not crosses:
                    spread = self._spread(len(sources), len(targets), y0 - axis)
                    self._line(((start, y0), (end, y1 + spread)), source, target)
        if len(sources) == len(targets):
            self._label(volume, start, end, sources[0][1], sources[-1][1])
        else:
            self._wedge(volume, start, end, axis, len(sources) == 1)

    def _spread(self, sources: int, targets: int, side: float) -> float:
        """Two arrows into one volume end beside each other."""
        if sources == 1 or targets == 2:
            return 0
        return CROSSING / 2 * self.unit * (1 if side > 0 else -1)

    def _line(
        self, points: tuple[Point, ...], source: str, target: str, *, dashed: bool = False
    ) -> None:
        self.items.append(Line(points, source, target, thickness=0.9 * self.unit, dashed=dashed))

    def _label(self, volume: Volume, start: float, end: float, upper: float, lower: float) -> None:
        """What makes the volume, over the arrow; what comes before that, under it."""
        middle, pitch = (start + end) / 2, self.sizes.small * 1.25
        for place, line in enumerate(reversed(volume.above)):
            self._small(middle, upper - AROUND * self.unit - place * pitch, line)
        for place, line in enumerate(volume.below, 1):
            self._small(middle, lower + AROUND * self.unit * 0.6 + place * pitch, line)

    def _wedge(self, volume: Volume, start: float, end: float, axis: float, opens: bool) -> None:
        """Between two arrows that part or come together, where they are far from each other."""
        lines, pitch = (*volume.below, *volume.above), self.sizes.small * 1.25
        half, apart = self._label_width(volume) / 2, AROUND * self.unit
        middle = end - apart - half if opens else start + apart + half
        y = axis - (len(lines) - 1) / 2 * pitch + self.sizes.small * ASCENT / 2
        for place, line in enumerate(lines):
            self._small(middle, y + place * pitch, line)


def _ends(volume: Volume, axis: float, half: float) -> list[tuple[str, float]]:
    """Path and axis of a volume, or of both towers."""
    if volume.twin is None:
        return [(volume.path, axis)]
    return [(volume.path, axis - half), (volume.twin[0], axis + half)]


def _is_vector(volume: Volume) -> bool:
    return volume.output.spatial in ((), (1, 1))


def _told_shape(volume: Volume) -> tuple[str, str]:
    """Channels and resolution; of a vector its features."""
    if _is_vector(volume):
        return str(volume.output.channels), ""
    return str(volume.output.channels), "×".join(map(str, volume.output.spatial))


# What stands under the volumes.


def _caption(sentences: Sequence[str], options: Options, room: float) -> Piece:
    size = options.sizes.small
    words = [word for sentence in sentences for word in sentence.split(" ")]
    lines = wrapped(words, size, room, " ")
    items = [
        Text(0, size * (ASCENT + 1.45 * place), line, size, color="pale")
        for place, line in enumerate(lines)
    ]
    width = max(text.width for text in items)
    return Piece(width, size * 1.45 * len(lines), tuple(items))


def _sentences(graph: Graph, found: Sequence[Volume], volumes: Sequence[Volume]) -> Iterator[str]:
    is_double = any(volume.twin for volume in volumes)
    if all(_is_vector(volume) for volume in volumes):
        yield "Height: features (log)."
    else:
        towers = " of one tower" if is_double else ""
        yield f"Height: resolution (log). Width: channels{towers} (square root)."
    if any(volume.twin and volume.meets for volume in volumes):
        yield "Dashed: the towers meet."
    if not is_double and any(volume.twin for volume in found):
        yield "Two towers are drawn as one."
    if any(volume.below for volume in volumes):
        yield "Over the arrows: what makes the next volume; under them: what comes before it."
    else:
        yield "Over the arrows: what makes the next volume."
    if words := _not_drawn(graph):
        yield f"Not drawn: {', '.join(words)}."


def _not_drawn(graph: Graph) -> list[str]:
    path = _Path(graph)
    passes = [
        labels.WORDS.get(node.kind, node.kind)
        for node in path.nodes
        if node.op.role in PASSES and node.kind not in TOLD_PASSES
    ]
    words = list(dict.fromkeys(passes))[:MAX_WORDS]
    return words if path.twins is not None else [*words, "branches and shortcuts"]

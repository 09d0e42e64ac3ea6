"""Arcs of a dense block: every feature map on its way to all of its readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from archspec.diagnostics import SpecError, failure
from archspec.figures import labels
from archspec.figures.metrics import ASCENT, text_width
from archspec.figures.options import Options, Sizes
from archspec.figures.pieces import wrapped
from archspec.figures.scene import Box, Item, Line, Point, Rect, Scene, Text
from archspec.graph import Graph, Node, Scope
from archspec.op import Role
from archspec.structure import Signatures

MARGIN: Final = 14.0
SHEET_WIDTH: Final = 17.0
SHEET_HEIGHT: Final = 40.0
SHEET_STEP: Final = 3.0
"""How far a sheet of a feature map stands out behind the one before it."""
SHEETS: Final = 3
BOX_HEIGHT: Final = 26.0
BOX_WIDTH: Final = 26.0
"""At least; a box is broader where many arcs enter it."""
ENTRY: Final = 5.8
"""Between two arrows into one box: their heads do not touch."""
READ: Final = 10.0
"""From a feature map to the box that reads it."""
MADE: Final = 12.0
"""From a box to the feature map that it makes."""
TIGHT: Final = 0.65
"""So much of both is left in the narrowest of figures."""
LIFT: Final = 3.0
"""Between a feature map and its arcs."""
RISE: Final = 14.0
"""Height of an arc that goes nowhere."""
SLOPE: Final = 0.17
"""What an arc gains in height on its way, so that of two to one box the longer is the outer."""
MAX_HEAD: Final = 4
"""Layers shown before an ellipsis."""
MAX_WHOLE: Final = 8
"""A block of so many layers is shown without an ellipsis, if there is room."""
MAX_DETAILS: Final = 5
"""Lines under the last box."""
MAX_DETAIL: Final = 28
MAX_NAME: Final = 18
MAX_TOLD: Final = 8
"""Layers of H that are told one by one."""

COLORS: Final = (
    "convolution",
    "pooling",
    "normalisation",
    "linear",
    "activation",
    "merge",
    "dropout",
    "reshape",
)
"""Of feature maps, one after the other: each a fill with a border called ``NAME-line``."""
OUT: Final = "block"
"""Of the last feature map, which only the layer behind the block reads."""


@final
@dataclass(frozen=True, slots=True)
class DenseBlock:
    """A chain of units, each of which ends by concatenating its input with what it made."""

    scope: Scope
    units: tuple[Scope, ...]
    features: tuple[str, ...]
    """Paths of the layers that give x₀, x₁, …; x₀ is what the block reads."""
    growth: tuple[int, ...]
    """Channels that each unit adds."""

    @property
    def depth(self) -> int:
        return len(self.units)

    @property
    def name(self) -> str:
        if self.scope.path and len(self.units) == len(self.scope.children):
            return self.scope.name
        return labels.span([unit.name for unit in self.units])


@final
@dataclass(frozen=True, slots=True)
class Behind:
    """What reads the block's output."""

    path: str
    title: str
    details: tuple[str, ...] = ()
    role: str = Role.INPUT.value
    layers: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """Layers that are drawn: the first, and behind an ellipsis perhaps the last."""

    head: int
    tail: int
    depth: int

    @property
    def hidden(self) -> int:
        return self.depth - self.head - self.tail

    @property
    def maps(self) -> int:
        """Feature maps that are drawn, but x₀."""
        return self.head + self.tail + bool(self.hidden)

    @property
    def bundle(self) -> int:
        """Feature maps that are not drawn."""
        return max(self.hidden - 1, 0)

    @property
    def arcs(self) -> int:
        """Into what comes after the first layers, and after what the ellipsis stands for."""
        return self.head + bool(self.hidden) + bool(self.bundle)


@final
@dataclass(frozen=True, slots=True)
class Start:
    """Where lines begin."""

    x: float
    path: str
    color: str
    y: float | None = None
    """If it is a box that stands for several layers: its top."""


def scene(graph: Graph, options: Options) -> Scene:
    """One dense block: its first, or the one that ``options.module`` names. Raises SpecError."""
    graph = graph.at("inference")
    block = _chosen(graph, options.module)
    return _Figure(graph, block, _behind(graph, block), options).scene()


def dense_blocks(graph: Graph) -> Iterator[DenseBlock]:
    """All of them, in written order."""
    for scope in graph.scopes.values():
        for chain in _chains(graph, scope):
            if len(chain) > 1:
                made = [_made(graph, unit) for unit in chain]
                features = (chain[0].sources[0], *(paths[-1] for paths in made))
                growth = tuple(
                    sum(graph.nodes[path].output.channels for path in paths) for paths in made
                )
                yield DenseBlock(scope, tuple(chain), features, growth)


def _chains(graph: Graph, scope: Scope) -> Iterator[list[Scope]]:
    """Runs of dense units among the parts of a scope."""
    chain: list[Scope] = []
    for child in scope.children:
        if not isinstance(child, Scope) or not _made(graph, child):
            yield chain
            chain = []
        elif chain and child.sources != (chain[-1].output,):
            yield chain
            chain = [child]
        else:
            chain.append(child)
    yield chain


def _made(graph: Graph, unit: Scope) -> tuple[str, ...]:
    """What a unit concatenates with its only input; nothing if it is no dense unit."""
    last = graph.nodes[unit.output]
    if len(unit.sources) != 1 or last.kind != "Concat" or last.sources.count(unit.sources[0]) != 1:
        return ()
    made = tuple(path for path in last.sources if path != unit.sources[0])
    is_own = all(path.startswith(f"{unit.path}.") for path in (last.path, *made))
    return made if is_own else ()


def _chosen(graph: Graph, module: str | None) -> DenseBlock:
    found = list(dense_blocks(graph))
    if not found:
        raise _none(graph)
    for block in found:
        if module in (None, block.scope.path, block.scope.kind, block.units[0].kind):
            return block
    paths = [repr(block.scope.path) for block in found[:3] if block.scope.path]
    raise failure(
        "cannot-draw",
        f"'{labels.clean(module or '')}' is no dense block of '{labels.clean(graph.name)}'",
        help=f"its dense blocks: {', '.join(paths)}" if paths else "leave the module out",
    )


def _none(graph: Graph) -> SpecError:
    return failure(
        "cannot-draw",
        f"'{labels.clean(graph.name)}' has no dense block",
        help="the style 'dense' needs a chain of scopes, each of which ends with a Concat of its own"
        " input and what it made: the zoo's densenet121 and densenet40_k12 have them",
    )


# What is behind the block.


def _behind(graph: Graph, block: DenseBlock) -> Behind:
    readers = graph.readers[block.units[-1].output]
    if not readers:
        return Behind(block.units[-1].output, "output")
    scope = _scope_behind(graph, readers[0], block.units[-1])
    if scope is not None:
        nodes = tuple(scope.nodes())
        title = scope.kind if scope.name.isdigit() and scope.kind else scope.name
        return _told_behind(scope.path, title, nodes)
    chain = tuple(_chain_from(graph, readers[0]))
    linear = next((node for node in chain if node.op.role is Role.LINEAR), chain[0])
    return _told_behind(chain[0].path, linear.name, chain)


def _scope_behind(graph: Graph, reader: str, last: Scope) -> Scope | None:
    """The largest scope that begins behind the block."""
    steps = reader.split(".")
    for length in range(1, len(steps)):
        path = ".".join(steps[:length])
        if not last.path.startswith(f"{path}."):
            return graph.scopes[path]
    return None


def _chain_from(graph: Graph, path: str) -> Iterator[Node]:
    """A layer and those behind it, as far as each has one reader."""
    while True:
        yield graph.nodes[path]
        readers = graph.readers[path]
        if len(readers) != 1:
            return
        path = readers[0]


def _told_behind(path: str, title: str, nodes: Sequence[Node]) -> Behind:
    roles = {node.op.role for node in nodes}
    role = next((role for role in (Role.LINEAR, Role.POOL, Role.CONV) if role in roles), None)
    return Behind(
        path,
        labels.clean(title, MAX_NAME),
        tuple(_details(nodes)),
        role.value if role else "block",
        tuple(node.path for node in nodes),
    )


def _details(nodes: Sequence[Node]) -> list[str]:
    """A line for every layer with a window or features, and one for what is between them."""
    lines: list[str] = []
    small: list[str] = []
    for node in nodes:
        if node.op.role in (Role.CONV, Role.LINEAR, Role.POOL):
            lines += [labels.SEPARATOR.join(small)] if small else []
            lines.append(", ".join((labels.layer(node).title, *labels.layer(node).details)))
            small = []
        elif node.op.role in (Role.NORM, Role.ACTIVATION):
            small.append(labels.layer(node).title)
    lines += [labels.SEPARATOR.join(small)] if small else []
    return [labels.clean(line, MAX_DETAIL) for line in lines] if len(lines) <= MAX_DETAILS else []


# What stands under the arcs.


def _told_layer(graph: Graph, block: DenseBlock) -> str:
    """``H: BN · ReLU · conv 3×3, 12``, of all layers or of the first."""
    signatures = Signatures()
    is_same = len({signatures.of(unit) for unit in block.units}) == 1
    which = "H" if is_same else f"H of {block.units[0].name}"
    nodes = [node for node in block.units[0].nodes() if node.path != block.units[0].output]
    if len(nodes) > MAX_TOLD:
        kind = block.units[0].kind or block.units[0].name
        return labels.clean(f"{which}: {kind}, {len(nodes)} layers", 200)
    told = (word for node in nodes for word in _words(node))
    return labels.clean(f"{which}: {labels.SEPARATOR.join(told)}", 200)


def _words(node: Node) -> tuple[str, ...]:
    label = labels.layer(node)
    return label.title, *label.details


def _told_block(block: DenseBlock, shown: Shown) -> str:
    depth = block.depth
    count = f"{shown.head + shown.tail} of {depth}" if shown.hidden else f"{depth}"
    growth = [f"growth {block.growth[0]}"] if len(set(block.growth)) == 1 else []
    arcs = f"L(L+1)/2 = {depth * (depth + 1) // 2:,} connections"
    reads = f"every layer reads all features before it: {arcs}"
    return labels.SEPARATOR.join(
        (f"{count} layers shown" if shown.hidden else f"{count} layers", *growth, reads)
    )


@final
class _Figure:
    """Places everything, from left to right."""

    def __init__(self, graph: Graph, block: DenseBlock, behind: Behind, options: Options) -> None:
        self.graph = graph
        self.block = block
        self.behind = behind
        self.options = options
        self.sizes = options.sizes
        self.unit = self.sizes.small / Sizes().small
        """Lengths grow with the text."""
        self.gap = self.unit
        self.shapes = [str(graph.nodes[path].output) for path in block.features]
        self.shown = self._fitting()
        self.items: list[Item] = []
        self.arcs: list[Line] = []
        self.starts: list[Start] = []
        self.pending = Start(0, "", "line")
        """Where the next line along the axis begins."""
        self.maps = 0
        """So many feature maps have a place."""
        self.x = 0.0
        self.axis = 0.0

    def scene(self) -> Scene:
        needed = self._width(self.shown)
        width = max(needed, self.options.width or 0)
        top = self._heading(width)
        arcs = (RISE + LIFT) * self.unit + SLOPE * (needed - 2 * MARGIN * self.unit)
        self.axis = top + arcs + self._sheets_height() / 2
        self.x = MARGIN * self.unit + (width - needed) / 2
        self._chain()
        told = _told_layer(self.graph, self.block)
        bottom = self._notes(told, width)
        return Scene(
            width,
            bottom,
            (*self.arcs, *self.items),
            self._title(),
            f"{_told_block(self.block, self.shown)}. {told}.",
            "dense",
        )

    # Measures.

    def _fitting(self) -> Shown:
        """As many layers as there is room for, rather with tight gaps than without the last."""
        depth = self.block.depth
        whole = Shown(depth, 0, depth)
        heads = range(min(MAX_HEAD, max(depth - 3, 1)), 0, -1)
        choices = [*[whole] * (depth <= MAX_WHOLE), *(Shown(head, 1, depth) for head in heads)]
        least = [Shown(1, 0, depth)]
        for shown_at_all, share in ((choices, 1), (choices, TIGHT), (least, 1), (least, TIGHT)):
            self.gap = self.unit * share
            for shown in shown_at_all:
                if self._width(shown) <= self.options.room:
                    return shown
        return least[0]

    def _width(self, shown: Shown) -> float:
        gaps = (READ + MADE) * self.gap
        boxes = sum(self._box_width(entries) + gaps for entries in range(shown.head))
        if shown.hidden:
            boxes += self._dots_width(shown) + gaps
        if shown.tail:
            boxes += self._box_width(shown.arcs) + gaps
        maps = (shown.maps + 1) * self._map_width()
        end = READ * self.gap + self._end_width(shown)
        return boxes + maps + end + 2 * MARGIN * self.unit

    def _map_width(self) -> float:
        """Of the sheets; a shape under them may reach out on both sides."""
        widest = max(text_width(shape, self.sizes.small) for shape in self.shapes)
        return max((SHEET_WIDTH + SHEETS * SHEET_STEP) * self.unit, widest - READ * self.unit)

    def _box_width(self, entries: int) -> float:
        return max(BOX_WIDTH, entries * ENTRY + 4) * self.unit

    def _dots_width(self, shown: Shown) -> float:
        name = text_width(_layers(shown.hidden), self.sizes.small)
        return max(self._box_width(shown.head + 1), name)

    def _end_width(self, shown: Shown) -> float:
        title = text_width(self.behind.title, self.sizes.text, True) + 9 * self.unit
        details = [text_width(line, self.sizes.small) for line in self.behind.details]
        return max(self._box_width(shown.arcs + shown.tail), title, *details)

    def _sheets_height(self) -> float:
        return (SHEET_HEIGHT + SHEETS * SHEET_STEP) * self.unit

    # Parts, from left to right.

    def _chain(self) -> None:
        shown = self.shown
        self._map(0)
        for number in range(1, shown.head + 1):
            self._layer(number, self._box_width(number - 1))
            self._map(number)
        if shown.hidden:
            self._dots()
            self._map(shown.depth - shown.tail)
        if shown.tail:
            self._layer(shown.depth, self._box_width(shown.arcs))
            self._map(shown.depth)
        self._end()

    def _map(self, number: int) -> None:
        """A feature map as sheets, its name and its shape under them."""
        path = self.block.features[number]
        color = OUT if number == self.block.depth else COLORS[self.maps % len(COLORS)]
        middle = self.x + self._map_width() / 2
        behind = SHEETS if number == 0 else SHEETS - 1
        *rear, front = (
            self._sheet(middle, place, color) for place in range(-behind, behind + 1, 2)
        )
        if number:
            self._arrow([*rear, front][0].x, path)
        title = labels.clean(f"{path}: {self.shapes[number]}")
        role = self.graph.nodes[path].op.role.value
        self.items.append(Box(front, path, role, behind=tuple(rear), title=title))
        self._under(middle, number, f"{color}-line")
        self.starts.append(Start(front.x + front.width / 2, path, f"{color}-line"))
        self.pending = Start(front.x + front.width, path, f"{color}-line")
        self.maps += 1
        self.x += self._map_width() + READ * self.gap

    def _sheet(self, middle: float, place: int, color: str) -> Rect:
        """One sheet; those further left are lower, and behind."""
        shift = place * SHEET_STEP * self.unit / 2
        width, height = SHEET_WIDTH * self.unit, SHEET_HEIGHT * self.unit
        x, y = middle - width / 2 + shift, self.axis - height / 2 - shift
        return Rect(x, y, width, height, color, f"{color}-line", 1.5 * self.unit)

    def _under(self, middle: float, number: int, color: str) -> None:
        y = self._line_under(0)
        self.items += _indexed(middle, y, f"x{number}", self.sizes.heading, self.sizes, color)
        self._small(middle, self._line_under(1), self.shapes[number])

    def _line_under(self, place: int) -> float:
        """Baseline of a name under a feature map, or of its shape."""
        first = self.axis + self._sheets_height() / 2 + self.sizes.heading
        return first + place * self.sizes.small * 1.8

    def _layer(self, number: int, width: float) -> None:
        unit = self.block.units[number - 1]
        rect = self._rect(width, "block")
        y = self.axis + self.sizes.heading * ASCENT / 2
        middle = rect.x + rect.width / 2
        name = _indexed(middle, y, f"H{number}", self.sizes.heading, self.sizes, "ink")
        self._read(rect, unit.path)
        layers = tuple(node.path for node in unit.nodes())
        title = labels.clean(unit.path)
        self.items.append(Box(rect, unit.path, "block", name, layers=layers, title=title))

    def _dots(self) -> None:
        """The layers that are not shown, and what of them others read."""
        units = self.block.units[self.shown.head :][: self.shown.hidden]
        path = units[0].path
        rect = self._rect(self._dots_width(self.shown), "block", dashed=True)
        middle, size = rect.x + rect.width / 2, self.sizes.heading
        self._read(rect, path, bool(self.shown.bundle))
        dots = Text(middle, self.axis + size * 0.2, "…", size, "middle", True)
        layers = tuple(node.path for unit in units for node in unit.nodes())
        title = labels.clean(labels.span([unit.name for unit in units]))
        self.items.append(Box(rect, path, "block", (dots,), layers=layers, title=title))
        self._small(middle, self._line_under(1), _layers(len(units)))
        if self.shown.bundle:
            x = middle + self.shown.head * ENTRY * self.unit / 2
            self.starts.append(Start(x, path, "line", rect.y))

    def _end(self) -> None:
        behind = self.behind
        rect = self._rect(self._end_width(self.shown), behind.role)
        middle, size = rect.x + rect.width / 2, self.sizes.text
        name = Text(middle, self.axis + size * ASCENT / 2, behind.title, size, "middle", True)
        self._read(rect, behind.path)
        title = labels.clean(behind.path)
        self.items.append(
            Box(rect, behind.path, behind.role, (name,), layers=behind.layers, title=title)
        )
        for place, line in enumerate(behind.details, 1):
            self._small(middle, rect.y + rect.height + self.sizes.small * 1.4 * place, line)

    def _rect(self, width: float, role: str, *, dashed: bool = False) -> Rect:
        """A box on the axis."""
        height = BOX_HEIGHT * self.unit
        x, y = self.x, self.axis - height / 2
        self.x += width + MADE * self.gap
        return Rect(x, y, width, height, role, f"{role}-line", 4 * self.unit, dashed=dashed)

    def _small(self, middle: float, y: float, content: str) -> None:
        self.items.append(Text(middle, y, content, self.sizes.small, "middle", color="pale"))

    # Lines.

    def _read(self, rect: Rect, path: str, leaves: bool = False) -> None:
        """A line from the feature map right before, and arcs from all others: the nearest on the
        left, so that the outer arc is the outer one on both sides."""
        self._arrow(rect.x, path)
        self.pending = Start(rect.x + rect.width, path, "line")
        starts = sorted(self.starts[:-1], key=lambda start: start.x, reverse=True)
        entries = len(starts) + leaves
        x = rect.x + (rect.width - (entries - 1) * ENTRY * self.unit) / 2
        for start in starts:
            self.arcs.append(self._arc(start, x, rect.y, path))
            x += ENTRY * self.unit

    def _arrow(self, x: float, path: str) -> None:
        start, thickness = self.pending, 0.9 * self.unit
        points = ((start.x, self.axis), (x, self.axis))
        self.items.append(Line(points, start.path, path, start.color, thickness))

    def _arc(self, start: Start, x: float, y: float, path: str) -> Line:
        """A curve above everything, and straight pieces down to boxes."""
        base = self.axis - self._sheets_height() / 2 - LIFT * self.unit
        top = base - (RISE * self.unit + SLOPE * (x - start.x)) * 4 / 3
        up = _straight((start.x, start.y or base), (start.x, base))
        down = _straight((x, base), (x, y))
        curve = (*(up if start.y else up[-1:]), (start.x, top), (x, top), *down)
        thickness, dashed = 0.9 * self.unit, start.y is not None
        return Line(curve, start.path, path, start.color, thickness, dashed=dashed, smooth=True)

    # Texts around.

    def _title(self) -> str:
        return f"{labels.clean(self.graph.name)} · {labels.clean(self.block.name)}"

    def _heading(self, width: float) -> float:
        """The title, and beside or under it what there is; where the figure begins."""
        x, y, sizes = MARGIN * self.unit, MARGIN * self.unit, self.sizes
        if not self.options.title:
            return y
        room = width - 2 * x
        title = Text(
            x, y + sizes.title * ASCENT, _cut(self._title(), room, sizes.title), sizes.title
        )
        title = replace(title, bold=True)
        told = _told_block(self.block, self.shown)
        start = x + title.width + 1.4 * sizes.title
        if start + text_width(told, sizes.small + 1) <= width - x:
            self.items += title, Text(start, title.y, told, sizes.small + 1, color="pale")
            return title.y + sizes.title * 0.7
        self.items.append(title)
        return self._paragraph(told, sizes.small + 1, title.y + sizes.title, room, "pale")

    def _notes(self, told: str, width: float) -> float:
        """What H is, and what colours mean; the bottom of the figure."""
        details = len(self.behind.details) * self.sizes.small * 1.4 + BOX_HEIGHT * self.unit / 2
        y = max(self._line_under(1), self.axis + details) + self.sizes.text * 2.4
        room = width - 2 * MARGIN * self.unit
        y = self._paragraph(told, self.sizes.text, y, room, "ink")
        if self.options.legend:
            y = self._paragraph(_told_colors(self.shown), self.sizes.small, y, room, "pale")
        return y + (MARGIN - 6) * self.unit

    def _paragraph(self, told: str, size: float, y: float, room: float, color: str) -> float:
        """Lines from a first baseline on; the baseline after them."""
        for line in wrapped(told.split(" "), size, room, " "):
            self.items.append(Text(MARGIN * self.unit, y, line, size, color=color))
            y += size * 1.4
        return y


def _layers(count: int) -> str:
    return f"{count} layers" if count > 1 else "1 layer"


def _told_colors(shown: Shown) -> str:
    told = "A colour follows one feature map to all of its readers."
    return f"{told} Dashed: feature maps of layers that are not shown." if shown.bundle else told


def _straight(start: Point, end: Point) -> tuple[Point, ...]:
    """A straight line, as a Bézier curve."""
    (x0, y0), (x1, y1) = start, end
    thirds = ((x0 + (x1 - x0) * k / 3, y0 + (y1 - y0) * k / 3) for k in range(4))
    return tuple(thirds)


def _indexed(
    middle: float, y: float, name: str, size: float, sizes: Sizes, color: str
) -> tuple[Text, Text]:
    """``x₁`` as two texts: the fonts of figures have no small digits below the line."""
    letter, index = name[0], name[1:]
    width = text_width(letter, size, True)
    left = middle - (width + text_width(index, sizes.small, True)) / 2
    small = Text(left + width, y + size * 0.2, index, sizes.small, bold=True, color=color)
    return Text(left, y, letter, size, bold=True, color=color), small


def _cut(text: str, room: float, size: float) -> str:
    """As much of a bold text as there is room for."""
    if text_width(text, size, True) <= room:
        return text
    while text and text_width(f"{text}…", size, True) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"

"""What must be true of every figure, found out from its items alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import floor, hypot, isfinite
from typing import Final, NamedTuple, final

from archspec.figures.fonts.metrics import ASCENT, DESCENT
from archspec.figures.scene import Box, Line, Point, Polygon, Rect, Scene, Text
from archspec.figures.sizes import SMALLEST_TEXT
from archspec.figures.theme import ROLE_NAMES
from archspec.graph import Graph, Scope

SPARE: Final = 2.0
"""Between a text and the left and right border of its box."""
SPARE_ABOVE: Final = 1.0
TOUCH: Final = 0.01
"""Overlaps up to this are rounding."""
SHRUNK: Final = 0.5
"""A line may come so near to the inside of a box."""
AT_BORDER: Final = 0.6
"""An arrow ends so near to a border."""
BESIDE: Final = 6.0
"""An arrow that leads out of an inset ends so near to a word."""
SAMPLES: Final = 24
"""Segments a Bézier curve is taken for."""
SHAPE: Final = re.compile(r"\d+(×\d+)*")


class Area(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def grow(self, by: float) -> Area:
        return Area(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def overlaps(self, other: Area) -> bool:
        return (
            min(self.right, other.right) - max(self.left, other.left) > TOUCH
            and min(self.bottom, other.bottom) - max(self.top, other.top) > TOUCH
        )

    def contains(self, other: Area) -> bool:
        inner = other.grow(-TOUCH)
        return (
            self.left <= inner.left
            and self.top <= inner.top
            and self.right >= inner.right
            and self.bottom >= inner.bottom
        )


@final
@dataclass(frozen=True, slots=True)
class Solid:
    """What no line may cross: a rectangle of a box, or a circle."""

    area: Area
    is_round: bool
    name: str

    def is_crossed(self, start: Point, end: Point) -> bool:
        if not self.is_round:
            return _crosses(start, end, self.area.grow(-SHRUNK))
        middle = (self.area.left + self.area.right) / 2, (self.area.top + self.area.bottom) / 2
        return _distance(middle, start, end) < (self.area.right - self.area.left) / 2 - SHRUNK

    def has_at_border(self, point: Point) -> bool:
        x, y = point
        left, top, right, bottom = self.area
        if self.is_round:
            off = hypot(x - (left + right) / 2, y - (top + bottom) / 2) - (right - left) / 2
            return abs(off) <= AT_BORDER
        is_near = self.area.grow(AT_BORDER).contains(Area(x, y, x, y))
        return is_near and min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) <= (
            AT_BORDER
        )


@final
class Grid:
    """Areas by the cells that they touch, so that neighbours are found without asking all."""

    def __init__(self, areas: Sequence[Area], cell: float = 48) -> None:
        self._cell = cell
        self._found: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, area in enumerate(areas):
            for key in self._cells(area):
                self._found[key].append(number)

    def near(self, area: Area) -> list[int]:
        """Numbers of the areas that may touch this one, in order."""
        return sorted({n for key in self._cells(area) for n in self._found.get(key, ())})

    def _cells(self, area: Area) -> Iterator[tuple[int, int]]:
        for column in range(floor(area.left / self._cell), floor(area.right / self._cell) + 1):
            for row in range(floor(area.top / self._cell), floor(area.bottom / self._cell) + 1):
                yield column, row


@final
@dataclass(slots=True)
class Parts:
    """The items of a scene by type, each with the number of its item, which is its depth."""

    boxes: list[tuple[int, Box]] = field(default_factory=list)
    rects: list[tuple[int, Rect]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    polygons: list[Polygon] = field(default_factory=list)
    free: list[tuple[int, Text]] = field(default_factory=list)
    """Texts that stand in no box, those on lines too."""

    @classmethod
    def of(cls, scene: Scene) -> Parts:
        parts = cls()
        for number, item in enumerate(scene.items):
            if isinstance(item, Box):
                parts.boxes.append((number, item))
            elif isinstance(item, Rect):
                parts.rects.append((number, item))
            elif isinstance(item, Text):
                parts.free.append((number, item))
            elif isinstance(item, Polygon):
                parts.polygons.append(item)
            else:
                parts.lines.append(item)
                if item.label:
                    parts.free.append((number, item.label))
        return parts


def faults(scene: Scene) -> list[str]:
    """What is wrong with a figure, each as ``what: where``. Good figures have none."""
    wrong = [*_unplaced(scene)]
    if wrong:  # nothing can be said about what has no place
        return wrong
    parts = Parts.of(scene)
    return [
        *_outside(scene),
        *_too_small(scene),
        *_boxes_overlap(parts),
        *_rects_cut(parts),
        *_texts_leave_boxes(parts),
        *_texts_overlap(scene, parts),
        *_texts_on_edges(scene, parts),
        *_lines_cross(scene, parts),
        *_arrows_in_the_air(parts),
    ]


# ---------------------------------------------------------------- the page


def _unplaced(scene: Scene) -> Iterator[str]:
    for x, y in ((scene.width, scene.height), *_corners(scene)):
        if not (isfinite(x) and isfinite(y)):
            yield f"no place: ({x}, {y})"
    if not (scene.width > 0 and scene.height > 0):
        yield f"no page: {scene.width} by {scene.height}"


def _corners(scene: Scene) -> Iterator[Point]:
    for item in scene.primitives():
        if isinstance(item, Line | Polygon):
            yield from item.points
        else:
            area = text_area(item) if isinstance(item, Text) else rect_area(item)
            yield area.left, area.top
            yield area.right, area.bottom


def _outside(scene: Scene) -> Iterator[str]:
    page = Area(-TOUCH, -TOUCH, scene.width + TOUCH, scene.height + TOUCH)
    for item in scene.primitives():
        if isinstance(item, Text):
            areas, name = [text_area(item)], f"text {item.content!r}"
        elif isinstance(item, Rect):
            areas, name = [rect_area(item)], f"rectangle {_place(rect_area(item))}"
        elif isinstance(item, Polygon):
            areas, name = [Area(x, y, x, y) for x, y in item.points], "polygon"
        else:
            areas = [Area(x, y, x, y) for x, y in path(item)]
            name = _line_name(item)
        if not all(page.contains(area) for area in areas):
            yield f"outside of the page: {name}"


def _too_small(scene: Scene) -> Iterator[str]:
    for text in scene.texts:
        if text.size < SMALLEST_TEXT - 0.01:
            yield f"text too small: {text.content!r} has {text.size:g} pt"


# ---------------------------------------------------------------- boxes and rectangles


def _boxes_overlap(parts: Parts) -> Iterator[str]:
    areas = [outer(box) for _, box in parts.boxes]
    grid = Grid(areas)
    for number, area in enumerate(areas):
        for other in grid.near(area):
            if other <= number or not area.overlaps(areas[other]):
                continue
            first, second = parts.boxes[number][1], parts.boxes[other][1]
            if not _is_inside(second, first):
                yield f"boxes overlap: {first.path} and {second.path}"


def _is_inside(box: Box, container: Box) -> bool:
    """Whether a box stands in one that was drawn before it, and not on its texts."""
    inner = outer(box)
    return rect_area(container.rect).contains(inner) and not any(
        text_area(text).overlaps(inner) for text in container.texts
    )


def _rects_cut(parts: Parts) -> Iterator[str]:
    areas = [outer(box) for _, box in parts.boxes]
    grid = Grid(areas)
    for depth, rect in parts.rects:
        area = rect_area(rect)
        for number in grid.near(area):
            box_depth, box = parts.boxes[number]
            if not area.overlaps(areas[number]):
                continue
            if not area.contains(areas[number]):
                yield f"border cuts a box: {_place(area)} and {box.path}"
            elif rect.fill is not None and depth > box_depth:
                yield f"covered: {box.path} by {_place(area)}"


# ---------------------------------------------------------------- texts


def _texts_leave_boxes(parts: Parts) -> Iterator[str]:
    for _, box in parts.boxes:
        rect = rect_area(box.rect)
        inside = Area(
            rect.left + SPARE,
            rect.top + SPARE_ABOVE,
            rect.right - SPARE,
            rect.bottom - SPARE_ABOVE,
        )
        for text in box.texts:
            if not inside.contains(text_area(text)):
                yield f"text leaves its box: {text.content!r} in {box.path}"
        if box.badge is None:
            continue
        badge, count = rect_area(box.badge[0]), text_area(box.badge[1])
        if not badge.contains(count):
            yield f"text leaves its badge: {box.badge[1].content!r} on {box.path}"
        if any(text_area(text).overlaps(badge) for text in box.texts):
            yield f"badge on a text: {box.path}"


def _texts_overlap(scene: Scene, parts: Parts) -> Iterator[str]:
    texts = [text for text in scene.texts if text.content.strip()]
    areas = [text_area(text) for text in texts]
    grid = Grid(areas)
    for number, area in enumerate(areas):
        for other in grid.near(area):
            if other > number and area.overlaps(areas[other]):
                yield f"texts overlap: {texts[number].content!r} and {texts[other].content!r}"
    yield from _texts_on_boxes(parts)


def _texts_on_boxes(parts: Parts) -> Iterator[str]:
    areas = [outer(box) for _, box in parts.boxes]
    grid = Grid(areas)
    containers = {number for number in range(len(areas)) if _holds_boxes(number, areas, grid)}
    for _, text in parts.free:
        area = text_area(text)
        for number in grid.near(area):
            is_on_it = number in containers and areas[number].contains(area)
            box = parts.boxes[number][1]
            if not is_on_it and any(area.overlaps(rect_area(rect)) for rect in _rects(box)):
                yield f"text on a box: {text.content!r} on {box.path}"


def _holds_boxes(number: int, areas: Sequence[Area], grid: Grid) -> bool:
    inside = (other for other in grid.near(areas[number]) if other != number)
    return any(areas[number].contains(areas[other]) for other in inside)


def _texts_on_edges(scene: Scene, parts: Parts) -> Iterator[str]:
    """Texts that begin on a rectangle and end beside it, or that one was drawn upon."""
    areas = [rect_area(rect) for _, rect in parts.rects]
    grid = Grid(areas)
    for depth, text in _texts_with_depth(scene):
        area = text_area(text)
        for number in grid.near(area):
            rect_depth, rect = parts.rects[number]
            edges = areas[number]
            if not area.overlaps(edges) or (rect.fill is None and rect.stroke is None):
                continue
            is_beside = area.left < edges.left - TOUCH or area.right > edges.right + TOUCH
            if is_beside or (rect.stroke is not None and not edges.contains(area)):
                yield f"text on an edge: {text.content!r} and {_place(edges)}"
            elif rect.fill is not None and rect_depth > depth:
                yield f"covered: {text.content!r} by {_place(edges)}"


def _texts_with_depth(scene: Scene) -> Iterator[tuple[int, Text]]:
    for depth, item in enumerate(scene.items):
        if isinstance(item, Text):
            yield depth, item
        elif isinstance(item, Box):
            yield from ((depth, text) for text in item.texts)
        elif isinstance(item, Line) and item.label:
            yield depth, item.label


# ---------------------------------------------------------------- paper


def hull_area(scene: Scene) -> float:
    """What the convex hull of all that is drawn takes (Andrew's monotone chain)."""
    points = sorted(set(_points(scene)))
    hull: list[Point] = []
    for way in (points, points[::-1]):
        chain: list[Point] = []
        for point in way:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        hull += chain[:-1]
    return sum(_turn((0, 0), a, b) for a, b in pairwise([*hull, hull[0]])) / 2


def _turn(origin: Point, a: Point, b: Point) -> float:
    return (a[0] - origin[0]) * (b[1] - origin[1]) - (a[1] - origin[1]) * (b[0] - origin[0])


def _points(scene: Scene) -> Iterator[Point]:
    for item in scene.primitives():
        if isinstance(item, Polygon | Line):
            yield from item.points
            continue
        if isinstance(item, Text):
            area = text_area(item)
        else:
            area = Area(item.x, item.y, item.x + item.width, item.y + item.height)
        yield from ((x, y) for x in (area.left, area.right) for y in (area.top, area.bottom))


# ---------------------------------------------------------------- lines


def _lines_cross(scene: Scene, parts: Parts) -> Iterator[str]:
    solids = [*_solids(parts.boxes), *_bars(scene, parts)]
    texts = [text for text in scene.texts if text.content.strip()]
    around = [text_area(text) for text in texts]
    near_solids, near_texts = Grid([solid.area for solid in solids]), Grid(around)
    for line in parts.lines:
        crossed: dict[str, None] = {}
        for start, end in pairwise(path(line)):
            area = Area(*map(min, start, end), *map(max, start, end)).grow(line.thickness)
            for number in near_solids.near(area):
                if solids[number].is_crossed(start, end):
                    crossed[f"line crosses a box: {_line_name(line)} and {solids[number].name}"] = (
                        None
                    )
            for number in near_texts.near(area):
                if _crosses(start, end, around[number].grow(line.thickness / 2)):
                    names = f"{_line_name(line)} and {texts[number].content!r}"
                    crossed[f"line through a text: {names}"] = None
        yield from crossed


def _solids(boxes: Iterable[tuple[int, Box]]) -> Iterator[Solid]:
    for _, box in boxes:
        for rect in _rects(box):
            yield Solid(rect_area(rect), rect is box.rect and is_circle(rect), box.path)


def _bars(scene: Scene, parts: Parts) -> Iterator[Solid]:
    """Filled rectangles on which nothing stands: those of bars, and the swatches of the legend."""
    standing = [outer(box) for _, box in parts.boxes]
    standing += [text_area(text) for text in scene.texts]
    grid = Grid(standing)
    for _, rect in parts.rects:
        area = rect_area(rect)
        holds = any(area.contains(standing[number]) for number in grid.near(area))
        if rect.fill is not None and not holds:
            yield Solid(area, False, f"bar {_place(area)}")


def _arrows_in_the_air(parts: Parts) -> Iterator[str]:
    frames = (rect_area(rect) for _, rect in parts.rects if rect.fill == "frame")
    solids = [*_solids(parts.boxes), *(Solid(area, False, "frame") for area in frames)]
    grid = Grid([solid.area.grow(AT_BORDER) for solid in solids])
    words = [text_area(text).grow(BESIDE) for _, text in parts.free]
    near_words = Grid(words)
    for line in parts.lines:
        if not line.arrow:
            continue
        x, y = path(line)[-1]
        tip = Area(x, y, x, y)
        if any(solids[number].has_at_border((x, y)) for number in grid.near(tip)):
            continue
        is_led_out = any(words[number].contains(tip) for number in near_words.near(tip))
        if not (is_led_out and not line.target) and not _is_on_polygon(parts.polygons, (x, y)):
            yield f"arrow ends in the air: {_line_name(line)} at ({x:.1f}, {y:.1f})"


def _is_on_polygon(polygons: Iterable[Polygon], point: Point) -> bool:
    return any(
        _distance(point, start, end) <= AT_BORDER
        for polygon in polygons
        for start, end in pairwise((*polygon.points, polygon.points[0]))
    )


def entangled(scene: Scene) -> list[str]:
    """Lines from different layers to different layers of which one lies upon the other, unless
    both layers lead to both: then what they share says just that."""
    found: dict[str, None] = {}
    ends = {(line.source, line.target) for line in scene.lines}
    spans: dict[tuple[bool, int], list[tuple[float, float, Line]]] = defaultdict(list)
    for line in scene.lines:
        for (x1, y1), (x2, y2) in pairwise(line.points if not line.smooth else ()):
            if abs(y1 - y2) < TOUCH:
                spans[True, round(y1 * 4)].append((min(x1, x2), max(x1, x2), line))
            elif abs(x1 - x2) < TOUCH:
                spans[False, round(x1 * 4)].append((min(y1, y2), max(y1, y2), line))
    for beside in spans.values():
        beside.sort(key=lambda span: span[:2])
        for first, second in _overlapping(beside):
            crossed = {(first.source, second.target), (second.source, first.target)}
            if first.source != second.source and first.target != second.target and crossed - ends:
                found[f"lines upon each other: {_line_name(first)} and {_line_name(second)}"] = None
    return [*found]


def _overlapping(spans: Sequence[tuple[float, float, Line]]) -> Iterator[tuple[Line, Line]]:
    """Pairs that share more than a point of a line; the spans are sorted."""
    open_ones: list[tuple[float, float, Line]] = []
    for span in spans:
        open_ones = [other for other in open_ones if other[1] > span[0] + 1]
        yield from ((other[2], span[2]) for other in open_ones if span[1] > span[0] + 1)
        open_ones.append(span)


# ---------------------------------------------------------------- the network and the legend


def expands(scene: Scene, graph: Graph) -> list[str]:
    """Whether the boxes outside of insets stand for the network's layers, each once, and the
    lines are labelled with the shapes of what they begin at."""
    drawn = Counter(path for box in scene.boxes if box.inset is None for path in box.layers)
    layers = {node.path for node in graph.layers}
    return [
        *(f"layer not drawn: {path}" for path in layers - drawn.keys()),
        *(f"no layer: {path}" for path in drawn.keys() - layers),
        *(f"layer drawn {times} times: {path}" for path, times in drawn.items() if times > 1),
        *_uneven(scene, graph),
        *_wrong_shapes(scene, graph),
    ]


def _uneven(scene: Scene, graph: Graph) -> Iterator[str]:
    for box in scene.boxes:
        is_even = len(box.layers) % box.count == 0 or _is_of_instances(box, graph)
        if box.inset is None and not is_even:
            yield f"uneven copies: {len(box.layers)} layers in {box.count} copies of {box.path}"
        if box.badge is not None and box.badge[1].content != f"×{box.count}":
            yield f"wrong badge: {box.badge[1].content!r} on {box.count} copies of {box.path}"
        if box.badge is None and box.count > 1:
            yield f"no badge: {box.count} copies of {box.path}"


def _is_of_instances(box: Box, graph: Graph) -> bool:
    """Copies need not be equal if they are instances of one block, or the parts of a stage."""
    scope = graph.scopes.get(box.path)
    if scope is None or len(scope.children) == box.count:
        return scope is not None
    drawn = set(box.layers)
    instances = [
        child
        for child in graph.scopes[box.path.rpartition(".")[0]].children
        if isinstance(child, Scope)
        and child.block == scope.block
        and drawn.issuperset(node.path for node in child.nodes())
    ]
    return len(instances) == box.count


def _wrong_shapes(scene: Scene, graph: Graph) -> Iterator[str]:
    for line in scene.lines:
        if line.label is None or not SHAPE.fullmatch(line.label.content):
            continue
        if line.source not in graph.nodes and line.source not in graph.scopes:
            yield f"shape of nothing: {line.label.content} on {_line_name(line)}"
        elif line.label.content != str(graph.output_type(line.source)):
            yield f"wrong shape: {line.label.content} on {_line_name(line)}"


def legend(scene: Scene) -> list[str]:
    """Whether the legend lists the roles of the boxes, each once, and nothing else."""
    listed = Counter(_swatches(scene))
    roles = {box.role for box in scene.boxes} - {"input"}
    return [
        *(f"not in the legend: {role}" for role in ROLE_NAMES if role in roles - listed.keys()),
        *(f"in the legend for nothing: {name}" for name in sorted(listed.keys() - roles)),
        *(f"{times} times in the legend: {name}" for name, times in listed.items() if times > 1),
    ]


def _swatches(scene: Scene) -> Iterator[str]:
    """Words on the right of the rectangles that have the colours of a role."""
    words = [item for item in scene.items if isinstance(item, Text)]
    grid = Grid([text_area(word) for word in words])
    for rect in scene.items:
        if not isinstance(rect, Rect) or rect.fill not in ROLE_NAMES:
            continue
        area = rect_area(rect)
        beside = area._replace(left=area.right, right=area.right + BESIDE)
        found = [n for n in grid.near(beside) if text_area(words[n]).overlaps(beside)]
        content = words[found[0]].content if found else "nothing"
        yield content if content == rect.fill else f"{content!r} beside the colour of {rect.fill}"


# ---------------------------------------------------------------- geometry


def text_area(text: Text) -> Area:
    """From the height of capitals to the descenders."""
    return Area(
        text.left,
        text.y - ASCENT * text.size,
        text.left + text.width,
        text.y + DESCENT * text.size,
    )


def rect_area(rect: Rect) -> Area:
    return Area(rect.x, rect.y, rect.x + rect.width, rect.y + rect.height)


def outer(box: Box) -> Area:
    """A box with its sheets and its badge."""
    areas = [rect_area(rect) for rect in _rects(box)]
    return Area(
        min(area.left for area in areas),
        min(area.top for area in areas),
        max(area.right for area in areas),
        max(area.bottom for area in areas),
    )


def _rects(box: Box) -> Iterator[Rect]:
    yield from box.behind
    yield box.rect
    if box.badge:
        yield box.badge[0]


def is_circle(rect: Rect) -> bool:
    return abs(rect.width - rect.height) < TOUCH and rect.radius >= rect.width / 2 - TOUCH


def path(line: Line) -> Sequence[Point]:
    """The corners of a line; of a smooth one points on its curves."""
    if not line.smooth:
        return line.points
    points = [line.points[0]]
    for k in range(0, len(line.points) - 3, 3):
        points += _curve(line.points[k : k + 4])
    return points


def _curve(controls: Sequence[Point]) -> Iterator[Point]:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = controls
    for step in range(1, SAMPLES + 1):
        t = step / SAMPLES
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        yield a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3


def _crosses(start: Point, end: Point, area: Area) -> bool:
    """Whether some of a segment lies within an area: what is left of it between the four sides."""
    if area.left >= area.right or area.top >= area.bottom:
        return False
    first, last = 0.0, 1.0
    for axis, low, high in ((0, area.left, area.right), (1, area.top, area.bottom)):
        at, way = start[axis], end[axis] - start[axis]
        if abs(way) < 1e-9:
            if not low < at < high:
                return False
            continue
        enter, leave = sorted(((low - at) / way, (high - at) / way))
        first, last = max(first, enter), min(last, leave)
    return last - first > 1e-6


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to a segment."""
    (px, py), (x, y), (dx, dy) = point, start, (end[0] - start[0], end[1] - start[1])
    length = dx * dx + dy * dy
    share = max(0.0, min(1.0, ((px - x) * dx + (py - y) * dy) / length)) if length else 0.0
    return hypot(px - x - share * dx, py - y - share * dy)


def _place(area: Area) -> str:
    return f"({area.left:.0f}, {area.top:.0f})–({area.right:.0f}, {area.bottom:.0f})"


def _line_name(line: Line) -> str:
    return f"{line.source or 'in'} → {line.target or 'out'}"

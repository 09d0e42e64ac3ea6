"""Volumes of encoders and decoders as a U: down the left, up the right, a row for each resolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final, final

from archspec.figures.fonts.metrics import ASCENT, text_width
from archspec.figures.layout.panels import Panel
from archspec.figures.scene import Anchor, Item, Line, Point, Text
from archspec.figures.styles.volumes.arrows import arrows
from archspec.figures.styles.volumes.choice.ends import is_alike
from archspec.figures.styles.volumes.choice.volume import Strand, Volume
from archspec.figures.styles.volumes.rows import goal, place
from archspec.figures.styles.volumes.solids import PlacedVolume, draw_solids
from archspec.figures.styles.volumes.volume_measures import VolumeMeasures

FEWEST_SKIPS: Final = 2
LEAD: Final = 14.0
"""From a line that comes down, or goes up, to a volume."""
ROW_GAP: Final = 14.0


@final
@dataclass(frozen=True, slots=True)
class _Row:
    """The volumes of one resolution, by their places: on the way down, and on the way up."""

    left: tuple[int, ...]
    right: tuple[int, ...] = ()


def u_panel(strand: Strand, measures: VolumeMeasures) -> Panel | None:
    """None of a strand that does not go down and come up again with skips across."""
    rows = None if strand.origin else _rows(strand)
    if rows is None:
        return None
    placed = _UPlaces(strand, rows, measures)
    items = list(placed.items())
    left = min(_left(item) for item in items)
    right = max(_right(item) for item in items)
    height = placed.height
    shifted = Panel(right - left, height, tuple(items)).at(-left, 0)
    return Panel(right - left, height, tuple(sorted(shifted, key=lambda i: isinstance(i, Text))))


# ---------------------------------------------------------------- which row


def _rows(strand: Strand) -> list[_Row] | None:
    volumes, skips = strand.volumes, strand.skips
    if any(volume.is_vector or volume.twin for volume in volumes) or len(skips) < FEWEST_SKIPS:
        return None
    areas = [prod(volume.output.spatial) for volume in volumes]
    bottom = areas.index(min(areas))
    rows = _down(volumes[: bottom + 1])
    sources = {skip.target: skip.source for skip in skips}
    last = len(rows) - 1
    for k in range(bottom + 1, len(volumes)):
        row = _row_of(sources.get(k, volumes[k].output), rows, volumes)
        if row is None or row > last:
            return None
        rows[row] = _Row(rows[row].left, (*rows[row].right, k))
        last = row
    across = {(row.left[-1], row.right[0]) for row in rows if row.right}
    is_u = all((skip.source, skip.target) in across for skip in skips)
    return rows if is_u and not rows[-1].right else None


def _down(volumes: Sequence[Volume]) -> list[_Row]:
    rows: list[list[int]] = []
    for k, volume in enumerate(volumes):
        if rows and is_alike(volumes[rows[-1][0]].output, volume.output):
            rows[-1].append(k)
        else:
            rows.append([k])
    return [_Row(tuple(row)) for row in rows]


def _row_of(known: object, rows: Sequence[_Row], volumes: Sequence[Volume]) -> int | None:
    """That of the volume at which a skip begins, or that of a resolution."""
    for number, row in enumerate(rows):
        if isinstance(known, int):
            if known in row.left:
                return number
        elif any(is_alike(volumes[k].output, known) for k in row.left):  # type: ignore[arg-type]
            return number
    return None


# ---------------------------------------------------------------- where


@final
class _UPlaces:
    def __init__(self, strand: Strand, rows: Sequence[_Row], measures: VolumeMeasures) -> None:
        self._strand, self._rows, self._measures = strand, rows, measures
        self._around = measures.around
        self._text_height = measures.sizes.text * ASCENT + measures.sizes.small * 1.35
        self._axes: list[float] = []
        self._ends: list[float] = []
        """Of each row its lower end."""
        y = 0.0
        for row in rows:
            volumes = [strand.volumes[k] for k in (*row.left, *row.right)]
            half = max(measures.size(volume).half for volume in volumes)
            y += self._text_height + self._around + half
            self._axes.append(y)
            self._ends.append(y + half)
            y += half + ROW_GAP * measures.unit
        self._placed: dict[int, PlacedVolume] = {}
        self._place()

    @property
    def height(self) -> float:
        return self._ends[-1]

    def _place(self) -> None:
        """Down the left, each row beginning right of what leads to it; then up the right."""
        x = 0.0
        for number, row in enumerate(self._rows):
            first = self._strand.volumes[row.left[0]]
            x += self._lead(first) if number else 0
            x = _foot(self._put(row.left, x, number))
        edge = self._placed[self._rows[-1].left[-1]].right
        before = self._strand.volumes[self._rows[-1].left[-1]]
        for number in reversed(range(len(self._rows))):
            if right := self._rows[number].right:
                first = self._strand.volumes[right[0]]
                half = self._measures.size(first).width / 2
                left = self._placed[self._rows[number].left[-1]]
                foot = max(edge + self._lead(before), left.right + self._across(first) + half)
                edge = self._put(right, foot - half, number).right
                before = self._strand.volumes[right[-1]]

    def _put(self, places: Sequence[int], x: float, number: int) -> PlacedVolume:
        volumes = [self._strand.volumes[k] for k in places]
        row = place(volumes, self._measures, x, self._axes[number])
        self._placed |= dict(zip(places, row, strict=True))
        return row[-1]

    def _lead(self, volume: Volume) -> float:
        """From a vertical line to a volume beside it, whose texts may be wider."""
        beside = (_width(volume, self._measures) - self._measures.size(volume).across) / 2
        return max(LEAD * self._measures.unit, beside + self._around)

    def _across(self, volume: Volume) -> float:
        """A skip at least, with its word, and beside the texts of the volume at its end."""
        words = [skip.word for skip in self._strand.skips]
        word = max(text_width(word, self._measures.sizes.small) for word in words)
        return max(word + 12 * self._measures.unit, 2 * self._lead(volume))

    # ------------------------------------------------------------ items

    def items(self) -> Iterator[Item]:
        for k, placed in self._placed.items():
            yield from draw_solids(placed, self._measures)
            yield from self._texts(placed)
            before = self._placed.get(k - 1)
            if before is not None and before.axis == placed.axis:
                yield from arrows(before, placed, self._measures)
            elif before is not None and before.axis < placed.axis:
                yield from self._down(before, placed)
            elif before is not None:
                yield from self._up(before, placed)
        if self._strand.goal:
            yield from goal(self._strand, placed, self._measures)
        for skip in self._strand.skips:
            yield from self._skip(self._placed[skip.source], self._placed[skip.target], skip.word)

    def _texts(self, placed: PlacedVolume) -> Iterator[Text]:
        """Name and shape over it: lines leave it downwards."""
        volume, sizes = placed.volume, self._measures.sizes
        middle, top = placed.x + placed.size.across / 2, placed.axis - placed.size.half
        base = top - self._around
        yield Text(middle, base - sizes.small * 1.35, volume.name, sizes.text, "middle", True)
        yield Text(middle, base, str(volume.output), sizes.small, "middle", color="pale")

    def _down(self, before: PlacedVolume, placed: PlacedVolume) -> Iterator[Item]:
        x, y = _foot(before), before.axis + before.size.half
        yield self._line(((x, y), (x, placed.axis), (placed.x, placed.axis)), before, placed)
        yield from self._label(placed.volume, x - self._around, before.axis, "end")

    def _up(self, before: PlacedVolume, placed: PlacedVolume) -> Iterator[Item]:
        x, y = _foot(placed), placed.axis + placed.size.half
        yield self._line(((before.right, before.axis), (x, before.axis), (x, y)), before, placed)
        yield from self._label(placed.volume, x + self._around, placed.axis, "start")

    def _label(self, volume: Volume, x: float, axis: float, anchor: Anchor) -> Iterator[Text]:
        """What leads to a volume, outside of the line, below a row."""
        sizes, end = self._measures.sizes, self._ends[self._axes.index(axis)]
        for k, line in enumerate((*volume.below, *volume.above)):
            y = end + sizes.small * 1.3 + k * self._measures.pitch
            yield Text(x, y, line, sizes.small, anchor, color="pale")

    def _skip(self, before: PlacedVolume, placed: PlacedVolume, word: str) -> Iterator[Item]:
        y = placed.axis
        yield self._line(((before.right, y), (placed.x, y)), before, placed)
        if word:
            size, unit = self._measures.sizes.small, self._measures.unit
            yield Text(placed.x - 7 * unit, y - 3 * unit, word, size, "end", color="pale")

    def _line(self, points: tuple[Point, ...], before: PlacedVolume, placed: PlacedVolume) -> Line:
        source, target = before.ends[0][0], placed.begins[0][0]
        return Line(points, source, target, thickness=0.9 * self._measures.unit)


def _foot(placed: PlacedVolume) -> float:
    """The middle of the lower edge of the front."""
    return placed.x + placed.size.width / 2


def _width(volume: Volume, measures: VolumeMeasures) -> float:
    name = text_width(volume.name, measures.sizes.text, True)
    return max(name, text_width(str(volume.output), measures.sizes.small))


def _left(item: Item) -> float:
    return item.left if isinstance(item, Text) else 0.0


def _right(item: Item) -> float:
    return item.left + item.width if isinstance(item, Text) else _edge(item)


def _edge(item: Item) -> float:
    points = getattr(item, "points", None)
    return max(x for x, _ in points) if points else 0.0

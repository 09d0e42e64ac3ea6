"""A diagram as rows of a terminal: a column for every branch, as ``git log --graph`` has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final, assert_never, final

from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
    leaves,
)
from archspec.op.base import Role

UP, DOWN, LEFT, RIGHT, DASHED, MARK, BRIDGE, INTO = 1, 2, 4, 8, 16, 32, 64, 128
"""Where the lines in a cell lead, whether there is a leaf on them, whether one line leads past another
that it does not meet, and whether the lines on the right lead into it and go on, too."""
THROUGH: Final = UP | DOWN
MAX_NESTED: Final = 40
"""Diagrams inside of diagrams; what is deeper is a plain list of its leaves."""
BEGIN: Final = -1


@final
@dataclass(frozen=True, slots=True)
class TextRow:
    cells: tuple[int, ...]
    leaf: Leaf | None = None
    note: str = ""
    """The text if there is no leaf."""
    indent: int = 0
    """Open scopes around it."""
    path: str = ""
    """Of the layer or scope that it shows, if it shows one."""


def graph_rows(
    diagram: Diagram, room: int, *, starts: bool = False, ends: bool = False
) -> list[TextRow]:
    """At most ``room`` columns. What ``starts`` begins with inputs, which come from nowhere; what
    ``ends`` has outputs, which are not merged."""
    return _rows(diagram, max(room, 1), 0, starts, ends)


def with_headings(rows: Iterable[TextRow], headings: Mapping[str, str]) -> Iterator[TextRow]:
    """The same with a row for each open scope that has no frame, above what it holds; above each
    stretch of it, where others stand between."""
    around: list[str] = []
    above = TextRow(())
    for row in rows:
        if row.path:
            inside = [path for path in headings if row.path.startswith(f"{path}.")]
            for k, path in enumerate(inside):
                if inside[: k + 1] != around[: k + 1]:
                    lines = _passing(above, row)
                    yield TextRow(lines, note=headings[path], indent=row.indent + k)
            around = inside
        yield replace(row, indent=row.indent + len(around) if row.path else row.indent)
        above = row


def _passing(above: TextRow, below: TextRow) -> tuple[int, ...]:
    """The lines between two rows."""
    pairs = zip_longest(above.cells, below.cells, fillvalue=0)
    return tuple(
        THROUGH | (first & second & DASHED) if first & (DOWN | MARK) and second & (UP | MARK) else 0
        for first, second in pairs
    )


def _rows(diagram: Diagram, room: int, nested: int, starts: bool, ends: bool) -> list[TextRow]:
    if nested > MAX_NESTED:
        return [row for leaf in leaves(diagram) for row in _leaf(leaf, room, nested)]
    match diagram:
        case Leaf():
            return list(_leaf(diagram, room, nested))
        case Wire():
            return []
        case Series():
            return list(_series(diagram, room, nested, starts, ends))
        case Rows():
            whole = Series(tuple(part for row in diagram.rows for part in row.parts))
            return list(_series(whole, room, nested, starts, ends))
        case Frame():
            return list(_frame(diagram, room, nested))
        case Lanes():
            return list(_lanes(diagram, room, nested, starts, ends))
        case Parallel():
            return list(_parallel(diagram, None, room, nested, starts, ends))
        case _:
            assert_never(diagram)


def _leaf(leaf: Leaf, room: int, nested: int) -> Iterator[TextRow]:
    """Its row, and to the right what begins here in training only."""
    yield TextRow((MARK,), leaf, path=leaf.path)
    if nested <= MAX_NESTED:
        yield from _side_branches(leaf, room, nested)


def _side_branches(part: Leaf | Frame, room: int, nested: int) -> Iterator[TextRow]:
    for branch in part.side_branches:
        inside = _rows(branch, room - 1, nested + 1, False, True)
        if room > 1:
            yield TextRow((THROUGH | RIGHT, LEFT | DOWN | DASHED))
            yield from _beside(inside, 1, 2, {0: THROUGH})
        else:
            yield from inside


def _series(series: Series, room: int, nested: int, starts: bool, ends: bool) -> Iterator[TextRow]:
    parts = series.parts
    merged = False
    for k, part in enumerate(parts):
        begins, last = starts and not k, ends and k == len(parts) - 1
        after = parts[k + 1] if k + 1 < len(parts) else None
        if merged:
            merged = False
        elif isinstance(part, Parallel) and _is_merge(after):
            merged = True
            yield from _parallel(part, after, room, nested + 1, begins, False)
        else:
            yield from _rows(part, room, nested + 1, begins, last)


def _is_merge(part: Diagram | None) -> bool:
    return isinstance(part, Leaf) and part.role == Role.MERGE.value


def _frame(frame: Frame, room: int, nested: int) -> Iterator[TextRow]:
    times = f"×{frame.count}" if frame.count > 1 else ""
    heading = " ".join(filter(None, (frame.heading, times)))
    yield TextRow((THROUGH,), note=heading, path=frame.path)
    for row in _rows(frame.inside, room, nested + 1, False, False):
        yield replace(row, indent=row.indent + 1)
    yield from _side_branches(frame, room, nested)


# Branches.


def _parallel(
    parallel: Parallel, merge: Diagram | None, room: int, nested: int, starts: bool, ends: bool
) -> Iterator[TextRow]:
    """Branches side by side, those that are just a line to the right; the merge in the last row."""
    branches = sorted(parallel.branches, key=lambda branch: isinstance(branch, Wire))
    each = room - len(branches) + 1
    inner = [_rows(branch, max(each, 1), nested + 1, starts, ends) for branch in branches]
    widths = [max((len(row.cells) for row in inside), default=1) for inside in inner]
    last = merge if isinstance(merge, Leaf) else None
    if sum(widths) > room or nested > MAX_NESTED:
        yield from _list_branches(branches, room, nested)
        yield from _leaf(last, room, nested) if last else ()
        return
    columns = [sum(widths[:k]) for k in range(len(widths))]
    if not starts:
        yield TextRow(_fork(columns, THROUGH, DOWN))
    passing = {
        column: THROUGH | (DASHED if _is_dashed(branch) else 0)
        for column, branch in zip(columns, branches, strict=True)
    }
    for k, (column, inside) in enumerate(zip(columns, inner, strict=True)):
        hidden = {*columns[:k]} if ends else set()
        hidden |= {*columns[k + 1 :]} if starts else set()
        kept = {at: line for at, line in passing.items() if at not in hidden}
        yield from _beside(inside, column, sum(widths), kept)
    if last:
        above, *below = _leaf(last, room, nested)
        yield replace(above, cells=_fork(columns, MARK, UP))
        yield from below
    elif not ends:
        yield TextRow(_fork(columns, THROUGH, UP))


def _fork(columns: Sequence[int], first: int, others: int) -> tuple[int, ...]:
    """A row in which the first column is connected with the others."""
    cells = [LEFT | RIGHT] * (columns[-1] + 1)
    for column in columns:
        cells[column] |= others
    cells[-1] &= ~RIGHT
    cells[0] = first | (RIGHT if len(columns) > 1 else 0)
    return tuple(cells)


def _beside(
    inside: Sequence[TextRow], column: int, width: int, passing: Mapping[int, int]
) -> Iterator[TextRow]:
    """The rows of one branch, with the lines of the others that pass by."""
    for row in inside:
        cells = [0] * max(width, column + len(row.cells))
        for at, line in passing.items():
            cells[at] = line
        cells[column : column + len(row.cells)] = row.cells
        yield replace(row, cells=tuple(cells))


def _list_branches(branches: Sequence[Diagram], room: int, nested: int) -> Iterator[TextRow]:
    """More branches than there is room for: one below the other."""
    for k, branch in enumerate(branches, start=1):
        yield TextRow((THROUGH,), note=f"branch {k} of {len(branches)}")
        if room > 1:
            inside = _rows(branch, room - 1, nested + 1, False, False)
            yield from _beside(inside, 1, 2, {0: THROUGH})
        else:
            yield from (TextRow((MARK,), leaf, path=leaf.path) for leaf in leaves(branch))


def _is_dashed(diagram: Diagram) -> bool:
    if isinstance(diagram, Wire):
        return diagram.dashed
    return all(leaf.dashed for leaf in leaves(diagram))


# Lanes.


def _lanes(lanes: Lanes, room: int, nested: int, starts: bool, ends: bool) -> Iterator[TextRow]:
    """Parts one below the other; what jumps over parts has a column to the right."""
    count = len(lanes.parts)
    links = [
        (source, target)
        for source, target in lanes.links
        if not (starts and source == BEGIN) and not (ends and target == count)
    ]
    reach = {source: max(end for start, end in links if start == source) for source, _ in links}
    slots = _slots({source: end for source, end in reach.items() if end > source + 1})
    first = room - len(set(slots.values()))
    if first < 1 or nested > MAX_NESTED:
        yield from _list_lanes(lanes, links, room, nested)
        return
    read = {source for source, _ in links}
    inner = [
        _rows(part, first, nested + 1, False, ends and k not in read)
        for k, part in enumerate(lanes.parts)
    ]
    base = max([1, *(len(row.cells) for inside in inner for row in inside)])
    columns = {source: base + slot for source, slot in slots.items()}
    width = base + len(set(slots.values()))
    live: dict[int, int] = {}
    for k in range(BEGIN, count + 1):
        joining = [
            columns[start] for start, end in links if end == k and start in live and start < k - 1
        ]
        is_fed = (k - 1, k) in links
        for start in [start for start in live if reach[start] == k]:
            live.pop(start)
        if joining and not (k == count and ends):
            yield TextRow(_cross(width, joining, live.values(), UP * is_fed | DOWN, UP))
        if 0 <= k < count:
            yield from _beside(inner[k], 0, width, dict.fromkeys(live.values(), THROUGH))
        if k in columns:
            onwards = DOWN if (k, k + 1) in links else 0
            yield TextRow(_cross(width, [columns[k]], live.values(), UP | onwards, DOWN))
            live[k] = columns[k]


def _slots(reach: Mapping[int, int]) -> dict[int, int]:
    """A column for every part that is read from afar; columns are used again."""
    free_from: list[int] = []
    slots: dict[int, int] = {}
    for source in sorted(reach):
        free = next((k for k, end in enumerate(free_from) if end <= source), len(free_from))
        free_from[free : free + 1] = [reach[source]]
        slots[source] = free
    return slots


def _cross(
    width: int, joined: Sequence[int], passing: Iterable[int], first: int, others: int
) -> tuple[int, ...]:
    """The first column connected with others, across the lines that pass by."""
    cells = [0] * width
    for at in range(1, max(joined) + 1):
        cells[at] = LEFT | (RIGHT if at < max(joined) else 0)
    for at in joined:
        cells[at] |= others
    for at in passing:
        cells[at] |= THROUGH if at in joined or not cells[at] else THROUGH | BRIDGE
    goes_on = others == UP and not set(joined).isdisjoint(passing)
    cells[0] = first | RIGHT | (INTO if goes_on else 0)
    return tuple(cells)


def _list_lanes(
    lanes: Lanes, links: Sequence[tuple[int, int]], room: int, nested: int
) -> Iterator[TextRow]:
    """More lanes than there is room for: numbers say what reads what."""
    for k, part in enumerate(lanes.parts):
        read = [start for start, end in links if end == k]
        if read not in ([], [k - 1]):
            names = ", ".join("the input" if start == BEGIN else str(start + 1) for start in read)
            yield TextRow((THROUGH,), note=f"{k + 1} reads {names}")
        else:
            yield TextRow((THROUGH,), note=str(k + 1))
        yield from _rows(part, room, nested + 1, False, False)

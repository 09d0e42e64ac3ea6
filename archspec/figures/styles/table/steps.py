"""The rows of one network in a table: units of its main path, equal neighbours folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, pairwise, takewhile
from typing import Final, TypeVar, final

from archspec.describe.layers import paper_name
from archspec.describe.values import DIGITS, span
from archspec.escaping import clean
from archspec.figures.styles.table.cells import Block, Line, Part
from archspec.figures.styles.table.units import Size, Unit, is_loud
from archspec.graph import Graph, Node
from archspec.graph.folding import find_repeat
from archspec.op.base import Role

MAX_LISTED: Final = 4
"""Lines that repeat are listed up to here; more are told as ×N."""
MAX_NAME: Final = 24
"""Characters of a name that tells of several layers."""
MAX_LINE: Final = 200
QUIET: Final = {
    Role.NORM: "normalisation",
    Role.ACTIVATION: "activation",
    Role.DROP: "regularisation",
}
"""Roles that have no lines, and what they are called."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """Units that are told together."""

    part: Part
    units: tuple[Unit, ...]
    drops_stride: bool = False
    """The first copy has a stride that the others have not."""

    @property
    def is_pool(self) -> bool:
        first = self.units[0].first
        return isinstance(first, Node) and first.op.role is Role.POOL

    @property
    def is_line(self) -> bool:
        return isinstance(self.part, Line)

    @property
    def nodes(self) -> Iterator[Node]:
        return (node for unit in self.units for node in unit.nodes)


def stages(units: Sequence[Unit]) -> list[tuple[Size, list[Step]]]:
    """The main path, split where the resolution changes."""
    return [(size, steps(list(same))) for size, same in groupby(units, key=lambda unit: unit.size)]


def steps(units: Sequence[Unit]) -> list[Step]:
    numbers = _numbers(units)
    found: list[Step] = []
    position = 0
    while position < len(units):
        found.append(_step(units, numbers, position))
        position += len(found[-1].units)
    return found


def _numbers(units: Sequence[Unit]) -> list[int]:
    """Equal for units that are told in the same words."""
    known: dict[object, int] = {}
    keys = [
        (unit.block.block, *(line.without_stride for line in unit.lines))
        if unit.block
        else unit.lines[0].text
        for unit in units
    ]
    return [known.setdefault(key, len(known)) for key in keys]


def _step(units: Sequence[Unit], numbers: Sequence[int], start: int) -> Step:
    """What the units from a place on are told as."""
    if units[start].block:
        same = takewhile(lambda k: numbers[k] == numbers[start], range(start, len(units)))
        return _blocks([units[k] for k in same])
    period, count = find_repeat(numbers, start)
    told = units[start : start + period * count]
    if len(told) <= MAX_LISTED or any(unit.block for unit in told[:period]):
        return Step(_line(told[0].lines[0].text), tuple(told[:1]))
    lines = tuple(_line(unit.lines[0].text) for unit in told[:period])
    return Step(Block(lines, count), tuple(told))


def _blocks(units: Sequence[Unit]) -> Step:
    strided = [tuple(line.text for line in unit.lines) for unit in units]
    is_equal = all(first == second for first, second in pairwise(strided))
    texts = strided[0] if is_equal else [line.without_stride for line in units[0].lines]
    return Step(Block(tuple(map(_line, texts)), len(units)), tuple(units), not is_equal)


def _line(text: str) -> Line:
    return Line(clean(text, MAX_LINE))


# Names.


def names(graph: Graph, rows: Sequence[Sequence[Step]]) -> list[str]:
    """A name for every row, empty where none tells it from the others."""
    paths = [_paths(graph, row) for row in rows]
    prefixes = Counter(prefix for places in paths for prefix in _prefixes(places))
    told = [_name(places, prefixes) for places in paths]
    often = Counter(told)
    longer = [
        _joined(places) if often[name] > 1 else name
        for places, name in zip(paths, told, strict=True)
    ]
    often = Counter(longer)
    return [clean(name) if often[name] == 1 else "" for name in longer]


def _prefixes(paths: Sequence[str]) -> set[tuple[str, ...]]:
    """The scopes that a row is in, and its own path."""
    split = [tuple(path.split(".")) for path in paths]
    return {parts[:length] for parts in split for length in range(1, len(parts) + 1)}


def _paths(graph: Graph, row: Sequence[Step]) -> list[str]:
    """Of what a row is made of: its blocks, else its layers, its pooling only if it has no other."""
    blocks = [step for step in row if not step.is_line]
    chosen = blocks or [step for step in row if not step.is_pool] or row
    return [_place(graph, unit) for step in chosen for unit in step.units]


def _place(graph: Graph, unit: Unit) -> str:
    """Path of a unit: of the scope around a layer that is told alone in it."""
    path = unit.first.path
    if unit.block:
        return path
    while parent := path.rpartition(".")[0]:
        if len(list(islice(filter(is_loud, graph.scopes[parent].nodes()), 2))) > 1:
            break
        path = parent
    return path


def _name(paths: Sequence[str], prefixes: Counter[tuple[str, ...]]) -> str:
    """``layer1``: the scope that a row is alone in, else from the first path to the last."""
    shared = _shared([path.split(".") for path in paths])
    if prefixes[tuple(shared)] != 1:
        return _joined(paths)
    return ".".join(shared) if shared[-1].isdecimal() else shared[-1]


def _joined(paths: Sequence[str]) -> str:
    """``features.5–6``, or ``inception3`` of 3a and 3b."""
    told = span(paths) if paths else ""
    return told if len(told) <= MAX_NAME else "".join(_shared(paths)).rstrip(DIGITS + "._-")


_Item = TypeVar("_Item")


def _shared(sequences: Sequence[Sequence[_Item]]) -> list[_Item]:
    """What all begin with."""
    at_places = zip(*sequences, strict=False)
    return [items[0] for items in takewhile(lambda items: len(set(items)) == 1, at_places)]


def is_quiet(node: Node) -> bool:
    """Whether it is something that a table tells of in words only."""
    return node.op.role in QUIET and not is_loud(node)


def left_out(graph: Graph, rows: Sequence[Step]) -> dict[str, None]:
    """What the rows of a network do not show, in the order of its layers."""
    quiet = filter(is_quiet, graph.layers)
    words = dict.fromkeys(paper_name(node.op) for node in quiet)
    if any(unit.hides for step in rows for unit in step.units):
        words["projections on shortcuts"] = None
    if any(step.drops_stride for step in rows):
        words["the stride of a stage's first block"] = None
    return words

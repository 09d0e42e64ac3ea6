"""The rows of one network in a table: items of its main path, equal neighbours folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, pairwise, takewhile
from typing import Final, TypeVar, final

from archspec.describe.layers import paper_name
from archspec.describe.values import DIGITS, span
from archspec.escaping import clean
from archspec.figures.styles.table.cells import CellBlock, CellLine, CellPart
from archspec.figures.styles.table.path_items import PathItem, Size, has_row
from archspec.graph import Graph, Node
from archspec.graph.folding import find_repeat
from archspec.op.base import Role

MAX_LISTED: Final = 4
"""Lines that repeat are listed up to here; more are shown as ×N."""
MAX_NAME: Final = 24
"""Characters of a name for several layers."""
MAX_LINE: Final = 200
UNLISTED: Final = {
    Role.NORM: "normalisation",
    Role.ACTIVATION: "activation",
    Role.DROP: "regularisation",
}
"""Roles that have no lines, and what they are called."""


@final
@dataclass(frozen=True, slots=True)
class Step:
    """Steps of the main path that share a row."""

    part: CellPart
    items: tuple[PathItem, ...]
    drops_stride: bool = False
    """The first copy has a stride that the others have not."""

    @property
    def is_pool(self) -> bool:
        first = self.items[0].first
        return isinstance(first, Node) and first.op.role is Role.POOL

    @property
    def is_line(self) -> bool:
        return isinstance(self.part, CellLine)

    @property
    def nodes(self) -> Iterator[Node]:
        return (node for item in self.items for node in item.nodes)


def stages(items: Sequence[PathItem]) -> list[tuple[Size, list[Step]]]:
    """The main path, split where the resolution changes."""
    return [(size, steps(list(same))) for size, same in groupby(items, key=lambda item: item.size)]


def steps(items: Sequence[PathItem]) -> list[Step]:
    numbers = _numbers(items)
    found: list[Step] = []
    position = 0
    while position < len(items):
        found.append(_step(items, numbers, position))
        position += len(found[-1].items)
    return found


def _numbers(items: Sequence[PathItem]) -> list[int]:
    """Equal for what has the same words in the table."""
    known: dict[object, int] = {}
    keys = [
        (item.block.block, *(line.without_stride for line in item.lines))
        if item.block
        else item.lines[0].text
        for item in items
    ]
    return [known.setdefault(key, len(known)) for key in keys]


def _step(items: Sequence[PathItem], numbers: Sequence[int], start: int) -> Step:
    """The row of what begins at a place."""
    if items[start].block:
        same = takewhile(lambda k: numbers[k] == numbers[start], range(start, len(items)))
        return _blocks([items[k] for k in same])
    period, count = find_repeat(numbers, start)
    repeated = items[start : start + period * count]
    if len(repeated) <= MAX_LISTED or any(item.block for item in repeated[:period]):
        return Step(_line(repeated[0].lines[0].text), tuple(repeated[:1]))
    lines = tuple(_line(item.lines[0].text) for item in repeated[:period])
    return Step(CellBlock(lines, count), tuple(repeated))


def _blocks(items: Sequence[PathItem]) -> Step:
    strided = [tuple(line.text for line in item.lines) for item in items]
    is_equal = all(first == second for first, second in pairwise(strided))
    texts = strided[0] if is_equal else [line.without_stride for line in items[0].lines]
    return Step(CellBlock(tuple(map(_line, texts)), len(items)), tuple(items), not is_equal)


def _line(text: str) -> CellLine:
    return CellLine(clean(text, MAX_LINE))


# Names.


def names(graph: Graph, rows: Sequence[Sequence[Step]]) -> list[str]:
    """A name for every row, empty where none distinguishes it from the others."""
    paths = [_paths(graph, row) for row in rows]
    prefixes = Counter(prefix for places in paths for prefix in _prefixes(places))
    texts = [_name(places, prefixes) for places in paths]
    often = Counter(texts)
    longer = [
        _joined(places) if often[name] > 1 else name
        for places, name in zip(paths, texts, strict=True)
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
    return [_place(graph, item) for step in chosen for item in step.items]


def _place(graph: Graph, item: PathItem) -> str:
    """Path of a item: of the scope around a layer that is alone in it."""
    path = item.first.path
    if item.block:
        return path
    while parent := path.rpartition(".")[0]:
        if len(list(islice(filter(has_row, graph.scopes[parent].nodes()), 2))) > 1:
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
    text = span(paths) if paths else ""
    return text if len(text) <= MAX_NAME else "".join(_shared(paths)).rstrip(DIGITS + "._-")


_Item = TypeVar("_Item")


def _shared(sequences: Sequence[Sequence[_Item]]) -> list[_Item]:
    """What all begin with."""
    at_places = zip(*sequences, strict=False)
    return [items[0] for items in takewhile(lambda items: len(set(items)) == 1, at_places)]


def is_unlisted(node: Node) -> bool:
    """Whether it is something that a table mentions in words only."""
    return node.op.role in UNLISTED and not has_row(node)


def left_out(graph: Graph, rows: Sequence[Step]) -> dict[str, None]:
    """What the rows of a network do not show, in the order of its layers."""
    unlisted = filter(is_unlisted, graph.layers)
    words = dict.fromkeys(paper_name(node.op) for node in unlisted)
    if any(item.hides for step in rows for item in step.items):
        words["projections on shortcuts"] = None
    if any(step.drops_stride for step in rows):
        words["the stride of a stage's first block"] = None
    return words

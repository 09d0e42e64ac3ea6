"""What a page knows of its network: layers, scopes and the diagram, as plain data."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import PurePath
from typing import Any, Final, assert_never, final

from archspec.analyses.receptive import ReceptiveField, receptive_fields
from archspec.describe.layers import SEPARATOR
from archspec.describe.values import value
from archspec.escaping import clean
from archspec.figures.annotations.looks import look
from archspec.figures.annotations.marks import BoxMark
from archspec.figures.fonts.metrics import text_width
from archspec.figures.fonts.widths import UNITS_PER_EM
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
    fold,
)
from archspec.figures.sizes import Sizes
from archspec.figures.theme import shade
from archspec.graph import Graph, Node, Scope
from archspec.op.base import Op
from archspec.text import Origin

MAX_LINE: Final = 160
MAX_VALUE: Final = 80
MAX_PROSE: Final = 600
"""Characters of a line of the spec, of an argument, of a description."""
MAX_EXACT: Final = 2**53
"""The largest whole number of a script up to which all are exact."""
DIGITS_AND_TIMES: Final = "0123456789×"
"""What the script writes itself: ``×6``."""


@final
class _Table:
    """Values that occur often, each once, named by their places."""

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}
        self.values: list[Any] = []

    def place(self, key: Hashable, value: Any = None) -> int:
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(key if value is None else value)
        return self._places[key]


def page_data(diagram: Diagram, graph: Graph) -> dict[str, Any]:
    ops, shapes, fields, written = _Table(), _Table(), _Table(), _Table()
    numbers = {path: number for number, path in enumerate(graph.nodes)}
    seen = receptive_fields(graph)
    layers = [
        [
            _name(node.path),
            ops.place(_key(node.op), _op(node)),
            [numbers[source] for source in node.sources],
            shapes.place(str(node.output)),
            _exact(node.params),
            _exact(node.cost.macs),
            _exact(node.cost.elementwise),
            fields.place(_field_text(seen[node.path])) if node.path in seen else -1,
            written.place(line) if (line := _line(node.origin)) else -1,
            None if node.weights is None else _name(node.weights),
        ]
        for node in graph.nodes.values()
    ]
    scopes = {_name(path): _scope(scope, written) for path, scope in graph.scopes.items() if path}
    tree = fold(diagram, partial(_sent, numbers))
    return {
        "name": clean(graph.name),
        "description": clean(graph.description or "", MAX_PROSE),
        "cite": clean(graph.cite or "", MAX_PROSE),
        "sizes": asdict(Sizes()),
        "units": UNITS_PER_EM,
        "widths": _widths(tree),
        "layers": layers,
        "training": _runs(sorted(numbers[path] for path in graph.training_only)),
        "ops": ops.values,
        "shapes": shapes.values,
        "fields": fields.values,
        "written": written.values,
        "scopes": scopes,
        "diagram": tree,
    }


def _exact(count: int) -> int | str:
    """A number, or its digits where a script's number is no longer exact."""
    return count if count <= MAX_EXACT else str(count)


def _name(path: str) -> str:
    return clean(path, MAX_PROSE)


def _key(op: Op) -> Hashable:
    return type(op), tuple(map(repr, op.arguments().values()))


def _op(node: Node) -> dict[str, Any]:
    """An op with the arguments that were given, and apart from them those left as they are."""
    defaults = node.op.defaults()
    given: dict[str, str] = {}
    usual: dict[str, str] = {}
    for name, argument in node.op.arguments().items():
        is_usual = defaults.get(name, ...) == argument
        (usual if is_usual else given)[name] = _value(argument)
    return {"op": node.op_name, "role": node.op.role.value, "arguments": given, "defaults": usual}


def _value(given: object) -> str:
    return clean(value(given), MAX_VALUE)


def _field_text(field: ReceptiveField) -> str:
    size = "×".join(map(str, field.size))
    if field.whole:
        return f"the whole input, {size}"
    steps = [
        f"{step.numerator}/{step.denominator}" if step.denominator > 1 else str(step)
        for step in field.stride
    ]
    return f"{size}, step {steps[0] if len(set(steps)) == 1 else '×'.join(steps)}"


def _line(origin: Origin | None) -> tuple[str, int, str] | None:
    """File, number and text of the line where something was written."""
    if origin is None:
        return None
    span = origin.key
    text = clean(span.source.lines[span.line].strip(), MAX_LINE)
    return _file(span.source.name), span.line + 1, text


@lru_cache(maxsize=64)
def _file(name: str) -> str:
    """No folders of the machine that the page was made on."""
    return clean(PurePath(name).name if PurePath(name).is_absolute() else name)


def _scope(scope: Scope, written: _Table) -> dict[str, Any]:
    line = _line(scope.origin)
    return {
        "arguments": {clean(name): _value(given) for name, given in scope.arguments.items()},
        "written": written.place(line) if line else -1,
    }


# ---------------------------------------------------------------- the diagram


Contents = tuple[dict[str, Any], ...]


def _sent(numbers: Mapping[str, int], part: Diagram, contents: Contents) -> dict[str, Any]:
    """A part of a diagram as plain data, given those of its contents; what is usual is left out."""
    match part:
        case Leaf():
            return _leaf(part, numbers, contents)
        case Wire():
            return {"kind": "wire", **({"dashed": True} if part.dashed else {})}
        case Parallel():
            return {"kind": "parallel", "branches": contents}
        case Lanes():
            return {"kind": "lanes", "parts": contents, "links": part.links}
        case Frame():
            inside, *sides = contents
            named = {"path": _name(part.path), "heading": clean(part.heading), "count": part.count}
            sent = {"kind": "frame", **named, "dashed": part.dashed, "inside": inside}
            return {**sent, "output": part.output, "side_branches": sides} if sides else sent
        case Series():
            return {"kind": "series", "parts": contents}
        case Rows():
            return {"kind": "series", "parts": [one for row in contents for one in row["parts"]]}
        case _:
            assert_never(part)


def _leaf(leaf: Leaf, numbers: Mapping[str, int], contents: Contents) -> dict[str, Any]:
    usual = Leaf("", "")
    sent: dict[str, Any] = {"kind": "leaf", "path": _name(leaf.path), "title": leaf.title}
    for name in ("under", "role", "block", "form", "count", "shape", "params", "macs", "dashed"):
        value = getattr(leaf, name)
        if value != getattr(usual, name):
            sent[name] = _exact(value) if isinstance(value, int) else value
    sent |= _mark(leaf)
    if leaf.layers:
        sent["layers"] = _runs([numbers[path] for path in leaf.layers])
    if leaf.output:
        sent["output"] = _name(leaf.output)
    if leaf.feed:
        sent["name"] = "input" if leaf.is_entry else "output"
    if leaf.side_branches:
        sent["side_branches"] = contents[: len(leaf.side_branches)]
    if leaf.inside is not None:
        sent["heading"] = heading(leaf)
        sent["inside"] = contents[-1]
    return sent


def _mark(leaf: Leaf) -> dict[str, Any]:
    """What is particular about a box."""
    mark, colors = leaf.mark, look(leaf.role, BoxMark(color=leaf.mark.color))
    sent: dict[str, Any] = {"note": mark.note} if mark.note else {}
    if mark.group:
        sent["group"] = mark.group
    if mark.color:
        sent["paint"] = [shade("light", name) for name in colors[:4]]
    return sent | {name: True for name in ("highlighted", "dimmed") if getattr(mark, name)}


def heading(leaf: Leaf) -> str:
    """Over what is inside of a leaf that is open: its name and its block."""
    names = leaf.under.split(SEPARATOR)[0]
    return f"{names} · {leaf.block}" if leaf.block and names else leaf.title


def _runs(numbers: Sequence[int]) -> list[int]:
    """``[5, 3, 20, 1]`` of 5, 6, 7, 20: first and count of every run."""
    runs: list[int] = []
    for number in numbers:
        if runs and number == runs[-2] + runs[-1]:
            runs[-1] += 1
        else:
            runs += [number, 1]
    return runs


def _widths(tree: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Of all characters that are drawn, regular and bold, in units of the font."""
    characters = set(DIGITS_AND_TIMES)
    waiting: list[Any] = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            for name, value in part.items():
                if name in ("title", "under", "heading", "shape", "note", "group"):
                    characters.update(*value)
                elif isinstance(value, tuple | list | dict):
                    waiting.append(value)
        elif isinstance(part, tuple | list):
            waiting += part
    return {
        character: (_units(character, False), _units(character, True))
        for character in sorted(characters)
    }


def _units(character: str, bold: bool) -> int:
    return math.floor(text_width(character, UNITS_PER_EM, bold) + 0.5)

"""A page of its own, offline: a diagram to fold and unfold, with what is known of every layer."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache, partial
from html import escape
from importlib.resources import files
from pathlib import PurePath
from typing import Any, Final, Literal, assert_never, final

from archspec.analyses.receptive import ReceptiveField, receptive_fields
from archspec.describe.layers import SEPARATOR
from archspec.describe.values import count, value
from archspec.escaping import clean
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
from archspec.figures.theme import PALETTES, ThemeName
from archspec.graph import Graph, Node, Scope
from archspec.op.base import Op
from archspec.text import Origin

MAX_LINE: Final = 160
MAX_VALUE: Final = 80
MAX_PROSE: Final = 600
"""Characters of a line of the spec, of an argument, of a description."""
MAX_EXACT: Final = 2**53
"""The largest whole number of a script up to which all are exact."""
LARGE: Final = 250_000
"""Characters of data that are packed."""
DIGITS_AND_TIMES: Final = "0123456789×"
"""What the script writes itself: ``×6``."""

KEYS: Final = (
    ("click", "open a block, or close it by its heading"),
    ("Tab ← ↑ → ↓", "go from box to box"),
    ("Enter Space", "open or close the block"),
    ("/", "search"),
    ("o c", "open all, close all"),
    ("t", "turn: from left to right, or from top to bottom"),
    ("+ -", "zoom; the wheel and two fingers do it too"),
    ("0 1", "see everything; back to the beginning"),
    ("s", "save what is shown as SVG"),
    ("p d", "panel; dark or light"),
    ("Esc", "back to the network as a whole"),
)


def write(diagram: Diagram, graph: Graph, theme: ThemeName | Literal["auto"] = "auto") -> str:
    """The page as one file. The diagram's closed leaves hold what is inside of them.

    With the theme "auto" it is what the reader's screen is set to.
    """
    script, style = _part("page.js"), _variables() + _part("page.css")
    data = _in_html(json.dumps(_data(diagram, graph), ensure_ascii=False, separators=(",", ":")))
    policy = (
        f"default-src 'none'; script-src 'sha256-{_digest(script)}'; "
        f"style-src 'sha256-{_digest(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    chosen = "" if theme == "auto" else f' data-theme="{"dark" if theme == "dark" else "light"}"'
    return "".join(
        (
            f'<!doctype html>\n<html lang="en"{chosen}>\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f'<title>{_plain(graph.name)}</title>\n<link rel="icon" href="data:,">\n',
            f"<style>{style}</style>\n</head>\n<body>\n",
            _body(graph),
            _embedded(data),
            f"<script>{script}</script>\n</body>\n</html>\n",
        )
    )


# ---------------------------------------------------------------- the shell


def _part(name: str) -> str:
    return (files("archspec.figures") / "page" / name).read_text("utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _variables() -> str:
    """The colours; what is printed has those of the light theme's paper."""
    light, dark, paper = (
        "".join(f"--{name}:{value};" for name, value in PALETTES[theme].items())
        for theme in ("light", "dark", "light")
    )
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
        "@media (prefers-color-scheme:dark){:root:not([data-theme=light])"
        f"{{color-scheme:dark;{dark}}}}}\n"
        f"@media print{{:root:root:root:root{{color-scheme:light;{paper}}}}}\n"
    )


def _plain(text: str) -> str:
    return escape(clean(text, MAX_PROSE))


def _body(graph: Graph) -> str:
    shapes = ", ".join(str(node.output) for node in graph.inputs)
    network = graph.at("inference")
    numbers = f"{count(network.total_params)} parameters · {count(network.total_macs)} MACs"
    facts = f"{shapes} · {numbers}"
    keys = "".join(
        f"<dt>{' '.join(f'<kbd>{escape(key)}</kbd>' for key in names.split())}</dt><dd>{action}</dd>"
        for names, action in KEYS
    )
    return (
        f'<header><h1>{_plain(graph.name)}</h1><span class="facts">{_plain(facts)}</span>'
        '<div class="finder" role="search"><input id="search" type="search" role="combobox" '
        'placeholder="search layers  /" aria-label="search layers" autocomplete="off" '
        'spellcheck="false" aria-expanded="false" aria-controls="results">'
        '<ul id="results" role="listbox" aria-label="layers" hidden></ul></div>'
        '<div class="tools">'
        '<button id="open-all">Open all</button><button id="close-all">Close all</button>'
        '<button id="turn">Turn</button>'
        '<button id="theme" title="dark or light">Theme</button>'
        '<button id="save" title="what is shown, as a file">Save SVG</button>'
        '<button id="fold-panel" aria-expanded="true" aria-controls="panel">Panel</button>'
        '<button id="show-help" aria-label="keys">?</button></div></header>\n'
        '<main><svg id="stage" role="group" aria-label="diagram"><g id="world">'
        '<g id="frames" aria-hidden="true"></g><g id="edges" fill="none" aria-hidden="true"></g>'
        '<g id="boxes" role="tree" aria-label="layers"></g></g></svg>'
        '<div class="foot"><p id="hint">Click a box with <b>+</b> to look inside</p>'
        '<div id="legend" aria-label="colours"></div>'
        '<button id="zoom-out" aria-label="zoom out">−</button>'
        '<button id="fit" title="see everything">Fit</button>'
        '<button id="zoom-in" aria-label="zoom in">+</button></div>'
        '<p id="status" class="away" role="status"></p></main>\n'
        '<aside id="panel" aria-label="about the selected layers" tabindex="0"></aside>\n'
        f'<dialog id="help" aria-label="keys"><h2>Keys</h2><dl>{keys}</dl>'
        '<button id="hide-help">Close</button></dialog>\n'
        "<noscript>This page draws the network with a script.</noscript>\n"
    )


def _embedded(data: str) -> str:
    """The data in an element of its own; packed, if it is large."""
    if len(data) <= LARGE:
        return f'<script type="application/json" id="network">{data}</script>\n'
    packed = base64.b64encode(gzip.compress(data.encode(), mtime=0)).decode()
    return f'<script type="application/octet-stream" id="network" data-packed>{packed}</script>\n'


def _in_html(data: str) -> str:
    """JSON that neither ends its element nor begins another."""
    for character in "<>&\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    return data.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


# ---------------------------------------------------------------- the data


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


def _data(diagram: Diagram, graph: Graph) -> dict[str, Any]:
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


# ---------------------------------------------------------------- the tree


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
    if leaf.layers:
        sent["layers"] = _runs([numbers[path] for path in leaf.layers])
    if leaf.output:
        sent["output"] = _name(leaf.output)
    if leaf.side_branches:
        sent["side_branches"] = contents[: len(leaf.side_branches)]
    if leaf.inside is not None:
        sent["heading"] = heading(leaf)
        sent["inside"] = contents[-1]
    return sent


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
                if name in ("title", "under", "heading", "shape"):
                    characters.update(value)
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

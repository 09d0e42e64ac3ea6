"""A page of its own, offline: a diagram to fold and unfold, with what is known of every layer."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from html import escape
from importlib.resources import files
from typing import Final, Literal

from archspec.describe.values import count
from archspec.escaping import clean
from archspec.figures.outline.diagram import Diagram
from archspec.figures.render.page_data import page_data
from archspec.figures.theme import PALETTES, ThemeName, shade
from archspec.graph import Graph

MAX_PROSE: Final = 600
"""Characters of a name."""
LARGE: Final = 250_000
"""Characters of data that are packed."""

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
    data = _in_html(
        json.dumps(page_data(diagram, graph), ensure_ascii=False, separators=(",", ":"))
    )
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
            _embed(data),
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
    themes: tuple[ThemeName, ...] = ("light", "dark", "light")
    light, dark, paper = (
        "".join(f"--{name}:{shade(theme, name)};" for name in (*PALETTES[theme], "highlight"))
        for theme in themes
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


def _embed(data: str) -> str:
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

"""Colours of a figure by name, for light and dark screens and for black and white printers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from archspec.op.base import Role

ThemeName = Literal["light", "dark", "print"]
THEMES: Final = ("light", "dark", "print")

# The fills and borders of light and dark are chosen together: any two roles stay apart for readers
# who do not see green. Change one, and the test of the colours tells which two are too near.
_LIGHT: Final[Mapping[str, str]] = {
    "background": "#ffffff",
    "ink": "#1b1f24",
    "pale": "#535c67",
    "line": "#444b54",
    "frame": "#f8fafc",
    "frame-line": "#cdd5df",
    "badge": "#46556b",
    "on-badge": "#ffffff",
    "params": "#5b8bd6",
    "macs": "#d98a4b",
    "track": "#e4e8ee",
    "added": "#1f7a3a",
    "removed": "#b3261e",
    "changed": "#8a5a00",
    "input": "#ffffff",
    "input-line": "#332f25",
    "convolution": "#dde6fa",
    "convolution-line": "#446ed4",
    "linear": "#e8def6",
    "linear-line": "#4b26af",
    "normalisation": "#e2f2dc",
    "normalisation-line": "#215b00",
    "activation": "#ffef94",
    "activation-line": "#8e6f04",
    "pooling": "#f6e1d2",
    "pooling-line": "#c05100",
    "merge": "#d7f0ed",
    "merge-line": "#005854",
    "dropout": "#f3e1e6",
    "dropout-line": "#b1467d",
    "reshape": "#f3efe3",
    "reshape-line": "#7a7053",
    "block": "#e6eaf0",
    "block-line": "#082d4a",
}

_DARK: Final[Mapping[str, str]] = {
    "background": "#0f1419",
    "ink": "#e6edf3",
    "pale": "#abb5c0",
    "line": "#aab4bf",
    "frame": "#161c23",
    "frame-line": "#36414d",
    "badge": "#b4c0d4",
    "on-badge": "#12171d",
    "params": "#4a7ac2",
    "macs": "#bf7636",
    "track": "#28313b",
    "added": "#5fcf80",
    "removed": "#ff8f86",
    "changed": "#e3b341",
    "input": "#161a1d",
    "input-line": "#d3d3d1",
    "convolution": "#323758",
    "convolution-line": "#7b96fc",
    "linear": "#362b55",
    "linear-line": "#c9a8db",
    "normalisation": "#1a3100",
    "normalisation-line": "#84b587",
    "activation": "#3a2c00",
    "activation-line": "#9c8100",
    "pooling": "#4d3024",
    "pooling-line": "#ffa05f",
    "merge": "#0a3a3c",
    "merge-line": "#5d948f",
    "dropout": "#5d3841",
    "dropout-line": "#f298af",
    "reshape": "#3b3628",
    "reshape-line": "#878987",
    "block": "#3a3d3e",
    "block-line": "#a5b4d1",
}

_PRINT: Final[Mapping[str, str]] = {
    "background": "#ffffff",
    "ink": "#000000",
    "pale": "#333333",
    "line": "#000000",
    "frame": "#ffffff",
    "frame-line": "#808080",
    "badge": "#000000",
    "on-badge": "#ffffff",
    "params": "#595959",
    "macs": "#969696",
    "track": "#ececec",
    "added": "#000000",
    "removed": "#6b6b6b",
    "changed": "#454545",
    "input": "#ffffff",
    "input-line": "#000000",
    "convolution": "#dadada",
    "convolution-line": "#000000",
    "linear": "#b4b4b4",
    "linear-line": "#000000",
    "normalisation": "#f2f2f2",
    "normalisation-line": "#000000",
    "activation": "#fafafa",
    "activation-line": "#000000",
    "pooling": "#c8c8c8",
    "pooling-line": "#000000",
    "merge": "#f6f6f6",
    "merge-line": "#000000",
    "dropout": "#eaeaea",
    "dropout-line": "#000000",
    "reshape": "#eeeeee",
    "reshape-line": "#000000",
    "block": "#e2e2e2",
    "block-line": "#000000",
}

PALETTES: Final[Mapping[ThemeName, Mapping[str, str]]] = {
    "light": _LIGHT,
    "dark": _DARK,
    "print": _PRINT,
}
"""Theme -> name of a colour -> #rrggbb. Every theme has every name."""

ROLE_NAMES: Final = (*(role.value for role in Role), "block")
"""Roles, each with a fill of its name and a border called ``NAME-line``."""


def paper(theme: ThemeName, background: str | None) -> str | None:
    """The colour behind a figure, as it is asked for; None if there is none."""
    return None if background == "none" else color(theme, background or "background")


def color(theme: ThemeName, name: str) -> str:
    """``#rrggbb``; a name that is a value already is left alone."""
    return name if name.startswith("#") else PALETTES[theme][name]

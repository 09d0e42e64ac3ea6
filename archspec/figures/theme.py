"""Colours of a figure by name, for light and dark screens and for black and white printers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
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

# Five fills with black borders and five with grey ones: two roles differ visibly in one or the other.
# Feature maps, which readers know by their lines, have greys of which neighbours are far apart.
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
    "convolution": "#d7d7d7",
    "convolution-line": "#000000",
    "linear": "#afafaf",
    "linear-line": "#000000",
    "normalisation": "#e5e5e5",
    "normalisation-line": "#555555",
    "activation": "#fcfcfc",
    "activation-line": "#555555",
    "pooling": "#c3c3c3",
    "pooling-line": "#000000",
    "merge": "#cfcfcf",
    "merge-line": "#555555",
    "dropout": "#a8a8a8",
    "dropout-line": "#555555",
    "reshape": "#bbbbbb",
    "reshape-line": "#555555",
    "block": "#ebebeb",
    "block-line": "#000000",
}

MAPS: Final = tuple(f"map-{number}" for number in range(1, 9))
"""Feature maps, one after the other, each with a border called ``NAME-line``."""
_MAP_ROLES: Final = (
    "convolution",
    "pooling",
    "normalisation",
    "linear",
    "activation",
    "merge",
    "dropout",
    "reshape",
)
_MAP_FILLS: Final = ["b9b9b9", "dddddd", "f9f9f9", "c4c4c4", "eeeeee", "cfcfcf", "e5e5e5", "bebebe"]
_MAP_LINES: Final = ["000000", "474747", "747474", "1f1f1f", "5e5e5e", "323232", "525252", "131313"]


def _maps_of_roles(palette: Mapping[str, str]) -> dict[str, str]:
    """Where there are colours, the maps have those of the roles."""
    pairs = list(zip(MAPS, _MAP_ROLES, strict=True))
    fills = {name: palette[role] for name, role in pairs}
    return fills | {f"{name}-line": palette[f"{role}-line"] for name, role in pairs}


def _maps_in_grey() -> dict[str, str]:
    fills = {name: f"#{value}" for name, value in zip(MAPS, _MAP_FILLS, strict=True)}
    lines = {f"{name}-line": f"#{value}" for name, value in zip(MAPS, _MAP_LINES, strict=True)}
    return fills | lines


PALETTES: Final[Mapping[ThemeName, Mapping[str, str]]] = {
    "light": {**_LIGHT, **_maps_of_roles(_LIGHT)},
    "dark": {**_DARK, **_maps_of_roles(_DARK)},
    "print": {**_PRINT, **_maps_in_grey()},
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


# ---------------------------------------------------------------- shades

HIGHLIGHT: Final[Mapping[ThemeName, str]] = {
    "light": "#e03e00",
    "dark": "#ff8a3d",
    "print": "#000000",
}
"""The border of what a figure is to draw attention to."""
NONE: Final[Mapping[str, str]] = MappingProxyType({})
FADED: Final = 0.68
"""How much of a colour gives way to the background where it is dimmed."""


def shade(theme: ThemeName, name: str, own: Mapping[str, str] = NONE) -> str:
    """The value of a colour that may be made of another: ``dim convolution-line``; some may have
    values of somebody's own."""
    if name in own:
        return own[name]
    if name == "highlight":
        return HIGHLIGHT[theme]
    made, _, base = name.partition(" ")
    if not base:
        return color(theme, name)
    value = shade(theme, base, own)
    background = shade(theme, "background", own)
    return _mixed(value, *_SHADES[made](background, value))


def _on(value: str) -> str:
    """Of the two inks the one that can be read on a colour."""
    return DARK_INK if _lightness(value) > 0.4 else LIGHT_INK


def _lightness(value: str) -> float:
    weighted = zip((0.2126, 0.7152, 0.0722), _channels(value), strict=True)
    return sum(weight * math.pow(channel / 255, 2.2) for weight, channel in weighted)


DARK_INK: Final = "#1b1f24"
LIGHT_INK: Final = "#ffffff"
_SHADES: Final[Mapping[str, Callable[[str, str], tuple[str, float]]]] = {
    "dim": lambda background, _: (background, FADED),
    "deep": lambda _, value: (_on(value), 0.6),
    "on": lambda _, value: (_on(value), 1),
    "pale-on": lambda _, value: (_on(value), 0.75),
}
"""Word before a colour -> what is mixed into it, and how much."""


def is_shade(name: str) -> bool:
    """Whether a colour is none of the palette."""
    return " " in name or name == "highlight"


def _mixed(value: str, other: str, share: float) -> str:
    """With a share of another colour."""
    pairs = zip(_channels(value), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(value: str) -> list[int]:
    return [int(value[start : start + 2], 16) for start in (1, 3, 5)]


CURVE_COLORS: Final = (
    "convolution-line",
    "pooling-line",
    "normalisation-line",
    "dropout-line",
    "merge-line",
    "linear-line",
    "activation-line",
    "block-line",
)
"""Names of the colours of curves, in the order in which they are taken."""

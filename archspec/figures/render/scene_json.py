"""A scene as JSON, for programs that draw or measure it themselves."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Final

from archspec.figures.scene import Box, Item, Line, Polygon, Raster, Rect, Scene, Text
from archspec.figures.theme import PALETTES, ThemeName

FORMAT: Final = "archspec-scene"
VERSION: Final = 1

ITEM_TYPES: Final = {"boxes": Box, "lines": Line, "texts": Text, "rects": Rect, "polygons": Polygon}
"""Key of a list -> what it lists."""


def render(scene: Scene, theme: ThemeName = "light") -> str:
    """All that is in a scene, one item a line; ``order`` says which is painted after which."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "title": scene.title,
        "description": scene.description,
        "style": scene.style,
        "width": _plain(scene.width),
        "height": _plain(scene.height),
        "theme": theme,
        "colors": dict(PALETTES[theme]),
    }
    members = [f"{_text(key)}: {_text(value)}" for key, value in head.items()]
    members += [_member(key, item_type, scene) for key, item_type in ITEM_TYPES.items()]
    return "{\n" + ",\n".join(f"  {member}" for member in members) + "\n}\n"


def _member(key: str, item_type: type[Item], scene: Scene) -> str:
    rows = [_text(row) for row in _rows(scene, item_type)]
    inside = ",\n".join(f"    {row}" for row in rows)
    return f"{_text(key)}: [\n{inside}\n  ]" if rows else f"{_text(key)}: []"


def _rows(scene: Scene, item_type: type[Item]) -> Iterator[dict[str, object]]:
    for order, item in enumerate(scene.items):
        if isinstance(item, item_type):
            yield {"order": order} | _item(item)


def _item(item: Item) -> dict[str, object]:
    """Its fields; a box has those of its rectangle, and a text knows its width."""
    data = {field.name: _plain(getattr(item, field.name)) for field in fields(item)}
    if isinstance(item, Text):
        if not item.formula:
            del data["formula"]
        return data | {"width": _plain(item.width)}
    if isinstance(item, Polygon) and item.picture is None:
        del data["picture"]
    if isinstance(item, Box):
        del data["rect"]
        return data | _item(item.rect)
    return data


def _plain(value: object) -> object:
    if isinstance(value, Text | Rect):
        return _item(value)
    if isinstance(value, Raster):
        return f"data:image/{value.kind};base64,{b64encode(value.data).decode('ascii')}"
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return _round(value)
    assert not is_dataclass(value), value
    return value


def _round(number: float) -> float:
    """To a hundredth; a whole number without a point."""
    near = round(number, 2)
    return int(near) if near == int(near) else near


def _text(value: object) -> str:
    """Of ASCII only: no character of a spec does anything in a terminal or an editor."""
    return json.dumps(value, allow_nan=False)

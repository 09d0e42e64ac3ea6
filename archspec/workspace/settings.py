"""Parameters and input shapes that are set from outside of a spec."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from archspec.diagnostics import failure
from archspec.elaborate.checks import IMAGE_CHANNELS
from archspec.frontends.yaml import read
from archspec.language.expression import MAX_INTEGER
from archspec.language.program import Program, Written, override, with_input
from archspec.text import Origin, Source

MAX_DEPTH: Final = 16
"""Levels of lists and mappings in a value."""


def with_overrides(found: Program, settings: Mapping[str, Written[Any]], input: Any) -> Program:
    if settings:
        found = override(found, settings)
    if input is not None:
        shape = _as_written(input, "input")
        text = _shape_text(shape)
        found = with_input(found, Written(shape, Origin(Source("--input", text, data=shape))))
    return found


def _shape_text(shape: Any) -> str:
    """A shape, or shapes by name, as they stand on a command line."""
    if isinstance(shape, list):
        return "x".join(map(str, shape))
    if isinstance(shape, dict):
        return " ".join(f"{name}={_shape_text(each)}" for name, each in shape.items())
    return str(shape)


def settings_of(params: Mapping[str, Any]) -> dict[str, Written[Any]]:
    """Keyword arguments as settings."""
    return {
        name: Written(
            _as_written(value, name), Origin(Source("argument", f"{name}={value}", data=value))
        )
        for name, value in params.items()
    }


def _as_written(value: Any, name: str, depth: int = 0) -> Any:
    """A value as it could stand in a spec; tuples are lists. Raises SpecError for others."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple) and depth < MAX_DEPTH:
        return [_as_written(item, name, depth + 1) for item in value]
    if isinstance(value, dict) and depth < MAX_DEPTH and all(isinstance(key, str) for key in value):
        return {key: _as_written(item, name, depth + 1) for key, item in value.items()}
    raise failure(
        "bad-value",
        f"'{name}' cannot be {value!r:.60}",
        help="a value is a number, true or false, text, a list or a mapping of them",
    )


def note_on_input(shape: Sequence[int]) -> str | None:
    """What to say about a shape whose channels stand last, as in other libraries."""
    text = "x".join(map(str, shape))
    *sides, channels = shape
    if not sides or channels not in IMAGE_CHANNELS or min(sides[:2]) <= max(IMAGE_CHANNELS):
        return None
    right = "x".join(map(str, (shape[-1], *shape[:-1])))
    return f"channels come first: {text} has {shape[0]} of them, {right} has {shape[-1]}"


def setting(text: str) -> tuple[str, Written[Any]]:
    """``name=value`` of a command line, the value as in YAML. Raises SpecError."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise failure("bad-value", f"'{text}' is not name=value", help="--set num_classes=10")
    source = read(f"value: {value.strip()}", "--set")
    if len(source.data) > 1:
        raise failure("bad-value", f"'{text}' has more than one value")
    shown = Source("--set", f"{name}={value}", data=source.data["value"])
    return name.strip(), Written(source.data["value"], Origin(shown))

"""How a value shows itself: by a function of a later stage, of which it knows the name only."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def made_by(function: str, value: object, **choices: Any) -> Any:
    """What a function, named as ``archspec.module.function``, makes of a value."""
    module, _, name = function.rpartition(".")
    return getattr(import_module(module), name)(value, **choices)


def show_by(function: str, value: object) -> str:
    """The text that a function makes of a value."""
    text: str = made_by(function, value)
    return text

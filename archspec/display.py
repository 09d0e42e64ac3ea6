"""How a value shows itself: by a function of a later stage, of which it knows the name only."""

from __future__ import annotations

from importlib import import_module


def show_by(function: str, value: object) -> str:
    """What a function, named as ``archspec.module.function``, makes of a value."""
    module, _, name = function.rpartition(".")
    text: str = getattr(import_module(module), name)(value)
    return text

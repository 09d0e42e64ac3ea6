"""Values in words: the one way to write a number, a size, or an argument for a reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from archspec.op.window import along

DIGITS: Final = "0123456789"
MANY: Final = 1_000_000
"""From here on a number with a fraction is written with all of its digits."""


def value(given: Any) -> str:
    """A value as a spec writes it: ``64``, ``0.5``, ``true``, ``none``, ``[2, 1]``, ``same``."""
    if isinstance(given, bool):
        return str(given).lower()
    if given is None:
        return "none"
    if isinstance(given, list | tuple):
        return f"[{', '.join(map(value, given))}]"
    if isinstance(given, float):
        return number(given) if given % 1 and abs(given) < MANY else str(given)
    return str(getattr(given, "name", given))


def number(given: float) -> str:
    """``0.5``, ``2``, ``0.333333``: six digits at most."""
    return f"{given:g}"


def sides(given: Any, rank: int) -> str:
    """``3×3``: a size of so many sides, also of one number (or a symbol) that stands for all."""
    return "×".join(map(value, along(given, rank)))


def size(given: Any) -> str:
    """``2``, or ``2×1`` where the sides differ."""
    texts = [number(side) if isinstance(side, float) else value(side) for side in along(given, 1)]
    return texts[0] if len(set(texts)) == 1 else "×".join(texts)


def count(number: int) -> str:
    """``25.6 M``: three digits of a large number."""
    for unit, power in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        scaled = number / power
        if scaled >= 0.9995:
            digits = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
            return f"{scaled:.{digits}f} {unit}"
    return str(number)


def span(names: Sequence[str]) -> str:
    """``denselayer1–6``: consecutive names as one."""
    first, last = names[0], names[-1]
    if first == last:
        return first
    stem = first.rstrip(DIGITS)
    if stem == last.rstrip(DIGITS) and stem not in (first, last):
        return f"{first}–{last[len(stem) :]}"
    return f"{first} … {last}"

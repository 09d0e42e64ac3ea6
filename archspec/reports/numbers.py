"""The numbers of a network: their names and order in every form, shares and shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

TOTALS: Final = ("params", "macs", "elementwise", "train_macs", "saved_bytes", "weight_layers")
"""The numbers of a network, in the order of every form. In Python, JSON and CSV they have these
names; tables have them with spaces."""
OF_TRAINING: Final = frozenset({"train_macs", "saved_bytes"})
"""Numbers of a training step."""
OF_TRAINING_STEP: Final = frozenset(
    {"gradients", "optimizer", "saved", "training_peak", "training_total"}
)
"""Bytes that inference does not need."""
SHARES: Final = "shares of params and MACs"


def readable(key: str) -> str:
    """A number's name in tables: ``train MACs`` for ``train_macs``."""
    return key.replace("_", " ").replace("gmacs", "GMACs").replace("macs", "MACs")


def share(part: int, whole: int) -> str:
    """``16.3%``, and nothing of nothing."""
    if not part:
        return ""
    return "<0.1%" if 1000 * part < whole else f"{100 * part / whole:.1f}%"


def shape(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes))


def only_one(shapes: Mapping[str, tuple[int, ...]]) -> Any:
    """The shape if there is just one and it has no name of its own, else all by name."""
    (name, shape), *others = shapes.items()
    return shape if not others and name in ("input", "output") else shapes


def duration(seconds: float) -> str:
    """``3 h 05 min``, ``12 min 30 s``, ``41 s``."""
    if not math.isfinite(seconds):
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours:,} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


MAX_DIGITS: Final = 21
"""Of a whole number that a table shows with all of them."""


def large(given: int | Fraction) -> str:
    """``262,144``; ``2^99``, or ``3.43·10^30`` of what has too many digits."""
    whole = round(given)
    if whole != given and whole < 10**MAX_DIGITS:
        return f"{float(given):,.1f}"
    if whole < 10**MAX_DIGITS:
        return f"{whole:,}"
    if whole == given and whole.bit_count() == 1:
        return f"2^{whole.bit_length() - 1}"
    power = len(str(whole)) - 1
    return f"{float(Fraction(whole, 10**power)):.2f}·10^{power}"


def fraction(part: Fraction) -> str:
    """``16.3%`` of 0.163, and nothing of nothing."""
    return share(part.numerator, part.denominator)

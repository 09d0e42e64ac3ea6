"""Numbers as texts: exact, or in units with three digits."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

Units = Literal["exact", "K", "M", "G", "auto"]
UNITS: Final[tuple[Units, ...]] = ("exact", "K", "M", "G", "auto")
DIGITS: Final = 3
_PREFIXES: Final = ("", "K", "M", "G", "T", "P", "E", "Z", "Y")


def in_units(number: int | float, units: Units, *, is_bytes: bool = False) -> str:
    """``25.6 M`` or ``25.6``: with the unit where it is chosen for each number. Units of bytes are
    powers of 1024."""
    base = 1024 if is_bytes else 1000
    if units != "auto":
        return digits(Decimal(number) / base ** _PREFIXES.index(units))
    power = 0
    while power + 1 < len(_PREFIXES) and abs(number) >= base ** (power + 1):
        power += 1
    unit = f"{_PREFIXES[power]}{'iB' if power else 'B'}" if is_bytes else _PREFIXES[power]
    text = digits(Decimal(number) / base**power) if power else str(number)
    return f"{text} {unit}".rstrip()


def digits(number: Decimal) -> str:
    """Three digits of a number, however small it is; all that stand before the point."""
    if not number:
        return "0"
    places = max(0, DIGITS - 1 - number.adjusted())
    return f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"


def unit_of(units: Units, *, is_bytes: bool) -> str:
    """What stands behind a column's title: `` (M)``, `` (MiB)``."""
    if units in ("exact", "auto"):
        return ""
    return f" ({units}iB)" if is_bytes else f" ({units})"

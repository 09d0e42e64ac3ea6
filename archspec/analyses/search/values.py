"""Values that a parameter takes, and budgets, as a command line writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, final

from archspec.analyses.search.family import metric_of
from archspec.analyses.stats import stats
from archspec.diagnostics import SpecError, failure
from archspec.frontends.yaml import read
from archspec.workspace.load import as_graph

MAX_VALUES: Final = 1_000
"""Of one parameter."""
UNITS: Final = {
    "": 1,
    **{unit: 1000**k for k, unit in enumerate("KMGT", start=1)},
    **{f"{unit}B": 1000**k for k, unit in enumerate("KMGT", start=1)},
    **{f"{unit}IB": 1024**k for k, unit in enumerate("KMGT", start=1)},
    "B": 1,
}
MAX_COUNT: Final = 10**24
_NUMBER: Final = re.compile(r"(-?[\d_,]*\.?\d+(?:e[+-]?\d{1,3})?)\s*([A-Za-z]*)", re.IGNORECASE)
_RANGE: Final = re.compile(r"(-?[\d.]+?)(?::|\.\.)(-?[\d.]+?)(?::(-?[\d.]+))?")
_TARGET: Final = re.compile(r"\s*([A-Za-z_ ]+?)\s*(<=|>=|==|=|<|>)\s*(.+?)\s*")

Sign = Literal["=", "<=", ">="]


@final
@dataclass(frozen=True, slots=True)
class Target:
    """A budget: a count, and what it is to be."""

    metric: str
    sign: Sign
    count: int
    text: str
    """As it was written."""

    def is_met(self, count: int) -> bool:
        if self.sign == "=":
            return count == self.count
        return count <= self.count if self.sign == "<=" else count >= self.count

    def distance(self, count: int) -> Fraction:
        """How far a count is from the target, as a share of it."""
        if self.sign != "=" and self.is_met(count):
            return Fraction(0)
        return Fraction(abs(count - self.count), max(self.count, 1))


def target_of(text: str) -> Target:
    """``macs<=1G``, ``params=densenet121``: a number with a unit, or the same count of a network.
    Raises SpecError."""
    found = _TARGET.fullmatch(text)
    if found is None:
        help = "such as params=25M, 'macs<=1G', 'saved<=200MB', or params=densenet121"
        raise failure("bad-option", f"'{text:.60}' is not a budget", help=help)
    metric, given = metric_of(found[1]), found[3]
    sign = {"==": "=", "<": "<=", ">": ">="}.get(found[2], found[2])
    count = _count_of(given, metric)
    count += {"<": -1, ">": 1}.get(found[2], 0)
    assert sign in ("=", "<=", ">=")
    return Target(metric, sign, count, text.strip())  # type: ignore[arg-type]  # one of three


def _count_of(text: str, metric: str) -> int:
    number = _NUMBER.fullmatch(text)
    if number is None:
        return int(getattr(stats(as_graph(text)), metric))
    unit = number[2].upper()
    if unit not in UNITS:
        help = "the units are K, M, G, T, with B for bytes: 200MB, 1GiB"
        raise failure("bad-option", f"there is no unit '{number[2]:.20}'", help=help)
    count: Fraction = Fraction(number[1].replace(",", "").replace("_", "")) * UNITS[unit]
    if not 0 <= count <= MAX_COUNT:
        message = f"a budget of {text:.40} is {'below zero' if count < 0 else 'too large'}"
        raise failure("bad-option", message, help=f"up to {MAX_COUNT:.0e}")
    return round(count)


def values_of(name: str, text: str) -> list[Any]:
    """``16:128:16`` and ``1..8`` with both ends, ``16,32,64``, or one value as in YAML. Raises
    SpecError."""
    text = text.strip()
    if found := _RANGE.fullmatch(text):
        return range_of(name, found[1], found[2], found[3] or "1")
    if "," in text and text[0] not in "[{\"'":
        return [_value(name, each) for each in text.split(",")]
    return [_value(name, text)]


def choice_of(text: str) -> tuple[str, list[Any]]:
    """``NAME=VALUES`` of a command line. Raises SpecError."""
    name, equals, written = text.partition("=")
    if not equals or not name.strip() or not written.strip():
        help = "--set width=16:128:16, --set depth=1..8, or --set width=16,32,64"
        raise failure("bad-value", f"'{text:.60}' is not NAME=VALUES", help=help)
    return name.strip(), values_of(name.strip(), written)


def _value(name: str, text: str) -> Any:
    try:
        return read(f"value: {text.strip()}", name).data["value"]
    except SpecError:
        help = "a value as in YAML, a range 16:128:16 or 1..8, or values 16,32,64"
        raise failure("bad-value", f"'{name}' cannot be '{text:.40}'", help=help) from None


def range_of(name: str, low: str, high: str, step: str) -> list[Any]:
    """The numbers from one to another, both included; whole ones if all three are."""
    try:
        first, last, by = Fraction(low), Fraction(high), Fraction(step)
    except (ValueError, ZeroDivisionError):
        message = f"'{low}:{high}:{step}' is not a range of '{name:.40}'"
        raise failure("bad-value", message, help="LOW:HIGH:STEP, such as 16:128:16") from None
    if by <= 0 or last < first:
        message = f"the range of '{name:.40}' has no values: {low} to {high} by {step}"
        raise failure("bad-value", message, help="LOW:HIGH:STEP, the step above 0")
    many = int((last - first) / by) + 1
    if many > MAX_VALUES:
        message = f"the range of '{name:.40}' has {many:,} values, more than {MAX_VALUES:,}"
        raise failure("limit", message, help="take a larger step")
    numbers = [first + k * by for k in range(many)]
    whole = all(number.denominator == 1 for number in (first, by)) and "." not in low + step
    return [int(number) if whole else float(number) for number in numbers]


def product_size(choices: Sequence[Sequence[Any]]) -> int:
    size = 1
    for values in choices:
        size *= len(values)
    return size

"""The cells of a view: values as texts in a table, and as plain data."""

from __future__ import annotations

from typing import Any

from archspec.analyses.views.measures import Measure, Value
from archspec.reports.numbers import shape, share
from archspec.reports.views.units import Units, in_units, unit_of

EMPTY = "–"
"""Where there is nothing to count."""


def cell(value: Value, measure: Measure, units: Units) -> str:
    """A value as a text."""
    if value is None:
        return EMPTY
    if isinstance(value, tuple):
        return shape(value)
    if isinstance(value, str):
        return value
    if measure.kind == "share":
        return share_of(value)
    if isinstance(value, float):
        return f"{value:,.2f}"
    if units == "exact":
        return f"{value:,}"
    return in_units(value, units, is_bytes=measure.kind == "bytes")


def share_of(part: float) -> str:
    """``16.3%``"""
    return share(round(part * 10**9), 10**9)


def title(measure: Measure, units: Units) -> str:
    """A column's title, with its unit."""
    if measure.kind not in ("count", "bytes") or measure.key == "layers":
        return measure.title
    is_bytes = measure.kind == "bytes"
    return measure.title + unit_of(units, is_bytes=is_bytes)


def plain_value(value: Value) -> Any:
    """A value for programs: shapes as ``3x224x224``."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else value

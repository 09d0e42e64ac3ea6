"""Numbers and points in TikZ."""

from __future__ import annotations

from archspec.figures.scene import Point


def point(at: Point) -> str:
    return f"({write(at[0])}, {write(at[1])})"


def write(value: float) -> str:
    """At most two decimals, and no zero that says nothing."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text

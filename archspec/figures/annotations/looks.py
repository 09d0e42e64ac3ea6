"""The colours of a box, as names that a theme gives values, and how thick its border is."""

from __future__ import annotations

from typing import Final, NamedTuple

from archspec.figures.annotations.marks import PLAIN, BoxMark

USUAL: Final = 0.8
"""The border of a box, in points."""
HIGHLIGHTED: Final = 2.4


class Look(NamedTuple):
    fill: str
    line: str
    ink: str = "ink"
    pale: str = "pale"
    """Of what stands under the title."""
    thickness: float = USUAL


def look(role: str, mark: BoxMark = PLAIN) -> Look:
    """How a box looks that has a role, and perhaps a mark."""
    found = Look(role, f"{role}-line")
    if color := mark.color:
        found = Look(color, f"deep {color}", f"on {color}", f"pale-on {color}")
    if mark.highlighted:
        found = found._replace(line="highlight", thickness=HIGHLIGHTED)
    if mark.dimmed:
        fill, line, ink, pale, thickness = found
        found = Look(dim(fill), dim(line), dim(ink), dim(pale), thickness)
    return found


def dim(name: str) -> str:
    """The colour with so much of the background that others stand out."""
    return f"dim {name}"

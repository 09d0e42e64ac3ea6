"""Rows of which there may be hundreds."""

from __future__ import annotations

from typing import Final

MAX_ROWS: Final = 40
"""Rows of a table of which all are shown."""
SHOWN_OF_RUN: Final = 3
"""Rows of a longer run that are all of one kind: so many at both ends."""


def shortened(rows: list[tuple[str, ...]], *, expand: bool) -> list[tuple[str, ...]]:
    """A run of rows of one kind, without its middle if that is long."""
    hidden = len(rows) - 2 * SHOWN_OF_RUN
    if expand or hidden <= 1:
        return rows
    gap = (f"… {hidden:,} more", *[""] * (len(rows[0]) - 2), rows[0][-1])
    return [*rows[:SHOWN_OF_RUN], gap, *rows[-SHOWN_OF_RUN:]]

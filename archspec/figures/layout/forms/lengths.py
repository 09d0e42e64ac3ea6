"""Lengths of a layout in points; docs/generate_page.py writes them for the page, too."""

from __future__ import annotations

from typing import Final

PAD: Final = 5.0
"""Between a text and the border of its box."""
SHEET: Final = 2.4
"""How far a sheet of a stack stands out behind the one before it."""
SHEETS: Final = 2
LEAD: Final = 13.0
"""From a fork to where its branches begin."""
FORK: Final = 3.0
TAIL: Final = 10.0
"""From where the longest branch ends to the end of all."""
MERGED: Final = 7.0
"""From where the longest branch ends to where the lines meet."""
BESIDE: Final = 7.0
"""Between branches."""
WIRE: Final = 3.0
"""What a line without anything on it takes to each side."""
LABEL: Final = 4.0
"""Between a box and the text on the line out of it."""
ARROW: Final = 8.0
"""A line is at least so long behind that text: its arrow."""
TAP: Final = 4.0
"""Where a branch leaves a line, behind its box."""
LANE: Final = 6.0
"""Between lanes."""
PORT: Final = 7.0
"""Between lines that end at one box beside each other."""
INSIDE: Final = 8.0
"""Between a frame and what is in it."""
INDENT: Final = 14.0
"""Before a row that is not the first: the line into it."""
CHANNEL: Final = 7.0
"""Between a row and the line that leads to the next, and between that and the next row."""
BRACE: Final = 5.0
"""How tall a brace over boxes is, and how far from them."""
NARROWEST: Final = 150.0
"""A chain is not wrapped into rows that are shorter."""
STEPS: Final = 16
"""Of the search for the shortest longest row."""

"""Writes archspec/figures/fonts/widths.py from the fonts beside it: ``python docs/generate_widths.py``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent.parent / "archspec" / "figures" / "fonts"
UNITS_PER_EM: Final = 2048
END_OF_TABLE: Final = 0xFFFF
"""No character: it closes the table of characters in a font."""
HANGUL: Final = range(0xAC00, 0xD7A4)

HEADER: Final = f'''\
"""Advance widths of the fonts that figures are set in; written by docs/generate_widths.py."""

from collections.abc import Mapping
from typing import Final

UNITS_PER_EM: Final = {UNITS_PER_EM}


def _of_each(characters_of: Mapping[int, str]) -> dict[str, int]:
    widths: dict[str, int] = {{}}
    for width, characters in characters_of.items():
        widths.update(dict.fromkeys(characters, width))
    return widths


# fmt: off
'''


def page() -> str:
    """The whole module."""
    fallback = _widths("ArchspecFallback")
    (hangul,) = {fallback[chr(code)] for code in HANGUL}
    others = {
        character: width
        for character, width in fallback.items()
        if width != UNITS_PER_EM and ord(character) not in HANGUL
    }
    parts = (
        HEADER,
        f"HANGUL: Final = {hangul}",
        '"""Of every Hangul syllable."""',
        *_table("REGULAR", _widths("LiberationSans-Regular")),
        *_table("BOLD", _widths("LiberationSans-Bold")),
        *_table("FALLBACK", others),
        '"""Other characters of the fallback font are as wide as an em."""',
    )
    return "\n".join(parts) + "\n"


def _widths(name: str) -> dict[str, int]:
    from reportlab.pdfbase.ttfonts import TTFont

    widths: Mapping[int, float] = TTFont(name, FONTS / f"{name}.ttf").face.charWidths
    return {
        chr(code): round(width * UNITS_PER_EM / 1000)
        for code, width in widths.items()
        if code != END_OF_TABLE
    }


def _table(name: str, widths: Mapping[str, int]) -> Iterator[str]:
    """Characters of one width together: shorter to read, and faster to import."""
    characters_of = defaultdict(list)
    for character, width in sorted(widths.items()):
        characters_of[width].append(character)
    yield f"\n{name}: Final = _of_each({{"
    for width, characters in sorted(characters_of.items()):
        yield f"    {width}: {''.join(characters)!a},"
    yield "})"


if __name__ == "__main__":
    (FONTS / "widths.py").write_text(page(), "utf-8")

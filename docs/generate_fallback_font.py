"""Writes the font for what Liberation Sans lacks: ``python docs/generate_fallback_font.py NotoSansCJK-Regular.ttc``.

It has all Hangul syllables, the Han characters of the national standards, kana and signs. Needs
fontTools, and Noto Sans CJK 2.004 (SIL Open Font License).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.scaleUpem import scale_upem

FONTS: Final = Path(__file__).parent.parent / "archspec" / "figures" / "fonts"
NAME: Final = "Archspec Fallback"
STANDARDS: Final = {
    "gb2312": range(0x100),
    "big5": range(0xA4, 0xC7),
    "shift_jis": range(0x100),
    "euc_kr": range(0x100),
}
"""First bytes of the characters that are kept; of Big5 its first level, the frequent ones."""
CHINESE: Final = 2
"""Place in the collection of the font with the forms of mainland China."""
UNITS_PER_EM: Final = 256
MAX_ERROR: Final = 2.0
"""Of a curve, in thousandths of an em: less than one can see at the size of a label."""
SIGNS: Final = ((0x2010, 0x2BFF), (0x3000, 0x33FF), (0xAC00, 0xD7A3), (0xFF01, 0xFFEE))
"""Punctuation, arrows, mathematics, shapes; kana and letters; Hangul; half and full widths."""


def write(source: str) -> None:
    font = TTFont(source, fontNumber=CHINESE, recalcTimestamp=False)
    _keep(font, sorted({*_signs(), *_han()}))
    _make_quadratic(font)
    _rename(font)
    scale_upem(font, UNITS_PER_EM)
    font.save(FONTS / "ArchspecFallback.ttf")


def _signs() -> Iterator[int]:
    for first, last in SIGNS:
        yield from range(first, last + 1)


def _han() -> Iterator[int]:
    """What can be written in one of the standards."""
    for code in range(0x4E00, 0xA000):
        if any(_is_in(chr(code), standard) for standard in STANDARDS):
            yield code


def _is_in(character: str, standard: str) -> bool:
    encoded = character.encode(standard, "ignore")
    return bool(encoded) and encoded[0] in STANDARDS[standard]


def _keep(font: Any, codes: list[int]) -> None:
    options = Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 13, 14])
    options.drop_tables += ["BASE", "GSUB", "GPOS", "GDEF", "VORG", "vhea", "vmtx", "DSIG"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)


def _make_quadratic(font: Any) -> None:
    """Cubic outlines become quadratic ones: the only ones that can be embedded as TrueType."""
    glyphs = font.getGlyphSet()
    table = newTable("glyf")
    table.glyphOrder = font.getGlyphOrder()
    table.glyphs = {name: _quadratic(glyphs, name) for name in table.glyphOrder}
    del font["CFF "]
    font["glyf"], font["loca"] = table, newTable("loca")
    font["maxp"].tableVersion = 0x00010000
    for name in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs"):
        setattr(font["maxp"], name, int(name == "maxZones"))
    for name in ("maxInstructionDefs", "maxStackElements", "maxSizeOfInstructions"):
        setattr(font["maxp"], name, 0)
    font["maxp"].maxComponentElements = 0
    font["head"].glyphDataFormat = 0
    font["post"].formatType = 3.0
    font.sfntVersion = "\0\1\0\0"


def _quadratic(glyphs: Any, name: str) -> Any:
    pen = TTGlyphPen(None)
    glyphs[name].draw(Cu2QuPen(pen, MAX_ERROR, reverse_direction=True))
    return pen.glyph()


def _rename(font: Any) -> None:
    """Another name: it is another font."""
    names = font["name"]
    for name_id, text in ((1, NAME), (2, "Regular"), (3, NAME), (4, NAME), (6, "ArchspecFallback")):
        names.setName(text, name_id, 3, 1, 0x409)


if __name__ == "__main__":
    write(sys.argv[1])

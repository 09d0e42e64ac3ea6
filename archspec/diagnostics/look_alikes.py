"""Letters of other scripts that look like Latin ones."""

from __future__ import annotations

import unicodedata
from typing import Final

MOST: Final = 200
"""Characters of a text that are looked at."""

_LATIN: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХавеѕіјкмнорстухԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχ",
    "ABESIJKMHOPCTYXaBesijkMHopcTyxdhqwABEZHIKMNOPTYXaiKvoptux",
)


def in_latin(text: str) -> str:
    """A text with Latin letters for those that look like them."""
    return text if text.isascii() else "".join(map(_latin, text[:MOST])) + text[MOST:]


def _latin(character: str) -> str:
    letter = unicodedata.normalize("NFKC", character).translate(_LATIN)
    is_latin = len(letter) == 1 and letter.isascii() and character.isalpha()
    return letter if is_latin else character


def look_alike(text: str) -> str | None:
    """Which letter of a text only looks like a Latin one, in words; None if there is none."""
    for character in text[:MOST] if not text.isascii() else "":
        letter = _latin(character)
        if letter != character:
            script = unicodedata.name(character, "foreign").split()[0].capitalize()
            code = f"U+{ord(character):04X}"
            return f"'{character}' ({code}) is a {script} letter that looks like '{letter}'"
    return None

"""Texts as LaTeX sets them, in which nothing means anything to it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import groupby
from typing import Final

from archspec.escaping import clean
from archspec.figures.fonts.metrics import normalize, text_width
from archspec.figures.render.tikz.numbers import write

LONGEST: Final = 10_000
"""Characters of a text."""
T1: Final = r"\fontencoding{T1}\selectfont"
"""In front of what the encoding that a document begins with does not have."""
GREEK: Final = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
COMMANDS: Final[Mapping[str, str]] = {
    **{mark: f"\\{mark}" for mark in "{}#$%&_"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': rf"{{{T1}\textquotedbl}}",
    "'": r"\textquotesingle{}",
    "`": r"\`{}",
    "\N{NO-BREAK SPACE}": "~",
    "×": r"\texttimes{}",
    "÷": r"\textdiv{}",
    "±": r"\textpm{}",
    "·": r"\textperiodcentered{}",
    "•": r"\textbullet{}",
    "…": "...",
    "\N{EN DASH}": r"\textendash{}",
    "—": r"\textemdash{}",
    "\N{LEFT SINGLE QUOTATION MARK}": r"\textquoteleft{}",
    "\N{RIGHT SINGLE QUOTATION MARK}": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "„": rf"{{{T1}\quotedblbase}}",
    "«": rf"{{{T1}\guillemotleft}}",
    "»": rf"{{{T1}\guillemotright}}",
    "°": r"\textdegree{}",
    "µ": r"\textmu{}",
    "§": r"\textsection{}",
    "©": r"\textcopyright{}",
    "®": r"\textregistered{}",
    "™": r"\texttrademark{}",
    "€": r"\texteuro{}",
    "£": r"\textsterling{}",
    "¥": r"\textyen{}",
    "¹": r"\textonesuperior{}",
    "²": r"\texttwosuperior{}",
    "³": r"\textthreesuperior{}",
    "½": r"\textonehalf{}",
    "¼": r"\textonequarter{}",
    "¾": r"\textthreequarters{}",
    "¿": r"\textquestiondown{}",
    "¡": r"\textexclamdown{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
    "ð": rf"{{{T1}\dh}}",
    "Ð": rf"{{{T1}\DH}}",
    "þ": rf"{{{T1}\th}}",
    "Þ": rf"{{{T1}\TH}}",
    "\N{MINUS SIGN}": "$-$",
    "→": r"$\rightarrow$",
    "←": r"$\leftarrow$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "↔": r"$\leftrightarrow$",
    "⇒": r"$\Rightarrow$",
    "⊕": r"$\oplus$",
    "⊗": r"$\otimes$",
    "⊙": r"$\odot$",
    "\N{ASTERISK OPERATOR}": "$*$",
    "∘": r"$\circ$",
    "⋅": r"$\cdot$",
    "⋯": r"$\cdots$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "∞": r"$\infty$",
    "∈": r"$\in$",
    "√": r"$\surd$",
    "∑": r"$\Sigma$",
    **{
        letter: f"$\\{name}$"
        for letter, name in zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", GREEK.split(), strict=True)
    },
}
"""Character -> how every LaTeX sets it; other ASCII stands for itself."""
ACCENTS: Final[Mapping[str, str]] = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0323": "d",
    "\u0327": "c",
    "\u0328": "k",
}
"""Mark on a letter -> the command that sets it there."""


def escape(text: str) -> tuple[str, bool]:
    """Nothing in it means anything to LaTeX; what Helvetica lacks is set apart, with its width."""
    escaped, has_rare = "", False
    visible = normalize(clean(text, LONGEST))
    for is_known, run in groupby(visible, key=lambda character: _command(character) is not None):
        if is_known:
            escaped += "".join(_command(character) or "" for character in run)
        else:
            characters = "".join(run)
            escaped += rf"\other{{{characters}}}{{{write(text_width(characters, 1))}em}}"
            has_rare = True
    return _separate(escaped), has_rare


def _command(character: str) -> str | None:
    if character in COMMANDS:
        return COMMANDS[character]
    if character.isascii():
        return character
    letter, mark = (*unicodedata.normalize("NFD", character), "")[:2]
    is_accented = len(unicodedata.normalize("NFD", character)) == 2 and letter.isascii()
    if not is_accented or mark not in ACCENTS:
        return None
    accented = rf"\{ACCENTS[mark]}{{{letter}}}"
    return f"{{{T1}{accented}}}" if ACCENTS[mark] == "k" else accented


def _separate(text: str) -> str:
    """Without the ligatures of LaTeX, and with all of the spaces."""
    return re.sub("^ | (?=$)|(?<= ) ", r"\\ ", re.sub("([-,])(?=\\1)", r"\1{}", text))

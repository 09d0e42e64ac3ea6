"""A screen: how wide it is, which characters it has, and texts wrapped into lines that fit it."""

from __future__ import annotations

import codecs
import os
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from io import TextIOWrapper
from typing import Final, TextIO, final


@final
@dataclass(frozen=True, slots=True)
class Screen:
    """What is written to: a terminal, a pipe, a file."""

    width: int | None = None
    """Columns; None of what has no width."""
    ascii: bool = False
    """Whether it has no other characters."""


def screen(stream: TextIO) -> Screen:
    """A terminal has its width, and anything the one that COLUMNS says; pipes and files have none."""
    return Screen(_columns(stream), not has_unicode(stream))


def _columns(stream: TextIO) -> int | None:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns) > 0:
        return int(columns)
    if not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


# Characters.


ASCII: Final = {
    ord(sign): ascii
    for signs, ascii in (
        ("─╌╴╶–—−‐‑·•⋅⋯", "-"),
        ("│┆╵╷", "|"),
        ("╭╮╰╯├┤┬┴┼┌┐└┘", "+"),
        ("×✕⊗", "x"),
        ("⊕", "+"),
        ("●∗∘", "*"),
        ("■", "#"),
        ("○", "o"),
        ("◂", "<"),
        ("◇", "~"),
        ("‘’′", "'"),
        ("“”„", '"'),
        ("∕", "/"),
        ("\N{NO-BREAK SPACE}", " "),
    )
    for sign in signs
} | {
    ord(sign): ascii
    for sign, ascii in {
        "→": "->", "←": "<-", "↔": "<->", "⇒": "=>", "↑": "^", "↓": "v", "…": "...",
        "±": "+-", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "÷": "/", "⌊": "floor(", "⌋": ")",
        "√": "sqrt ", "Σ": "sum ", "∑": "sum ", "Φ": "Phi", "∞": "inf", "∈": " in ", "°": " degrees",
        "²": "^2", "³": "^3", "⁶": "^6", "⁹": "^9",
        "␡": "^?",
    }.items()
}  # fmt: skip
"""Signs of ours that ASCII lacks, and what stands for them."""
ASCII.update({0x2400 + code: f"^{chr(code + 0x40)}" for code in range(0x20)})


def has_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "utf-8").lower().startswith("utf")


def in_ascii(text: str) -> str:
    """Our signs in ASCII. Other characters stay what they are."""
    return text if text.isascii() else text.translate(ASCII)


def only_ascii(text: str) -> str:
    """The same without any other character."""
    if text.isascii():
        return text
    return b"".join(_encode(character, "ascii") for character in text).decode("ascii")


def tolerate_encoding(stream: TextIO) -> None:
    """Let a stream take every text: without Unicode, our signs are written in ASCII, and what its
    encoding lacks is escaped."""
    if not isinstance(stream, TextIOWrapper):
        return
    if has_unicode(stream) and not _is_plain_locale():
        stream.reconfigure(errors="backslashreplace")
        return
    encoding = "ascii" if has_unicode(stream) else stream.encoding
    name = f"archspec-{encoding}"
    codecs.register_error(name, lambda error: _replace_unencodable(error, encoding))
    stream.reconfigure(encoding="ascii", errors=name)


def _is_plain_locale() -> bool:
    """Whether somebody says that there is nothing but ASCII: Python takes UTF-8 all the same."""
    if os.environ.get("PYTHONIOENCODING") or os.environ.get("PYTHONUTF8"):
        return False
    return os.environ.get("LC_ALL") in ("C", "POSIX")


def _replace_unencodable(error: UnicodeError, encoding: str) -> tuple[bytes, int]:
    """What stands for characters that are not ASCII: of the user's, those of the encoding stay."""
    assert isinstance(error, UnicodeEncodeError)
    encoded = (_encode(character, encoding) for character in error.object[error.start : error.end])
    return b"".join(encoded), error.end


def _encode(character: str, encoding: str) -> bytes:
    if character.isascii():
        return character.encode("ascii")
    if ord(character) in ASCII:
        return ASCII[ord(character)].encode("ascii")
    try:
        return character.encode(encoding)
    except UnicodeError:
        plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore")
        return plain or character.encode("ascii", "backslashreplace")


# Widths and lines.


def cell_width(text: str) -> int:
    """Columns that a text takes on a terminal: two for a wide character, none for a mark on another."""
    return len(text) if text.isascii() else _unicode_width(text)


@lru_cache(maxsize=4096)
def _unicode_width(text: str) -> int:
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


_WIDE: Final = "\u2e80-\ua4cf\uf900-\ufaff\uff01-\uff60\U00020000-\U0003fffd"
"""Of scripts without spaces."""
_WORD: Final = f"( *)([{_WIDE}]|[^ {_WIDE}]+|$)"
"""Compiled where it is needed: Python takes long over so many characters."""


def wrap_text(text: str, width: int | None, indent: str = "") -> list[str]:
    """The lines of a text, wrapped at its spaces, those after the first indented. A word that is
    wider than all of a line stands alone in one."""
    if width is None or cell_width(text) <= width:
        return [text]
    lines, line = [], ""
    for space, word in re.findall(_WORD, text):
        longer = f"{line}{space}{word}"
        if line.strip() and word and cell_width(longer) > width:
            lines.append(line)
            line = indent + word
        else:
            line = longer
    return [line.rstrip() for line in (*lines, line)]


_BREAKS: Final = re.compile(r"\s*[\n\r\t\v\f\x85\u2028\u2029]\s*")


def one_line(text: str) -> str:
    """A text with a space where its lines end."""
    return text if text.isprintable() else _BREAKS.sub(" ", text).rstrip()


def longest_word(text: str) -> int:
    """Columns of the widest part of a text that is not wrapped."""
    return max((cell_width(word) for _, word in re.findall(_WORD, text)), default=0)


def paragraphs(text: str, width: int | None) -> str:
    """Paragraphs with an empty line between them, each wrapped anew; as they are without a width."""
    if width is None:
        return text
    parts = text.split("\n\n")
    return "\n\n".join("\n".join(wrap_text(" ".join(part.split()), width)) for part in parts)


_COMMENT: Final = re.compile(r"(?:^|\s)# ")


def wrap_yaml(line: str, width: int | None) -> list[str]:
    """A line of YAML wrapped behind its commas, a comment above it: it still says the same."""
    if width is None or cell_width(line) <= width:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    if found := _COMMENT.search(line):
        comment = wrap_text(line[found.end() :], width - len(indent) - 2)
        above = [f"{indent}# {part}" for part in comment]
        before = line[: found.start()].rstrip()
        return [*above, *(wrap_yaml(before, width) if before else [])]
    first, *others = line.split(", ")
    lines = [first]
    for part in others:
        if cell_width(f"{lines[-1]}, {part},") <= width:
            lines[-1] += f", {part}"
        else:
            lines[-1] += ","
            lines.append(f"{indent}    {part}")
    return lines

"""Unquoted scalars by the core schema of YAML 1.2."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from archspec.language.expression import MAX_INTEGER

NULLS: Final = ("", "~", "null", "Null", "NULL")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]+")
_OTHER_BASE: Final = re.compile(r"[-+]?0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_UNDERSCORED: Final = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def core_value(text: str) -> bool | int | float | str:
    """An unquoted scalar by the core schema of YAML 1.2."""
    if text in ("true", "false"):
        return text == "true"
    if not text or text[0] not in "0123456789+-.":
        return text
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 20 else MAX_INTEGER + 1
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def right_spelling(text: str) -> str | None:
    """What to write for a number that YAML readers read in different ways; None for all others."""
    if not text or text[0] not in "0123456789+-.":
        return None
    if _LEADING_ZERO.fullmatch(text):
        sign, digits = ("-" if text[0] == "-" else ""), text.lstrip("+-0") or "0"
        return f"write {sign}{digits}"
    if _OTHER_BASE.fullmatch(text):
        return f"write {int(text, 0)}" if len(text) < 20 else "write it in decimal digits"
    if "_" in text and _UNDERSCORED.fullmatch(text):
        return f"write {text.replace('_', '')}"
    if _NOT_FINITE.fullmatch(text):
        return "write a finite number"
    return None


def is_too_large(value: Any) -> bool:
    if type(value) is int:
        return abs(value) > MAX_INTEGER
    return type(value) is float and not math.isfinite(value)

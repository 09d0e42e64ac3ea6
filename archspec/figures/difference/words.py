"""How the difference of two things is told: with an arrow between them, or a sign before one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from archspec.describe.layers import SEPARATOR
from archspec.describe.values import count
from archspec.escaping import clean
from archspec.figures.outline.diagram import Leaf

MAX_NAMED: Final = 2
"""Arguments that a box tells of one by one."""
MAX_VALUE: Final = 24
"""Characters of a value."""
MERGES: Final = {"+": "add", "×": "multiply"}
"""Words for the signs in circles, between which an arrow would mislead."""


def arrow(before: str, after: str) -> str:
    """``conv 3×3, 64 → 128``: both, without the words with which both begin the second time."""
    if before == after:
        return after
    old, new = before.split(" "), after.split(" ")
    same = 0
    while same < min(len(old), len(new)) - 1 and old[same] == new[same]:
        same += 1
    return f"{before} → {' '.join(new[same:])}"


def arrows(before: str, after: str) -> str:
    """``− LRN · ReLU · + dropout``: the words under a title, each with what became of it."""
    old, new = (text.split(SEPARATOR) if text else [] for text in (before, after))
    told: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            told += new[c:d]
        elif b - a == d - c:
            told += [arrow(*words) for words in zip(old[a:b], new[c:d], strict=True)]
        else:
            told += [*(f"− {word}" for word in old[a:b]), *(f"+ {word}" for word in new[c:d])]
    return SEPARATOR.join(told)


def signed(number: int) -> str:
    """``+1.20 M``"""
    return f"{'−' if number < 0 else '+'}{count(abs(number))}"


def with_change(before: int, after: int) -> str:
    """``+18.9 M, +74.3 %``; empty if nothing changed."""
    if before == after:
        return ""
    if not before:
        return signed(after)
    share = abs(100 * (after - before) / before)
    digits = f"{share:,.1f}" if share >= 0.1 else f"{share:.1g}"
    return f"{signed(after - before)}, {'−' if after < before else '+'}{digits} %"


def title_in_words(leaf: Leaf) -> str:
    return MERGES.get(leaf.title, leaf.title) if leaf.form == "circle" else leaf.title


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """``padding 1 → 0`` of values by name; a name that only one has comes with a sign."""
    told: list[str] = []
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            told.append(f"− {clean(name)}")
        elif name not in before:
            told.append(f"+ {clean(name)} {in_words(after[name])}")
        elif (old := in_words(before[name])) != (new := in_words(after[name])):
            told.append(f"{clean(name)} {old} → {new}")
    return told


def some(words: Sequence[str]) -> str:
    """The words that tell of arguments, or their number if it is large."""
    different = [*dict.fromkeys(words)]
    if len(different) > MAX_NAMED:
        return f"→ {len(different)} other arguments"
    return SEPARATOR.join(different)


def together(arguments: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """``yes then no``: the values of several instances by their name."""
    names = dict.fromkeys(name for one in arguments for name in one)
    return {name: _then([one.get(name) for one in arguments]) for name in names}


def _then(values: Sequence[Any]) -> str:
    told = [*dict.fromkeys(map(in_words, values))]
    return " then ".join(told) if len(told) <= 2 else f"{told[0]} … {told[-1]}"


def in_words(value: Any) -> str:
    """A value of a spec; an op or a block by its name."""
    if isinstance(value, bool):
        told = str(value).lower()
    elif isinstance(value, list | tuple):
        told = ", ".join(map(in_words, value))
    else:
        told = f"{value:g}" if isinstance(value, float) else str(getattr(value, "name", value))
    return clean(told, MAX_VALUE)

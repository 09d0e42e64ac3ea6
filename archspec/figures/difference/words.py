"""The difference of two things in words: an arrow between them, or a sign before one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from archspec.describe.layers import SEPARATOR
from archspec.describe.values import count, value
from archspec.escaping import clean
from archspec.figures.outline.diagram import Leaf
from archspec.ops import signs

MAX_NAMED: Final = 2
"""Differences of arguments that a box lists one by one."""
MAX_VALUE: Final = 24
"""Characters of a value."""


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
    words: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            words += new[c:d]
        elif b - a == d - c:
            words += [arrow(*pair) for pair in zip(old[a:b], new[c:d], strict=True)]
        else:
            words += [*(f"− {word}" for word in old[a:b]), *(f"+ {word}" for word in new[c:d])]
    return SEPARATOR.join(words)


def change_of(number: int) -> str:
    """``+1.20 M``"""
    return f"{'−' if number < 0 else '+'}{count(abs(number))}"


def with_change(before: int, after: int) -> str:
    """``+18.9 M, +74.3 %``; empty if nothing changed."""
    if before == after:
        return ""
    if not before:
        return change_of(after)
    share = abs(100 * (after - before) / before)
    digits = f"{share:,.1f}" if share >= 0.1 else f"{share:.1g}"
    return f"{change_of(after - before)}, {'−' if after < before else '+'}{digits} %"


def title_in_words(leaf: Leaf) -> str:
    """A sign in a circle as a word: beside an arrow it would mislead."""
    return signs().get(leaf.title, leaf.title) if leaf.form == "circle" else leaf.title


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """``padding 1 → 0`` of values by name; a name that only one has comes with a sign."""
    found: list[str] = []
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            found.append(f"− {clean(name)}")
        elif name not in before:
            found.append(f"+ {clean(name)} {value_text(after[name])}")
        elif (old := value_text(before[name])) != (new := value_text(after[name])):
            found.append(f"{clean(name)} {old} → {new}")
    return found


def name_few(words: Sequence[str]) -> str:
    """Differences of arguments, or how many they are if they are many."""
    different = [*dict.fromkeys(words)]
    if len(different) > MAX_NAMED:
        return f"→ {len(different)} other arguments"
    return SEPARATOR.join(different)


def join_values(arguments: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """``yes then no``: the values of several instances by their name."""
    names = dict.fromkeys(name for one in arguments for name in one)
    return {name: _then([one.get(name) for one in arguments]) for name in names}


def _then(values: Sequence[Any]) -> str:
    texts = [*dict.fromkeys(map(value_text, values))]
    return " then ".join(texts) if len(texts) <= 2 else f"{texts[0]} … {texts[-1]}"


def value_text(given: Any) -> str:
    """A value of a spec; an op or a block by its name."""
    return clean(value(given), MAX_VALUE)

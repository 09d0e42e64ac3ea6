"""What a misspelled name was meant to be: ``did you mean 'kernel_size'?``, and the fix for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice
from typing import Final

from archspec.diagnostics.diagnostic import Fix
from archspec.diagnostics.look_alikes import in_latin, look_alike
from archspec.text import Origin, Span

MAX_NAMES: Final = 2000
"""Names among which similar ones are looked for."""
MAX_COMPARED: Final = 100_000
"""Letters of a name times letters of those that it is compared with closely."""
MAX_SIMILAR: Final = 200
"""Letters of the longest name for which similar ones are looked for."""
MIN_RATIO: Final = 0.77
"""How much of two names is the same when one is surely a slip for the other."""


def near(name: str, names: Iterable[str], least: float = 0.6) -> str | None:
    """``did you mean 'a' or 'b'?`` for at most three names of which so much is the same."""
    found = _nearest(name, names, least)
    meant = f"did you mean {' or '.join(map(repr, found))}?" if found else None
    return "; ".join(filter(None, (look_alike(name), meant))) or None


def _nearest(name: str, names: Iterable[str], least: float = 0.6) -> list[str]:
    known = sorted(set(islice(names, MAX_NAMES)))
    folded = {candidate.lower(): candidate for candidate in reversed(known)}
    wanted = in_latin(name).lower()
    if wanted in folded:
        return [folded[wanted]]
    return [folded[match] for match in _similar(wanted, tuple(folded), least)]


@lru_cache(maxsize=64)
def _similar(name: str, names: tuple[str, ...], least: float) -> list[str]:
    """The three most similar names, of those that have most letters in common."""
    if len(name) > MAX_SIMILAR:
        return []
    matcher = SequenceMatcher(None, "", name)
    likely: list[tuple[float, str]] = []
    for candidate in names:
        matcher.set_seq1(candidate)
        if matcher.real_quick_ratio() >= least and not _is_opposite(name, candidate):
            likely.append((matcher.quick_ratio(), candidate))
    found: list[tuple[float, str]] = []
    compared = 0
    for most, candidate in sorted(likely, reverse=True):
        third = found[2][0] if len(found) == 3 else least
        compared += len(name) * len(candidate)
        if most < third or compared > MAX_COMPARED:
            break
        matcher.set_seq1(candidate)
        ratio = matcher.ratio()
        if ratio >= least:
            found = sorted([*found, (ratio, candidate)], key=_likelihood, reverse=True)[:3]
    return [candidate for _, candidate in found]


def _likelihood(found: tuple[float, str]) -> tuple[float, bool, str]:
    """Of equally similar names most mean pictures: Conv2d, before Conv1d and Conv3d."""
    ratio, candidate = found
    return ratio, candidate.endswith("2d"), candidate


def _is_opposite(name: str, other: str) -> bool:
    """Whether one takes back what the other does: MaxUnpool2d is no slip for MaxPool2d, nor 3d."""
    name, other = (re.sub("[123]d$", "", each) for each in (name, other))
    for one, opposite in _OPPOSITES:
        if other in (name.replace(one, opposite), name.replace(opposite, one)):
            return True
    longer, shorter = (name, other) if len(name) > len(other) else (other, name)
    for prefix in ("un", "de", "non"):
        at = longer.find(prefix)
        while at >= 0:
            if longer[:at] + longer[at + len(prefix) :] == shorter:
                return True
            at = longer.find(prefix, at + 1)
    return False


_OPPOSITES: Final = (("max", "min"), ("up", "down"))


def fix_name(name: str, names: Iterable[str], span: Span) -> Fix | None:
    """The name that this one must be meant for in its place, where the file has it by letters."""
    found = _nearest(name, names)
    return fix_text(name, found[0], span) if len(found) == 1 and _is_slip(name, found[0]) else None


def _is_slip(name: str, meant: str) -> bool:
    """Whether few letters differ, and no digit: conv2 is not conv1."""
    old, new = in_latin(name).lower(), meant.lower()
    if [*filter(str.isdigit, old)] != [*filter(str.isdigit, new)]:
        return False
    return sorted(old) == sorted(new) or SequenceMatcher(None, old, new).ratio() > MIN_RATIO


def fix_key(name: str, names: Iterable[str], at: Origin) -> Fix | None:
    """The same for a key, if its mapping does not have the near one already."""
    fix = fix_name(name, names, at.key)
    if fix is None or (*at.route[:-1], fix.text) in at.source.marks:
        return None
    return fix


def fix_text(old: str, new: str, span: Span) -> Fix | None:
    """A new text for one that a span has, perhaps in quotes; None where the file has another."""
    if span.is_quoted:
        span = span.narrowed(1, len(old))
    line = span.source.lines[span.line]
    if span.line != span.end_line or line[span.column : span.end_column] != old:
        return None
    return Fix(span, new)

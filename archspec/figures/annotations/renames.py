"""Words that a figure has in the place of others: ``Bottleneck=residual block``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import final

from archspec.describe.layers import SEPARATOR
from archspec.diagnostics import failure, near
from archspec.escaping import clean


@final
class Renames:
    """Renames texts, whole words at a time, and none of them twice."""

    def __init__(self, renames: Sequence[str]) -> None:
        self._words = dict(map(_parted, renames))
        longest_first = sorted(self._words, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_word, longest_first))) if renames else None

    def __call__(self, text: str) -> str:
        """The text with the other words."""
        if self._pattern is None or not text:
            return text
        return self._pattern.sub(lambda found: clean(self._words[found[0]]), text)


def _parted(rename: str) -> tuple[str, str]:
    old, _, new = rename.partition("=")
    return old.strip(), new.strip()


def _word(old: str) -> str:
    """A pattern of it where it is no part of a longer word."""
    before = r"(?<!\w)" if re.match(r"\w", old) else ""
    behind = r"(?!\w)" if re.search(r"\w$", old) else ""
    return before + re.escape(old) + behind


def check_renames(renames: Sequence[str], texts: Iterable[str]) -> None:
    """Raises SpecError for a rename of what no box says."""
    known = set(texts)
    for old, _ in map(_parted, renames):
        if not any(re.search(_word(old), text) for text in known):
            words = {word for text in known for word in (text, *text.split(SEPARATOR))}
            help = near(old, words) or "--rename is for the words in boxes, as the figure has them"
            raise failure("cannot-draw", f"no box says '{clean(old)}'", help=help)

"""Which paths a glob means: by a regular expression where that takes one look, else by an automaton."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, final

_LEVEL: Final = r"(?:[A-Za-z0-9_-]|\*(?!\*)|\[[A-Za-z0-9_]+\]|\{[A-Za-z0-9_,-]+\})+"
GLOB: Final = re.compile(rf"(?:\*\*|{_LEVEL})(?:\.(?:\*\*|{_LEVEL}))*")
"""Names joined by dots; * is any name or a part of one, ** any number of names."""
COST_OF_AN_AUTOMATON: Final = 10
"""So many answers of regular expressions take as long as one of an automaton."""
MAX_MOVES: Final = 20_000
"""Moves of an automaton that are remembered."""

_ALTERNATIVES: Final = re.compile(r"\{(.*?)\}")


@final
class Globs:
    """Some globs, ready to be asked; ``work`` counts what the answers took."""

    def __init__(self, globs: Sequence[str]) -> None:
        self._names = frozenset(glob for glob in globs if not re.search(r"[*\[{]", glob))
        wild = [glob for glob in globs if glob not in self._names]
        plain = [glob for glob in wild if is_plain(glob)]
        self._pattern = re.compile("|".join(map(glob_pattern, plain))) if plain else None
        self._automata = [Automaton(glob) for glob in wild if not is_plain(glob)]
        self._cost = 1 + len(plain) + COST_OF_AN_AUTOMATON * len(self._automata)
        self.pattern = None if self._automata else "|".join(map(glob_pattern, globs))
        """All of them as one regular expression; None where that could take without end."""
        self.work = 0

    def matches(self, path: str) -> bool:
        """Whether one of them means a layer."""
        self.work += self._cost
        if path in self._names:
            return True
        if self._pattern is not None and self._pattern.fullmatch(path):
            return True
        for automaton in self._automata:
            before = automaton.work
            found = automaton.matches(path)
            self.work += automaton.work - before
            if found:
                return True
        return False


def is_plain(glob: str) -> bool:
    """Whether a regular expression answers in one look: at each place of a path one alternative
    fits at most, and behind a * the leftmost of them ends first."""
    for level in glob.split("."):
        first, *others = re.split(r"\*+", level)
        if any(_begins_another(group) for group in _groups(first)):
            return False
        if any(len(set(map(len, group))) > 1 for text in others for group in _groups(text)):
            return False
    return True


def _groups(text: str) -> Iterator[list[str]]:
    return (found[1].split(",") for found in _ALTERNATIVES.finditer(text))


def _begins_another(texts: Iterable[str]) -> bool:
    ordered = sorted(set(texts))
    return any(longer.startswith(text) for text, longer in pairwise(ordered))


def glob_pattern(glob: str) -> str:
    """A plain glob as a regular expression.

    A wildcard takes as little as it can and is not asked again, but for the last: so a glob with
    many of them takes no longer than one with two.
    """
    levels: list[list[str]] = [[]]
    for level in glob.split("."):
        if level != "**":
            levels[-1].append(_level_pattern(level))
        elif levels[-1] or len(levels) == 1:
            levels.append([])
    first, *others = [r"\.".join(part) for part in levels]
    if not others:
        return first
    pattern = rf"{first}\." if first else ""
    for part in others[:-1]:
        pattern += rf"(?>(?:[^.]+\.)*?{part}\.)"
    return pattern + (rf"(?:.*\.)?{others[-1]}" if others[-1] else ".*")


def _level_pattern(level: str) -> str:
    first, *others = [_text_pattern(text) for text in re.split(r"\*+", level)]
    pattern = first
    for text in others[:-1]:
        pattern += rf"(?>[^.]*?{text})"
    return pattern + (f"[^.]*{others[-1]}" if others else "")


def _text_pattern(text: str) -> str:
    """Letters, [12] and {a,b}: of alternatives the shortest first."""
    return _ALTERNATIVES.sub(lambda found: _alternatives(found[1].split(",")), text)


def _alternatives(texts: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(dict.fromkeys(texts), key=len))})"


@final
class Automaton:
    """A glob that is read beside a path, character by character, in all ways at once."""

    def __init__(self, glob: str) -> None:
        self._steps: list[list[tuple[str | None, int]]] = []
        """For every state where a character leads: one of a text, or None for any but a dot."""
        self._free: list[list[int]] = []
        """For every state those that it is as well."""
        self._moves: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        first = self._state()
        self._end = self._levels(glob.split("."), first)
        self._start = self._closed({first})
        self.work = 0

    def matches(self, path: str) -> bool:
        states = self._start
        for character in path:
            following = self._moves.get((states, character))
            if following is None:
                following = self._move(states, character)
            states = following
        return self._end in states

    def _move(self, states: frozenset[int], character: str) -> frozenset[int]:
        self.work += len(states)
        following = self._closed(
            target
            for state in states
            for text, target in self._steps[state]
            if (character != "." if text is None else character in text)
        )
        if len(self._moves) >= MAX_MOVES:
            self._moves.clear()
        self._moves[states, character] = following
        return following

    def _closed(self, states: Iterable[int]) -> frozenset[int]:
        found = set(states)
        waiting = list(found)
        while waiting:
            for state in self._free[waiting.pop()]:
                if state not in found:
                    found.add(state)
                    waiting.append(state)
        return frozenset(found)

    # States, from the first of a part to the one behind it.

    def _state(self) -> int:
        self._steps.append([])
        self._free.append([])
        return len(self._steps) - 1

    def _levels(self, levels: Sequence[str], state: int) -> int:
        for position, level in enumerate(levels):
            is_last = position == len(levels) - 1
            if level == "**":
                state = self._any_path(state) if is_last else self._any_levels(state)
                continue
            state = self._level(level, state)
            if not is_last:
                state = self._text(".", state)
        return state

    def _any_path(self, state: int) -> int:
        name = self._text(None, state)
        self._steps[name] += [(None, name), (".", state)]
        return name

    def _any_levels(self, state: int) -> int:
        name, behind = self._text(None, state), self._state()
        self._steps[name] += [(None, name), (".", state)]
        self._free[state].append(behind)
        return behind

    def _level(self, level: str, state: int) -> int:
        for found in re.finditer(r"\*|\[(?P<one>\w+)\]|\{(?P<group>[\w,-]+)\}|[\w-]", level):
            if found.group() == "*":
                behind = self._state()
                self._free[state].append(behind)
                self._steps[behind].append((None, behind))
                state = behind
            elif found["group"] is not None:
                state = self._alternatives(found["group"].split(","), state)
            else:
                state = self._text(found["one"] or found.group(), state)
        return state

    def _alternatives(self, texts: Iterable[str], state: int) -> int:
        behind = self._state()
        for text in texts:
            last = state
            for character in text:
                last = self._text(character, last)
            self._free[last].append(behind)
        return behind

    def _text(self, characters: str | None, state: int) -> int:
        behind = self._state()
        self._steps[state].append((characters, behind))
        return behind

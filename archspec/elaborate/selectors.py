"""Which layers an edit or a rule for initial weights means."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from archspec.diagnostics import failure, near, renamed
from archspec.text import Origin


@final
@dataclass(frozen=True, slots=True)
class Selection:
    """A selector, ready to ask. None means all."""

    ops: frozenset[str] | None
    path: re.Pattern[str] | None

    def matches(self, op: str, path: str) -> bool:
        return (self.ops is None or op in self.ops) and (
            self.path is None or self.path.fullmatch(path) is not None
        )


def selection(
    op: Any, path: Any, at: Origin, known: Collection[str], code: str = "bad-edit"
) -> Selection:
    """A selector's two fields, each one text or several. Raises SpecError for unknown ops and for
    globs that are none."""
    ops, paths = _as_list(op), _as_list(path)
    for k, name in enumerate(ops or ()):
        if name not in known:
            raise failure(
                "unknown-op", f"there is no op or block '{name}'", _place(at / "op", op, k).value,
                help=near(name, known), fix=renamed(name, known, _place(at / "op", op, k).value),
            )  # fmt: skip
    for k, glob in enumerate(paths or ()):
        if not _GLOB.fullmatch(glob):
            raise failure(
                code, f"'{glob}' is not the path of layers",
                _place(at / "path", path, k).value,
                help="names joined by dots; * is any name, ** any path, [12] and {a,b} alternatives",
            )  # fmt: skip
    return Selection(
        frozenset(ops) if ops is not None else None,
        re.compile("|".join(map(glob_pattern, paths))) if paths is not None else None,
    )


def _as_list(value: Any) -> list[str] | None:
    return [value] if isinstance(value, str) else value


def _place(at: Origin, value: Any, k: int) -> Origin:
    return at / k if isinstance(value, list) else at


_LEVEL: Final = r"(?:[A-Za-z0-9_]|\*(?!\*)|\[[A-Za-z0-9_]+\]|\{[A-Za-z0-9_,]+\})+"
_GLOB: Final = re.compile(rf"(?:\*\*|{_LEVEL})(?:\.(?:\*\*|{_LEVEL}))*")


def glob_pattern(glob: str) -> str:
    """A path's glob as a regular expression: * is one name or a part of it, ** any number of them.

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
    return re.sub(r"\{(.*?)\}", lambda found: _alternatives(found[1].split(",")), text)


def _alternatives(texts: Sequence[str]) -> str:
    return f"(?:{'|'.join(sorted(texts, key=len))})"

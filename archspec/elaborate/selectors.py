"""Which layers an edit or a rule for initial weights means."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, final

from archspec.diagnostics import failure, near
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


def selection(op: Any, path: Any, at: Origin, known: Collection[str]) -> Selection:
    """A selector's two fields, each one text or several. Raises SpecError for unknown ops."""
    ops, paths = _as_list(op), _as_list(path)
    for k, name in enumerate(ops or ()):
        if name not in known:
            place = at / "op" / k if isinstance(op, list) else at / "op"
            raise failure(
                "unknown-op", f"there is no op or block '{name}'", place.value,
                help=near(name, known),
            )  # fmt: skip
    return Selection(
        frozenset(ops) if ops is not None else None,
        re.compile("|".join(glob_pattern(glob) for glob in paths)) if paths is not None else None,
    )


def _as_list(value: Any) -> list[str] | None:
    return [value] if isinstance(value, str) else value


_PIECE = re.compile(r"\*\*\.|\*\*|\*|\[[A-Za-z0-9_!^-]+\]|\{[A-Za-z0-9_,]+\}|.", re.DOTALL)


def glob_pattern(glob: str) -> str:
    """A path's glob as a regular expression: * is one level, ** any, [12] and {a,b} alternatives."""
    pieces = []
    for piece in _PIECE.findall(glob):
        if piece == "**.":
            pieces.append(r"(?:.*\.)?")
        elif piece == "**":
            pieces.append(".*")
        elif piece == "*":
            pieces.append(r"[^.]*")
        elif len(piece) > 1 and piece[0] == "[":
            pieces.append(f"[{piece[1:-1].replace('!', '^', 1)}]")
        elif len(piece) > 1:
            pieces.append(f"(?:{piece[1:-1].replace(',', '|')})")
        else:
            pieces.append(re.escape(piece))
    return "".join(pieces)

"""Which layers an edit or a rule for initial weights means."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, final

from archspec.diagnostics import Code, failure
from archspec.elaborate.edits.globs import GLOB, Globs
from archspec.elaborate.rules.resolve_op import unknown_op
from archspec.text import Origin

MAX_GLOB: Final = 2_000
"""Characters of one glob."""


@final
@dataclass(frozen=True, slots=True)
class Selection:
    """A selector, ready to ask. None means all."""

    ops: frozenset[str] | None
    paths: Globs | None
    scopes: Globs | None
    """The paths that may be those of scopes: all that end in a plain name. None means no scope."""

    @property
    def work(self) -> int:
        """What the answers took so far."""
        return sum(globs.work for globs in (self.paths, self.scopes) if globs is not None)

    def matches(self, op: str, path: str) -> bool:
        return (self.ops is None or op in self.ops) and (
            self.paths is None or self.paths.matches(path)
        )

    def matches_scope(self, path: str) -> bool:
        """Whether a scope is meant that is written in its item."""
        return self.scopes is not None and self.scopes.matches(path)


def selection(
    op: Any, path: Any, at: Origin, known: Collection[str], code: Code = "bad-edit"
) -> Selection:
    """A selector's two fields, each one text or several. Raises SpecError for unknown ops and for
    globs that are none."""
    ops, paths = _as_list(op), _as_list(path)
    for k, name in enumerate(ops or ()):
        if name not in known:
            raise unknown_op(name, _place(at / "op", op, k).value, known)
    for k, glob in enumerate(paths or ()):
        if len(glob) > MAX_GLOB:
            raise failure(
                "limit",
                f"the path of layers has more than {MAX_GLOB:,} characters",
                at=_place(at / "path", path, k).value,
                help="a list of paths may have many",
            )
        if not GLOB.fullmatch(glob):
            raise failure(
                code,
                f"'{glob}' is not a path of layers",
                at=_place(at / "path", path, k).value,
                help="names joined by dots; * is any name, ** any path, [12] and {a,b} alternatives",
            )
    named = [glob for glob in paths or () if _NAME.fullmatch(glob.rpartition(".")[2])]
    return Selection(
        frozenset(ops) if ops is not None else None,
        Globs(paths) if paths is not None else None,
        Globs(named) if named and ops is None else None,
    )


_NAME: Final = re.compile(r"[\w-]+")


def _as_list(value: Any) -> list[str] | None:
    return [value] if isinstance(value, str) else value


def _place(at: Origin, value: Any, k: int) -> Origin:
    return at / k if isinstance(value, list) else at

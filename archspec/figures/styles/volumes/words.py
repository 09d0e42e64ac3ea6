"""What volumes are called, and what is told on the arrows between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, final

from archspec.figures.outline import labels
from archspec.figures.styles.volumes.layers import WINDOWS, is_told
from archspec.graph import Node, Scope
from archspec.graph.folding import repeated_block
from archspec.ops.base import Role

MAX_NAME: Final = 20
MAX_WORD: Final = 16


@final
@dataclass(frozen=True, slots=True)
class Told:
    """A part of the network, in the lines that stand on an arrow."""

    lines: tuple[str, ...]
    role: str
    paths: tuple[str, ...]
    """Of the equal parts that are told together."""
    count: int = 1

    @property
    def counted(self) -> tuple[str, ...]:
        if self.count == 1:
            return self.lines
        if len(self.lines) == 1:
            return (*self.lines, f"×{self.count}")
        return (*self.lines[:-1], f"{self.lines[-1]} ×{self.count}")


def on_arrow(parts: Iterable[Node | Scope], *, with_merges: bool) -> list[Told]:
    """Layers and scopes in words, equal neighbours as one. Merges need no word where all lines
    that come together are drawn."""
    found: list[Told] = []
    every = (told for told in _each(parts) if with_merges or told.role != Role.MERGE.value)
    for _, same in groupby(every, key=lambda told: told.lines):
        alike = list(same)
        paths = tuple(path for told in alike for path in told.paths)
        found.append(replace(alike[0], paths=paths, count=sum(told.count for told in alike)))
    return found


def _each(parts: Iterable[Node | Scope]) -> Iterator[Told]:
    for part in parts:
        told = _layer(part) if isinstance(part, Node) else _scope(part)
        if told is not None:
            yield told


def _layer(node: Node) -> Told | None:
    if not is_told(node):
        return None
    label = labels.layer(node)
    word, window = _taken_apart(label.title.partition(", ")[0], node.op.role)
    second = ", ".join(filter(None, (window, *label.details)))
    lines = tuple(labels.clean(line, MAX_WORD) for line in (word, second) if line)
    return Told(lines, node.op.role.value, (node.path,))


def _taken_apart(title: str, role: Role) -> tuple[str, str]:
    """Word and window of ``conv 3×3``. Of ``linear 10`` the word only: the volume has its number."""
    word, _, number = title.rpartition(" ")
    if role is Role.LINEAR:
        return word or title, ""
    if role in WINDOWS and word and "×" in number:
        return word, number
    return title, ""


def _scope(scope: Scope) -> Told | None:
    """A scope as its block and how often it comes, or as the only layer that matters in it."""
    told = list(_each(scope.nodes()))
    if not told:
        return None
    if len(told) == 1:
        return replace(told[0], paths=(scope.path,))
    kind, count = repeated_block(scope) or (None, 1)
    if count == 1:
        kind = scope.block or kind
    word = labels.clean(kind or scope.name, MAX_WORD)
    return Told((word,), _main_role(told), (scope.path,), count if kind else 1)


def _main_role(told: Sequence[Told]) -> str:
    roles = {part.role for part in told}
    known = [role.value for role in (Role.CONV, Role.LINEAR, Role.POOL) if role.value in roles]
    return known[0] if known else "block"


def named(paths: Sequence[str]) -> str:
    """``features.0–2``; the last alone, where that cannot be told shortly."""
    return together([_name(path) for path in paths])


def together(names: Sequence[str]) -> str:
    told = labels.span(names)
    return told if "…" not in told else names[-1]


def _name(path: str) -> str:
    """The last name; of a number the one before, too."""
    steps = path.split(".")
    return labels.clean(".".join(steps[-2:] if steps[-1].isdigit() else steps[-1:]), MAX_NAME)

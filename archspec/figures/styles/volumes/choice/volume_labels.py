"""Names of volumes, and labels of the arrows between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, final

from archspec.describe.layers import layer
from archspec.describe.values import span
from archspec.escaping import clean
from archspec.figures.styles.volumes.choice.labelled_layers import WINDOWS, is_labelled
from archspec.graph import Node, Scope
from archspec.graph.folding import repeated_block
from archspec.op.base import Role

MAX_NAME: Final = 20
MAX_WORD: Final = 16


@final
@dataclass(frozen=True, slots=True)
class ArrowLabel:
    """The lines that stand on an arrow for a part of the network."""

    lines: tuple[str, ...]
    role: str
    paths: tuple[str, ...]
    """Of the equal parts that share the label."""
    count: int = 1
    makes: bool = True
    """Whether the map is its: a sum or a normalisation leaves the map of another layer as large."""

    @property
    def lines_with_count(self) -> tuple[str, ...]:
        if self.count == 1:
            return self.lines
        if len(self.lines) == 1:
            return (*self.lines, f"×{self.count}")
        return (*self.lines[:-1], f"{self.lines[-1]} ×{self.count}")


def label_arrow(parts: Iterable[Node | Scope], *, with_merges: bool) -> list[ArrowLabel]:
    """Labels of layers and scopes, equal neighbours as one. Merges need no label where all lines
    that come together are drawn."""
    found: list[ArrowLabel] = []
    every = (label for label in _each(parts) if with_merges or label.role != Role.MERGE.value)
    for _, same in groupby(every, key=lambda label: label.lines):
        alike = list(same)
        paths = tuple(path for label in alike for path in label.paths)
        found.append(replace(alike[0], paths=paths, count=sum(label.count for label in alike)))
    return found


def _each(parts: Iterable[Node | Scope]) -> Iterator[ArrowLabel]:
    for part in parts:
        label = _layer(part) if isinstance(part, Node) else _scope(part)
        if label is not None:
            yield label


def _layer(node: Node) -> ArrowLabel | None:
    if not is_labelled(node):
        return None
    label = layer(node)
    word, window = _split_title(label.title.partition(", ")[0], node.op.role)
    second = ", ".join(filter(None, (window, *label.details)))
    lines = tuple(clean(line, MAX_WORD) for line in (word, second) if line)
    return ArrowLabel(lines, node.op.role.value, (node.path,), makes=makes_map(node))


def makes_map(node: Node) -> bool:
    """Whether the map is another than those it reads: a concatenation is one, a sum is not."""
    if node.op.role is Role.MERGE:
        return all(node.output.channels != each.channels for each in node.inputs)
    return node.op.role is not Role.NORM


def _split_title(title: str, role: Role) -> tuple[str, str]:
    """Word and window of ``conv 3×3``. Of ``linear 10`` the word only: the volume has its number."""
    word, _, number = title.rpartition(" ")
    if role is Role.LINEAR:
        return word or title, ""
    if role in WINDOWS and word and "×" in number:
        return word, number
    return title, ""


def _scope(scope: Scope) -> ArrowLabel | None:
    """A scope as its block and how often it comes, or as the only layer that matters in it."""
    found = list(_each(scope.nodes()))
    if not found:
        return None
    if len(found) == 1:
        return replace(found[0], paths=(scope.path,), makes=True)
    block, count = repeated_block(scope) or (None, 1)
    if count == 1:
        block = scope.block or block
    word = clean(block or scope.name, MAX_WORD)
    return ArrowLabel((word,), _main_role(found), (scope.path,), count if block else 1)


def _main_role(found: Sequence[ArrowLabel]) -> str:
    roles = {part.role for part in found}
    known = [role.value for role in (Role.CONV, Role.LINEAR, Role.POOL) if role.value in roles]
    return known[0] if known else "block"


def name_paths(paths: Sequence[str]) -> str:
    """``features.0–2``; only the last if there is no short form."""
    return join_names([_name(path) for path in paths])


def join_names(names: Sequence[str]) -> str:
    text = span(names)
    return text if "…" not in text else names[-1]


def _name(path: str) -> str:
    """The last name; of a number the one before, too."""
    steps = path.split(".")
    return clean(".".join(steps[-2:] if steps[-1].isdigit() else steps[-1:]), MAX_NAME)

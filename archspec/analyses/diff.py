"""What makes one network of another: layers added, removed and changed, equal changes together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import final

from archspec.describe.layers import format_argument
from archspec.graph import Graph, Node


@final
@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change, and the layers that it befell."""

    what: str
    """``ReLU → ELU``, ``+ BatchNorm``, ``− Dropout``, ``Conv2d groups``."""
    text: str
    """The same with its numbers: ``ReLU → ELU alpha 0.5``, ``Conv2d groups 2 → 1``."""
    paths: tuple[str, ...]

    def __str__(self) -> str:
        return self.text if len(self.paths) == 1 else f"{self.text} ×{len(self.paths)}"


def changes(base: Graph, other: Graph) -> tuple[Change, ...]:
    """The layers in which ``other`` differs from ``base``, in written order, the removed last.

    Layers are compared by path: op and arguments, not shapes, which only follow.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for path, node in other.nodes.items():
        text = describe(base.nodes.get(path), node)
        if text is not None:
            found.setdefault(text, []).append(path)
    for path, node in base.nodes.items():
        if path not in other.nodes:
            found.setdefault((f"− {node.op_name}",) * 2, []).append(path)
    return tuple(Change(what, text, tuple(paths)) for (what, text), paths in found.items())


def summary(found: Iterable[Change]) -> tuple[Change, ...]:
    """The changes with those together that differ in their numbers only."""
    together: dict[str, list[Change]] = {}
    for change in found:
        together.setdefault(change.what, []).append(change)
    return tuple(
        Change(
            what,
            alike[0].text if len(alike) == 1 else what,
            tuple(path for change in alike for path in change.paths),
        )
        for what, alike in together.items()
    )


def describe(before: Node | None, after: Node) -> tuple[str, str] | None:
    """What is new at a path, without and with numbers; None if nothing is."""
    if before is None or type(before.op) is not type(after.op):
        what = f"+ {after.op_name}" if before is None else f"{before.op_name} → {after.op_name}"
        text = ", ".join(_unusual(before, after))
        return what, f"{what} {text}".rstrip()
    old, new = before.op.arguments(), after.op.arguments()
    names = [name for name in new if old[name] != new[name]]
    if names:
        op = type(after.op)
        text = ", ".join(
            f"{name} {format_argument(op, name, old[name])} → {format_argument(op, name, new[name])}"
            for name in names
        )
        return f"{after.op_name} {', '.join(names)}", f"{after.op_name} {text}"
    if len(before.sources) != len(after.sources):
        what = f"{after.op_name} inputs"
        return what, f"{what} {len(before.sources)} → {len(after.sources)}"
    return None


def _unusual(before: Node | None, after: Node) -> Iterator[str]:
    """Arguments that are neither the op's defaults nor those of the op that was there."""
    defaults = after.op.defaults()
    known = before.op.arguments() if before is not None else {}
    for name, value in after.op.arguments().items():
        if name in defaults and value != defaults[name] and known.get(name) != value:
            yield f"{name} {format_argument(type(after.op), name, value)}"

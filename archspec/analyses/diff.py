"""What makes one network of another: layers added, removed and changed, equal changes together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, final

from archspec.graph import Graph, Node


@final
@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change, and the layers that it befell."""

    what: str
    """``ReLU → ELU``, ``+ BatchNorm``, ``− Dropout``, ``Conv2d groups``."""
    detail: str
    """The arguments: ``alpha 0.5``, ``2 → 1``."""
    paths: tuple[str, ...]

    def __str__(self) -> str:
        text = " ".join(filter(None, (self.what, self.detail)))
        return text if len(self.paths) == 1 else f"{text} ×{len(self.paths)}"


def changes(base: Graph, other: Graph) -> tuple[Change, ...]:
    """The layers in which ``other`` differs from ``base``, in written order, the removed last.

    Layers are compared by path: op and arguments, not shapes, which only follow.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for path, node in other.nodes.items():
        before = base.nodes.get(path)
        if before is None:
            found.setdefault((f"+ {node.kind}", _arguments(node)), []).append(path)
        elif type(before.op) is not type(node.op):
            found.setdefault((f"{before.kind} → {node.kind}", _arguments(node)), []).append(path)
        elif before.op != node.op:
            found.setdefault(_changed(before, node), []).append(path)
        elif len(before.sources) != len(node.sources):
            told = f"{len(before.sources)} → {len(node.sources)}"
            found.setdefault((f"{node.kind} inputs", told), []).append(path)
    for path, node in base.nodes.items():
        if path not in other.nodes:
            found.setdefault((f"− {node.kind}", ""), []).append(path)
    return tuple(Change(what, detail, tuple(paths)) for (what, detail), paths in found.items())


def summary(found: Iterable[Change]) -> tuple[Change, ...]:
    """The changes with those together that differ in their details only."""
    together: dict[str, list[Change]] = {}
    for change in found:
        together.setdefault(change.what, []).append(change)
    return tuple(
        Change(
            what,
            alike[0].detail if len(alike) == 1 else "",
            tuple(path for change in alike for path in change.paths),
        )
        for what, alike in together.items()
    )


def _arguments(node: Node) -> str:
    """The arguments that are not the op's defaults, without its sizes."""
    defaults = node.op.defaults()
    return ", ".join(
        f"{name} {_value(value)}"
        for name, value in node.op.arguments().items()
        if name in defaults and value != defaults[name]
    )


def _changed(before: Node, after: Node) -> tuple[str, str]:
    old, new = before.op.arguments(), after.op.arguments()
    names = [name for name in new if old[name] != new[name]]
    told = [f"{_value(old[name])} → {_value(new[name])}" for name in names]
    return f"{after.kind} {', '.join(names)}", ", ".join(told)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "×".join(map(_value, value))
    return str(value)

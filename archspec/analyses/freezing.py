"""Layers that do not learn, by globs of their paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from archspec.diagnostics import failure, near
from archspec.graph import Graph


def frozen_layers(graph: Graph, globs: Iterable[str]) -> frozenset[str]:
    """Layers with parameters that a glob matches, or that stand in a scope that it matches. Raises
    SpecError for a glob that matches none."""
    weighted = [node.path for node in graph.layers if node.cost.parameters and not node.weights]
    found: set[str] = set()
    for glob in globs:
        matched = matching(glob, weighted)
        if not matched:
            message = f"'{glob}' matches no layer with weights"
            raise failure("bad-value", message, help=proposal(glob, weighted))
        found.update(matched)
    return frozenset(found)


def matching(glob: str, paths: Sequence[str]) -> list[str]:
    """Paths of the layers that a glob matches, or that stand in a scope that it matches."""
    return [path for path in paths if any(fnmatchcase(p, glob) for p in _around(path))]


def proposal(glob: str, paths: Sequence[str]) -> str | None:
    """What somebody may have meant by a glob that matches none."""
    return near(glob, [around for path in paths for around in _around(path)])


def _around(path: str) -> Iterator[str]:
    """The paths of the scopes around a layer, and its own."""
    parts = path.split(".")
    return (".".join(parts[: k + 1]) for k in range(len(parts)))

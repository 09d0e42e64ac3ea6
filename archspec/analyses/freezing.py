"""Layers that do not learn, by globs of their paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from archspec.diagnostics import failure, near
from archspec.graph import Graph


def frozen_layers(graph: Graph, globs: Iterable[str]) -> frozenset[str]:
    """Layers with parameters that a glob matches, or that stand in a scope that it matches. Raises
    SpecError for a glob that matches none."""
    weighted = [node.path for node in graph.layers if node.cost.parameters and not node.weights]
    found: set[str] = set()
    for glob in globs:
        matched = {path for path in weighted if any(fnmatchcase(p, glob) for p in _around(path))}
        if not matched:
            raise failure(
                "bad-value",
                f"'{glob}' matches no layer with weights",
                help=near(glob, (around for path in weighted for around in _around(path))),
            )
        found |= matched
    return frozenset(found)


def _around(path: str) -> Iterator[str]:
    """The paths of the scopes around a layer, and its own."""
    parts = path.split(".")
    return (".".join(parts[: k + 1]) for k in range(len(parts)))

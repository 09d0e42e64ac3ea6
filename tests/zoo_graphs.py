"""Graphs and counts of the zoo, each computed once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from archspec.analyses.stats import LayerStats, Stats, stats
from archspec.graph import Graph
from archspec.workspace.load import load, loads
from archspec.workspace.locate import zoo_folder

FILES: Final = sorted(zoo_folder().glob("*.yaml"))


@cache
def graph(name: str) -> Graph:
    return load(name)


@cache
def counts(name: str) -> Stats:
    return stats(graph(name))


def layers(name: str) -> Mapping[str, LayerStats]:
    return {layer.name: layer for layer in counts(name).layers}


def part(name: str, *scopes: str) -> tuple[int, int]:
    """Parameters and multiply-accumulates of some scopes or layers."""
    inside = [
        layer
        for path, layer in layers(name).items()
        if any(path == scope or path.startswith(f"{scope}.") for scope in scopes)
    ]
    assert inside
    return sum(layer.params for layer in inside), sum(layer.macs for layer in inside)


def edit(base: str, *changes: str, **overrides: Any) -> Graph:
    """A network of the zoo with edits."""
    edits = "".join(f"  - {change}\n" for change in changes)
    return loads(f"extends: {base}\nedits:\n{edits}", **overrides)


def receptive_fields(network: Graph) -> dict[str, int]:
    """Pixels along a side that one number of each layer of a chain depends on."""
    size, step, found = 1, 1, {}
    for node in network.layers:
        arguments = node.op.arguments()
        kernel = arguments.get("kernel_size", 1)
        size += (kernel - 1) * step
        step *= arguments.get("stride") or (kernel if node.op_name == "MaxPool2d" else 1)
        found[node.path] = size
    return found

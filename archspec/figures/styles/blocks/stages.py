"""Networks as columns whose stages of one resolution stand at one height."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

from archspec.figures.outline.build import network_diagram
from archspec.figures.outline.diagram import Diagram, Leaf, Parallel, chain, leaves, map_children
from archspec.figures.request import Options
from archspec.figures.styles.blocks.elements import NetworkColumn
from archspec.graph import Graph, Node
from archspec.op.base import Role


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """Consecutive elements of a column with maps of one resolution, by their places."""

    size: str
    elements: tuple[int, ...]


def column(graph: Graph, options: Options) -> NetworkColumn:
    """A network without anything folded."""
    apart = replace(options, style="blocks", fold=False)
    found = NetworkColumn(graph)
    found.add(chain(_simplify(network_diagram(graph, apart))))
    found.finish()
    return found


def stages(column: NetworkColumn) -> list[Stage]:
    """The elements of a column, divided where the resolution changes."""
    found: list[Stage] = []
    size = ""
    for k, element in enumerate(column.elements):
        size = (not element.is_dot and _size(column.graph, element.part)) or size
        if found and found[-1].size == size:
            found[-1] = replace(found[-1], elements=(*found[-1].elements, k))
        else:
            found.append(Stage(size, (k,)))
    return found


def _size(graph: Graph, part: Diagram) -> str:
    """``56×56`` of the output of a part."""
    found = [leaf for leaf in leaves(part) if leaf.output and not leaf.dashed]
    if not found:
        return ""
    spatial = _made(graph, found[-1]).output.spatial
    return "1" if set(spatial) <= {1} else "×".join(map(str, spatial))


def _made(graph: Graph, leaf: Leaf) -> Node:
    """The layer whose map a box stands for: the one before it is flattened."""
    layers = [graph.nodes[path] for path in leaf.layers]
    solid = [node for node in layers if node.op.role is not Role.SHAPE]
    return (solid or layers or [graph.nodes[leaf.output]])[-1]


def _simplify(part: Diagram, *, beside: bool = False) -> Diagram:
    """The same with one line of text a box and no shapes. Of two branches the shorter one is dashed:
    it is the shortcut that changes the dimension."""
    if isinstance(part, Parallel):
        counts = [sum(1 for _ in leaves(branch)) for branch in part.branches]
        return Parallel(
            tuple(
                _simplify(branch, beside=beside or (len(counts) == 2 and count < max(counts)))
                for branch, count in zip(part.branches, counts, strict=True)
            )
        )
    if not isinstance(part, Leaf):
        return map_children(part, lambda child: _simplify(child, beside=beside))
    details = [word for word in part.under.split(" · ") if word[:1] in ("/", "×")]
    named = ", ".join((part.title, *details))
    return replace(
        part,
        title=part.under if part.role == "input" and not part.feed else named,
        under="",
        shape=None,
        dashed=part.dashed or beside,
        side_branches=tuple(map(_simplify, part.side_branches)),
    )


def align_stages(networks: Sequence[Sequence[Stage]]) -> list[list[Stage | None]]:
    """Rows of stages of one resolution if in all networks the maps only shrink; else the k-th stages
    in a row."""
    orders = [[stage.size for stage in stages] for stages in networks]
    if all(len(set(order)) == len(order) for order in orders):
        sizes = sorted({size for order in orders for size in order}, key=_area, reverse=True)
        rows = [[_of_size(stages, size) for stages in networks] for size in sizes]
        if all([row[k].size for row in rows if row[k]] == order for k, order in enumerate(orders)):  # type: ignore[union-attr]
            return rows
    count = max(map(len, networks))
    return [[stages[k] if k < len(stages) else None for stages in networks] for k in range(count)]


def _area(size: str) -> int:
    area = 1
    for side in size.split("×"):
        area *= int(side or 1)
    return area


def _of_size(stages: Sequence[Stage], size: str) -> Stage | None:
    return next((stage for stage in stages if stage.size == size), None)


def sizes_of(grid: Sequence[Sequence[Stage | None]]) -> list[str]:
    return [next(stage.size for stage in row if stage) for row in grid]

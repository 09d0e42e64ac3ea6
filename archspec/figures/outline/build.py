"""What a figure shows of a network: its diagram, and an inset for every block in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, final

from archspec.figures.annotations.renames import Renames
from archspec.figures.outline.diagram import Diagram, Leaf, leaves
from archspec.figures.outline.formulas import Formulas
from archspec.figures.outline.instance_table import InstanceTable
from archspec.figures.outline.outliner import Outliner, instances_of
from archspec.figures.outline.union import Union, unite
from archspec.figures.request import DEFAULTS, Options
from archspec.graph import Graph, Scope

CLOSED: Final = 1_000
"""A depth at which nothing is open."""


@final
@dataclass(frozen=True, slots=True)
class Inset:
    """What a block is inside, drawn once for all of its instances."""

    name: str
    parameters: tuple[str, ...]
    """Those whose values differ between the instances."""
    diagram: Diagram
    table: tuple[tuple[str, ...], ...] = ()
    """A heading and a row for every place, if the instances differ."""
    training_only: bool = False
    union: Union | None = None
    """Of a block, what is drawn; of one scope, None."""
    renamed: str = ""
    """What stands over it instead of its name."""

    @property
    def heading(self) -> str:
        return self.renamed or self.name


@final
@dataclass(frozen=True, slots=True)
class Outline:
    graph: Graph
    diagram: Diagram
    insets: tuple[Inset, ...] = ()
    flattened: Mapping[str, str] = field(default_factory=dict)
    """Headings of open scopes without a frame, by path, those around first."""


def outline(
    graph: Graph, options: Options = DEFAULTS, *, deep: bool = False, flat: bool = False
) -> Outline:
    """The folded network. With ``deep``, closed leaves hold what one sees when they are opened.
    With ``flat``, what is open and has more than one beginning and one end is in no frame: its parts
    are among those of the scope around it.

    Raises SpecError if the options name a scope that there is not.
    """
    outliner = Outliner(graph, options, deep=deep, flat=flat)
    diagram = outliner.diagram(graph.root, 0)
    insets = () if deep else tuple(_insets(graph, options, diagram))
    return Outline(graph, diagram, insets, outliner.flattened)


def network_diagram(graph: Graph, options: Options = DEFAULTS) -> Diagram:
    """The folded network alone. Raises SpecError if the options name a scope that there is not."""
    return Outliner(graph, options).diagram(graph.root, 0)


def _insets(graph: Graph, options: Options, diagram: Diagram) -> Iterator[Inset]:
    """For every block that is closed in the diagram, and then in the insets."""
    instances = instances_of(graph)
    waiting = [leaf.block for leaf in leaves(diagram) if leaf.block]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        drawn = [leaf for leaf in leaves(diagram) if leaf.block == name]
        found = inset(graph, options, instances[name], drawn)
        yield found
        waiting += [leaf.block for leaf in leaves(found.diagram) if leaf.block]


def inset(
    graph: Graph, options: Options, instances: Sequence[Scope], drawn: Sequence[Leaf] = ()
) -> Inset:
    """A block for all of its instances; in the table a row for each leaf that stands for some, or
    for each instance."""
    union = unite(graph, instances)
    formulas = Formulas(graph, union)
    inner = Outliner(union.graph, replace(options, open=(), close=()), formulas)
    places = [_row(graph, instances, leaf) for leaf in drawn]
    if not drawn:
        places = [(Leaf(scope.path, ""), [scope]) for scope in instances]
    paths = {node.path for scope in instances for node in scope.nodes()}
    return Inset(
        instances[0].block or "",
        formulas.parameters,
        inner.diagram(union.graph.root, CLOSED),
        InstanceTable(graph, formulas).rows(places),
        paths <= graph.training_only,
        union,
        Renames(options.rename)(instances[0].block or ""),
    )


def _row(graph: Graph, instances: Sequence[Scope], leaf: Leaf) -> tuple[Leaf, Sequence[Scope]]:
    """A leaf, with the instances that it stands for."""
    scope = graph.scopes[leaf.path]
    if scope.block == instances[0].block and leaf.count == 1:
        return leaf, [scope]
    inside = set(leaf.layers)
    return leaf, [one for one in instances if next(one.nodes()).path in inside]

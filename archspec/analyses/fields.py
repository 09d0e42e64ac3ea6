"""The receptive field of every layer: its size, step and place, through all branches and through
the narrowest, and where it passes the input."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, final

from archspec.analyses.receptive import PIXEL, Axes, seen_by_all, seen_through
from archspec.diagnostics import failure, near
from archspec.display import made_by, show_by
from archspec.graph import Graph, Node
from archspec.workspace.load import Network, as_graph

Range = tuple[int, int]
"""The first and the last pixel of the input along one side; below 0 or past the end in the padding."""


@final
@dataclass(frozen=True, slots=True)
class LayerField:
    """What the units of one layer can depend on, height before width."""

    name: str
    """Path of the layer."""
    op: str
    """Name of the op."""
    output: tuple[int, ...]
    """Shape without the batch."""
    size: tuple[int, ...]
    """Pixels that a unit sees, through all branches and with what it sees of the padding; of a layer
    that sees everything, those that all units together see that it reads."""
    smallest: tuple[int, ...]
    """Pixels that a unit sees through the branch where it sees least."""
    stride: tuple[Fraction, ...]
    """Pixels between the fields of neighbours (the jump); below 1 where a map is larger than the
    input. Of a layer that sees everything it means nothing: it is 1."""
    centre: tuple[Fraction, ...]
    """The pixel in the middle of the field of the first unit; that of the corner is 0."""
    whole: bool
    """Whether all units see everything: vectors, and what depends on a vector."""
    changes: bool
    """Whether any of this is not that of what the layer reads."""
    axes: Axes | None = field(default=None, repr=False, compare=False)

    def region(self, unit: Sequence[int] | None = None) -> tuple[Range, ...]:
        """The pixels that a unit sees: of the one in the middle, or of one by its row and column.
        Raises SpecError if there is no such unit."""
        sides = self.output[1:]
        if self.axes is None:
            half = zip(self.centre, self.size, strict=True)
            return tuple(
                (int(c - Fraction(s - 1, 2)), int(c + Fraction(s - 1, 2))) for c, s in half
            )
        chosen = tuple(side // 2 for side in sides) if unit is None else tuple(unit)
        if len(chosen) != len(sides) or not all(
            0 <= place < side for place, side in zip(chosen, sides, strict=True)
        ):
            have, wanted = ("×".join(map(str, each)) for each in (sides, chosen))
            message = f"'{self.name}' has {have} units along its sides, none at {wanted}"
            raise failure("bad-value", message, help="they are counted from 0, row before column")
        pairs = zip(self.axes, chosen, strict=True)
        return tuple((axis.low(place), axis.high(place)) for axis, place in pairs)


@final
@dataclass(frozen=True)
class Fields:
    """The receptive fields of one network: ``print`` shows the table of ``archspec receptive``."""

    name: str
    """Name of the network."""
    input: tuple[int, ...]
    """Sides of the largest input that is a map."""
    layers: tuple[LayerField, ...]
    """In written order; those that no such input reaches are left out."""
    outputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Path of a scope -> that of the layer that gives its output."""

    @cached_property
    def by_name(self) -> Mapping[str, LayerField]:
        return {layer.name: layer for layer in self.layers}

    @property
    def passing(self) -> LayerField | None:
        """The first layer whose units see at least as many pixels as the input has, along each side;
        None if there is none."""
        return next((layer for layer in self.layers if self.covers(layer) >= 1), None)

    @property
    def last_map(self) -> LayerField | None:
        """The last layer whose units do not see everything."""
        maps = [layer for layer in self.layers if not layer.whole]
        return maps[-1] if maps else None

    def covers(self, layer: LayerField) -> Fraction:
        """The share of the input's side that a unit sees, along the side where it is smallest."""
        pairs = zip(layer.size, self.input, strict=False)
        return min(Fraction(size, side) for size, side in pairs)

    def layer(self, name: str) -> LayerField:
        """One of the layers, or that of a scope's output. Raises SpecError if there is none."""
        name = self.outputs.get(name, name)
        if name not in self.by_name:
            help = (
                near(name, (*self.by_name, *self.outputs))
                or f"archspec show {self.name} lists the layers"
            )
            message = f"'{self.name}' has no layer '{name:.60}' that sees its input"
            raise failure("unknown-layer", message, help=help)
        return self.by_name[name]

    def draw(self, path: str | os.PathLike[str], layer: str | None = None, **choices: Any) -> None:
        """Draw the field of a layer's unit over the input, and how the fields grow; the choices are
        those of ``archspec.draw`` that are for any style. Raises SpecError."""
        function = "archspec.figures.charts.receptive_chart.draw_fields"
        made_by(function, self, path=path, layer=layer, **choices)

    def __repr__(self) -> str:
        return f"<Fields of {self.name}: {len(self.layers):,} layers>"

    def __str__(self) -> str:
        return show_by("archspec.reports.analyses.receptive_report.fields_text", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.analyses.receptive_report.fields_html", self)


def receptive(network: Network) -> Fields:
    """The receptive field of every layer at inference. A network is a Graph, or what ``load`` takes.
    Raises SpecError, also if no input is a map."""
    graph = as_graph(network).at("inference")
    maps = [node.output.spatial for node in graph.inputs if node.output.is_map]
    if not maps:
        message = f"'{graph.name}' has no receptive fields: no input of it is a map"
        raise failure("bad-option", message, help="a map is [channels, height, width] or the like")
    rank = max(map(len, maps))
    sides = tuple(map(max, zip(*(each for each in maps if len(each) == rank), strict=True)))
    seen = _all_seen(graph, rank)
    layers = []
    for node in graph.layers:
        if node.path in seen:
            before = [seen[path] for path in node.operands if path in seen]
            layers.append(_layer_field(node, seen[node.path], before))
    outputs = {path: scope.output for path, scope in graph.scopes.items() if path}
    return Fields(graph.name, sides, tuple(layers), outputs)


@final
@dataclass(frozen=True, slots=True)
class _View:
    """What the units of a layer see: through all branches, and through the narrowest."""

    all: Axes | None
    narrow: Axes | None
    extent: tuple[Range, ...]
    """What all of its units see together, through all branches."""
    narrow_extent: tuple[Range, ...]


def _all_seen(graph: Graph, rank: int) -> Mapping[str, _View]:
    seen: dict[str, _View] = {}
    for node in graph.nodes.values():
        if any(source in seen for source in node.operands):
            seen[node.path] = _after(node, seen)
        elif not node.sources and node.output.rank == rank:
            whole = tuple((0, side - 1) for side in node.output.spatial)
            seen[node.path] = _View((PIXEL,) * rank, (PIXEL,) * rank, whole, whole)
    return seen


def _after(node: Node, seen: Mapping[str, _View]) -> _View:
    known = [
        (seen[source], x)
        for source, x in zip(node.operands, node.inputs, strict=False)
        if source in seen
    ]
    wide = seen_by_all([seen_through(node, view.all, x) for view, x in known])
    through = [seen_through(node, view.narrow, x) for view, x in known]
    narrow = _narrowest([axes for axes in through if axes is not None])
    sides = node.output.spatial
    return _View(
        wide,
        narrow,
        _extent(wide, sides) or _hull([view.extent for view, _ in known]),
        _extent(narrow, sides) or _least([view.narrow_extent for view, _ in known]),
    )


def _narrowest(branches: Sequence[Axes]) -> Axes | None:
    """Along each side what the branch sees that sees least."""
    if not branches:
        return None
    return tuple(min(side, key=lambda axis: axis.size) for side in zip(*branches, strict=True))


def _extent(axes: Axes | None, sides: Sequence[int]) -> tuple[Range, ...]:
    if axes is None:
        return ()
    return tuple(axis.over(side) for axis, side in zip(axes, sides, strict=True))


def _hull(extents: Sequence[tuple[Range, ...]]) -> tuple[Range, ...]:
    return tuple(
        (min(first for first, _ in side), max(last for _, last in side))
        for side in zip(*extents, strict=True)
    )


def _least(extents: Sequence[tuple[Range, ...]]) -> tuple[Range, ...]:
    return tuple(
        min(side, key=lambda pair: pair[1] - pair[0]) for side in zip(*extents, strict=True)
    )


def _layer_field(node: Node, view: _View, before: Sequence[_View]) -> LayerField:
    ranges = view.extent if view.all is None else tuple(a.over(1) for a in view.all)
    rank = len(view.extent)
    return LayerField(
        name=node.path,
        op=node.op_name,
        output=node.output.shape,
        size=tuple(a.size for a in view.all) if view.all else _sizes(view.extent),
        smallest=tuple(a.size for a in view.narrow) if view.narrow else _sizes(view.narrow_extent),
        stride=tuple(a.stride for a in view.all) if view.all else (Fraction(1),) * rank,
        centre=tuple(Fraction(first + last, 2) for first, last in ranges),
        whole=view.all is None,
        changes=all(_shown(view) != _shown(other) for other in before),
        axes=view.all,
    )


def _sizes(ranges: Sequence[Range]) -> tuple[int, ...]:
    return tuple(last - first + 1 for first, last in ranges)


def _shown(view: _View) -> object:
    """What makes a row in a table."""
    return view.all or view.extent, view.narrow or view.narrow_extent

"""What makes one network of another, in the words of specs and in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, final

from archspec.analyses.diff import describe
from archspec.analyses.difference.alignment import Match, align
from archspec.analyses.stats import DEFINITIONS, Stats, stats
from archspec.describe.layers import arguments
from archspec.describe.values import value
from archspec.display import show_by
from archspec.graph import Graph, Node, Scope
from archspec.workspace.load import Network, as_graph

Fate = Literal["added", "removed", "changed"]


@final
@dataclass(frozen=True, slots=True)
class DiffEntry:
    """One kind of difference, and where it is."""

    fate: Fate
    text: str
    """``Conv2d out_channels 64 → 128``, ``Bottleneck width 256``: as a spec writes it."""
    paths: tuple[str, ...]
    """Of the layers or scopes: in the second network; of what was removed, in the first."""
    layers: int
    """How many layers they are in all."""
    params: int
    """How many more learnable numbers the second network has there."""
    macs: int
    """How many more multiply-accumulates."""


@final
@dataclass(frozen=True)
class NetworkDiff:
    """What makes one network of another: ``print`` shows the table of ``archspec diff``."""

    before: Stats
    """The counts of the first network."""
    after: Stats
    entries: tuple[DiffEntry, ...]
    """In the order of the networks; those of equal words together."""
    renamed: Mapping[str, str]
    """Layers that are the same under another path: the old one -> the new one."""
    following: tuple[str, ...]
    """Layers with the same arguments and other shapes, which follow from those of others."""
    following_params: int
    """How many more learnable numbers the second network has in them."""
    following_macs: int
    outputs: tuple[str, ...] = ()
    """What is different about the outputs, in words."""
    params: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Parameters of the specs whose values differ: before and after."""

    @property
    def same(self) -> bool:
        """Whether both are the same network, under the same names."""
        return not (self.entries or self.renamed or self.outputs)

    @cached_property
    def totals(self) -> Mapping[str, tuple[int, int]]:
        """Every count of ``archspec stats``: before and after."""
        return {key: (getattr(self.before, key), getattr(self.after, key)) for key in DEFINITIONS}

    def __repr__(self) -> str:
        names = f"{self.before.name} → {self.after.name}"
        return f"<NetworkDiff {names}: {len(self.entries)} differences>"

    def __str__(self) -> str:
        return show_by("archspec.reports.analyses.diff_report.diff_text", self)

    def _repr_html_(self) -> str:
        return show_by("archspec.reports.analyses.diff_report.diff_html", self)


def diff(first: Network, second: Network) -> NetworkDiff:
    """What makes the second network of the first. A network is a Graph, or what ``load`` takes.
    Raises SpecError."""
    before, after = as_graph(first), as_graph(second)
    matches = align(before, after)
    kept = [(old, new) for old, new in matches if old is not None and new is not None]
    names = {old.path: new.path for old, new in kept}
    found = [*_lone(before, after, matches), *_changed(kept, names)]
    place = {path: k for k, path in enumerate([*before.nodes, *after.nodes])}
    found.sort(key=lambda entry: place.get(_first_layer(entry, before, after), 0))
    changed = {path for entry in found if entry.fate == "changed" for path in entry.paths}
    following = [pair for pair in kept if pair[1].path not in changed and _follows(*pair)]
    return NetworkDiff(
        stats(before),
        stats(after),
        _together(found),
        {old.path: new.path for old, new in kept if old.path != new.path},
        tuple(new.path for _, new in following),
        sum(new.params - old.params for old, new in following),
        sum(new.cost.macs - old.cost.macs for old, new in following),
        tuple(_outputs(before, after, names)),
        _settings(before, after),
    )


def _follows(old: Node, new: Node) -> bool:
    """Whether a layer has other shapes, and so perhaps other counts."""
    return (old.inputs, old.output) != (new.inputs, new.output)


def _first_layer(entry: DiffEntry, before: Graph, after: Graph) -> str:
    graph, path = before if entry.fate == "removed" else after, entry.paths[0]
    return next(graph.scopes[path].nodes()).path if path in graph.scopes else path


def _lone(before: Graph, after: Graph, matches: Sequence[Match]) -> Iterator[DiffEntry]:
    """What only one of the networks has: whole scopes as one."""
    removed = {old.path for old, new in matches if old is not None and new is None}
    added = {new.path for old, new in matches if new is not None and old is None}
    yield from _members(before, removed, "removed", -1)
    yield from _members(after, added, "added", 1)


def _members(graph: Graph, paths: set[str], fate: Fate, sign: int) -> Iterator[DiffEntry]:
    waiting: list[Node | Scope] = [*reversed(graph.root.children), *reversed(graph.inputs)]
    while waiting:
        member = waiting.pop()
        nodes = [member] if isinstance(member, Node) else list(member.nodes())
        if nodes and all(node.path in paths for node in nodes):
            params = sign * sum(node.params for node in nodes)
            macs = sign * sum(node.cost.macs for node in nodes)
            yield DiffEntry(fate, _title(member), (member.path,), len(nodes), params, macs)
        elif isinstance(member, Scope):
            waiting += reversed(member.children)


def _title(member: Node | Scope) -> str:
    """``Conv2d out_channels: 64``, ``Bottleneck width: 64, stride: 2``"""
    if isinstance(member, Node):
        return f"{member.op_name} {arguments(member.op)}".rstrip()
    given = ", ".join(f"{name}: {value(each)}" for name, each in member.arguments.items())
    return f"{member.block or 'scope'} {given}".rstrip()


def _changed(kept: Sequence[tuple[Node, Node]], names: Mapping[str, str]) -> Iterator[DiffEntry]:
    """Layers with another op, other arguments, or other layers that they read."""
    for old, new in kept:
        described = describe(old, new)
        text = described[1] if described else _rewired(old, new, names)
        if text is None and (old.weights is None) != (new.weights is None):
            shared = "shared weights", "weights of its own"
            text = f"{new.op_name}: {' → '.join(shared if new.weights is None else shared[::-1])}"
        if text is not None:
            params, macs = new.params - old.params, new.cost.macs - old.cost.macs
            yield DiffEntry("changed", text, (new.path,), 1, params, macs)


def _rewired(old: Node, new: Node, names: Mapping[str, str]) -> str | None:
    """Which other layers it reads, if all of them are in both networks."""
    for before, after in zip(old.sources, new.sources, strict=False):
        same = names.get(before)
        if same is not None and same != after and after in set(names.values()):
            return f"{new.op_name} reads {same} → {after}"
    return None


def _together(found: Sequence[DiffEntry]) -> tuple[DiffEntry, ...]:
    """Entries of equal words as one, at the place of the first."""
    together: dict[tuple[str, str], list[DiffEntry]] = {}
    for entry in found:
        together.setdefault((entry.fate, entry.text), []).append(entry)
    return tuple(
        DiffEntry(
            group[0].fate,
            group[0].text,
            tuple(path for entry in group for path in entry.paths),
            sum(entry.layers for entry in group),
            sum(entry.params for entry in group),
            sum(entry.macs for entry in group),
        )
        for group in together.values()
    )


def _outputs(before: Graph, after: Graph, names: Mapping[str, str]) -> Iterator[str]:
    old = {output.name: output for output in before.outputs}
    new = {output.name: output for output in after.outputs}
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield f"− output {name}"
        elif name not in old:
            yield f"+ output {name} from {new[name].source}"
        elif names.get(old[name].source, "") != new[name].source:
            yield f"output {name} from {old[name].source} → {new[name].source}"
        elif old[name].training_only != new[name].training_only:
            yield f"output {name} {'only' if new[name].training_only else 'not only'} in training"


def _settings(before: Graph, after: Graph) -> Mapping[str, tuple[str, str]]:
    """Parameters of the specs that differ; one that only one of them has is empty in the other."""
    texts = [
        {name: value(each) for name, each in graph.params.items()} for graph in (before, after)
    ]
    first, second = texts
    return {
        name: (first.get(name, ""), second.get(name, ""))
        for name in dict.fromkeys((*first, *second))
        if first.get(name, "") != second.get(name, "")
    }

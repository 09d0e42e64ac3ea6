"""A block as one small graph that stands for all of its instances.

Layers of two instances are one if they have one name, or, in a list, if they were written on one
line: an optional item in front shifts the numbers of all others. There are as few edges as can be:
where a layer is absent, its readers read what it would have read, so that a line through a box that
is optional says both. What that does not say is an edge of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Final, final

from archspec.graph import Graph, Member, Node, Output, Scope
from archspec.graph.input import Input
from archspec.op.base import Cost

END: Final = ""
"""Stands for what a block gives, as a reader; no layer has that path."""

Edge = tuple[str, str]
"""A source and its reader."""

_Reads = dict[str, dict[str, tuple[str, ...]]]
"""For every layer, in every instance that has it, what it reads."""


@final
@dataclass(frozen=True, slots=True)
class Union:
    """What the instances of a block have in common, and what only some have."""

    graph: Graph
    """Its layers have paths from the block on, and its inputs are those of the block."""
    instances: tuple[Scope, ...]
    alike: Mapping[str, Mapping[str, Member]]
    """For every layer and scope what it is in each instance that has it, by the instance's path."""
    gone: frozenset[str]
    """Optional layers at whose place is nothing in instances that do not have them: no line leads
    through it."""
    dashed: frozenset[Edge]
    """What does not lead from a layer to another, or through the place of an absent one, in all
    instances that have its source."""

    outputs: tuple[Output, ...] = ()
    """With their names, if what reads the block reads more than one."""

    def is_optional(self, path: str) -> bool:
        """Whether some instances have no such layer."""
        return len(self.alike[path]) < len(self.instances)

    def having(self, path: str) -> frozenset[str]:
        """The instances that have a layer or a scope, by their paths."""
        return frozenset(self.alike[path])

    def real(self, path: str) -> str:
        """The path of a layer or a scope in the first instance that has it."""
        return next(iter(self.alike[path].values())).path if path in self.alike else path


def unite(graph: Graph, instances: Sequence[Scope]) -> Union:
    """The union of some instances of one block."""
    sites = list(_Site.all_of({scope.path: scope.children for scope in instances}))
    wiring = _Wiring(graph, instances, sites)
    inputs = tuple(wiring.inputs())
    builder = _Builder(wiring.reads, {node.path: node for node in inputs})
    root = Scope(
        END, None, tuple(map(builder.member, sites)), tuple(node.path for node in inputs), (), END
    )
    outputs = tuple(Output(path, path) for path in wiring.reads[END])
    united = Graph(instances[0].block or "", root, inputs, outputs)
    alike = {site.path: site.members for top in sites for site in top.walk()}
    named = tuple(_named_outputs(graph, instances, alike, wiring.reads[END]))
    return Union(united, tuple(instances), alike, wiring.gone(), frozenset(wiring.dashed), named)


def _named_outputs(
    graph: Graph,
    instances: Sequence[Scope],
    alike: Mapping[str, Mapping[str, Member]],
    main: Sequence[str],
) -> Iterator[Output]:
    """What is read of a block besides its output, and that before it."""
    taps = {f"{scope.path}.{tap}" for scope in instances for tap in graph.taps.get(scope.path, ())}
    if taps:
        yield from (Output(path, path) for path in main)
    for path, members in alike.items():
        if path not in main and any(member.path in taps for member in members.values()):
            yield Output(path, path)


# What was written on one line.


@final
@dataclass(slots=True)
class _Site:
    """One line of a block, with what it became in each instance that has it."""

    path: str
    members: dict[str, Member] = field(default_factory=dict)
    children: list[_Site] = field(default_factory=list)

    @classmethod
    def all_of(cls, levels: Mapping[str, Sequence[Member]], around: str = "") -> Iterator[_Site]:
        """The sites of some scopes, one for each instance, in an order in which all are written."""
        keyed = {instance: dict(_keyed(members)) for instance, members in levels.items()}
        names: Counter[str] = Counter()
        for key in _in_order([list(members) for members in keyed.values()]):
            members = {place: found[key] for place, found in keyed.items() if key in found}
            name = next(iter(members.values())).name
            names[name] += 1
            site = cls(f"{around}{name}{'′' * (names[name] - 1)}", members)
            scopes = {
                place: member.children
                for place, member in members.items()
                if isinstance(member, Scope)
            }
            site.children = list(cls.all_of(scopes, f"{site.path}."))
            yield site

    def walk(self) -> Iterator[_Site]:
        yield self
        for child in self.children:
            yield from child.walk()

    def layers(self) -> Iterator[_Site]:
        return (site for site in self.walk() if not site.children)


def _keyed(members: Iterable[Member]) -> Iterator[tuple[Hashable, Member]]:
    """Members by their names, or by the lines where they were written; layers and scopes are never
    one, nor are layers of different kinds."""
    seen: Counter[Hashable] = Counter()
    for member in members:
        origin, place = member.origin, member.name
        if origin is not None and place.isdigit():
            place = f"{id(origin.source)} {origin.route}"
        kind = member.block if isinstance(member, Scope) else member.op.role
        key = (place, isinstance(member, Scope), kind)
        seen[key] += 1
        yield (*key, seen[key]), member


def _in_order(sequences: Sequence[Sequence[Hashable]]) -> list[Hashable]:
    """All keys in one order, which is that of each sequence as well."""
    merged: list[Hashable] = []
    for sequence in sequences:
        if sequence == merged:
            continue
        places = {key: place for place, key in enumerate(merged)}
        behind: dict[int, list[Hashable]] = defaultdict(list)
        place = -1
        for key in sequence:
            if key in places:
                place = max(place, places[key])
            else:
                behind[place].append(key)
        merged = [
            *behind[-1],
            *(one for at, key in enumerate(merged) for one in (key, *behind[at])),
        ]
    return merged


# What leads where.


@final
class _Wiring:
    """The edges of all instances as those of the union."""

    def __init__(self, graph: Graph, instances: Sequence[Scope], sites: Sequence[_Site]) -> None:
        self._graph = graph
        self._entries = {scope.path: _entries(scope) for scope in instances}
        self._given = _alike_once(self._all_reads(instances, sites))
        inputs = (
            name for names in self._entries.values() for one in names.values() for name in one
        )
        self._order = {path: k for k, path in enumerate((*dict.fromkeys(inputs), *self._given))}
        self.reads: dict[str, list[str]] = {}
        """The edges of the union."""
        self._dropped: set[Edge] = set()
        """Edges into optional layers through whose place nothing comes."""
        self.dashed: set[Edge] = set()
        while self._solve():
            pass

    def gone(self) -> frozenset[str]:
        """The layers that some instances lack, and through whose place nothing comes at all."""
        found: set[str] = set()
        for reader, sources in self.reads.items():
            is_optional = self._given[reader].keys() < self._given[END].keys()
            if is_optional and all(
                source in found or (source, reader) in self._dropped for source in sources
            ):
                found.add(reader)
        return frozenset(found)

    def inputs(self) -> Iterator[Node]:
        """The inputs of the block that something reads, as layers."""
        fed = {name: source for names in self._entries.values() for source, one in names.items()
               for name in one}  # fmt: skip
        read = {source for sources in self.reads.values() for source in sources}
        for name in sorted(read & fed.keys(), key=self._order.__getitem__):
            shape = self._graph.nodes[fed[name]].output
            yield Node(name, Input(shape=shape.shape), (), (), shape, Cost("nothing"))

    def _all_reads(self, instances: Sequence[Scope], sites: Sequence[_Site]) -> _Reads:
        """What each layer reads in every instance that has it."""
        layers = [layer for site in sites for layer in site.layers()]
        names = {
            (place, member.path): layer.path
            for layer in layers
            for place, member in layer.members.items()
        }
        clearest_first = sorted(
            instances, key=lambda scope: len(scope.sources) - len(set(scope.sources))
        )
        found: _Reads = {}
        for path, of in (*((layer.path, layer.members) for layer in layers), (END, {})):
            found[path] = {}
            known: set[str] = set()
            for scope in clearest_first:
                member = of.get(scope.path)
                if isinstance(member, Node) or path == END:
                    sources = member.operands if isinstance(member, Node) else (scope.output,)
                    read = tuple(self._named(scope.path, sources, names, known))
                    known.update(read)
                    found[path][scope.path] = read
        return found

    def _named(
        self,
        place: str,
        sources: Iterable[str],
        names: Mapping[tuple[str, str], str],
        known: Set[str],
    ) -> Iterator[str]:
        """The same sources in the union. Where one layer feeds several inputs of a block, the input
        is the one that the reader has in other instances."""
        for source in dict.fromkeys(sources):
            if (place, source) in names:
                yield names[place, source]
            elif entries := self._entries[place].get(source):
                yield next((name for name in entries if name in known), entries[0])

    def _solve(self) -> bool:
        """Find the fewest edges that say what all instances read, knowing which do not lead through
        the place of an absent layer; whether there are more of those."""
        self.reads, self.dashed, dropped = {}, set(self._dropped), len(self._dropped)
        for reader, given in self._given.items():
            wanted = {source for sources in given.values() for source in sources}
            self.reads[reader] = []
            for source in sorted(wanted, key=self._order.__getitem__, reverse=True):
                if any(
                    source in sources and source not in self._read(place, reader)
                    for place, sources in given.items()
                ):
                    self.reads[reader].insert(0, source)
            for place, sources in given.items():
                read = self._read(place, reader)
                wrong = {edge for source in read.keys() - set(sources) for edge in read[source]}
                self.dashed |= wrong
                self._dropped |= {edge for edge in wrong if edge[1] != reader}
        return len(self._dropped) > dropped

    def _read(self, place: str, reader: str) -> dict[str, set[Edge]]:
        """What a layer reads in one instance by the edges found so far, each with the first edges of
        its ways: to the layer itself, or to the places of absent ones."""
        found: dict[str, set[Edge]] = defaultdict(set)
        passed: set[str] = set()
        waiting = [(source, reader) for source in self.reads[reader]]
        while waiting:
            source, target = waiting.pop()
            if source not in self._given or place in self._given[source]:
                found[source].add((source, target))
            elif source not in passed:
                passed.add(source)
                before = ((one, source) for one in self.reads[source])
                waiting += [edge for edge in before if edge not in self._dropped]
        return found


def _entries(scope: Scope) -> dict[str, list[str]]:
    """What feeds a block, each with the names that it has inside."""
    found: dict[str, list[str]] = {}
    for name, source in zip(scope.inputs, scope.sources, strict=False):
        found.setdefault(source, []).append(name)
    return found


def _alike_once(reads: _Reads) -> _Reads:
    """The same for one instance of those in which all layers read the same."""
    rows = {place: tuple(given.get(place) for given in reads.values()) for place in reads[END]}
    kept = set({row: place for place, row in rows.items()}.values())
    return {
        reader: {place: sources for place, sources in given.items() if place in kept}
        for reader, given in reads.items()
    }


# The graph.


@final
class _Builder:
    """Makes the members of the union from the sites."""

    def __init__(self, reads: Mapping[str, Sequence[str]], inputs: Mapping[str, Node]) -> None:
        self._reads = reads
        self._inputs = inputs

    def member(self, site: _Site) -> Member:
        first = next(iter(site.members.values()))
        if isinstance(first, Node):
            return replace(first, path=site.path, sources=tuple(self._reads[site.path]))
        children = tuple(map(self.member, site.children))
        inside = {layer.path for layer in site.layers()}
        sources = dict.fromkeys(
            source
            for layer in site.layers()
            for source in self._reads[layer.path]
            if source not in inside
        )
        return replace(
            first,
            path=site.path,
            children=children,
            sources=tuple(sources),
            output=self._output(site, first),
            groups=(),
        )

    def _output(self, site: _Site, first: Scope) -> str:
        """The layer of the union that is the scope's output in its first instance."""
        place = next(iter(site.members))
        for layer in site.layers():
            member = layer.members.get(place)
            if member is not None and member.path == first.output:
                return layer.path
        return next(iter(site.layers())).path

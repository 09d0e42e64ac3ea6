"""Tensors of a file to tensors of a network: by name, else by order and shape, never by half."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final, final

from archspec.graph import Graph
from archspec.weights.matching.fitting import Fitting
from archspec.weights.matching.heads import head
from archspec.weights.matching.layers import COUNTER, LayerTensors, Shape, layers_of, state_shapes
from archspec.weights.matching.order import LayerPairs, Layers, as_part, in_another_order, in_order
from archspec.weights.matching.renames import common_prefix, natural, network_key
from archspec.weights.report import How

MOSTLY: Final = 0.8
"""So large a part of the file has to be found by name for the names to be believed."""


@final
@dataclass(frozen=True, slots=True)
class Match:
    """Keys of a network, each with its key of the file and how it was found."""

    found: Mapping[str, tuple[str, How]]
    fresh: tuple[str, ...] = ()
    """Keys that are needed and are not in the file."""
    left: tuple[str, ...] = ()
    """Keys of the file that have no place in the network."""


@final
@dataclass(frozen=True)
class MatchTask:
    """What is to be matched."""

    file: Mapping[str, Shape]
    network: Mapping[str, Shape]
    """With its training-only layers, if there are any."""
    state: frozenset[str]
    """Keys of the module: the others may be found, and are not loaded."""
    partial: bool
    is_ordered: bool
    fitting: Fitting
    names: Mapping[str, str] = field(repr=False)
    """Keys of the file that are keys of the network, by name."""

    @cached_property
    def needed(self) -> frozenset[str]:
        """Keys that must be found."""
        return frozenset(key for key in self.state if not key.endswith(COUNTER))

    @property
    def theirs(self) -> Layers:
        layers = layers_of(self.file)
        return layers if self.is_ordered else sorted(layers, key=lambda each: natural(each.path))


def task(
    file: Mapping[str, Shape],
    graph: Graph,
    module: Mapping[str, Shape] | None = None,
    *,
    partial: bool = False,
    is_ordered: bool = True,
) -> MatchTask:
    """What is to be matched; ``module`` has the shapes of a module that was made of the graph."""
    keys = graph.at("inference").state_keys if module is None else module
    network = {**state_shapes(graph), **(module or {})}
    return MatchTask(
        file,
        network,
        frozenset(keys),
        partial,
        is_ordered,
        Fitting(graph, head(graph) if partial else frozenset(), is_ordered),
        _names(file, network),
    )


def _names(file: Collection[str], network: Collection[str]) -> dict[str, str]:
    around = common_prefix(file), common_prefix(network)
    found = {key: network_key(key, network, around) for key in file}
    taken: dict[str, str] = {}
    for key, name in found.items():
        if name is not None:
            taken.setdefault(name, key)
    return {key: name for name, key in taken.items()}


def match(work: MatchTask) -> Match | None:
    """How the tensors belong together; None if they are of different networks."""
    named = _named_layers(work)
    by_name = sum(len(theirs.shapes) for _, theirs in named)
    total = sum(len(theirs.shapes) for theirs in work.theirs)
    starts = [named, []] if by_name >= MOSTLY * total else [[]]
    layers = layers_of(work.network)
    needed = [each for each in layers if work.needed.intersection(map(each.key, each.shapes))]
    for known in starts:
        for ours in (layers, needed):
            pairs = _rest(work, known, ours)
            if pairs is not None:
                return _of_tensors(work, [*known, *pairs])
    return None


def _named_layers(work: MatchTask) -> LayerPairs:
    """Layers all of whose tensors have names of one layer, and fit it."""
    ours = {layer.path: layer for layer in layers_of(work.network)}
    found: LayerPairs = []
    for theirs in work.theirs:
        names = [work.names.get(theirs.key(tensor)) for tensor in theirs.shapes]
        paths = {None if name is None else name.rpartition(".")[0] for name in names}
        path = paths.pop() if len(paths) == 1 else None
        if path is not None and work.fitting.fit(ours[path], theirs):
            found.append((ours[path], theirs))
    return found


def _rest(work: MatchTask, known: LayerPairs, ours: Layers) -> LayerPairs | None:
    """The layers of both that are not known yet."""
    here = {layer.path for layer, _ in known}
    there = {layer.path for _, layer in known}
    left = [layer for layer in ours if layer.path not in here]
    theirs = [layer for layer in work.theirs if layer.path not in there]
    pairs = in_order(work.fitting, left, theirs)
    if pairs is None:
        pairs = in_another_order(work.fitting, left, theirs)
    if pairs is None and work.partial and (theirs or known):
        begins = not known
        if begins or ours[0].path in here:
            pairs = as_part(work.fitting, left, theirs, begins=begins)
            if pairs and not _is_in_order(work, [*known, *pairs]):
                return None  # some names are the same by accident
    return pairs


def _is_in_order(work: MatchTask, pairs: LayerPairs) -> bool:
    """Whether layers of the file follow each other as those of the network do."""
    place = {layer.path: index for index, layer in enumerate(layers_of(work.network))}
    order = {layer.path: index for index, layer in enumerate(work.theirs)}
    found = sorted((order[theirs.path], place[ours.path]) for ours, theirs in pairs)
    return all(first[1] < second[1] for first, second in pairwise(found))


def _of_tensors(work: MatchTask, pairs: LayerPairs) -> Match:
    found: dict[str, tuple[str, How]] = {}
    for ours, theirs in pairs:
        if work.fitting.fit(ours, theirs) == "head":
            continue
        for key, there in _tensors(work, ours, theirs):
            found[key] = there, _how(work, key, there)
    used = {there for there, _ in found.values()}
    return Match(
        {key: found[key] for key in work.network if key in found},
        tuple(key for key in work.network if key in work.needed and key not in found),
        tuple(key for key in work.file if key not in used),
    )


def _tensors(
    work: MatchTask, ours: LayerTensors, theirs: LayerTensors
) -> Iterator[tuple[str, str]]:
    for here, there in work.fitting.tensors(ours, theirs):
        yield ours.key(here), theirs.key(there)
    counters = ours.key(COUNTER), theirs.key(COUNTER)
    if counters[0] in work.network and counters[1] in work.file:
        yield counters


def _how(work: MatchTask, key: str, there: str) -> How:
    if work.network[key] != work.file[there]:
        return "reshaped"
    if key == there or key.endswith(f".{there}") or there.endswith(f".{key}"):
        return "name"
    return "renamed" if work.names.get(there) == key else "order"

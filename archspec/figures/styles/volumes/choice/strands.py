"""The main path of a network as volumes, and those of its other inputs and outputs."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace

from archspec.figures.styles.volumes.choice.choose import choose_volumes
from archspec.figures.styles.volumes.choice.main_path import MainPath, main_path, way_to
from archspec.figures.styles.volumes.choice.volume import Strand
from archspec.figures.styles.volumes.choice.volume_labels import name_paths
from archspec.graph import Graph, Node


def choose_strands(graph: Graph) -> tuple[MainPath, list[Strand]]:
    """The main path with its volumes first, then those of other inputs and of other outputs."""
    main = main_path(graph)
    drawn = {node.path for node in main.nodes} | set((main.twins or {}).values())
    ways = list(_of_inputs(main, drawn))
    claimed = frozenset(path for way, _ in ways for path in way.members)
    main = replace(main, members=main.members - claimed)
    whole = choose_volumes(main)
    name = graph.outputs[0].name if len(graph.outputs) > 1 else ""
    strands = [replace(whole, goal=name)]
    for way, reader in ways:
        strands.append(replace(choose_volumes(way), goal=_holder(strands, reader)))
    strands += list(_of_outputs(graph, drawn | claimed, main.members | claimed))
    return main, strands


def _of_inputs(main: MainPath, drawn: set[str]) -> Iterator[tuple[MainPath, str]]:
    """The way of each input that is not drawn yet, and the layer that reads its end."""
    graph = main.graph
    feeding = _feeding(graph)
    others = [node.path for node in graph.inputs if node.path not in drawn]
    claimed: set[str] = set()
    for start in others:
        if start not in main.members:
            continue
        nodes, reader = _way_from(main, start, drawn)
        if reader is None:
            continue
        own = {path for path in main.members if feeding[path] == {start}} - drawn
        members = frozenset(own | {node.path for node in nodes}) - claimed
        claimed |= members
        drawn |= {node.path for node in nodes}
        yield MainPath(graph, nodes, frozenset(), None, members), reader


def _holder(strands: Sequence[Strand], layer: str) -> str:
    """The name of the volume that a layer belongs to."""
    volumes = (volume for strand in strands for volume in strand.volumes)
    return next((v.name for v in volumes if layer in v.layers), name_paths([layer]))


def _way_from(
    main: MainPath, start: str, drawn: Container[str]
) -> tuple[tuple[Node, ...], str | None]:
    """The layers that an input goes through alone, and what on a drawn path reads the last."""
    graph, found = main.graph, [start]
    while True:
        readers = [path for path in graph.readers[found[-1]] if path in main.members]
        reader = next((path for path in readers if path in drawn), None)
        if reader is not None or not readers:
            return tuple(graph.nodes[path] for path in found), reader
        found.append(readers[0])


def _of_outputs(graph: Graph, drawn: set[str], members: frozenset[str]) -> Iterator[Strand]:
    """The volumes from the last drawn layer to each output that is not drawn yet."""
    for output in graph.outputs[1:]:
        if output.source in drawn:
            continue
        needed = graph.ancestors({output.source})
        nodes = way_to(graph, [graph.nodes[p] for p in graph.nodes if p in needed], drawn)
        own = frozenset(needed) - members
        path = MainPath(graph, nodes, frozenset(), None, own)
        strand = choose_volumes(path)
        drawn |= {node.path for node in nodes}
        members |= own
        begin = nodes[0].path
        volumes = strand.volumes
        if begin not in own and len(volumes) > 1:
            skips = tuple(
                replace(skip, source=skip.source - 1, target=skip.target - 1)
                for skip in strand.skips
                if skip.source
            )
            yield Strand(volumes[1:], skips, _name(path, begin), output.name)
        else:
            yield replace(strand, goal=output.name)


def _name(path: MainPath, layer: str) -> str:
    """Of the largest scope whose output a layer is."""
    return name_paths([path.largest.get(layer, layer)])


def _feeding(graph: Graph) -> Mapping[str, frozenset[str]]:
    """For every layer the inputs that lead to it."""
    found: dict[str, frozenset[str]] = {}
    inputs = {node.path for node in graph.inputs}
    for path, node in graph.nodes.items():
        own = frozenset([path]) if path in inputs else frozenset()
        found[path] = own.union(*(found[source] for source in node.sources))
    return found

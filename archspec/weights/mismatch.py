"""The error for weights of another network: what differs first, in lists of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final, final

from archspec.diagnostics import Label, SpecError, failure
from archspec.graph import Graph
from archspec.text import Source, Span
from archspec.weights.matching.heads import head
from archspec.weights.matching.layers import COUNTER, Shape, layers_of, shape_text
from archspec.weights.matching.match import MatchTask
from archspec.weights.reading.files import WeightsFile

SHOWN: Final = 4
"""Differences that the message shows."""


@final
@dataclass(frozen=True, slots=True)
class TensorMismatch:
    """Tensors that do not fit each other, or one without a partner."""

    file: str | None
    network: str | None


def mismatch_error(file: WeightsFile, work: MatchTask, graph: Graph) -> SpecError:
    """The error, with the first differences as lines of the file and of the network."""
    other = f"'{file.path}' has weights of another network than {graph.name}"
    if _same_layers(work):
        what = f"{other}, or of the same layers in an order that shapes do not tell apart"
        return failure("weights-mismatch", what, help=_help_on_order(file))
    found = list(mismatches(work))
    listed = _listing(file.path.name, work.file), _listing(graph.name, work.network)
    labels = [_label(each, work, graph.name, *listed) for each in first_of_layers(found)[:SHOWN]]
    return failure(
        "weights-mismatch",
        f"{other}: {_counted(found)}",
        at=labels[0] if labels else None,
        also=labels[1:],
        help=_help(file, work, graph, found),
    )


def mismatches(work: MatchTask) -> Iterator[TensorMismatch]:
    """What differs, by name if most names are known, else by the order of layers."""
    theirs = [key for key in work.file if not key.endswith(COUNTER)]
    ours = [key for key in work.network if key in work.needed]
    if 2 * sum(key in work.names for key in theirs) >= min(len(theirs), len(ours)):
        yield from _by_name(work, theirs, ours)
    else:
        yield from _by_order(work, theirs, ours)


def _by_name(work: MatchTask, theirs: list[str], ours: list[str]) -> Iterator[TensorMismatch]:
    for key in theirs:
        name = work.names.get(key)
        if name is not None and work.network[name] != work.file[key]:
            yield TensorMismatch(key, name)
    yield from (TensorMismatch(key, None) for key in theirs if key not in work.names)
    known = set(work.names.values())
    yield from (TensorMismatch(None, key) for key in ours if key not in known)


def _by_order(work: MatchTask, theirs: list[str], ours: list[str]) -> Iterator[TensorMismatch]:
    shapes = [work.file[key] for key in theirs], [work.network[key] for key in ours]
    for tag, a, b, c, d in SequenceMatcher(None, *shapes, autojunk=False).get_opcodes():
        if tag != "equal":
            for pair in zip_longest(theirs[a:b], ours[c:d]):
                yield TensorMismatch(*pair)


def first_of_layers(found: Sequence[TensorMismatch]) -> list[TensorMismatch]:
    """The first tensor of each layer."""
    layers: dict[tuple[str, ...], TensorMismatch] = {}
    for each in found:
        keys = each.file or "", each.network or ""
        layers.setdefault(tuple(key.rpartition(".")[0] or key for key in keys), each)
    return list(layers.values())


def _same_layers(work: MatchTask) -> bool:
    """Whether both have the same layers, by shape."""
    ours = {key: shape for key, shape in work.network.items() if key in work.needed}
    counted = [
        Counter(tuple(sorted(layer.signature)) for layer in layers_of(shapes))
        for shapes in (work.file, ours)
    ]
    return counted[0] == counted[1]


# Words.


def _counted(found: list[TensorMismatch]) -> str:
    counts = {
        "{} other shape{}": sum(bool(each.file and each.network) for each in found),
        "{} tensor{} of the file without a place": sum(each.network is None for each in found),
        "{} of the network without a tensor": sum(each.file is None for each in found),
    }
    return ", ".join(
        words.format(count, "" if count == 1 else "s") for words, count in counts.items() if count
    )


def _help(file: WeightsFile, work: MatchTask, graph: Graph, found: list[TensorMismatch]) -> str:
    heads = head(graph)
    if found and all(each.network in heads and each.file for each in found):
        weight = next(
            (each for each in found if each.file and len(_shape(file, each)) > 1), found[0]
        )
        classes = _shape(file, weight)[0]
        return f"only the number of classes differs: {_setting(graph, weight, classes)}"
    if not work.partial and not any(each.file for each in found):
        return "the file is of a smaller network; a training can start from it"
    return "'archspec weights inspect' with the file and the spec shows all that differs"


def _shape(file: WeightsFile, difference: TensorMismatch) -> Shape:
    return tuple(file.tensors[difference.file or ""].shape)


def _setting(graph: Graph, difference: TensorMismatch, classes: int) -> str:
    """How a network gets as many classes as the file has."""
    node = graph.nodes.get((difference.network or "").rpartition(".")[0])
    names = {*node.symbols.values()} if node else set()
    if len(names) == 1:
        return f"--set {names.pop()}={classes}"
    return f"the file has {classes}"


def _help_on_order(file: WeightsFile) -> str:
    if file.is_ordered:
        return "give the layers in the file the names of the network, or write them in its order"
    return (
        "a .safetensors file does not keep the order of layers, and their names are others: "
        "use a file of torch.save"
    )


# Lists of tensors, which are quoted as the lines of a spec are.


def _listing(name: str, shapes: Mapping[str, Shape]) -> Source:
    width = max(map(len, shapes), default=0)
    return Source(name, "\n".join(f"{key:{width}}  {shape_text(shapes[key])}" for key in shapes))


def _label(
    difference: TensorMismatch,
    work: MatchTask,
    network: str,
    file_list: Source,
    network_list: Source,
) -> Label:
    theirs, ours = difference.file, difference.network
    if theirs is None:
        assert ours is not None
        place = _line(network_list, list(work.network).index(ours))
        return Label(place, "the file has nothing for it")
    place = _line(file_list, list(work.file).index(theirs))
    if ours is None:
        return Label(place, f"{network} has no place for it")
    name = "" if ours == theirs else f"'{ours}' "
    return Label(place, f"{name}{shape_text(work.network[ours])} in {network}")


def _line(listing: Source, line: int) -> Span:
    return Span(listing, line, 0, line, len(listing.lines[line]))

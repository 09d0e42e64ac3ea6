"""Whether a network that was trained can read pictures and knows their classes: nothing is changed
to make it so, because weights belong to one shape."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.datasets.dataset import Dataset, Shape
from archspec.diagnostics import failure
from archspec.graph import Graph
from archspec.training.fitting.spec import (
    CLASSES,
    classes_of,
    input_of,
    require_no_other_map,
)


def picture_shape(graph: Graph) -> Shape:
    """Channels, height, width of what a network reads. Raises SpecError if it is no picture."""
    shape = input_of(graph)
    require_no_other_map(graph)
    if len(shape) == 3:
        channels, height, width = shape
        return channels, height, width
    read = "×".join(map(str, shape))
    message = (
        f"{graph.name} reads {read} numbers, which are no picture of channels, height and width"
    )
    raise failure("bad-data", message, help="--input 1x28x28, if the spec allows it")


def require_shape(graph: Graph, found: Sequence[int]) -> None:
    """Raises SpecError unless pictures of a shape are what the network reads."""
    wanted = picture_shape(graph)
    if tuple(found) == wanted:
        return
    here, there = ("×".join(map(str, shape)) for shape in (found, wanted))
    flag = f"--input {'x'.join(map(str, found))}"
    if found[0] != wanted[0]:
        channels = "1 channel" if wanted[0] == 1 else f"{wanted[0]} channels"
        help = f"weights for pictures of {channels} are of no use here; with others, {flag}"
    else:
        help = f"{flag} if the weights fit; or --recipe NAME, whose 'transform' pads or resizes"
    message = f"the images are {here}, and {graph.name} reads {there}"
    raise failure("bad-data", message, help=help)


def require_classes(graph: Graph, dataset: Dataset, names: Sequence[str] = ()) -> None:
    """Raises SpecError unless the network has as many classes as the data, and, as far as it is known
    what they are called, the same."""
    there, here = classes_of(graph), len(dataset.classes)
    if there != here:
        known = CLASSES in graph.params
        raise failure(
            "bad-data",
            f"{dataset.title} has {here} classes, and {graph.name} has {there}",
            help=f"--set {CLASSES}={here}" if known else "its last layer says how many",
        )
    pairs = zip(names, dataset.classes, strict=False)
    other = next(((a, b) for a, b in pairs if a != b), None)
    if other is not None:
        raise failure(
            "bad-data",
            f"the network has learned other classes: '{other[0]}', where the data has '{other[1]}'",
            help="evaluate it on data with the same folders of classes",
        )

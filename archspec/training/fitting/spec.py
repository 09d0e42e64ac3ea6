"""A spec that reads the pictures of a data set and tells its classes apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from archspec.diagnostics import SpecError, failure
from archspec.elaborate import elaborate
from archspec.graph import Graph
from archspec.language.program import Program, Written
from archspec.text import Origin, Source
from archspec.workspace.workspace import Workspace

CLASSES: Final = "num_classes"
"""The parameter by which the specs of the zoo, and torchvision's networks, know how many."""


@final
@dataclass(frozen=True, slots=True)
class Fitted:
    """A network for a data set."""

    graph: Graph
    program: Program
    notes: tuple[str, ...] = ()
    """What was changed."""


def fit(
    reference: str,
    settings: Mapping[str, Written[Any]],
    input: Any,
    shape: tuple[int, int, int] | None,
    classes: int,
) -> Fitted:
    """The network that a user names, with its input and classes as the data set has them.

    What the user has set stays. Raises SpecError where the spec does not allow it.
    """
    program = Workspace().program(reference, settings, input)
    graph = elaborate(program)
    notes = []
    if shape is not None and input_of(graph) != shape:
        require_no_other_map(graph)
        if input is not None:
            raise _wrong_input(graph, shape, "leave '--input' out")
        program, graph = _with_input(reference, settings, graph, shape)
        notes.append(f"the input is {'×'.join(map(str, shape))}, as the pictures are")
    if classes_of(graph) != classes:
        if CLASSES not in program.params or CLASSES in settings:
            raise _wrong_classes(graph, program, classes)
        set_here = Source("data", f"{CLASSES}={classes}", data=classes)
        changed = {**settings, CLASSES: Written(classes, Origin(set_here))}
        given = list(shape) if shape is not None and notes else input
        program = Workspace().program(reference, changed, given)
        graph = elaborate(program)
        notes.append(f"{CLASSES} is {classes}, as the data set has them")
    return Fitted(graph, program, tuple(notes))


def input_of(graph: Graph) -> tuple[int, ...]:
    """The shape of its one input. Raises SpecError if there are several."""
    if len(graph.inputs) != 1:
        names = ", ".join(node.path for node in graph.inputs)
        raise failure(
            "bad-data",
            f"{graph.name} has {len(graph.inputs)} inputs ({names}), and pictures are one",
            help="a data set of pictures can train networks with one input",
        )
    return graph.inputs[0].output.shape


def require_no_other_map(graph: Graph) -> None:
    """Raises SpecError for a network that reads maps which are no pictures, sounds or clips."""
    (given,) = graph.inputs
    if given.output.is_map and given.output.rank != 2:
        raise failure(
            "bad-data",
            f"{graph.name} reads {given.output} ({given.output.axes}), and the data are pictures",
            help="'archspec build' prints its source, for a training loop of your own",
        )


def classes_of(graph: Graph) -> int:
    """How many numbers the main output has."""
    return math.prod(graph.nodes[graph.main_output.source].output.shape)


def _with_input(
    reference: str,
    settings: Mapping[str, Written[Any]],
    graph: Graph,
    shape: tuple[int, int, int],
) -> tuple[Program, Graph]:
    try:
        program = Workspace().program(reference, settings, list(shape))
        return program, elaborate(program)
    except SpecError as error:
        reason = error.diagnostics[0].message
        raise _wrong_input(graph, shape, f"at this size {reason}") from None


def _wrong_input(graph: Graph, shape: tuple[int, int, int], problem: str) -> SpecError:
    pictures, wanted = (
        "×".join(map(str, sizes)) for sizes in (shape, graph.inputs[0].output.shape)
    )
    return failure(
        "bad-data",
        f"the pictures are {pictures}, and {graph.name} reads {wanted}",
        help=f"{problem}; or let the recipe's 'transform' pad, resize or crop the pictures",
    )


def _wrong_classes(graph: Graph, program: Program, classes: int) -> SpecError:
    if CLASSES in program.params:
        help = f"--set {CLASSES}={classes}"
    else:
        params = f": {', '.join(program.params)}" if program.params else ""
        help = f"the spec has no parameter '{CLASSES}' by which that could be set{params}"
    return failure(
        "bad-data",
        f"the data set has {classes} classes, and {graph.name} has {classes_of(graph)}",
        help=help,
    )

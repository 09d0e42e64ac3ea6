"""``use``: the same modules once more, on other inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archspec.diagnostics import Label, failure
from archspec.elaborate.rules.bindings import Instance, Value
from archspec.graph import Node, Scope
from archspec.op.base import Cost, ShapeError
from archspec.op.plugins import cost_of, output_of
from archspec.op.tensor import TensorType
from archspec.text import Origin


def reuse(
    made: Instance,
    old: str,
    new: str,
    values: list[Value],
    at: Origin,
    nodes: Mapping[str, Node],
    add: Callable[[Node], None],
    enter: Callable[[], None],
) -> tuple[list[Node | Scope], Value]:
    """What an item at the path ``old`` has made, again at the path ``new``, and its value. Nodes are
    handed to ``add``, and before a scope ``enter`` is called."""
    if len(values) != len(made.sources):
        raise failure(
            "arity",
            f"'{old}' reads {len(made.sources)} inputs, not {len(values)}",
            at=(at / "from").value,
        )
    moved: dict[str, str] = {}
    for source, value in zip(made.sources, values, strict=True):
        if moved.setdefault(source, value.path) != value.path:
            raise failure(
                "arity",
                f"'{old}' reads one layer twice, so its inputs cannot be distinguished",
                at=(at / "from").value,
            )
    copies = [
        _copy(child, new + child.path[len(old) :], moved, at, nodes, add, enter)
        for child in made.children
    ]
    return copies, Value(moved.get(made.output, made.output))


def _copy(
    child: Node | Scope,
    path: str,
    moved: dict[str, str],
    at: Origin,
    nodes: Mapping[str, Node],
    add: Callable[[Node], None],
    enter: Callable[[], None],
) -> Node | Scope:
    """A layer or scope on other inputs; ``moved`` maps paths of the original to the copy's."""
    sources = tuple(moved.get(source, source) for source in child.sources)
    weights = child.weights or child.path
    if isinstance(child, Scope):
        enter()
        children = []
        for inner in child.children:
            children.append(_copy(inner, f"{path}.{inner.name}", moved, at, nodes, add, enter))
        output = moved.get(child.output, child.output)
        return Scope(
            path,
            child.block,
            tuple(children),
            child.inputs,
            sources,
            output,
            child.arguments,
            child.groups,
            at,
            weights,
        )
    inputs = tuple(nodes[source].output for source in sources)
    output_type, cost = child.output, child.cost
    if inputs != child.inputs:
        output_type, cost = _refit(child, inputs, at)
    node = Node(path, child.op, sources, inputs, output_type, cost, at, weights)
    add(node)
    moved[child.path] = path
    return node


def _refit(child: Node, inputs: tuple[TensorType, ...], at: Origin) -> tuple[TensorType, Cost]:
    """Output and cost of a layer on inputs of other shapes, with weights that are made already."""
    try:
        output = output_of(child.op, inputs, at)
    except ShapeError as error:
        raise failure("shape", error.message, at=at.value, help=error.help) from None
    cost = cost_of(child.op, inputs, output, at)
    made_here = Label(child.origin.key if child.origin else at.key, "made here")
    if cost.parameters != child.cost.parameters:
        raise failure(
            "shape",
            f"the weights of '{child.path}' do not fit an input of {inputs[0]} here",
            at=at.value,
            also=[made_here],
        )
    if not cost.parameters and child.op.lowered(*inputs) != child.op.lowered(*child.inputs):
        raise failure(
            "shape",
            f"'{child.path}' is made for an input of {child.inputs[0]}, not {inputs[0]}",
            at=at.value,
            also=[made_here],
            help="make a separate layer here: 'op' instead of 'use'",
        )
    return output, cost

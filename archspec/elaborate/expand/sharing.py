"""``use``: the same modules once more, on other inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

from archspec.diagnostics import Label, failure, near
from archspec.elaborate.expand.context import Context
from archspec.elaborate.expand.scopes import Scopes
from archspec.elaborate.rules.bindings import (
    POISONED,
    Binding,
    Instance,
    MadeLayer,
    OpenScope,
    Operand,
    Poisoned,
    Value,
)
from archspec.elaborate.rules.operands import (
    not_seen_by_block,
    operands_named,
    passed_on,
    unknown_layer,
    values_of,
)
from archspec.elaborate.rules.templates import LayerName, filled
from archspec.graph import Node, Scope, output_of
from archspec.graph.folding import nodes_of
from archspec.language.names import Environment, OpValue, evaluate
from archspec.op.base import Cost, ShapeError
from archspec.op.plugins import cost_of
from archspec.op.plugins import output_of as op_output
from archspec.op.tensor import TensorType
from archspec.text import Origin


def made_layer(scope: OpenScope, source: LayerName, names: Environment) -> MadeLayer | None:
    """The layer or scope that a name means of this scope, or of those around it that the text shows;
    or that a path means inside of one. None if it could not be made. Raises SpecError."""
    head = filled(source.head, names).name
    around = _scope_with(scope, head)
    if around is None and scope.outermost.path and head.isidentifier():
        known = (scope.names, scope.inputs, not_seen_by_block(head))
        raise unknown_layer(LayerName(head, source.at), *known)
    around = around or scope
    (used,) = operands_named(around, source.head, names)
    if isinstance(used.binding, Poisoned):
        return None
    assert used.name is not None
    if used.name not in around.instances:
        message = f"'{used.name}' has no module here that could be used again"
        raise failure("absent-layer", message, at=source.at.value)
    instance, path = around.instances[used.name], around.path_of(used.name)
    inside = filled(source.inside, names).name
    if inside:
        path += f".{inside}"
        member = _member(instance.children, path, source.at)
        instance = Instance([member], member.sources, output_of(member))
    outputs = used.binding.outputs if isinstance(used.binding, Value) and not inside else ()
    return MadeLayer(path, instance, outputs, around, used.name)


def name_of(made: MadeLayer) -> str:
    """What a layer that was made is: its op, its block, or its path."""
    for child in made.instance.children:
        if child.path == made.path:
            return child.op_name if isinstance(child, Node) else child.block or child.path
    return made.path


def tied_layer(scope: OpenScope, source: LayerName, names: Environment) -> MadeLayer | None:
    """The layer that a name means whose weight is needed: as for ``use``; or a parameter that holds
    a layer. None if it could not be made. Raises SpecError."""
    name = source.name
    if names.holder(name) is None or _scope_with(scope, name) is not None:
        return made_layer(scope, source, names)
    value = evaluate(name, source.at, names)
    if isinstance(value, OpValue) and isinstance(value.made, MadeLayer):
        return value.made
    raise failure(
        "bad-value",
        f"'{name}' holds no layer that was made",
        at=source.at.value,
        help=f"give it one where the block is used: {name}: {{use: LAYER}}",
    )


def _scope_with(scope: OpenScope, name: str) -> OpenScope | None:
    """The innermost scope that has a layer of that name."""
    around: OpenScope | None = scope
    while around is not None:
        if name in around.names or name in around.inputs or around.is_unsure:
            return around
        if around.is_gone(name):
            return around
        around = around.outer
    return None


def _member(children: Sequence[Node | Scope], path: str, at: Origin) -> Node | Scope:
    """The layer or scope of a path. Raises SpecError if there is none."""
    known: list[Node | Scope] = [*children]
    while found := [child for child in known if f"{path}.".startswith(f"{child.path}.")]:
        (member,) = found
        if member.path == path:
            return member
        known = [*member.children] if isinstance(member, Scope) else []
        if not known:
            break
    around = children[0].path
    inside = path[len(around) + 1 :]
    names = [child.path[len(around) + 1 :] for child in known]
    raise failure(
        "unknown-layer",
        f"there is no layer '{inside}' in '{around}'",
        at=at.value,
        help=near(inside, names) or (f"it has {', '.join(names[:20])}" if names else None),
    )


def use_again(
    context: Context, scopes: Scopes, scope: OpenScope, name: str, made: MadeLayer, at: Origin,
    operands: list[Operand],
) -> Binding:  # fmt: skip
    """What was made, again, as the layer or scope ``name`` of a scope. Raises SpecError."""
    values = values_of(passed_on(operands, len(made.instance.sources)))
    if values is None:
        return POISONED
    is_held = _is_held(scope, made)
    copies, value = _again(context, made, scope.path_of(name), values, at, is_held=is_held)
    for copy in copies:
        if copy.name != name:
            scopes.claim(scope, copy.name, at)
    scope.children += copies
    if made.outputs:
        value = _moved(made, scope.path_of(name), value, values)
    if not is_held:
        scope.use_part(made.name, name, {node.path for copy in copies for node in nodes_of(copy)})
    return value


def _is_held(scope: OpenScope, made: MadeLayer) -> bool:
    """Whether a scope gets a module that it does not have yet."""
    if made.around is scope and not made.is_inside:
        return False
    originals = {child.weights or child.path for child in made.instance.children}
    return all(path.rpartition(".")[0] != scope.path for path in originals)


def _again(
    context: Context, made: MadeLayer, path: str, values: list[Value], at: Origin, *, is_held: bool
) -> tuple[list[Node | Scope], Value]:
    """Copies of what was made, at another path and on other inputs, and their value."""
    instance, old = made.instance, made.path
    if len(values) != len(instance.sources):
        raise failure(
            "arity",
            f"'{old}' reads {len(instance.sources)} inputs, not {len(values)}",
            at=(at / "from").value,
        )
    moved: dict[str, str] = {}
    for source, value in zip(instance.sources, values, strict=True):
        if moved.setdefault(source, value.path) != value.path:
            raise failure(
                "arity",
                f"'{old}' reads one layer twice, so its inputs cannot be distinguished",
                at=(at / "from").value,
            )
    copying = _Copying(context, moved, at)
    copies = [
        copying.copy(child, path + child.path[len(old) :], is_held) for child in instance.children
    ]
    return copies, Value(moved.get(instance.output, instance.output))


def _moved(made: MadeLayer, new: str, value: Value, values: Sequence[Value]) -> Value:
    """What stands for a block with several outputs that is used again: the same layers, from the
    old path to the new one; for an input that it passes on, what this use reads."""
    read = dict(zip(made.instance.sources, values, strict=True))

    def moved(path: str) -> str:
        if path.startswith(f"{made.path}."):
            return new + path[len(made.path) :]
        return read[path].path if path in read else path

    return value._replace(outputs=tuple((name, moved(path)) for name, path in made.outputs))


@final
@dataclass(frozen=True)
class _Copying:
    """Makes layers and scopes again on other inputs."""

    context: Context
    moved: dict[str, str]
    """Paths of the originals to those of the copies."""
    at: Origin

    def copy(self, child: Node | Scope, path: str, is_held: bool) -> Node | Scope:
        sources = tuple(self.moved.get(source, source) for source in child.sources)
        weights, layers = child.weights or child.path, self.context.layers
        if isinstance(child, Scope):
            self.context.limits.count(4, self.at)
            original = layers.originals[path] = layers.originals.get(child.path, child)
            children = [
                self.copy(inner, f"{path}.{inner.name}", is_held and first.is_held)
                for inner, first in zip(child.children, original.children, strict=True)
            ]
            return replace(
                child,
                path=path,
                children=tuple(children),
                sources=sources,
                output=self.moved.get(child.output, child.output),
                origin=self.at,
                weights=weights,
                is_held=is_held,
                written={},
            )
        inputs = tuple(layers.nodes[source].output for source in sources)
        output, cost = child.output, child.cost
        if inputs != child.inputs:
            output, cost = _refit(child, inputs, self.at)
        node = Node(
            path, child.op, sources, inputs, output, cost, self.at, weights, is_held,
            figure=child.figure,
        )  # fmt: skip
        layers.add(node)
        self.moved[child.path] = path
        return node


def _refit(child: Node, inputs: tuple[TensorType, ...], at: Origin) -> tuple[TensorType, Cost]:
    """Output and cost of a layer on inputs of other shapes, with weights that are made already."""
    try:
        output = op_output(child.op, inputs, at)
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

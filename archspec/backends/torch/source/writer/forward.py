"""The forward method of a printed class, with the shapes and outputs of its network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from archspec.backends.torch.source.formatting import Atom, Bracket, call, commented, lines
from archspec.backends.torch.source.tree import PrintedClass
from archspec.backends.torch.source.writer.numbers import numbers_of
from archspec.backends.torch.source.writer.statements import Statement, input_names, statements
from archspec.graph import Graph, Node, Scope, output_of
from archspec.op.tensor import TensorType


def forward_method(
    printed: PrintedClass, root: Graph | None, types: Mapping[str, str], taken: Collection[str]
) -> list[str]:
    """``def forward``; ``root`` is the graph if the class is the whole network. ``types`` has what
    layers give that give no tensor. No value has a name that is taken."""
    template = printed.template
    several = root is not None and len(root.outputs) > 1
    if root is not None and several:
        kept, returned = _kept(root), _returned(root)
    else:
        kept, returned = {}, _types([scope.output for scope in printed.scopes], types)
        if template.output[0] == "item":
            kept = {template.output[1]: template.items[template.output[1]].name}
    inputs = input_names(template.inputs, taken)
    body = statements(
        template, inputs, kept, _training_only(root), taken, numbers_of(printed).terms
    )
    read = zip(*(scope.sources for scope in printed.scopes), strict=True)
    typed = (
        f"{name}: {_types(sources, types)}" for name, sources in zip(inputs, read, strict=True)
    )
    arguments = [("", Atom("self")), *(("", Atom(parameter)) for parameter in typed)]
    text = lines("def ", Bracket("forward(", tuple(arguments), ")"), f" -> {returned}:", depth=1)
    last = (
        body.pop() if not several and body and template.output == ("item", body[-1].item) else None
    )
    shapes = child_shapes(printed.scopes[0]) if len(printed.scopes) == 1 else {}
    text += _told(body, last, {k: shapes.get(item.name) for k, item in enumerate(template.items)})
    if root is not None and several:
        text += _return_outputs(root, {s.item: s.name for s in body}, kept)
    elif last is None:
        names = {("item", s.item): s.name for s in body}
        text.append(f"        return {names.get(template.output, inputs[0])}")
    return text


def _types(paths: Iterable[str], types: Mapping[str, str]) -> str:
    """The type of what some layers give, in the instances of a class."""
    return " | ".join(sorted({types.get(path, "Tensor") for path in paths}))


def _told(
    body: list[Statement], last: Statement | None, shapes: Mapping[int, str | None]
) -> list[str]:
    """The statements as text, each with its shape where that changes; ``last`` is returned."""
    text: list[str] = []
    shape: str | None = None
    inside = False
    for statement in [*body, *([last] if last is not None else [])]:
        if statement.training_only and not inside:
            text.append("        if self.training:")
        inside = statement.training_only
        operator = f"{statement.accumulates or ''}="
        prefix = "return " if statement is last else f"{statement.name} {operator} "
        written = lines(prefix, statement.expression, depth=3 if inside else 2)
        here = shapes[statement.item]
        text += commented(written, here if here != shape else None)
        shape = here
    return text


def _kept(graph: Graph) -> dict[int, str]:
    """The items at the top that are outputs, and the name of each."""
    places = {}
    for k, child in enumerate(graph.root.children):
        places[output_of(child)] = k
    return {places[output.source]: output.name for output in graph.outputs}


def _returned(graph: Graph) -> str:
    """The type of what a network of several outputs returns."""
    always = [output for output in graph.outputs if not output.training_only]
    return "Tensor | Outputs" if len(always) == 1 else "Outputs"


def _training_only(graph: Graph | None) -> frozenset[int]:
    """The items at the top that only training-only outputs need."""
    if graph is None:
        return frozenset()
    return frozenset(
        k
        for k, child in enumerate(graph.root.children)
        if all(
            node.path in graph.training_only
            for node in ([child] if isinstance(child, Node) else child.nodes())
        )
    )


def child_shapes(scope: Scope) -> dict[str, str]:
    """The shape behind every child, by its name."""
    return {child.name: str(_type_of(child)) for child in scope.children}


def _type_of(child: Node | Scope) -> TensorType:
    if isinstance(child, Node):
        return child.output
    return next(node.output for node in child.nodes() if node.path == child.output)


def _return_outputs(graph: Graph, names: Mapping[int, str], kept: Mapping[int, str]) -> list[str]:
    by_output = {kept[item]: names[item] for item in kept}
    values = [
        (output, by_output.get(output.name) or _shared_name(output.name, graph, kept, names))
        for output in graph.outputs
    ]
    everything = f"Outputs({', '.join(name for _, name in values)})"
    side = any(output.training_only for output in graph.outputs)
    if not side:
        return lines("return ", call("Outputs", *(Atom(name) for _, name in values)), depth=2)
    always = [(output.name, name) for output, name in values if not output.training_only]
    if len(always) == 1:
        return [f"        return {everything} if self.training else {always[0][1]}"]
    kept_only = ", ".join(f"{field}={name}" for field, name in always)
    return [
        "        if self.training:",
        f"            return {everything}",
        f"        return Outputs({kept_only})",
    ]


def _shared_name(
    output: str, graph: Graph, kept: Mapping[int, str], names: Mapping[int, str]
) -> str:
    """Two outputs of one layer: the name of the layer's value."""
    path = next(out.source for out in graph.outputs if out.name == output)
    for item, other in kept.items():
        if next(out.source for out in graph.outputs if out.name == other) == path:
            return names[item]
    raise AssertionError(output)

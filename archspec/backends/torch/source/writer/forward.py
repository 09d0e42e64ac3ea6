"""The forward method of a printed class, with the shapes and outputs of its network."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from archspec.backends.torch.source.formatting import Atom, Bracket, call, commented, lines
from archspec.backends.torch.source.tree import PrintedClass, TapItem, Template
from archspec.backends.torch.source.writer.numbers import numbers_of
from archspec.backends.torch.source.writer.statements import Statement, input_names, statements
from archspec.graph import Graph, Node, Scope, output_of
from archspec.graph.folding import nodes_of
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
        if template.taps:
            returned = f"tuple[{', '.join([returned] * len(template.returned))}]"
        for kind, item in template.returned:
            if kind == "item":
                kept[item] = template.items[item].name
    inputs = input_names(template.inputs, taken)
    numbers = numbers_of(printed).terms
    body = statements(template, inputs, kept, _training_only(root, template), taken, numbers)
    read = zip(*(scope.sources for scope in printed.scopes), strict=True)
    typed = (
        f"{name}: {_types(sources, types)}" for name, sources in zip(inputs, read, strict=True)
    )
    arguments = [("", Atom("self")), *(("", Atom(parameter)) for parameter in typed)]
    text = lines("def ", Bracket("forward(", tuple(arguments), ")"), f" -> {returned}:", depth=1)
    last = None
    if not several and body and not body[-1].unpacked:
        last = body.pop() if template.returned == (("item", body[-1].item),) else None
    shapes = child_shapes(printed.scopes[0]) if len(printed.scopes) == 1 else {}
    text += _told(body, last, {k: shapes.get(item.name) for k, item in enumerate(template.items)})
    names = {s.item: s.name for s in body} | {item: name for s in body for item, name in s.taps}
    if root is not None and several:
        text += _return_outputs(root, names, kept)
    elif last is None:
        given = (names[k] if kind == "item" else inputs[k] for kind, k in template.returned)
        text.append(f"        return {', '.join(given)}")
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
        prefix = "return " if statement is last else statement.target
        written = lines(prefix, statement.expression, depth=3 if inside else 2)
        here = shapes[statement.item]
        text += commented(written, here if here != shape else None)
        shape = here
    return text


def _places(graph: Graph) -> dict[str, int]:
    """For every value at the top the item that it is of, by the path of its layer."""
    places: dict[str, int] = {}
    following = 0
    for child in graph.root.children:
        taps = [f"{child.path}.{tap}" for tap in graph.taps.get(child.path, ())]
        for path in (output_of(child), *taps):
            places[path] = following
            following += 1
    return places


def _kept(graph: Graph) -> dict[int, str]:
    """The items at the top that are outputs, and the name of each."""
    places = _places(graph)
    return {places[output.source]: output.name for output in graph.outputs}


def _returned(graph: Graph) -> str:
    """The type of what a network of several outputs returns."""
    always = [output for output in graph.outputs if not output.training_only]
    return "Tensor | Outputs" if len(always) == 1 else "Outputs"


def _training_only(graph: Graph | None, template: Template) -> frozenset[int]:
    """The items at the top that only training-only outputs need."""
    if graph is None or not graph.training_only:
        return frozenset()
    calls = (k for k, item in enumerate(template.items) if not isinstance(item, TapItem))
    return frozenset(
        k
        for k, child in zip(calls, graph.root.children, strict=True)
        if all(node.path in graph.training_only for node in nodes_of(child))
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

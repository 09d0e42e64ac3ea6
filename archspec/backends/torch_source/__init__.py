"""Graph -> the PyTorch source that a person would have written for it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, final

from archspec.backends.torch_source.classes import TAKEN, Classes, PrintedClass
from archspec.backends.torch_source.forward import statements
from archspec.backends.torch_source.initialize import initialize_function
from archspec.backends.torch_source.layout import (
    Atom,
    Bracket,
    Comprehension,
    Expression,
    call,
    commented,
    flat,
    lines,
    literal,
    spread,
)
from archspec.backends.torch_source.parameters import Term
from archspec.backends.torch_source.symbols import free_symbols
from archspec.backends.torch_source.units import PrintedUnit
from archspec.backends.torch_source.templates import Again, Chain, Item, Leaf, Run, Sub, Unit
from archspec.graph import Graph, Mode, Node, Scope
from archspec.inplace import in_place

HASH: Final = re.compile(r"\(sha256 ([0-9a-f]{16})\)")
"""How the header tells whether a person has changed the file since."""


def source(graph: Graph, mode: Mode = "training") -> str:
    """Python source of the network; it needs torch and nothing else.

    With ``mode="inference"`` training-only branches are left out. Raises nothing for a graph that
    was made by this package.
    """
    graph = graph.at(mode)
    symbols = free_symbols(graph)
    classes = Classes(graph, in_place(graph), symbols)
    body: list[str] = []
    for unit in classes.units:
        body += ["", "", *_unit(unit)]
    for printed in classes.in_order():
        root = graph if printed is classes.root else None
        body += ["", "", *_class(printed, root, symbols)]
    function = initialize_function(graph)
    if function:
        body += ["", "", *function]
    outputs = _outputs_class(graph)
    code = "\n".join([*outputs, *body])
    header = [*_docstring(graph), "", *_imports(code)]
    text = "\n".join([*header, code]) + "\n"
    return signed(text)


def signed(text: str) -> str:
    """The text with the hash of itself in its header."""
    return HASH.sub(f"(sha256 {fingerprint(text)})", text, count=1)


def fingerprint(text: str) -> str:
    """Hash of a source without the hash it carries."""
    blank = HASH.sub("(sha256)", text, count=1)
    return hashlib.sha256(blank.encode()).hexdigest()[:16]


def _docstring(graph: Graph) -> list[str]:
    """Name, citation and counts."""
    title = f"{graph.name}: {graph.description}" if graph.description else graph.name
    inference = graph.at("inference")
    inputs = ", ".join(str(node.output) for node in graph.inputs)
    outputs = ", ".join(str(graph.nodes[out.source].output) for out in inference.outputs)
    text = [f'"""{_prose(title).rstrip(".")}.', ""]
    if graph.cite:
        text.append(_prose(graph.cite))
    text.append(
        f"{inputs} → {outputs} · {inference.total_params:,} parameters · "
        f"{inference.total_macs:,} multiply-accumulates"
    )
    side = [output.name for output in graph.outputs if output.training_only]
    if side:
        text.append(
            f"With the training-only {'outputs' if len(side) > 1 else 'output'} "
            f"{' and '.join(side)}: {graph.total_params:,} · {graph.total_macs:,}"
        )
    text += [f"Printed by archspec from {_prose(graph.file)} (sha256 {'0' * 16}).", '"""']
    return text


def _prose(text: str) -> str:
    """A spec's text inside a docstring: one line that cannot end it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line.replace("\\", "/").replace('"', "'")


def _imports(code: str) -> list[str]:
    standard = []
    if "re.fullmatch(" in code:
        standard.append("import re")
    if "(NamedTuple)" in code:
        standard.append("from typing import NamedTuple")
    torch = ["import torch"] if "torch." in code else []
    names = ["Tensor", "nn"] if "Tensor" in code else ["nn"]
    torch.append(f"from torch import {', '.join(names)}")
    return [*standard, *([""] if standard else []), *torch]


def _outputs_class(graph: Graph) -> list[str]:
    """A NamedTuple for networks with several outputs."""
    if len(graph.outputs) < 2:
        return []
    kept = sum(not output.training_only for output in graph.outputs)
    fields = []
    optional = False
    for output in graph.outputs:
        optional = optional or (output.training_only and kept > 1)
        kind = "Tensor | None = None" if optional else "Tensor"
        fields.append(f"    {output.name}: {kind}")
    return ["", "", "class Outputs(NamedTuple):", *fields]


def _unit(unit: PrintedUnit) -> list[str]:
    """``def conv_relu(...)``: some modules that follow each other again and again."""
    parameters = [
        (f"{parameter.name}: {parameter.type}", parameter.default, parameter.has_default)
        for parameter in unit.parameters
    ]
    signature = Bracket(f"{unit.name}(", _parameters(parameters), ")")
    modules = Bracket("[", _Constructor(unit.items, unit.terms, {}).sequence(), "]")
    return [
        *lines("def ", signature, " -> list[nn.Module]:"),
        *spread("return ", modules, depth=1),
    ]


def _class(
    printed: PrintedClass, root: Graph | None, symbols: Mapping[str, Any]
) -> list[str]:
    template = printed.template
    sequential = printed.is_sequential and (root is None or template.numbered)
    base = "nn.Sequential" if sequential else "nn.Module"
    writer = _Constructor(printed.template.items, printed.terms, printed.optional)
    parameters = [
        (f"{parameter.name}: {parameter.type}", parameter.default, parameter.has_default)
        for parameter in printed.parameters
        if root is None
    ]
    if root is not None:
        parameters = [
            (f"{name}: {type(value).__name__}", value, True) for name, value in symbols.items()
        ]
    text = [f"class {printed.name}({base}):"]
    text += _signature(parameters)
    if sequential and template.numbered:
        text += writer.numbered()
    else:
        shapes = _shapes(printed.scopes[0]) if sequential and len(printed.scopes) == 1 else {}
        text += ["        super().__init__()", *writer.assignments(shapes)]
    if root is not None and initialize_function(root):
        by_name = any(rule.path is not None for rule in root.init)
        if by_name:
            text += [
                "        for name, module in self.named_modules():",
                "            initialize(name, module)",
            ]
        else:
            text.append("        self.apply(initialize)")
    if not sequential:
        text += ["", *_forward(printed, root)]
    return text


def _signature(parameters: Sequence[tuple[str, Any, bool]]) -> list[str]:
    items = (("", Atom("self")), *_parameters(parameters))
    return lines("def ", Bracket("__init__(", items, ")"), " -> None:", depth=1)


def _parameters(parameters: Sequence[tuple[str, Any, bool]]) -> tuple[tuple[str, Expression], ...]:
    return tuple(
        ("", Atom(f"{text} = {literal(default)}" if has_default else text))
        for text, default, has_default in parameters
    )


@final
class _Constructor:
    """Prints the items of a class, taking the terms of its slots one after the other."""

    def __init__(
        self, items: Sequence[Item], terms: Sequence[Term], optional: Mapping[str, str]
    ) -> None:
        self._items = items
        self._terms: Iterator[Term] = iter(terms)
        self._optional = optional

    def numbered(self) -> list[str]:
        """``super().__init__(...)`` of a Sequential with the items 0, 1, ..."""
        return lines("", Bracket("super().__init__(", self.sequence(), ")"), depth=2)

    def sequence(self) -> tuple[tuple[str, Expression], ...]:
        """The items one after the other, as in a call or list."""
        return self._sequence(self._items)

    def assignments(self, shapes: Mapping[str, str]) -> list[str]:
        """``self.name = ...`` for every item that is a module, with the shapes behind them."""
        text: list[str] = []
        last: str | None = None
        for item in self._items:
            if isinstance(item, Again) or (isinstance(item, Leaf) and not item.is_module):
                continue
            statement = self._assignment(item)
            shape = shapes.get(item.name)
            text += commented(statement, shape if shape != last else None)
            last = shape or last
        return text

    def _assignment(self, item: Item) -> list[str]:
        flag = self._optional.get(item.name)
        if isinstance(item, Run):
            return self._loop(item)
        expression = self._expression(item)
        if flag is not None:
            return [
                *_assigned(item.name, Atom("nn.Identity()"), 2),
                f"        if {flag}:",
                *_assigned(item.name, expression, 3),
            ]
        return _assigned(item.name, expression, 2)

    def _loop(self, run: Run) -> list[str]:
        """Modules under names with numbers, in a loop."""
        element, count = self._run_parts(run)
        if count == "1":
            return _assigned(f"{run.stem}{run.start}", element, 2)
        number = "{i}" if run.start == 0 else f"{{i + {run.start}}}"
        added = call("self.add_module", Atom(f'f"{run.stem}{number}"'), element)
        return [f"        for i in range({count}):", *lines("", added, depth=3)]

    def _sequence(self, items: Sequence[Item]) -> tuple[tuple[str, Expression], ...]:
        found: list[tuple[str, Expression]] = []
        for item in items:
            if not isinstance(item, Run):
                prefix = "*" if isinstance(item, Unit) else ""
                found.append((prefix, self._expression(item)))
                continue
            element, count = self._run_parts(item)
            first = 1 if item.after_head else 0
            if count == str(first + 1):
                found.append(("", element))
                continue
            variable = "i" if any(item.stepping) else "_"
            span = f"{first}, {count}" if first else count
            clauses = (f"for {variable} in range({span})",)
            if isinstance(item.item, Unit):
                clauses = (*clauses, f"for layer in {flat(element)}")
                element = Atom("layer")
            found.append(("*", Comprehension(element, clauses)))
        return tuple(found)

    def _run_parts(self, run: Run) -> tuple[Expression, str]:
        """What is repeated, with numbers that may grow with i, and how often."""
        width = len(run.stepping)
        terms = [next(self._terms) for _ in range(width)]
        steps = iter([next(self._terms) for stepping in run.stepping if stepping])
        count = next(self._terms).text
        grown = [
            Term(_grown(term, next(steps))) if stepping else term
            for term, stepping in zip(terms, run.stepping, strict=True)
        ]
        outer, self._terms = self._terms, iter(grown)
        element = self._expression(run.item)
        self._terms = outer
        return element, count

    def _expression(self, item: Item) -> Expression:
        if isinstance(item, Leaf):
            return self._leaf(item)
        if isinstance(item, Sub | Unit):
            return self._instance(item)
        assert isinstance(item, Chain)
        return call("nn.Sequential", *self._sequence(item.items))

    def _leaf(self, leaf: Leaf) -> Expression:
        items: list[tuple[str, Expression]] = []
        named = False
        for k, name in enumerate(leaf.arguments):
            term = next(self._terms)
            if term.is_literal and name in leaf.defaults:
                if _same(term.value, leaf.defaults[name]):
                    named = True
                    continue
            prefix = f"{name}=" if named or k >= leaf.positional else ""
            items.append((prefix, Atom(term.text)))
        if leaf.inplace:
            items.append(("inplace=", Atom("True")))
        return call(leaf.target.replace("torch.nn.", "nn."), *items)

    def _instance(self, item: Sub | Unit) -> Expression:
        items: list[tuple[str, Expression]] = []
        for parameter in item.printed.parameters:
            term = next(self._terms)
            if parameter.has_default:
                if term.is_literal and _same(term.value, parameter.default):
                    continue
                items.append((f"{parameter.name}=", Atom(term.text)))
            else:
                prefix = "depth=" if parameter.category == "depth" else ""
                items.append((prefix, Atom(term.text)))
        return call(item.printed.name, *items)


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def _grown(term: Term, step: Term) -> str:
    if step.text == "1":
        return f"{term.text} + i"
    return f"{term.text} + {step.text} * i"


def _assigned(name: str, expression: Expression, depth: int) -> list[str]:
    if name.isidentifier():
        prefix = f"self.{name} = "
        if isinstance(expression, Bracket) and expression.head == "nn.Sequential(":
            one = lines(prefix, expression, depth=depth)
            return one if len(one) == 1 else spread(prefix, expression, depth=depth)
        return lines(prefix, expression, depth=depth)
    return lines("", call("self.add_module", Atom(f'"{name}"'), expression), depth=depth)


def _shapes(scope: Scope) -> dict[str, str]:
    """Shape behind every child, by name."""
    return {child.name: str(_type_of(child)) for child in scope.children}


def _type_of(child: Node | Scope) -> Any:
    if isinstance(child, Node):
        return child.output
    for node in child.nodes():
        if node.path == child.output:
            return node.output
    return ""


def _forward(printed: PrintedClass, root: Graph | None) -> list[str]:
    """``def forward``."""
    template = printed.template
    kept: dict[int, str] = {}
    returned = "Tensor"
    if root is not None and len(root.outputs) > 1:
        places = {}
        for k, child in enumerate(root.root.children):
            places[child.output if isinstance(child, Scope) else child.path] = k
        kept = {places[output.source]: output.name for output in root.outputs}
        some = any(output.training_only for output in root.outputs)
        alone = sum(not output.training_only for output in root.outputs) == 1
        returned = "Tensor | Outputs" if some and alone else "Outputs"
    elif template.output[0] == "item":
        kept = {template.output[1]: template.items[template.output[1]].name}
    training_only = frozenset(
        k
        for k, child in enumerate(printed.scopes[0].children)
        if root is not None and _only_in_training(child, root.training_only)
    )
    taken = TAKEN | {"torch", "nn", "re"}
    body = statements(template, kept, training_only, taken)
    arguments = Bracket(
        "forward(",
        (("", Atom("self")), *(("", Atom(f"{name}: Tensor")) for name in template.inputs)),
        ")",
    )
    text = lines("def ", arguments, f" -> {returned}:", depth=1)
    shapes = _shapes(printed.scopes[0]) if len(printed.scopes) == 1 else {}
    last: str | None = None
    inside = False
    for k, statement in enumerate(body):
        if statement.training_only and not inside:
            text.append("        if self.training:")
        inside = statement.training_only
        depth = 3 if inside else 2
        final = k == len(body) - 1 and returned == "Tensor" and template.output == (
            "item",
            statement.item,
        )
        prefix = "return " if final else f"{statement.name} = "
        shape = shapes.get(template.items[statement.item].name)
        told = lines(prefix, statement.expression, depth=depth)
        text += commented(told, shape if shape != last else None)
        last = shape
        if final:
            return text
    if root is not None and len(root.outputs) > 1:
        return [*text, *_return_outputs(root, {s.item: s.name for s in body}, kept)]
    name = next((s.name for s in body if ("item", s.item) == template.output), template.inputs[0])
    return [*text, f"        return {name}"]


def _only_in_training(child: Node | Scope, training_only: frozenset[str]) -> bool:
    if isinstance(child, Node):
        return child.path in training_only
    return all(node.path in training_only for node in child.nodes())


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

"""Graph -> the PyTorch source that a person would have written for it."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from sys import stdlib_module_names
from typing import Any, Final

from archspec.analyses.inplace import accumulating, in_place
from archspec.backends.torch.source.formatting import (
    Atom,
    Bracket,
    Expression,
    lines,
    literal,
    spread,
)
from archspec.backends.torch.source.model.classes import Classes, class_name
from archspec.backends.torch.source.model.symbols import free_symbols
from archspec.backends.torch.source.names import FORWARD, module_names
from archspec.backends.torch.source.own_layers import (
    foreign_modules,
    inlined,
    own_targets,
)
from archspec.backends.torch.source.tree import PrintedClass, PrintedFunction
from archspec.backends.torch.source.writer.constructor import Constructor
from archspec.backends.torch.source.writer.forward import child_shapes, forward_method
from archspec.backends.torch.source.writer.initialize import Initialization, initialization
from archspec.backends.torch.source.writer.numbers import numbers_of
from archspec.graph import Graph, Mode
from archspec.transforms.recompute import is_recomputing, recomputing
from archspec.workspace.load import Network, as_graph

HASH: Final = re.compile(r"\(sha256 ([0-9a-f]{16})\)")
"""By which the header shows whether a person has changed the file since."""


def source(network: Network, mode: Mode = "training", *, memory_efficient: bool = False) -> str:
    """Python source of a network (a Graph, or what ``load`` takes); it needs torch and nothing else.

    With ``mode="inference"`` training-only branches are left out. With ``memory_efficient`` what
    stands between a BatchNorm2d and its Conv2d is computed again in the backward pass. Raises nothing
    for a graph that was made by this package.
    """
    graph = as_graph(network).at(mode)
    symbols, initial = free_symbols(graph), initialization(graph)
    graph = recomputing(graph) if memory_efficient else graph
    own = own_targets(graph)
    overwriting = in_place(graph) | accumulating(graph)
    classes = Classes(graph, overwriting, symbols)
    types = {node.path: node.op.gives for node in graph.layers if node.op.gives != "Tensor"}
    body: list[str] = []
    for function in classes.functions:
        body += ["", "", *_function(function)]
    for printed in classes.in_order():
        root = graph if printed is classes.root else None
        taken = FORWARD | classes.names
        body += ["", "", *_class(printed, root, symbols, initial, types, taken)]
    if initial.function:
        body += ["", "", *initial.function]
    outputs = _outputs_class(graph)
    needed, layers = inlined(own)
    needed |= {f"import {module}" for module in foreign_modules(graph)}
    header = [*_docstring(graph), "", *_imports("\n".join([*outputs, *body]), needed)]
    text = "\n".join([*header, *outputs, *layers, *body]) + "\n"
    return signed(text)


def network_name(graph: Graph) -> str:
    """Name of the class that is the whole network."""
    name = class_name(graph.name) or "Network"
    return f"{name}2" if name in module_names(graph) else name


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
    if is_recomputing(graph):
        text.append("Memory-efficient: the backward pass makes again what convolutions read.")
    text += [f"Printed by archspec from {_prose(graph.file)} (sha256 {'0' * 16}).", '"""']
    return text


def _prose(text: str) -> str:
    """A spec's text inside a docstring: one line that cannot end it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line.replace("\\", "/").replace('"', "'")


def _imports(code: str, needed: Collection[str]) -> list[str]:
    """The import lines of some code and those that its layers need, as isort sorts them."""
    wanted = {
        "import re": "re.fullmatch(",
        "from typing import NamedTuple": "(NamedTuple)",
        "import torch": "torch.",
        "from torch import Tensor": "Tensor",
        "from torch.nn import functional as F": " F.",
    }
    lines = {
        "from torch import nn",
        *needed,
        *(line for line, sign in wanted.items() if sign in code),
    }
    plain = sorted(line for line in lines if line.startswith("import "))
    names: dict[str, list[str]] = defaultdict(list)
    for line in sorted(lines.difference(plain)):
        module, _, name = line.partition(" import ")
        names[module].append(name)
    merged = [*plain, *(f"{module} import {', '.join(names[module])}" for module in names)]
    installed = [
        line for line in merged if line.split()[1].split(".")[0] not in stdlib_module_names
    ]
    standard = [line for line in merged if line not in installed]
    return [*standard, *([""] if standard else []), *installed]


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


def _function(function: PrintedFunction) -> list[str]:
    """``def conv_relu(...)``: some modules that follow each other again and again."""
    parameters = [
        (f"{parameter.name}: {parameter.type}", parameter.default, parameter.has_default)
        for parameter in function.parameters
    ]
    signature = Bracket(f"{function.name}(", _signature_items(parameters), ")")
    modules = Bracket("[", Constructor(function.items, function.terms, {}).sequence(), "]")
    return [
        *lines("def ", signature, " -> list[nn.Module]:"),
        *spread("return ", modules, depth=1),
    ]


def _class(
    printed: PrintedClass,
    root: Graph | None,
    symbols: Mapping[str, Any],
    initial: Initialization,
    types: Mapping[str, str],
    taken: Collection[str],
) -> list[str]:
    template = printed.template
    sequential = printed.is_sequential and (root is None or template.numbered)
    base = "nn.Sequential" if sequential else "nn.Module"
    writer = Constructor(printed.template.items, printed.terms, printed.optional)
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
        shapes = child_shapes(printed.scopes[0]) if sequential and len(printed.scopes) == 1 else {}
        kept = numbers_of(printed).attributes.items()
        text += ["        super().__init__()", *(f"        self.{a} = {b}" for a, b in kept)]
        text += writer.assignments(shapes)
    if root is not None:
        text += initial.statements
    for tensor, other in template.ties:
        text += lines(f"{tensor} = ", Atom(other), depth=2)
    if not sequential:
        text += ["", *forward_method(printed, root, types, taken)]
    return text


def _signature(parameters: Sequence[tuple[str, Any, bool]]) -> list[str]:
    items: tuple[tuple[str, Expression], ...] = (("", Atom("self")), *_signature_items(parameters))
    return lines("def ", Bracket("__init__(", items, ")"), " -> None:", depth=1)


def _signature_items(
    parameters: Sequence[tuple[str, Any, bool]],
) -> tuple[tuple[str, Expression], ...]:
    return tuple(
        ("", Atom(f"{text} = {literal(default)}" if has_default else text))
        for text, default, has_default in parameters
    )

"""Graph: a network as one typed, directed, acyclic graph, with the tree of scopes its names spell."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, final

from archspec.diagnostics import failure
from archspec.display import made_by, show_by
from archspec.op.base import Cost, Op
from archspec.op.tensor import TensorType
from archspec.text import Origin

if TYPE_CHECKING:
    import networkx as nx
    from graphviz import Digraph  # type: ignore[import-untyped]

Mode = Literal["inference", "training"]
MODES: Final = ("inference", "training")


@final
@dataclass(frozen=True, slots=True)
class Depiction:
    """How figures show a part of the network because the spec says so: nothing else depends on it."""

    label: str | None = None
    """Text in place of its name, perhaps with formulas between dollars."""
    color: str | None = None
    """``#rrggbb``"""
    note: str | None = None
    hide: bool = False
    group: str | None = None
    """A word over a brace, over all neighbours that have it."""

    def under(self, own: Depiction | None) -> Depiction:
        """What the part itself says, and else what this one says."""
        if own is None:
            return self
        return Depiction(
            own.label or self.label,
            own.color or self.color,
            own.note or self.note,
            own.hide or self.hide,
            own.group or self.group,
        )


@final
@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One layer: an op at a place, with the types of what it reads and gives."""

    path: str
    """Dotted path: the layer's name, its module's path, and the prefix of its state_dict keys."""
    op: Op
    sources: tuple[str, ...]
    """Paths of the layers it reads, in the order of its operands."""
    inputs: tuple[TensorType, ...]
    output: TensorType
    cost: Cost
    origin: Origin | None = None
    """Where it was written."""
    weights: str | None = None
    """Path of the layer whose module this one uses again (``use``)."""
    is_held: bool = True
    """Its scope holds the module under its name, so that the state_dict has keys of this path: also
    of a module that was made in another scope."""
    tied: Mapping[str, str] = field(default_factory=dict)
    """Tensors that are those of another layer: name -> that layer's path. It has the same name
    there."""
    symbols: Mapping[str, str] = field(default_factory=dict)
    """Arguments that are just a parameter of the file: argument -> parameter."""
    written: Mapping[str, str] = field(default_factory=dict)
    """Arguments that were written as text, such as an expression: argument -> the text."""
    figure: Depiction | None = None

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def operands(self) -> tuple[str, ...]:
        """Paths of the layers whose numbers it reads: without the one that it is ``like``."""
        return self.sources[: self.op.arity] if self.op.takes_like else self.sources

    @property
    def op_name(self) -> str:
        return type(self.op).__name__

    @property
    def params(self) -> int:
        """Learnable numbers that this layer adds to the network."""
        if self.weights:
            return 0
        return self.cost.params - sum(math.prod(self.cost.parameters[name]) for name in self.tied)

    def key(self, tensor: str) -> str:
        """The key of one of its tensors in the state_dict."""
        return self.path if self.op.is_tensor else f"{self.path}.{tensor}"

    def __repr__(self) -> str:
        read = f"{', '.join(map(str, self.inputs))} → " if self.inputs else ""
        return f"<Node {self.path}: {self.op_name}, {read}{self.output}, {self.params:,} params>"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Neighbours in a scope that the spec wrote as ``(title)``: a box in a figure, no name."""

    title: str
    children: tuple[str, ...]
    figure: Depiction | None = None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A part of the network with a name of its own: a block's instance or an inline scope."""

    path: str
    block: str | None
    """Name of the block that it is an instance of; None for an inline scope."""
    children: tuple[Node | Scope, ...]
    inputs: tuple[str, ...]
    """Names of the inputs: ``("input",)``, or those that the block declares."""
    sources: tuple[str, ...]
    """Paths of the layers that feed the inputs."""
    output: str
    """Path of the layer whose output is the scope's."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Values of the block's parameters."""
    groups: tuple[Group, ...] = ()
    origin: Origin | None = None
    weights: str | None = None
    """Path of the scope whose modules this one uses again (``use``)."""
    is_held: bool = True
    """The scope around holds the module under this name, also if it was made elsewhere."""
    written: Mapping[str, str] = field(default_factory=dict)
    """Arguments of the block that were written as text, such as an expression."""
    figure: Depiction | None = None

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    def __repr__(self) -> str:
        layers = sum(1 for _ in self.nodes())
        return f"<Scope {self.path or '(the network)'}: {self.block or 'scope'}, {layers:,} layers>"

    def nodes(self) -> Iterator[Node]:
        """The layers inside, in written order."""
        for child in self.children:
            if isinstance(child, Node):
                yield child
            else:
                yield from child.nodes()

    def without(self, dropped: frozenset[str]) -> Scope | None:
        """The same scope without some of its layers; None if nothing is left."""
        children: list[Node | Scope] = []
        for child in self.children:
            if isinstance(child, Scope):
                rest = child.without(dropped)
                if rest is not None:
                    children.append(rest)
            elif child.path not in dropped:
                children.append(child)
        if not children:
            return None
        output = output_of(children[-1]) if self.output in dropped else self.output
        return replace(self, children=tuple(children), output=output)


def _in_state(scope: Scope) -> Iterator[Node]:
    """The layers that the modules of a scope hold: what is a tensor of a scope stands before the
    modules in it."""
    own = [child for child in scope.children if isinstance(child, Node) and child.op.is_tensor]
    yield from (node for node in own if node.is_held)
    for child in scope.children:
        if isinstance(child, Scope):
            yield from _in_state(child)
        elif child.is_held and not child.op.is_tensor:
            yield child


Member = Node | Scope
"""What a scope holds."""


def output_of(member: Member) -> str:
    """Path of the layer whose output is that of a layer or a scope."""
    return member.output if isinstance(member, Scope) else member.path


@final
@dataclass(frozen=True, slots=True)
class Output:
    name: str
    source: str
    """Path of the layer."""
    training_only: bool = False


@final
@dataclass(frozen=True, slots=True)
class InitRule:
    """How the tensors of some layers begin. The last rule that matches a tensor holds."""

    ops: frozenset[str] | None
    """Names of ops, or None for all."""
    path: str | None
    """A regular expression for the layer's path, or None for all."""
    tensors: Mapping[str, tuple[str, Mapping[str, Any]]]
    """Tensor name -> (function of torch.nn.init without the underscore, its arguments)."""
    paths: frozenset[str] | None = field(default=None, repr=False)
    """The paths of the network that ``path`` means, or None for all."""
    layers: frozenset[str] = field(default=frozenset(), repr=False)
    """The paths of the layers that the rule means: by their op, or by the torch.nn class that the
    op makes, and by their path."""

    def matches(self, node: Node) -> bool:
        """Whether the rule means a layer."""
        return node.path in self.layers

    def means(self, path: str) -> bool:
        """Whether a path is one that the rule means, whatever the op."""
        return self.paths is None or path in self.paths


@final
@dataclass(frozen=True, eq=False)
class Graph:
    """A network. Nothing of it is ever changed; what is asked of it is computed and returned."""

    name: str
    root: Scope
    inputs: tuple[Node, ...]
    outputs: tuple[Output, ...]
    description: str | None = None
    cite: str | None = None
    file: str = "<text>"
    """Name of the spec's file."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Values of the file's parameters."""
    symbols: frozenset[str] = frozenset()
    """Parameters that nothing reads but the arguments of layers that are just that parameter."""
    init: tuple[InitRule, ...] = ()
    ignored: frozenset[str] = frozenset()
    """Remarks that the spec does not want to hear of."""

    def __repr__(self) -> str:
        counted = self.at("inference")
        inputs = ", ".join(str(node.output) for node in counted.inputs)
        outputs = ", ".join(str(self.nodes[output.source].output) for output in counted.outputs)
        training = f", {self.total_params:,} in training" if counted is not self else ""
        return (
            f"<Graph {self.name}: {inputs} → {outputs}, {counted.total_params:,} params{training}>"
        )

    def _repr_svg_(self) -> str:
        """The figure, in a notebook."""
        return show_by("archspec.reports.notebook.graph_svg", self)

    def graphviz(self, **choices: Any) -> Digraph:
        """The figure as a graph of the package ``graphviz``, to be changed, rendered or viewed; the
        choices are the options of ``archspec.draw``, such as ``style="module Bottleneck"``. Raises
        SpecError."""
        return made_by("archspec.figures.draw.digraph", self, **choices)

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """Every input and layer by path, in written order (which is topological)."""
        return {node.path: node for node in (*self.inputs, *self.root.nodes())}

    @cached_property
    def layers(self) -> tuple[Node, ...]:
        """The layers without the inputs."""
        return tuple(self.nodes.values())[len(self.inputs) :]

    @cached_property
    def nx(self) -> nx.MultiDiGraph[str]:
        """The network as a networkx graph: node attribute ``layer`` is the Node, an edge's key is
        the position of the operand, so that ``x + x`` has two edges and a Concat has an order."""
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=self.name)
        graph.add_nodes_from((path, {"layer": node}) for path, node in self.nodes.items())
        for node in self.nodes.values():
            for position, source in enumerate(node.sources):
                graph.add_edge(source, node.path, key=position)
        return graph

    @cached_property
    def readers(self) -> Mapping[str, tuple[str, ...]]:
        """For every layer the paths of those that read it, one entry an edge."""
        readers: dict[str, list[str]] = defaultdict(list)
        for node in self.nodes.values():
            for source in node.sources:
                readers[source].append(node.path)
        return {path: tuple(readers.get(path, ())) for path in self.nodes}

    @cached_property
    def scopes(self) -> Mapping[str, Scope]:
        """Every scope by path; the root has the empty path."""
        found: dict[str, Scope] = {}

        def walk(scope: Scope) -> None:
            found[scope.path] = scope
            for child in scope.children:
                if isinstance(child, Scope):
                    walk(child)

        walk(self.root)
        return found

    @cached_property
    def depictions(self) -> Mapping[str, Depiction]:
        """What the spec says of figures, by path: of a layer or scope itself, of its group the colour,
        and of all that it is in the word over the brace and whether it is hidden."""
        found: dict[str, Depiction] = {}

        def walk(scope: Scope, around: Depiction) -> None:
            groups = {name: group.figure for group in scope.groups for name in group.children}
            for child in scope.children:
                of_group = groups.get(child.name) or Depiction()
                passed = around.under(replace(of_group, label=None, note=None))
                own = passed.under(child.figure)
                if own != Depiction():
                    found[child.path] = own
                if isinstance(child, Scope):
                    walk(child, Depiction(hide=own.hide, group=own.group))

        walk(self.root, Depiction())
        return found

    @cached_property
    def taps(self) -> Mapping[str, tuple[str, ...]]:
        """For every scope the layers inside, beside the one that is its output, which are read
        outside: by their path from the scope, in written order. Scopes that are one module have
        the same ones."""
        found: dict[str, set[str]] = defaultdict(set)
        ends = [(output.source, "") for output in self.outputs]
        edges = [(source, node.path) for node in self.layers for source in node.sources]
        for source, reader in (*edges, *ends):
            around = source.rpartition(".")[0]
            while around and not reader.startswith(f"{around}."):
                scope = self.scopes[around]
                if scope.output != source:
                    found[scope.weights or around].add(source[len(around) + 1 :])
                around = around.rpartition(".")[0]
        if not found:
            return {}
        places = {path: k for k, path in enumerate(self.nodes)}
        ordered = {
            path: tuple(sorted(taps, key=lambda tap: places.get(f"{path}.{tap}", 0)))
            for path, taps in found.items()
        }
        return {
            path: ordered[scope.weights or path]
            for path, scope in self.scopes.items()
            if (scope.weights or path) in ordered
        }

    def ancestors(self, paths: set[str]) -> frozenset[str]:
        """The given layers and all that they depend on."""
        seen, waiting = set(paths), list(paths)
        while waiting:
            for source in self.nodes[waiting.pop()].sources:
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
        return frozenset(seen)

    @cached_property
    def training_only(self) -> frozenset[str]:
        """Layers that only training-only outputs need."""
        if not any(output.training_only for output in self.outputs):
            return frozenset()
        kept = self.ancestors({out.source for out in self.outputs if not out.training_only})
        side = self.ancestors({out.source for out in self.outputs if out.training_only})
        inputs = {node.path for node in self.inputs}
        return side - kept - inputs

    def at(self, mode: Mode) -> Graph:
        """The network of one mode: at inference, training-only branches are pruned.

        Raises SpecError if there is no such mode.
        """
        if mode not in MODES:
            raise failure(
                "bad-value",
                f"there is no mode {mode!r:.60}",
                help="a mode is 'inference' or 'training'",
            )
        if mode == "training" or not any(output.training_only for output in self.outputs):
            return self
        root = self.root.without(self.training_only)
        assert root is not None
        outputs = tuple(output for output in self.outputs if not output.training_only)
        return replace(self, root=root, outputs=outputs)

    @cached_property
    def main_output(self) -> Output:
        """What a classifier says of the classes: the first output that is there at inference."""
        return next(output for output in self.outputs if not output.training_only)

    @cached_property
    def smallest_wins(self) -> bool:
        """Whether the main output's numbers are penalties, so that the smallest says the class."""
        node = self.nodes[self.main_output.source]
        while node.op.view and len(node.operands) == 1:
            node = self.nodes[node.operands[0]]
        return node.op.penalty

    @cached_property
    def total_params(self) -> int:
        """Learnable numbers, each once."""
        return sum(node.params for node in self.layers)

    @cached_property
    def total_macs(self) -> int:
        """Multiply-accumulates of one sample."""
        return sum(node.cost.macs for node in self.layers)

    @cached_property
    def state(self) -> Mapping[str, tuple[Node, str]]:
        """The keys of the state_dict in its order, each with the layer and the name of its tensor."""
        return {
            node.key(tensor): (node, tensor)
            for node in _in_state(self.root)
            for tensor in (*node.cost.parameters, *node.cost.buffers)
        }

    @cached_property
    def state_keys(self) -> tuple[str, ...]:
        """The keys of the state_dict, in its order."""
        return tuple(self.state)

    def output_type(self, path: str) -> TensorType:
        """What a layer or a scope gives. Raises KeyError if there is none of that path."""
        if path in self.nodes:
            return self.nodes[path].output
        return self.nodes[self.scopes[path].output].output

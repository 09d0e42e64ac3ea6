"""Graph -> nn.Module, by executing the very source that is printed."""

from __future__ import annotations

import hashlib
import linecache
import sys
from collections.abc import Collection, Mapping, Sequence
from itertools import zip_longest
from types import ModuleType
from typing import TYPE_CHECKING, Any

from archspec.backends.torch.source import network_name, source
from archspec.diagnostics import SpecError, failure
from archspec.graph import Graph, Mode
from archspec.op.plugins import packages
from archspec.workspace.load import Network, as_graph

if TYPE_CHECKING:
    from torch import nn


def build(
    network: Network,
    mode: Mode = "training",
    *,
    memory_efficient: bool = False,
    **arguments: Any,
) -> nn.Module:
    """A network (a Graph, or what ``load`` takes) as a module with fresh weights.

    ``mode="training"`` makes the module that can train (training-only outputs are returned in
    training and skipped in eval); ``mode="inference"`` leaves them out. ``memory_efficient`` trains
    in less memory: what stands between a BatchNorm2d and its Conv2d is computed again in the
    backward pass. ``arguments`` go to the constructor of the printed class (``num_classes=10``).
    Needs torch.

    The module can be copied and pickled: it carries its source, so that another process needs
    archspec but not the spec. Raises SpecError if its state_dict is not the one that was counted.
    """
    graph = as_graph(network)
    text = source(graph, mode, memory_efficient=memory_efficient)
    module = execute(text, graph.name)
    made: nn.Module = getattr(module, network_name(graph))(**arguments)
    check_state(made, graph.at(mode), arguments)
    return made


def execute(text: str, name: str) -> ModuleType:
    """The Python module of a printed source; the same text gives the same module.

    A traceback through it shows the printed lines, and what its classes make can be pickled.
    """
    number = hashlib.sha256(text.encode()).hexdigest()[:16]
    module = ModuleType(f"archspec_generated.{name}_{number}")
    if module.__name__ in sys.modules:
        return sys.modules[module.__name__]
    file = module.__file__ = f"<archspec {name} {number}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), vars(module))  # our own text: no spec's text is in it
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            value.__reduce_ex__ = _reduce_with(text, name)  # type: ignore[method-assign]
    return sys.modules.setdefault(module.__name__, module)


def _reduce_with(text: str, name: str) -> Any:
    """How objects of a printed class are pickled: with the source text."""

    def reduce(self: Any, protocol: int) -> tuple[Any, ...]:
        reduced: Any = object.__reduce_ex__(self, max(2, protocol))
        make, (cls, *values), *rest = reduced
        if cls.__module__ != execute(text, name).__name__:
            return make, (cls, *values), *rest  # a subclass in someone's own code
        return _revive, (text, name, cls.__qualname__, *values), *rest

    return reduce


def _revive(text: str, name: str, class_name: str, *values: Any) -> Any:
    """A new object of a printed class, without its attributes."""
    cls = getattr(execute(text, name), class_name)
    return cls.__new__(cls, *values)


def check_state(network: nn.Module, graph: Graph, arguments: Collection[str] = ()) -> None:
    """Raises SpecError if a module's state_dict has not the keys and shapes that were counted.

    The shapes of layers that an argument of the constructor sets are left to it.
    """
    state: Mapping[str, Any] = network.state_dict()
    if list(state) != [*graph.state]:
        raise mismatch(graph, _first_key(list(state), graph.state_keys))
    for key, (node, tensor) in graph.state.items():
        shape = {**node.cost.parameters, **node.cost.buffers}[tensor]
        found = tuple(state[key].shape)
        if found != tuple(shape) and set(arguments).isdisjoint(node.symbols.values()):
            what = f"the shape of '{key}' is {found}, not {tuple(shape)}"
            raise mismatch(graph, what)
    params = sum(parameter.numel() for parameter in network.parameters())
    if params != graph.total_params and not arguments:
        raise mismatch(graph, f"it has {params:,} parameters, not {graph.total_params:,}")


def _first_key(found: Sequence[str], counted: Sequence[str]) -> str:
    """Describe the first difference between two lists of keys."""
    pairs = enumerate(zip_longest(found, counted))
    number, (here, there) = next((k, pair) for k, pair in pairs if pair[0] != pair[1])
    names = [f"'{key}'" if key else "none" for key in (here, there)]
    return f"key {number + 1} of the state_dict is {names[0]}, not {names[1]}"


def mismatch(graph: Graph, what: str) -> SpecError:
    """The error for a source that is not the network it was printed for."""
    help = "this is a bug in archspec; please report it with the spec"
    if ops := foreign_ops(graph):
        help = f"{ops}: archspec.op.contract.violations checks whether it honours the contract"
    return failure("not-verified", f"{graph.name}: {what}", help=help)


def foreign_ops(graph: Graph) -> str:
    """The ops of a network that come from other packages, with their packages; empty if none do."""
    found = packages(type(node.op) for node in graph.layers)
    return "; ".join(f"'{op}' is of {package}" for op, package in found.items())

"""Parameters of the file that can stay parameters of the printed network: ``num_classes``."""

from __future__ import annotations

from typing import Any, Final

from archspec.backends.torch.source.names import CONSTRUCTOR, module_names
from archspec.graph import Graph, Node
from archspec.op.base import Meaning, Role

_CARRIES_ANY: Final = frozenset({Role.ACTIVATION, Role.DROP})


def free_symbols(graph: Graph) -> dict[str, Any]:
    """Name and value of every parameter that sets arguments and nothing else: a number that no
    shape follows from, or a size that no other layer sees."""
    uses: dict[str, list[tuple[Node, str]]] = {}
    for node in graph.layers:
        for argument, symbol in node.symbols.items():
            if symbol in graph.symbols:
                uses.setdefault(symbol, []).append((node, argument))
    reserved = CONSTRUCTOR | module_names(graph)
    return {
        symbol: graph.params[symbol]
        for symbol in graph.params
        if symbol in uses
        and all(_is_free(graph, node, argument) for node, argument in uses[symbol])
        and symbol not in reserved
    }


def _is_free(graph: Graph, node: Node, argument: str) -> bool:
    value = getattr(node.op, argument)
    if type(value) is float:
        return True
    is_size = argument == node.op.name_of(Meaning.OUTPUTS)
    if type(value) is not int or not is_size or node.op.value_of(Meaning.GROUPS, 1) != 1:
        return False
    waiting = [node.path]
    while waiting:
        for path in graph.readers[waiting.pop()]:
            reader = graph.nodes[path]
            if reader.cost.parameters or reader.op.role not in _CARRIES_ANY:
                return False
            waiting.append(path)
    return True

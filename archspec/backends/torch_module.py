"""Graph -> nn.Module, by executing the very source that is printed."""

from __future__ import annotations

import linecache
import sys
from itertools import count
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from archspec.backends.torch_source import network_name, source
from archspec.graph import Mode
from archspec.loading import Network, as_graph

if TYPE_CHECKING:
    from torch import nn

_NUMBERS: Final = count(1)


def build(network: Network, mode: Mode = "training", **arguments: Any) -> nn.Module:
    """A network (a Graph, or what ``load`` takes) as a module with fresh weights.

    ``mode="training"`` makes the module that can train (training-only outputs are returned in
    training and skipped in eval); ``mode="inference"`` leaves them out. ``arguments`` go to the
    constructor of the printed class (``num_classes=10``). Needs torch.
    """
    graph = as_graph(network)
    module = executed(source(graph, mode), graph.name)
    made: nn.Module = getattr(module, network_name(graph))(**arguments)
    return made


def executed(text: str, name: str) -> ModuleType:
    """The module of a printed source. A traceback through it shows the generated lines, and its
    classes can be pickled as long as the module lives."""
    number = next(_NUMBERS)
    module = ModuleType(f"archspec_generated.{name}_{number}")
    file = f"<archspec {name} {number}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    sys.modules[module.__name__] = module
    module.__file__ = file
    exec(compile(text, file, "exec"), vars(module))  # our own text: no spec's text is in it
    return module

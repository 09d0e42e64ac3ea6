"""Networks by what a user calls them, for Python: load, loads."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from archspec.diagnostics import failure
from archspec.elaborate import elaborate
from archspec.elaborate.expand.nodes import MAX_LAYERS
from archspec.frontends.yaml import read
from archspec.graph import Graph
from archspec.workspace.settings import settings_of, with_overrides
from archspec.workspace.workspace import Workspace

Network = Graph | str | os.PathLike[str]
"""A network, or what ``load`` takes."""


def load(
    reference: str | os.PathLike[str],
    /,
    *,
    input: Any = None,
    max_layers: int = MAX_LAYERS,
    **params: Any,
) -> Graph:
    """A network by path, ``path:variant``, zoo name, or ``-`` for standard input.

    ``params`` override the file's parameters and ``input`` its input shape:
    ``load("densenet121", depths=[6, 12, 32, 32])``. More than ``max_layers`` layers are refused.
    Raises SpecError.
    """
    return Workspace().graph(_text_of(reference), settings_of(params), input, max_layers)


def loads(
    text: str,
    /,
    *,
    name: str = "<text>",
    input: Any = None,
    max_layers: int = MAX_LAYERS,
    **params: Any,
) -> Graph:
    """A network from the text of a spec: ``loads("archspec: 1\\n...", depth=3)``.

    ``name`` is what messages call the text. Files that it extends or imports are looked for in the
    working directory and the zoo. ``params``, ``input`` and ``max_layers`` are those of ``load``.
    Raises SpecError.
    """
    program = Workspace().program_of(read(text, name))
    return elaborate(with_overrides(program, settings_of(params), input), max_layers)


def as_graph(network: Network) -> Graph:
    """A network that may be there or be loaded by its name. Raises SpecError."""
    return _graph(network, Workspace())


def as_graphs(networks: Network | Iterable[Network]) -> list[Graph]:
    """One network or several, each there or to be loaded. Raises SpecError."""
    workspace = Workspace()
    if isinstance(networks, str) or not isinstance(networks, Iterable):
        return [_graph(networks, workspace)]
    found = [_graph(network, workspace) for network in networks]
    if not found:
        raise failure("bad-value", "the list of networks is empty")
    return found


def _graph(network: Network, workspace: Workspace) -> Graph:
    return network if isinstance(network, Graph) else workspace.graph(_text_of(network))


def _text_of(reference: str | os.PathLike[str]) -> str:
    if not isinstance(reference, str | os.PathLike):
        raise failure(
            "bad-value",
            f"a network cannot be {reference!r:.60}",
            help="a path, path.yaml:variant, a network of the zoo, or - for standard input",
        )
    return os.fspath(reference)

"""Names that mean something in a source already, so that none of a spec's captures or hides them."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Sequence
from itertools import chain, count
from typing import Final

from archspec.backends.torch.source.own_layers import (
    defined_names,
    foreign_modules,
    own_names,
    own_targets,
)
from archspec.graph import Graph

IMPORTED: Final = frozenset(
    ["torch", "nn", "re", "F", "Tensor", "NamedTuple", "Literal", "Outputs", "initialize"]
) | defined_names("recompute")
"""What a source imports, or defines whatever the network, memory-efficient or not."""

PYTHON: Final = frozenset([*dir(builtins), *keyword.kwlist])
"""No class and no function has a name of Python's own."""

CONSTRUCTOR: Final = frozenset(
    [*keyword.kwlist, *["self", "super", "range", "i", "_", "layer", "name", "module"]]
)
"""Names that mean something inside a constructor."""

FORWARD: Final = frozenset([*keyword.kwlist, "self", "getattr", *"lOI"])
"""Names that mean something inside a forward method, and those that read as digits."""


def module_names(graph: Graph) -> frozenset[str]:
    """Names at the top of a network's source, before its own classes have theirs."""
    packages = {module.partition(".")[0] for module in foreign_modules(graph)}
    return IMPORTED | own_names(own_targets(graph)) | packages


def identifier(name: str, prefix: str) -> str:
    """The name of a layer as one of Python."""
    return name if name.isidentifier() else prefix + re.sub(r"\W", "_", name)


def free_name(wishes: Sequence[str], taken: Collection[str]) -> str:
    """The first wish that is a name and is not taken; else the last one with a number."""
    *others, last = (re.sub(r"\W", "_", wish) for wish in wishes)
    last = identifier(last, "x")
    numbered = (f"{last}_{number}" for number in count(2))
    return next(
        wish
        for wish in chain([*others, last], numbered)
        if wish.isidentifier() and wish not in taken
    )

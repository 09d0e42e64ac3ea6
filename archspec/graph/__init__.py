"""The network, typed: layers and scopes, and which of its parts are equal."""

from archspec.graph.graph import (
    MODES,
    Depiction,
    Graph,
    Group,
    InitRule,
    Member,
    Mode,
    Node,
    Output,
    Scope,
    output_of,
)

__all__ = [
    "MODES",
    "Depiction",
    "Graph",
    "Group",
    "InitRule",
    "Member",
    "Mode",
    "Node",
    "Output",
    "Scope",
    "output_of",
]

"""The network, typed: layers and scopes, and which of its parts are equal."""

from archspec.graph.graph import MODES, Graph, Group, InitRule, Mode, Node, Output, Scope

__all__ = ["MODES", "Graph", "Group", "InitRule", "Mode", "Node", "Output", "Scope"]

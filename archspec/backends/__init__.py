"""Backends: from a graph to what other programs read."""

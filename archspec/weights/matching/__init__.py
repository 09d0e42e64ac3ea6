"""Tensors of a file to tensors of a network."""

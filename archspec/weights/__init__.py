"""Weights that others trained: files read without running them, and matched to a network."""

from archspec.weights.files import read
from archspec.weights.heads import head
from archspec.weights.loading import load
from archspec.weights.report import MatchReport, TensorPair

__all__ = ["MatchReport", "TensorPair", "head", "load", "read"]

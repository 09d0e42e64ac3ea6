"""Weights that others trained: files read without running them, and matched to a network."""

from archspec.weights.loading import load
from archspec.weights.matching.heads import head
from archspec.weights.reading.files import read
from archspec.weights.report import MatchReport, TensorPair

__all__ = ["MatchReport", "TensorPair", "head", "load", "read"]

"""One figure of two networks: what they share, and what makes the second of the first."""

from archspec.figures.difference.compare import Difference, difference
from archspec.figures.difference.figure import scene

__all__ = ["Difference", "difference", "scene"]

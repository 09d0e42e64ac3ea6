"""The paths through a network: the modules that they go through or around, and how many there are."""

from archspec.analyses.paths.counts import Lengths, PathCounts, paths
from archspec.analyses.paths.modules import Modules, find_modules, is_weighted

__all__ = ["Lengths", "Modules", "PathCounts", "find_modules", "is_weighted", "paths"]

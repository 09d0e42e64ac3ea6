"""Two networks aligned by their structure: what was added, removed and changed."""

from archspec.analyses.difference.networks import DiffEntry, NetworkDiff, diff

__all__ = ["DiffEntry", "NetworkDiff", "diff"]

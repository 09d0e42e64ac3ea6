"""How much memory a network needs here to run, and how much there is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from archspec.diagnostics import SpecError, failure
from archspec.graph import Graph

SYSTEM: Final = Path("/proc/meminfo")
CONTAINER: Final = Path("/sys/fs/cgroup/memory.max")
NUMBER: Final = 4
"""Bytes of a float32."""


def check_memory(graph: Graph, *, in_float64: bool = False) -> None:
    """Raises SpecError if the network cannot run here once: before anything is allocated."""
    needed, free = needed_memory(graph) * (2 if in_float64 else 1), free_memory()
    if free is not None and needed > free:
        raise memory_failure(
            f"it needs {_gigabytes(needed)} of memory, {_gigabytes(free)} are free"
        )


def memory_failure(why: str) -> SpecError:
    """The error for a network that is too large to run here."""
    return failure(
        "cannot-verify",
        f"the network cannot be run here: {why}",
        help="build with --no-verify, or verify it smaller, with --set or --input",
    )


def needed_memory(graph: Graph) -> int:
    """Bytes for all weights and two gradients of each, and for the output of every layer."""
    outputs = sum(node.output.numel for node in graph.layers)
    return NUMBER * (3 * graph.total_params + outputs)


def free_memory() -> int | None:
    """Bytes that a program can still allocate; None where the system does not say."""
    limits = [bytes for bytes in (_system_memory(), _container_limit()) if bytes is not None]
    return min(limits, default=None)


def _system_memory() -> int | None:
    for line in _lines(SYSTEM):
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return 1024 * int(value.split()[0])
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _container_limit() -> int | None:
    """The container's limit; its file holds ``max`` if there is none."""
    return next((int(line) for line in _lines(CONTAINER) if line.isdigit()), None)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB"

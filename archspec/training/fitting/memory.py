"""Whether a training fits into the memory, before its first step."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from archspec.analyses.stats import saved_bytes
from archspec.diagnostics import failure
from archspec.graph import Graph
from archspec.recipe.model import Recipe
from archspec.recipe.optimizers import SGD, RMSprop
from archspec.training.processes import Processes
from archspec.transforms.recompute import recomputing

SLOTS: Final = {"Adagrad": 1, "Adam": 2, "AdamW": 2, "NAdam": 2, "RAdam": 2, "Adadelta": 2}
"""Numbers that an optimizer keeps for each weight; those of SGD and RMSprop depend on their arguments."""
FLOAT_BYTES: Final = 4
_CGROUP: Final = Path("/sys/fs/cgroup")


def require_memory(graph: Graph, recipe: Recipe, processes: Processes, runs: int = 1) -> None:
    """Raises SpecError if a step surely needs more than what is free, shared by so many runs side by
    side, with the batch that fits."""
    free = free_bytes(processes) // runs
    trained = recomputing(graph) if recipe.memory_efficient else graph
    fixed, each = fixed_bytes(graph, recipe, processes), bytes_per_picture(trained)
    wanted = fixed + recipe.batch_size * each
    if wanted <= free:
        return
    fits = max(0, (free - fixed) // each)
    if fits:
        help = f"{fits:,} pictures fit: --set batch_size={fits}; --set accumulate=N keeps the step's size"
    else:
        help = "not even one picture fits: a smaller input, or memory_efficient: true in the recipe"
    raise failure(
        "does-not-fit",
        f"a step of {graph.name} with {recipe.batch_size:,} pictures needs about {gibibytes(wanted)}, "
        f"and {gibibytes(free)} are free",
        help=f"{help}; --force tries it all the same",
    )


def fixed_bytes(graph: Graph, recipe: Recipe, processes: Processes) -> int:
    """Weights, gradients (once more where processes exchange them), what the optimizer keeps, and
    the average."""
    copies = 2 + processes.is_distributed + _slots(recipe) + (recipe.ema is not None)
    return FLOAT_BYTES * copies * graph.at("training").total_params


def bytes_per_picture(graph: Graph) -> int:
    """What autograd keeps of one picture, and the largest map twice: itself and its gradient."""
    trained = graph.at("training")
    largest = max(node.output.numel for node in trained.nodes.values())
    return saved_bytes(trained) + 2 * FLOAT_BYTES * largest


def _slots(recipe: Recipe) -> int:
    optimizer = recipe.optimizer
    if isinstance(optimizer, SGD):
        return int(optimizer.momentum > 0)
    if isinstance(optimizer, RMSprop):
        return 1 + (optimizer.momentum > 0) + optimizer.centered
    return SLOTS[type(optimizer).__name__]


def free_bytes(processes: Processes) -> int:
    """Memory that this process may still take: of the GPU, or its share of the machine's."""
    if processes.device.type == "cuda":
        import torch

        return int(torch.cuda.mem_get_info(processes.device)[0])
    import psutil

    available = int(psutil.virtual_memory().available)
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return min(available, _of_container(available)) // here


def _of_container(default: int) -> int:
    """What a container's limit leaves."""
    try:
        limit = int((_CGROUP / "memory.max").read_text())
        return limit - int((_CGROUP / "memory.current").read_text())
    except (OSError, ValueError):  # no container, or "max"
        return default


def gibibytes(count: int) -> str:
    return f"{count / 2**30:,.1f} GiB"

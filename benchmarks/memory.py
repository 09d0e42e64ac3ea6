"""Memory-efficient modules against plain ones: bytes kept, peak and time of a training step.

    python benchmarks/memory.py                      densenet121, batch 16
    python benchmarks/memory.py resnet50 --batch 8 --runs 5

Beside them torchvision's own ``memory_efficient=True``, where it has it. Time is CPU time.
"""

from __future__ import annotations

import argparse
import os
import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
import torchvision

import archspec

Variant = tuple[str, str, bool, bool]
"""Name of the network; whose module: ours or torchvision's; memory-efficient; channels_last."""


def variants(name: str) -> list[Variant]:
    """Those that are measured; the first is what the others are divided by."""
    ours = [(name, "archspec", e, c) for c in (False, True) for e in (False, True)]
    theirs = [(name, "torchvision", True, c) for c in (False, True)]
    return [*ours, *(theirs if name.startswith("densenet") and name[8:].isdigit() else [])]


def made(variant: Variant, batch: int) -> tuple[torch.nn.Module, torch.Tensor]:
    """The module in training mode, and a batch for it."""
    name, whose, efficient, last = variant
    graph = archspec.load(name)
    torch.manual_seed(0)
    if whose == "archspec":
        network = archspec.build(graph, "inference", memory_efficient=efficient)
    else:
        network = getattr(torchvision.models, name)(memory_efficient=efficient)
    format = torch.channels_last if last else torch.contiguous_format
    x = torch.randn(batch, *graph.inputs[0].output.shape).to(memory_format=format)
    return network.train().to(memory_format=format), x


def step(network: torch.nn.Module, x: torch.Tensor) -> float:
    """CPU seconds of a forward and a backward pass."""
    network.zero_grad()
    start = process_time()
    network(x).square().mean().backward()
    return process_time() - start


def kept(network: torch.nn.Module, x: torch.Tensor) -> int:
    """Bytes of what autograd holds after a forward pass, without parameters and buffers."""
    tensors = (*network.parameters(), *network.buffers())
    own = {tensor.untyped_storage().data_ptr() for tensor in tensors}
    found: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        found.setdefault(tensor.untyped_storage().data_ptr(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = network(x)
    bytes = sum(t.untyped_storage().nbytes() for at, t in found.items() if at not in own)
    del output
    return bytes


def peak(variant: Variant, batch: int) -> int:
    """By how many bytes a process grows in a first step, in a process of its own."""
    network, x = made(variant, batch)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    step(network, x)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - pages * os.sysconf(
        "SC_PAGE_SIZE"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=["densenet121"])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    print(f"{'network':12} {'module':12} {'':31} {'kept':>13} {'':>5} {'peak':>5} {'time':>5}")
    for name in given.networks:
        measure(variants(name), given.batch, given.runs)


def measure(found: list[Variant], batch: int, runs: int) -> None:
    peaks = []
    for variant in found:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            peaks.append(pool.submit(peak, variant, batch).result())
    modules = [made(variant, batch) for variant in found]
    bytes = [kept(*module) for module in modules]
    times: list[list[float]] = [[step(*module) for module in modules] for _ in range(runs)]
    medians = [median(column) for column in zip(*times, strict=True)]
    for k, (name, whose, efficient, last) in enumerate(found):
        text = ", ".join(["memory-efficient"] * efficient + ["channels_last"] * last)
        ratios = [row[k] / row[0] for row in (bytes, peaks, medians)]
        numbers: Any = " ".join(f"{ratio:5.2f}" for ratio in ratios)
        print(f"{name:12} {whose:12} {text:31} {bytes[k]:13,} {numbers}", flush=True)


if __name__ == "__main__":
    main()

"""Built modules against torchvision's: construction, inference, a training step, peak memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
import torchvision

import archspec

NETWORKS = ("alexnet", "vgg11_bn", "googlenet", "resnet18", "resnet50", "densenet121")


def seconds(run: Callable[[], Any]) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


def ratio(ours: Callable[[], Any], theirs: Callable[[], Any], runs: int) -> float:
    """Ratio of medians, both sides in turn, after one round that is not counted."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    return median(a for a, _ in pairs) / median(b for _, b in pairs)


def saved_bytes(network: torch.nn.Module, x: torch.Tensor) -> int:
    """What autograd keeps after a forward pass, without the parameters."""
    kept: dict[int, int] = {}
    own = {p.untyped_storage().data_ptr() for p in network.parameters()}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = network.train()(x)
    del output
    return sum(kept.values())


def step(network: torch.nn.Module, x: torch.Tensor) -> None:
    """Forward and backward."""
    output = network(x)
    outputs = [output] if isinstance(output, torch.Tensor) else list(output)
    loss: Any = sum(tensor.square().mean() for tensor in outputs)
    loss.backward()
    network.zero_grad()


def measure(name: str, runs: int) -> tuple[float, float, float, float]:
    """Ratios of construction, inference, training step and saved bytes."""
    arguments = {"init_weights": True} if name == "googlenet" else {}
    source: dict[str, Any] = {}
    exec(compile(archspec.source(archspec.load(name)), name, "exec"), source)
    make = source[[key for key in source if isinstance(source[key], type)][-1]]
    reference = getattr(torchvision.models, name)
    ours, theirs = make(), reference(**arguments)
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(4, 3, 224, 224)
    built = ratio(make, lambda: reference(**arguments), max(runs // 3, 3))
    ours.eval(), theirs.eval()
    with torch.inference_mode():
        inference = ratio(lambda: ours(x), lambda: theirs(x), runs)
    ours.train(), theirs.train()
    training = ratio(lambda: step(ours, x), lambda: step(theirs, x), runs)
    return built, inference, training, saved_bytes(ours, x) / saved_bytes(theirs, x)


def main(runs: int = 9) -> None:
    print("ratio of medians, archspec / torchvision")
    print(f"{'':12} construction  inference  training step  saved for backward")
    for name in NETWORKS:
        built, inference, training, memory = measure(name, runs)
        print(f"{name:12} {built:12.2f}  {inference:9.3f}  {training:13.3f}  {memory:18.3f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

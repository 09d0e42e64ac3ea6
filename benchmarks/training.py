"""The training loop beside a bare one, and the way to the first step beside the import of torch.

    python benchmarks/training.py [NETWORK] [--rounds N]

Both loops have the same module, optimizer and loader, and take turns; ratios of medians are printed.
The second part needs Fashion-MNIST, as Debian's package dataset-fashion-mnist has it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from archspec.datasets import synthetic
from archspec.recipe import load_recipe
from archspec.training.fitting.spec import fit
from archspec.training.loop import Hooks, train
from archspec.training.pictures.batches import loader
from archspec.training.prepare import Parts, Setting, prepare
from archspec.training.processes import Processes
from archspec.workspace.settings import setting

STEPS = 15


def parts(network: str) -> Parts:
    """A training of synthetic pictures, long enough to be cut into rounds."""
    settings = dict([setting("data=synthetic"), setting("epochs=1000")])
    written = load_recipe("cifar10", settings)
    dataset = synthetic((3, 32, 32), 10)
    fitted = fit(network, {}, None, (3, 32, 32), 10)
    alone = Processes(0, 1, torch.device("cpu"))
    return prepare(Setting(fitted, written, dataset, alone))


def ours(made: Parts) -> Callable[[], None]:
    """So many steps of the loop."""
    hooks = Hooks(lambda meter, rate: None, lambda: (0.0, False), lambda best: None)
    steps = iter(range(STEPS, 10**9, STEPS))

    def run() -> None:
        last = next(steps)
        train(made.course, made.trainee, hooks, lambda: 1 if made.trainee.step >= last - 1 else 0)

    return run


def bare(made: Parts) -> Callable[[], None]:
    """The same steps as a person would write them."""
    course, trainee = made.course, made.trainee
    module, optimizer, device = trainee.module, trainee.optimizer, torch.device("cpu")
    module.train()

    def run() -> None:
        course.order.first, course.order.last = trainee.step, trainee.step + STEPS
        for images, labels in loader(course.pictures, course.order, 0, device):
            loss = F.cross_entropy(module(course.to_input(images)), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            trainee.rates.after_step()
            loss.item()
            trainee.step += 1

    return run


def throughput(network: str, rounds: int) -> None:
    runs = {"archspec": ours(parts(network)), "bare": bare(parts(network))}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, run in runs.items():
            start = time.process_time()
            run()
            if number:
                seconds[name].append(time.process_time() - start)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    print(f"{network}: throughput {medians['bare'] / medians['archspec']:.3f} of a bare loop's")


def first_step(rounds: int) -> None:
    """Seconds from the start of ``archspec train`` to its first step, beside the import of torch."""
    found: dict[str, list[float]] = {"import torch": [], "first step": [], "torch._dynamo": []}
    for _ in range(rounds):
        found["import torch"].append(_seconds([sys.executable, "-c", "import torch"]))
        found["torch._dynamo"].append(_seconds([sys.executable, "-c", "import torch._dynamo"]))
        with tempfile.TemporaryDirectory() as folder:
            found["first step"].append(_until_first_step(Path(folder)))
    medians = {name: statistics.median(values) for name, values in found.items()}
    print(", ".join(f"{name} {value:.2f} s" for name, value in medians.items()))


def _seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def _until_first_step(folder: Path) -> float:
    command: list[Any] = [sys.executable, "-m", "archspec", "train", "mlp"]
    command += ["--recipe", "fashion_mnist_mlp", "--out", folder / "run", "--json"]
    command += ["--set", "steps=1"]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        taken = time.perf_counter() - start
        process.kill()
    return taken


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("network", nargs="?", default="resnet20_cifar")
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    throughput(arguments.network, arguments.rounds)
    first_step(max(3, arguments.rounds // 3))

"""Small trainings, in this process or as users start them, and what two of them have in common."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

SPEC = """
archspec: 1
name: small
input: [3, 16, 16]
params: {num_classes: 10}
layers:
  conv1: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, bias: false}
  bn1: BatchNorm2d
  relu1: ReLU
  block: {op: DropBlock2d, p: 0.1, block_size: 3, schedule: linear}
  conv2: {op: Conv2d, out_channels: 16, kernel_size: 3, stride: 2, padding: 1}
  relu2: ReLU
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  drop: {op: Dropout, p: 0.3}
  fc: {op: Linear, out_features: num_classes}
"""
"""With all that is random: dropout, DropBlock with a schedule; and statistics."""

RECIPE = """
recipe: 1
data: synthetic
validation: 100
augment:
  - {op: RandomCrop, padding: 2}
  - RandomHorizontalFlip
batch_size: 16
steps: 40
accumulate: 2
optimizer: {op: SGD, lr: 0.1, momentum: 0.9, weight_decay: 5e-4}
no_decay: [biases, norms]
schedule: {op: CosineAnnealingLR, unit: step}
warmup: {steps: 10}
mixup: 0.2
ema: 0.9
label_smoothing: 0.1
clip_norm: 5
l1: 1e-6
checkpoint: {steps: 3, keep: 3}
"""
"""With all that has a state."""


def write_files(folder: Path, spec: str = SPEC, recipe: str = RECIPE) -> list[str]:
    """The spec and the recipe in a folder, as arguments of ``archspec train``."""
    (folder / "net.yaml").write_text(spec)
    (folder / "how.yaml").write_text(recipe)
    return [str(folder / "net.yaml"), "--recipe", str(folder / "how.yaml")]


def train(
    *arguments: str, processes: int = 1, restarts: int = 0, **environment: str
) -> subprocess.Popen[str]:
    """Start ``archspec train`` as users do: alone, or by torchrun."""
    launcher = [sys.executable]
    if processes > 1:
        options = ["--standalone", f"--nproc-per-node={processes}", f"--max-restarts={restarts}"]
        launcher += ["-m", "torch.distributed.run", *options]
    return subprocess.Popen(
        [*launcher, "-m", "archspec", "train", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code and all that was printed."""
    try:
        output, _ = process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, output


def newest(run: Path) -> Mapping[str, Any]:
    """The newest state of a run."""
    import torch

    path = max((run / "checkpoints").glob("step-*.pt"))
    state: Mapping[str, Any] = torch.load(path, weights_only=True)
    return state


def difference(one: Any, other: Any, place: str = "") -> str | None:
    """Where two states are not equal to the bit; None if they are. Times do not count."""
    import torch

    if isinstance(one, dict):
        if list(one) != list(other):
            return f"{place}: keys"
        found = (difference(one[k], other[k], f"{place}/{k}") for k in one if k != "seconds")
        return next((where for where in found if where is not None), None)
    if isinstance(one, Sequence) and not isinstance(one, str):
        pairs = enumerate(zip(one, other, strict=True))
        found = (difference(a, b, f"{place}/{k}") for k, (a, b) in pairs)
        return next((where for where in found if where is not None), None)
    equal = torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other
    return None if equal else f"{place}: {one} and {other}"


DEADLY = """
import importlib, os, pathlib, sys

died = pathlib.Path(__file__).with_name("died")
# torchrun is one, and what it starts has a rank
is_training = "RANK" in os.environ or "torch.distributed.run" not in " ".join(sys.orig_argv)
module, _, path = "{place}".partition(":")
if is_training and os.environ.get("RANK", "0") == "{rank}" and not died.exists():
    holder = importlib.import_module(module)
    *owners, name = path.split(".")
    for owner in owners:
        holder = getattr(holder, owner)
    function, left = getattr(holder, name), {calls}

    def deadly(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            died.touch()
            os.kill(os.getpid(), 9)
        return function(*arguments, **named)

    setattr(holder, name, deadly)
"""
"""A sitecustomize module: one process kills itself, once, when a function is called once more than so
often. In data loading that is the process or its worker."""

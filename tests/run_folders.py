"""Folders of trainings that never happened, for tests of what reads them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any


def record(**changes: Any) -> dict[str, Any]:
    """What a training writes about itself."""
    return {
        "spec": "resnet20_cifar",
        "recipe": "resnet20_cifar10",
        "network": "resnet20_cifar",
        "dataset": "cifar10",
        "classes": ["cat", "dog", "frog"],
        "input": [3, 32, 32],
        "normalize": {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]},
        "processes": 1,
        "archspec": "0.1.0",
        "torch": "2.14.1",
        "command": "archspec train resnet20_cifar --out run",
        **changes,
    }


def metrics(epochs: int, *, per_epoch: int = 5, lost: float = math.inf) -> list[dict[str, Any]]:
    """Lines of the metrics; the loss is no number after so many epochs."""
    lines: list[dict[str, Any]] = []
    for step in range(1, epochs * per_epoch + 1):
        epoch = step / per_epoch
        loss = 0.1 + 2.2 * math.exp(-epoch / 4) if epoch <= lost else math.nan
        top1 = 90 * (1 - math.exp(-epoch / 3))
        common = {"step": step, "epoch": epoch, "loss": loss, "top1": top1, "seconds": 7.5 * step}
        lines.append({"kind": "train", **common, "lr": 0.1 / step, "images_per_second": 400.0})
        if step % per_epoch == 0:
            lines.append({"kind": "test", **common, "top1": top1 - 1, "top5": 99.0})
    return lines


def make_run(folder: Path, lines: list[dict[str, Any]], **changes: Any) -> Path:
    """A folder of a training that was interrupted."""
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(record(**changes)), "utf-8")
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text, "utf-8")
    return folder

"""A study of three small networks, which trains in moments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STUDY = """archspec: 1
name: small
input: [3, 6, 6]
params: {num_classes: 10}
layers:
  conv: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  act: ReLU
  pool: {op: AdaptiveAvgPool2d, output_size: 2}
  flatten: Flatten
  drop: {op: Dropout, p: 0.1}
  fc: {op: Linear, out_features: num_classes}
study: {recipe: how.yaml, seeds: 2}
published: {accuracy: 0.47}
variants:
  tanh: {edits: [{replace: {op: ReLU}, with: Tanh}], published: {accuracy: 0.40, note: from a table}}
  elu: {edits: [{replace: {op: ReLU}, with: ELU}], study: {set: {l1: 1e-5}}}
"""
RECIPE = """recipe: 1
data: synthetic
batch_size: 64
steps: 24
optimizer: {op: SGD, lr: 0.1, momentum: 0.9}
checkpoint: {steps: 4}
"""


def write_study(folder: Path, text: str = STUDY, recipe: str = RECIPE) -> str:
    """The files of a study in a folder; the path of its spec."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "how.yaml").write_text(recipe)
    (folder / "net.yaml").write_text(text)
    return str(folder / "net.yaml")


def measured(out: Path) -> dict[str, Any]:
    """All that the trainings of a study measured but times, to the bit."""
    found: dict[str, Any] = {}
    for run in sorted((out / "runs").glob("*/*")):
        lines = (run / "metrics.jsonl").read_text().splitlines()
        metrics = [json.loads(line) for line in lines]
        for each in metrics:
            each.pop("seconds")
            each.pop("images_per_second", None)
        evaluation = run / "evaluation.json"
        end = evaluation.read_text() if evaluation.exists() else None
        found[str(run.relative_to(out))] = metrics, end
    return found


def make_results(
    folder: Path,
    rows: dict[str, list[float | None]],
    *,
    published: dict[str, dict[str, float]] | None = None,
    points: dict[str, dict[str, Any]] | None = None,
    folds: int | None = None,
) -> Path:
    """The folder of a study that never happened: for each row the accuracy in percent of each seed, with
    folds of each fold of each seed; None for a training that diverged."""
    from archspec.reports.run.evaluation_report import evaluation_json
    from archspec.training.evaluation import Evaluation
    from tests.run_folders import make_run, metrics

    records = []
    for name, accuracies in rows.items():
        record: dict[str, Any] = {
            "name": name,
            "folder": name.replace(" ", "-"),
            "network": name.split()[0],
        }
        record |= {"point": (points or {}).get(name, {}), "steps": 10, "params": 1000, "macs": 5000}
        seeds = list(range(len(accuracies) // (folds or 1)))
        records.append({**record, "seeds": seeds, "published": (published or {}).get(name, {})})
        for k, accuracy in enumerate(accuracies):
            held = f"-fold-{k % folds}" if folds else ""
            run = folder / "runs" / record["folder"] / f"seed-{k // (folds or 1)}{held}"
            lines = metrics(2)
            if folds and accuracy is not None:
                lines[-1] |= {"kind": "validation", "top1": accuracy}
            make_run(run, lines)
            if accuracy is None:
                (run / "not_finite.json").write_text("{}")
                continue
            correct = round(100 * accuracy)
            counted = ((correct, 10_000 - correct), (0, 0))
            found = Evaluation(10_000, 1.5, correct, None, counted, (), ())
            (run / "evaluation.json").write_text(evaluation_json(found, ("a", "b")))
    about: dict[str, Any] = {
        "study": 1,
        "name": "made",
        "spec": "made.yaml",
        "recipe": "how",
        "dataset": "CIFAR-10",
    }
    (folder / "study.json").write_text(json.dumps({**about, "folds": folds, "rows": records}))
    return folder

"""Trainings, a row each: a table, JSON and CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from archspec.escaping import json_text
from archspec.reports.numbers import duration
from archspec.reports.run.runs import Run
from archspec.reports.table import Column, Table, csv

FIELDS: Final = (
    "run",
    "network",
    "recipe",
    "data",
    "state",
    "epochs",
    "best",
    "final",
    "loss",
    "seconds",
)


def run_names(runs: Sequence[Run]) -> list[str]:
    """The folders' names, with as many folders above them as tell them apart."""
    parts = [run.path.resolve().parts for run in runs]
    for depth in range(1, max(map(len, parts), default=1) + 1):
        names = ["/".join(each[-depth:]) for each in parts]
        if len(set(names)) == len(names):
            break
    return names if runs else []


def runs_table(runs: Sequence[Run]) -> Table:
    """A row a training; accuracies are those on test images, else on the held out ones."""
    columns = (
        Column("run"),
        Column("network"),
        Column("recipe", rank=1, missed="recipe"),
        Column("data", rank=2, missed="data"),
        Column("epochs", right=True),
        Column("best", right=True),
        Column("final", right=True),
        Column("loss", right=True),
        Column("time", right=True),
        Column("state"),
    )
    rows = tuple(
        (
            name,
            run.record.network,
            short(run.record.recipe),
            run.record.dataset,
            f"{round(run.epochs, 2):g}",
            _in_percent(run.best),
            _in_percent(run.final),
            f"{run.loss:.4f}" if math.isfinite(run.loss) else "–",
            duration(run.seconds),
            run.state,
        )
        for name, run in zip(run_names(runs), runs, strict=True)
    )
    notes: list[tuple[str, ...]] = [
        ("best", "", "the highest accuracy after an epoch, on held out images if there are some"),
        ("final, loss", "", "of the final weights, on test images if there are some"),
    ]
    for name, run in zip(run_names(runs), runs, strict=True):
        notes += [(name, note) for note in run.notes]
    return Table(columns, rows, notes=tuple(notes))


def short(recipe: str) -> str:
    """The name of a recipe, of a file without its folder."""
    return Path(recipe).name if recipe.endswith((".yaml", ".yml")) else recipe


def _in_percent(value: float) -> str:
    return f"{value:.2f}%" if math.isfinite(value) else "–"


def run_row(name: str, run: Run) -> dict[str, Any]:
    """What the table shows of a training, with all digits."""
    values = (
        name,
        run.record.network,
        run.record.recipe,
        run.record.dataset,
        run.state,
        *map(_finite, (run.epochs, run.best, run.final, run.loss, run.seconds)),
    )
    return dict(zip(FIELDS, values, strict=True))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def runs_json(runs: Sequence[Run]) -> str:
    rows = [json_text(run_row(*each)) for each in zip(run_names(runs), runs, strict=True)]
    return "[\n  " + ",\n  ".join(rows) + "\n]" if rows else "[]"


def runs_csv(runs: Sequence[Run]) -> str:
    rows = (run_row(*each) for each in zip(run_names(runs), runs, strict=True))
    return csv(FIELDS, (tuple(row.values()) for row in rows))

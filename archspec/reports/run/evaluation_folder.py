"""An evaluation in a folder of its own: evaluation.json and a page with pictures of mistakes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.diagnostics import failure
from archspec.graph import Graph
from archspec.reports.run.evaluation_report import evaluation_json
from archspec.reports.run.page import save_page
from archspec.reports.run.runs import Run, RunNormalization, RunRecord
from archspec.training.evaluation import Evaluation
from archspec.training.run_folder import EVALUATION, RUN
from archspec.writing import unwritable, write

if TYPE_CHECKING:
    from archspec.datasets import Images


def check_folder(place: str) -> None:
    """Make the folder. Raises SpecError if it cannot be, or is that of a training."""
    if (Path(place) / RUN).exists():
        message = f"'{place}' is the folder of a training, which has an evaluation of its own"
        raise failure("cannot-write", message, help="-o with another folder")
    try:
        os.makedirs(place, exist_ok=True)
    except OSError as error:
        raise unwritable(f"'{place}'", error) from None


def save_evaluation(
    place: str,
    evaluation: Evaluation,
    graph: Graph,
    names: Sequence[str],
    head: Mapping[str, Any],
    images: Images | None,
) -> None:
    """Write both files. Raises SpecError."""
    folder = Path(place)
    record = RunRecord(
        network=graph.name,
        spec=graph.file,
        dataset=head["dataset"],
        data_folder=head["data_folder"],
        weights=head["weights"],
        classes=tuple(names),
        input=tuple(head["input"]),
        normalize=RunNormalization.model_validate(head["normalize"]),
        command=("archspec", *sys.argv[1:]),
    )
    run = Run(folder, record, (), evaluation, "finished")
    write(evaluation_json(evaluation, names, head).encode(), str(folder / EVALUATION))
    save_page(run, images, graph)

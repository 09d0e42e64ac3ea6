"""What people read of a run, into its folder: the evaluation, the curves, the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from archspec.reports.run.curves import save_curves
from archspec.reports.run.evaluation_report import evaluation_json
from archspec.reports.run.page import save_page
from archspec.reports.run.runs import read_run
from archspec.training.run_folder import EVALUATION
from archspec.writing import write

if TYPE_CHECKING:
    from archspec.training.finish import Outcome


def save_reports(outcome: Outcome) -> None:
    """Write them, and last the evaluation, by which a run is known to be finished. Raises SpecError."""
    run = read_run(outcome.folder)
    if outcome.evaluation is not None:
        run = replace(run, evaluation=outcome.evaluation, state="finished")
    if run.metrics:
        save_curves(run)
    save_page(run, None if outcome.split is None else outcome.split.images)
    if outcome.evaluation is not None:
        text = evaluation_json(outcome.evaluation, run.record.classes)
        write(text.encode(), str(outcome.folder / EVALUATION))

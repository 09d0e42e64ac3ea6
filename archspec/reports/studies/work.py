"""What a process does that trains for a study."""

from __future__ import annotations

from archspec.reports.run.folder import save_reports
from archspec.training.studies.task import Ended, Task, train_task


def train_and_report(task: Task) -> Ended:
    """Train, and write the evaluation, the curves and the page of the training."""
    return train_task(task, save_reports)

"""The results of a study as files in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from archspec.reports.run.plotting import PLOT_FORMATS
from archspec.reports.studies.comparison import RowComparison
from archspec.reports.studies.results import StudyResults
from archspec.reports.studies.results_plot import results_plot
from archspec.reports.studies.results_report import results_csv, results_json, results_table
from archspec.reports.table import markdown
from archspec.writing import write

PLOT: Final = "plot"


def save_results(results: StudyResults, compared: RowComparison, place: str) -> None:
    """Write the table as Markdown, JSON and CSV, and the plot in all formats. Raises SpecError."""
    texts = {
        "results.json": results_json(results, compared),
        "results.csv": results_csv(results),
        "results.md": markdown(results_table(results, compared)),
    }
    for name, text in texts.items():
        write(f"{text}\n".encode(), str(Path(place) / name))
    for format in PLOT_FORMATS:
        write(results_plot(results, format), str(Path(place) / f"{PLOT}.{format}"))

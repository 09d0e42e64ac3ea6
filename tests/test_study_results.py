"""What is made of the trainings of a study: means, orders, choices, plots."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from archspec.reports.studies.comparison import compare_rows
from archspec.reports.studies.results import StudyResults, read_results
from archspec.reports.studies.results_plot import lines_over, varied
from archspec.reports.studies.results_report import results_csv, results_json, results_table
from archspec.reports.table import plain
from tests.study_files import make_results

pytest.importorskip("scipy")
pytest.importorskip("matplotlib")

ACCURACY = {"a": 0.4, "b": 0.5, "c": 0.6, "d": 0.7}
MEASURED: dict[str, list[float | None]] = {
    "a": [60, 61], "b": [65, 64], "c": [70.5, 70], "d": [80, 80.5],
}  # fmt: skip


def results(folder: Path, rows: dict[str, list[float | None]], **options: Any) -> StudyResults:
    return read_results(str(make_results(folder, rows, **options)))


def test_means_and_deviations_are_of_the_finished(tmp_path: Path) -> None:
    found = results(tmp_path, {"a": [60, 62, None], "b": [None, None, None]})
    a, b = found.rows
    assert a.mean("accuracy") == 61
    assert a.deviation("accuracy") == pytest.approx(math.sqrt(2))
    assert math.isnan(b.mean("accuracy"))
    table = plain(results_table(found, compare_rows(found)), 200)
    assert "61.00 ± 1.41" in table
    assert "2, 1 diverged" in table
    assert "0, 3 diverged" in table
    assert found.complete


def test_training_accuracy_is_that_of_the_last_epoch(tmp_path: Path) -> None:
    (row,) = results(tmp_path, {"a": [60]}).rows
    lines = (tmp_path / "runs/a/seed-0/metrics.jsonl").read_text().splitlines()
    train = [each for each in map(json.loads, lines) if each["kind"] == "train"]
    last = [each["top1"] for each in train if each["epoch"] > 1]
    assert len(last) == 5
    assert row.mean("train_accuracy") == pytest.approx(sum(last) / 5)


def order_of(folder: Path, known: dict[str, dict[str, float]]) -> Any:
    from archspec.reports.studies.comparison import rank_correlation

    return rank_correlation(results(folder, MEASURED, published=known))


def test_the_order_is_compared_with_the_published_one(tmp_path: Path) -> None:
    found = order_of(tmp_path / "same", {row: {"accuracy": a} for row, a in ACCURACY.items()})
    assert (found.spearman, found.kendall, found.rows) == (1, 1, 4)
    assert found.spearman_interval == (1, 1)
    known = {row: {"top1_error": 1 - a} for row, a in ACCURACY.items()}
    assert order_of(tmp_path / "errors", known).spearman == 1
    known = {row: {"accuracy": 1 - a} for row, a in ACCURACY.items()}
    assert order_of(tmp_path / "reversed", known).kendall == -1
    known = {"a": {"accuracy": 1}, "b": {"accuracy": 2}}
    assert order_of(tmp_path / "two", known) is None
    known = {row: {"accuracy": 1} for row in ACCURACY}
    assert order_of(tmp_path / "alike", known) is None


def test_an_interval_is_wide_where_seeds_differ_more_than_rows(tmp_path: Path) -> None:
    noisy: dict[str, list[float | None]] = {
        "a": [50, 90], "b": [52, 91], "c": [51, 93], "d": [50, 95]
    }  # fmt: skip
    known = {row: {"accuracy": a} for row, a in ACCURACY.items()}
    from archspec.reports.studies.comparison import rank_correlation

    found = rank_correlation(results(tmp_path, noisy, published=known))
    assert found is not None
    low, high = found.spearman_interval
    assert low < 0 < found.spearman <= high


def test_cross_validation_chooses_by_the_corrected_test(tmp_path: Path) -> None:
    """The statistic of Nadeau and Bengio, computed apart from ours."""
    import numpy as np
    from scipy import stats  # type: ignore[import-untyped]

    from archspec.reports.studies.comparison import choice

    a, b = [80.0, 82, 81, 83, 80, 81], [79.0, 80, 80.5, 81, 79.5, 79]
    found = choice(results(tmp_path, {"b": [*b], "a": [*a]}, folds=3))
    assert found is not None
    assert (found.row, found.other, found.pairs) == ("a", "b", 6)
    differences = np.array(a) - np.array(b)
    plain_t = stats.ttest_rel(a, b).statistic
    corrected = plain_t * math.sqrt((1 / 6) / (1 / 6 + 1 / 2))
    assert found.margin == pytest.approx(differences.mean())
    assert found.margin / found.error == pytest.approx(corrected)
    assert found.p == pytest.approx(2 * stats.t.sf(corrected, 5))
    assert found.seed_deviation == pytest.approx(np.std([81, 81.333333], ddof=1), rel=1e-4)
    read = read_results(str(tmp_path))
    assert "chosen" in plain(results_table(read, compare_rows(read)), 200)


def grid(folder: Path) -> StudyResults:
    rows: dict[str, list[float | None]] = {}
    points: dict[str, dict[str, Any]] = {}
    for network, act in (("plain", "x"), ("norm", "x"), ("norm", "y")):
        for rate in (0.01, 0.1, 1):
            name = f"{network} {act} {rate}"
            rows[name] = [None, None] if network == "plain" and rate == 1 else [70 + rate, 71]
            points[name] = {"optimizer.lr": rate, "act": act}
    return results(folder, rows, points=points)


def test_a_grid_is_a_line_for_each_network_over_its_numbers(tmp_path: Path) -> None:
    found = grid(tmp_path)
    key = varied(found)
    assert key == "optimizer.lr"
    lines = lines_over(found, key)
    assert [line.name for line in lines] == ["plain act=x", "norm act=x", "norm act=y"]
    assert list(lines[0].rows) == [0.01, 0.1, 1]
    assert varied(results(tmp_path / "other", MEASURED)) is None


@pytest.mark.parametrize("format", ["svg", "pdf", "png"])
def test_plots_are_the_same_bytes_again(format: Any, tmp_path: Path) -> None:
    from archspec.reports.studies.results_plot import results_plot

    for found in (grid(tmp_path / "grid"), results(tmp_path / "rows", {**MEASURED, "$e$": [None]})):
        assert results_plot(found, format) == results_plot(found, format)


def test_nothing_measured_yet_is_no_mistake(tmp_path: Path) -> None:
    from archspec.reports.studies.save import save_results

    found = results(tmp_path, {"a": [None], "b": []}, published={"b": {"accuracy": 1}})
    save_results(found, compare_rows(found), str(tmp_path))
    names = {path.name for path in tmp_path.iterdir()}
    assert names > {"results.json", "results.csv", "results.md", "plot.svg", "plot.png", "plot.pdf"}


def test_programs_get_every_training(tmp_path: Path) -> None:
    found = results(tmp_path, {"a": [60, None]}, published={"a": {"accuracy": 0.4}})
    data = json.loads(results_json(found, compare_rows(found)))
    runs = data["rows"][0]["runs"]
    assert [(run["state"], run["accuracy"]) for run in runs] == [
        ("finished", 60),
        ("diverged", None),
    ]
    lines = results_csv(found).splitlines()
    assert lines[1].startswith("a,a,1000,5000,0,,finished,60.0,")
    assert lines[2].startswith("a,a,1000,5000,1,,diverged,,")
    assert lines[1].endswith(",0.4")

"""Folders of trainings: what is read of them, the table of several, and their curves."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.diagnostics import SpecError
from archspec.reports.numbers import duration
from archspec.reports.run.evaluation_report import (
    evaluation_json,
    evaluation_tables,
    read_evaluation,
)
from archspec.reports.run.page import save_page
from archspec.reports.run.runs import find_runs, read_run
from archspec.reports.run.runs_report import runs_table
from archspec.reports.table import plain
from archspec.training.evaluation import CalibrationBin, Evaluation, Mistake
from tests.run_folders import make_run, metrics
from tests.test_laziness import COMMAND, loaded_modules

if TYPE_CHECKING:
    from archspec.datasets import Images
    from archspec.reports.run.plotting import PlotFormat


def evaluation(classes: int = 3, loss: float = 0.25) -> Evaluation:
    """Of ten images a class, of which one is taken for the next class, and two of the last."""
    rows = [[0] * classes for _ in range(classes)]
    for label, row in enumerate(rows):
        wrong = 2 if label == classes - 1 else 1
        row[label], row[(label + 1) % classes] = 10 - wrong, wrong
    correct = 9 * classes - 1
    return Evaluation(
        10 * classes,
        loss,
        correct,
        None if classes < 6 else 10 * classes,
        tuple(map(tuple, rows)),
        (CalibrationBin(10 * classes, correct, 8.0 * classes),),
        (Mistake(4, 0, 1, 0.75),),
    )


def run_archspec(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


# What is read.


def test_a_run_is_what_its_files_say(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "a", metrics(4)))
    assert (run.record.network, run.record.recipe) == ("resnet20_cifar", "resnet20_cifar10")
    assert run.state == "interrupted"
    assert run.epochs == 4
    assert run.seconds == 7.5 * 20
    assert run.best == run.final == run.measured("test")[-1].top1
    assert run.notes == ()


def test_an_evaluation_is_the_end_of_a_run(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "a", metrics(4))
    (folder / "evaluation.json").write_text(evaluation_json(evaluation(), ["a", "b", "c"]))
    run = read_run(folder)
    assert run.state == "finished"
    assert run.evaluation == evaluation()
    assert run.final == 100 * 26 / 30
    assert run.loss == 0.25


def test_a_torn_line_is_a_note(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "a", metrics(2))
    with (folder / "metrics.jsonl").open("a") as stream:
        stream.write('{"kind": "train", "step": 11, "epo')
    run = read_run(folder)
    assert run.epochs == 2
    assert run.notes == ("metrics.jsonl: 1 line cannot be read",)


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "7",
        "null",
        '"x"',
        '{"kind": "train"}',
        '{"kind": "test", "step": 9, "epoch": 1e999}',
        "\x00",
        "[" * 9999,
    ],
)
def test_lines_of_another_form_are_notes(line: str, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "a", metrics(1))
    with (folder / "metrics.jsonl").open("a") as stream:
        stream.write(f"{line}\n")
    assert len(read_run(folder).notes) == 1


def test_steps_that_were_made_again_count_once(tmp_path: Path) -> None:
    """A run that was killed after its fourth epoch goes on from the end of its second."""
    again = [line for line in metrics(6) if line["step"] > 10]
    run = read_run(make_run(tmp_path / "a", [*metrics(4), *again]))
    assert run.metrics == read_run(make_run(tmp_path / "b", metrics(6))).metrics


def test_a_loss_that_is_lost_is_a_failure(tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "a", metrics(4, lost=3)))
    assert run.state == "failed"
    assert math.isnan(run.loss)


def test_a_run_whose_lock_is_held_is_running(tmp_path: Path) -> None:
    from filelock import FileLock

    folder = make_run(tmp_path / "a", metrics(1))
    with FileLock(folder / ".lock"):
        assert read_run(folder).state == "running"
    (folder / ".lock").touch()
    assert read_run(folder).state == "interrupted"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is no folder of a training: it has no run.json"),
        ("{", "is broken: invalid JSON"),
        ("[]", "is broken: "),
        ('{"network": 7}', "is broken: network: input should be a valid string"),
        ("\xff", "is broken: "),
    ],
)
def test_a_broken_record_is_an_error(text: str | None, words: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text, "latin-1")
    with pytest.raises(SpecError) as caught:
        read_run(tmp_path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "bad-run"
    assert words in diagnostic.message


def test_runs_are_found_in_folders_and_below_them(tmp_path: Path) -> None:
    for name in ("b", "a", "deeper/c"):
        make_run(tmp_path / name, metrics(1))
    found, broken = find_runs([str(tmp_path), str(tmp_path / "a"), str(tmp_path / "none")])
    assert [run.path.name for run in found] == ["a", "b", "c"]
    assert len(broken) == 1


# Evaluations.


@pytest.mark.parametrize("classes", [2, 10, 30])
@pytest.mark.parametrize("loss", [0.25, math.nan])
def test_an_evaluation_is_read_as_it_was_written(classes: int, loss: float) -> None:
    written = evaluation(classes, loss)
    text = evaluation_json(written, ["only one name"])
    assert json.loads(text)["classes"][0]["name"] == "only one name"
    assert repr(read_evaluation(text)) == repr(written)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"images": "many"}', "null"])
def test_what_is_no_evaluation_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the caller has words of its own
        read_evaluation(text)


def test_the_table_shows_classes_and_what_they_are_taken_for() -> None:
    classes, confusion = evaluation_tables(evaluation(), ["cat", "dog", "frog"], "title")
    assert classes.rows[2] == ("frog", "10", "8", "80.00%", "cat (2)")
    assert classes.total == ("all", "30", "26", "86.67%", "")
    assert classes.notes[0][:2] == ("top-1", "86.67%")
    assert confusion.rows[0] == ("cat", "9", "1", "·")


def test_of_many_classes_the_worst_are_shown() -> None:
    (table,) = evaluation_tables(evaluation(200), [], "title")
    assert len(table.rows) == 20
    assert table.rows[0][0] == "199"


# Tables.


def test_durations() -> None:
    found = [duration(each) for each in (0.4, 41, 750, 11_100, math.nan)]
    assert found == ["0 s", "41 s", "12 min 30 s", "3 h 05 min", "–"]


def test_names_have_as_many_folders_as_tell_them_apart(tmp_path: Path) -> None:
    for name in ("x/1", "y/1", "y/2"):
        make_run(tmp_path / name, metrics(1))
    found, _ = find_runs([str(tmp_path)])
    assert [row[0] for row in runs_table(found).rows] == ["x/1", "y/1", "y/2"]
    assert "x/1" in plain(runs_table(found))


def test_the_command_gives_a_table_csv_and_json(tmp_path: Path) -> None:
    make_run(tmp_path / "=a", metrics(4))
    make_run(tmp_path / "b", metrics(4, lost=2), network="lenet5")
    shown = run_archspec("runs", str(tmp_path))
    assert shown.exit_code == 0
    assert "interrupted" in shown.stdout
    assert "failed" in shown.stdout
    rows = list(
        csv.DictReader(io.StringIO(run_archspec("runs", str(tmp_path), "--format", "csv").stdout))
    )
    assert [row["run"] for row in rows] == ["'=a", "b"]
    data = json.loads(run_archspec("runs", str(tmp_path), "--format", "json").stdout)
    assert [each["network"] for each in data] == ["resnet20_cifar", "lenet5"]
    assert data[1]["loss"] is None


def test_comparing_imports_nothing_heavy(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "a", metrics(1))
    packages = loaded_modules(COMMAND, "runs", "runs", folder=tmp_path)
    assert packages.isdisjoint({"torch", "numpy", "matplotlib", "PIL", "rich", "yaml"})


def test_a_broken_run_beside_others_is_a_note(tmp_path: Path) -> None:
    make_run(tmp_path / "a", metrics(1))
    make_run(tmp_path / "b", metrics(1))
    (tmp_path / "b" / "run.json").write_text("{")
    shown = run_archspec("runs", str(tmp_path))
    assert shown.exit_code == 0
    assert "is broken" in shown.stderr
    (tmp_path / "a" / "run.json").unlink()
    alone = run_archspec("runs", str(tmp_path))
    assert alone.exit_code == 1
    assert "error[bad-run]" in alone.stderr


# Curves.


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_the_same_runs_give_the_same_curves(suffix: PlotFormat, tmp_path: Path) -> None:
    from archspec.reports.run.curves import compared_curves, run_curves

    make_run(tmp_path / "a", metrics(3))
    make_run(tmp_path / "b_$x$_名", metrics(4, lost=2))
    runs, _ = find_runs([str(tmp_path)])
    assert compared_curves(runs, suffix) == compared_curves(runs, suffix)
    assert run_curves(runs[1], suffix) == run_curves(runs[1], suffix)


@pytest.mark.parametrize("lines", [[], metrics(1, per_epoch=1), metrics(2, lost=0)])
def test_curves_of_little(lines: list[dict[str, Any]], tmp_path: Path) -> None:
    from archspec.reports.run.curves import save_curves

    folder = make_run(tmp_path / "a", lines)
    save_curves(read_run(folder))
    assert (folder / "curves.svg").read_text("utf-8").startswith("<?xml")
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_numbers_of_a_logarithmic_axis_are_numbers(tmp_path: Path) -> None:
    """No formula of TeX: texts of users are none either, so none is set."""
    from matplotlib.figure import Figure

    from archspec.reports.run.curves import Curve, fill_panel

    losses = [{"kind": "train", "step": k, "epoch": k, "loss": 10.0**-k} for k in range(9)]
    run = read_run(make_run(tmp_path / "a", losses))
    figure = Figure()
    ax = figure.subplots()
    fill_panel(ax, "loss", [Curve("training", run.metrics, "convolution-line")])
    assert ax.get_yscale() == "log"
    figure.draw_without_rendering()
    assert {label.get_text() for label in ax.get_yticklabels()} >= {"0.001", "1e-05"}


def test_the_command_draws_all_in_one_plot(tmp_path: Path) -> None:
    make_run(tmp_path / "a", metrics(2))
    place = tmp_path / "curves.svg"
    words = ("runs", str(tmp_path), "-o", str(place))
    assert run_archspec(*words).exit_code == 0
    assert b"<svg" in place.read_bytes()
    assert "exists already" in run_archspec(*words).stderr
    assert run_archspec(*words, "--force").exit_code == 0
    bad = run_archspec("runs", str(tmp_path), "-o", str(tmp_path / "curves.gif"))
    assert bad.exit_code == 2
    assert "the formats are svg, pdf, png" in bad.stderr


# The page.


def page_of(folder: Path, found: Evaluation | None, images: Images | None = None) -> str:
    if found is not None:
        text = evaluation_json(found, read_run(folder).record.classes)
        (folder / "evaluation.json").write_text(text)
    save_page(read_run(folder), images)
    return (folder / "report.html").read_text("utf-8")


def pictures(channels: int, side: int = 8) -> Images:
    import numpy as np

    from archspec.datasets import ArrayImages

    return ArrayImages(np.full((30, channels, side, side), 99, np.uint8))


@pytest.mark.parametrize("classes", [2, 3, 30])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_page_is_one_file_of_all(classes: int, channels: int, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "a", metrics(3))
    (folder / "spec.yaml").write_text("archspec: 1\nextends: lenet5\n")
    page = page_of(folder, evaluation(classes), pictures(channels, 8 if classes < 9 else 400))
    for title in ("What was run", "Curves", "Classes", "Calibration", "mistakes", "The network"):
        assert re.search(f"<h2>.*{title}</h2>", page)
    assert 'alt="image 4"' in page
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    assert page == page_of(
        folder, evaluation(classes), pictures(channels, 8 if classes < 9 else 400)
    )


def test_a_page_is_well_formed(tmp_path: Path) -> None:
    """What is open is closed, in order, whatever the names are."""
    folder = make_run(tmp_path / "a", metrics(1), classes=["<u>&", "\"'", "c" * 99], network="<em>")
    page = page_of(folder, evaluation(), pictures(3))
    assert "<em>" not in page
    assert "<u>" not in page
    opened: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "link", "img", "br"):
                opened.append(tag)

        def handle_startendtag(self, tag: str, attrs: object) -> None: ...

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Reader().feed(page)
    assert opened == []


def test_a_page_of_a_run_that_has_only_begun(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "a", [], normalize=None, classes=[], input=[])
    (folder / "spec.yaml").write_text("no spec")
    (folder / "environment.json").write_text(
        '{"python": "3.13", "gpus": [], "packages": {"a": "1"}}'
    )
    page = page_of(folder, None)
    assert "3.13" in page
    assert "The network cannot be drawn" in page
    assert "<h2>Curves" not in page
    assert "interrupted" in page

"""Studies that are trained: what they leave, how they go on, and what is wrong before they begin."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from archspec.cli import app
from archspec.training.studies.executors.executor import TICK
from archspec.training.studies.executors.local import Local
from archspec.training.studies.task import Ended, Task, Work
from tests.study_files import RECIPE, STUDY, measured, write_study

pytestmark = pytest.mark.torch


def study(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(app, ["study", *arguments])


def trained(spec: str, out: Path, *options: str) -> Result:
    return study(spec, "--train", "--out", str(out), *options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was never interrupted: two rows, one seed."""
    folder = tmp_path_factory.mktemp("study")
    options = ["--only", "tanh", "--only", "elu", "--seeds", "1", "--jobs", "2"]
    result = trained(write_study(folder), folder / "out", *options)
    assert result.exit_code == 0, result.output
    return folder


def test_a_study_leaves_a_folder_for_each_training(whole: Path) -> None:
    runs = sorted(str(path.relative_to(whole / "out")) for path in (whole / "out").glob("runs/*/*"))
    assert runs == ["runs/elu/seed-0", "runs/tanh/seed-0"]
    record = json.loads((whole / "out" / "study.json").read_text())
    assert [row["name"] for row in record["rows"]] == ["tanh", "elu"]
    assert "l1: 1.0e-05" in (whole / "out" / "rows" / "elu" / "recipe.yaml").read_text()


def test_its_trainings_are_those_of_the_command(whole: Path, tmp_path: Path) -> None:
    spec = write_study(tmp_path)
    asked = ["train", f"{spec}:tanh", "--recipe", str(tmp_path / "how.yaml"), "--quiet"]
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    result = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "runs" / "tanh" / "seed-0")])
    torch.set_num_threads(threads)
    assert result.exit_code == 0, result.output
    name = "runs/tanh/seed-0"
    assert measured(tmp_path)[name] == measured(whole / "out")[name]


def test_what_is_finished_is_not_trained_again(whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (whole / "out").glob("runs/*/*/*")}
    started = time.monotonic()
    options = ["--only", "tanh", "--only", "elu", "--seeds", "1"]
    result = trained(str(whole / "net.yaml"), whole / "out", *options)
    assert result.exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in (whole / "out").glob("runs/*/*/*")} == before
    assert time.monotonic() - started < 60 * TICK


def test_results_come_as_a_table_and_for_programs(whole: Path) -> None:
    table = study("--out", str(whole / "out")).output
    assert "published accuracy" in table
    assert "from a table" in table
    data: dict[str, Any] = json.loads(study("--out", str(whole / "out"), "--format", "json").stdout)
    (run,) = data["rows"][0]["runs"]
    evaluation = json.loads((whole / "out/runs/tanh/seed-0/evaluation.json").read_text())
    assert run["accuracy"] == evaluation["top1"]
    assert data["rows"][0]["mean"]["accuracy"] == evaluation["top1"]
    assert data["rows"][0]["deviation"]["accuracy"] is None
    lines = study("--out", str(whole / "out"), "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("row,network,params,macs,seed,fold,state,accuracy")
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("old", "new", "options", "message"),
    [
        ("with: Tanh", "with: Tahn", [], "there is no op or block 'Tahn'"),
        ("l1: 1e-5", "l2: 1e-5", [], "parameter 'l2'"),
        ("l1: 1e-5", "batch_size: 0", [], "batch_size"),
        ("name: small", "name: small", ["--set", "data=nothing"], "nothing"),
        ("recipe: how.yaml, ", "", [], "does not say by which recipe"),
        ("name: small", "name: small", ["--set", "batch_size=100000"], "a step takes 100,000"),
        ("name: small", "name: small", ["--set", "optimizer.lr=fast"], "fast"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_trained(
    old: str, new: str, options: list[str], message: str, tmp_path: Path
) -> None:
    result = trained(write_study(tmp_path, STUDY.replace(old, new)), tmp_path / "out", *options)
    assert result.exit_code in (1, 2)
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = STUDY.replace("with: Tanh", "with: Tahn").replace("l1: 1e-5", "lr: 1")
    result = trained(write_study(tmp_path, text), tmp_path / "out")
    assert "'Tahn'" in result.output
    assert "'lr'" in result.output


@pytest.mark.parametrize(
    ("old", "new", "recipe", "options", "message"),
    [
        ("with: Tanh", "with: SiLU", RECIPE, [], "the spec of tanh has changed"),
        (
            "name: small",
            "name: small",
            RECIPE.replace("0.9", "0.8"),
            [],
            "the recipe of elu has changed",
        ),
        ("name: small", "name: small", RECIPE, ["--folds", "3"], "the number of folds"),
        ("name: small", "name: small", RECIPE, ["--threads", "2"], "the number of threads"),
    ],
)
def test_the_folder_of_another_study_is_left_alone(
    old: str, new: str, recipe: str, options: list[str], message: str, whole: Path, tmp_path: Path
) -> None:
    before = (whole / "out" / "study.json").read_bytes()
    spec = write_study(tmp_path, STUDY.replace(old, new), recipe)
    result = trained(spec, whole / "out", "--only", "tanh", "--only", "elu", *options)
    assert result.exit_code == 1
    assert message in " ".join(result.output.split())
    assert (whole / "out" / "study.json").read_bytes() == before


def test_words_about_a_network_may_change(whole: Path, tmp_path: Path) -> None:
    text = STUDY.replace("name: small", "name: small\ndescription: Other words").replace(
        "0.40", "0.41"
    )
    options = ["--only", "tanh", "--seeds", "1", "--format", "json"]
    result = trained(write_study(tmp_path, text), whole / "out", *options)
    assert result.exit_code == 0, result.output
    assert '"accuracy": 0.41' in result.stdout


@pytest.mark.parametrize(
    ("name", "message"),
    [("run.json", "the folder of one training"), ("notes.txt", "is not the folder of a study")],
)
def test_a_folder_of_something_else_is_left_alone(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("mine")
    result = trained(write_study(tmp_path), tmp_path / "out")
    assert result.exit_code == 1
    assert message in " ".join(result.output.split())
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_a_report_is_of_the_study_that_is_named(whole: Path) -> None:
    result = study(str(whole / "net.yaml"), "--out", str(whole / "out"))
    assert result.exit_code == 0
    result = study("activations", "--out", str(whole / "out"))
    assert result.exit_code == 1
    assert "is the folder of the study net" in result.output


def test_options_of_training_need_it(tmp_path: Path) -> None:
    assert study("activations", "--seeds", "3").exit_code == 2
    assert study("activations", "--train").exit_code == 2
    assert study("--out", str(tmp_path)).exit_code == 1


def test_wrong_executors_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = write_study(tmp_path)
    assert trained(spec, tmp_path / "out", "--executor", "slurm").exit_code == 2
    monkeypatch.setitem(sys.modules, "ray", None)
    result = trained(spec, tmp_path / "out", "--executor", "ray")
    assert result.exit_code == 2
    assert "archspec-nn[ray]" in result.output
    assert not (tmp_path / "out").exists()


class Failing:
    """An executor whose first training fails, and whose second one is stopped."""

    def run(self, tasks: Sequence[Task], work: Work, stopped: object) -> Iterator[Ended | None]:
        yield None
        yield Ended(tasks[0], "failed", "no room\x1b[2J")
        yield Ended(tasks[1], "stopped")


def test_what_fails_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archspec.training.studies.start._executor", lambda *_: Failing())
    result = trained(write_study(tmp_path), tmp_path / "out", "--seeds", "1")
    assert result.exit_code == 1
    assert "small, seed 0 failed: no room" in result.output
    assert "tanh, seed 0: stopped and saved" in result.output
    assert "the same command goes on" in result.output
    assert "\x1b" not in result.output
    record = json.loads((tmp_path / "out" / "study.json").read_text())
    assert [row["seeds"] for row in record["rows"]] == [[0], [0], [0]]
    trained(str(tmp_path / "net.yaml"), tmp_path / "out", "--seeds", "3", "--only", "elu")
    record = json.loads((tmp_path / "out" / "study.json").read_text())
    assert [row["seeds"] for row in record["rows"]] == [[0], [0], [0, 1, 2]]


def test_each_fold_and_seed_is_a_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks: list[Task] = []

    class Noting:
        def run(self, asked: Sequence[Task], work: Work, stopped: object) -> Iterator[None]:
            tasks.extend(asked)
            yield None

    monkeypatch.setattr("archspec.training.studies.start._executor", lambda *_: Noting())
    options = ["--folds", "2", "--seeds", "2", "--only", "tanh", "--set", "seed=7"]
    assert trained(write_study(tmp_path), tmp_path / "out", *options).exit_code == 0
    assert [Path(task.run).relative_to(tmp_path / "out/runs/tanh").name for task in tasks] == [
        "seed-7-fold-0", "seed-7-fold-1", "seed-8-fold-0", "seed-8-fold-1",
    ]  # fmt: skip
    assert tasks[3].settings == {"seed": 8, "validation": {"folds": 2, "fold": 1}}
    assert "fold" not in (tmp_path / "out/rows/tanh/recipe.yaml").read_text()


def dies(task: Task) -> Ended:
    os.kill(os.getpid(), signal.SIGKILL)
    return Ended(task, "finished")


@pytest.mark.slow
def test_a_process_that_is_always_killed_is_given_up(tmp_path: Path) -> None:
    task = Task("a, seed 0", "row", str(tmp_path / "run"), 0, None, None, None, 10)
    found = [each for each in Local(1).run([task], dies, lambda: 0) if each is not None]
    (ended,) = found
    assert (ended.state, ended.problem) == ("failed", "its process was killed by SIGKILL, 3 times")


def test_what_is_wrong_with_all_rows_is_said_once(tmp_path: Path) -> None:
    recipe = RECIPE.replace("steps: 24\n", "")
    result = trained(write_study(tmp_path, recipe=recipe), tmp_path / "out")
    assert result.output.count("error[bad-recipe]") == 1
    text = STUDY.replace("l1: 1e-5", "batch_size: 100000")
    result = trained(write_study(tmp_path, text), tmp_path / "out")
    assert result.output.count("error[bad-recipe]") == 1
    assert "a step takes 100,000 pictures" in result.output

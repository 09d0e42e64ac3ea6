"""Studies that are killed, stopped, or lose a process: they go on, and end with the same bits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from tests.study_files import RECIPE, STUDY, measured, write_study
from tests.training_runs import ROOT

pytestmark = pytest.mark.torch

LONG = RECIPE.replace("steps: 24", "steps: 500").replace("{steps: 4}", "{steps: 10}")
WILD = f"{STUDY}  wild: {{study: {{set: {{optimizer.lr: 1e38}}}}}}\n"
"""With a row whose loss is soon no number."""
PATIENCE = 120.0
ROWS = ("tanh", "elu", "wild")


def start(folder: Path, out: str, *options: str, **environment: str) -> subprocess.Popen[str]:
    """A study of three rows, as a user starts it."""
    command = ["study", str(folder / "net.yaml"), "--train", "--out", str(folder / out)]
    only = [option for row in ROWS for option in ("--only", row)]
    return subprocess.Popen(
        [sys.executable, "-m", "archspec", *command, "--seeds", "1", *only, *options],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    last = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < last, "it takes too long"
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)


def newest(out: Path, row: str) -> int:
    """The step of the newest state of a row."""
    states = (out / "runs" / row / "seed-0" / "checkpoints").glob("step-*.pt")
    return max((int(path.stem[5:]) for path in states), default=0)


def trains(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of a study that train."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study that was never interrupted, in ``whole``."""
    folder = tmp_path_factory.mktemp("study")
    write_study(folder, WILD, LONG)
    code, output = finish(start(folder, "whole", "--jobs", "2"))
    assert code == 0, output
    assert "wild, seed 0: diverged: the loss is not finite at step" in output
    return folder


@pytest.mark.slow
def test_whatever_kills_it_the_next_call_goes_on(whole: Path) -> None:
    out, again = whole / "out", start(whole, "out")
    wait_for(lambda: newest(out, "tanh") >= 50, again)
    (worker,) = trains(again)
    worker.kill()  # begun again by the study
    wait_for(lambda: newest(out, "elu") >= 50, again)
    (worker,) = trains(again)
    again.kill()
    again.communicate()
    before = (out / "runs/tanh/seed-0/evaluation.json").stat().st_mtime_ns

    again = start(whole, "out")  # while the orphan may still be saving
    reached = newest(out, "elu")
    wait_for(lambda: newest(out, "elu") > reached + 20, again)
    assert not psutil.pid_exists(worker.pid)
    again.send_signal(signal.SIGINT)
    code, output = finish(again)
    assert code == 130, output
    assert "elu, seed 0: stopped and saved" in output

    code, output = finish(start(whole, "out"))
    assert code == 0, output
    assert measured(out) == measured(whole / "whole")
    assert (out / "runs/tanh/seed-0/evaluation.json").stat().st_mtime_ns == before


def test_what_has_diverged_is_a_result(whole: Path) -> None:
    data = json.loads((whole / "whole" / "results.json").read_text())
    states = {row["name"]: [run["state"] for run in row["runs"]] for row in data["rows"]}
    assert states == {"tanh": ["finished"], "elu": ["finished"], "wild": ["diverged"]}
    lost = whole / "whole/runs/wild/seed-0/not_finite.json"
    before = lost.stat().st_mtime_ns
    code, output = finish(start(whole, "whole"))
    assert code == 0
    assert "goes on: 3 of them have ended before" in output
    assert lost.stat().st_mtime_ns == before


@pytest.mark.slow
def test_ray_survives_a_killed_worker_with_the_same_results(whole: Path) -> None:
    pytest.importorskip("ray")
    with TemporaryDirectory() as place:  # of pytest's own the paths are too long for sockets
        _with_a_killed_worker(whole, HOME=place, RAY_TMPDIR=place, RAY_ADDRESS="")
    assert measured(whole / "ray") == measured(whole / "whole")


def _with_a_killed_worker(whole: Path, **environment: str) -> None:
    study = start(whole, "ray", "--executor", "ray", "--jobs", "2", **environment)
    wait_for(lambda: newest(whole / "ray", "elu") >= 50, study)
    workers = [
        each
        for each in psutil.Process(study.pid).children(recursive=True)
        if each.is_running() and "ray::elu, seed 0" in " ".join(each.cmdline())
    ]
    assert workers
    for worker in workers:
        worker.kill()
    code, output = finish(study)
    assert code == 0, output

"""Studies that are killed at random moments, again and again, and must end as if nothing had been.

    python -m tests.random_study_kills 20 --seed 0

At a moment drawn by the seed the study, or one of its trainings, or all of them are killed by SIGKILL; the
next call begins at once. What had ended must not be made again, and all that was measured must be, to the
bit, that of a study which was never interrupted.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.study_files import RECIPE, STUDY, measured, write_study
from tests.training_runs import ROOT

LONG = RECIPE.replace("steps: 24", "steps: 400").replace("{steps: 4}", "{steps: 7}")


def start(folder: Path, out: str) -> subprocess.Popen[bytes]:
    command = ["study", str(folder / "net.yaml"), "--train", "--out", str(folder / out), "-q"]
    return subprocess.Popen(
        [sys.executable, "-m", "archspec", *command, "--jobs", "2"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )


def endings(out: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in out.glob("runs/*/*/evaluation.json")}


def kill(study: subprocess.Popen[bytes], number: random.Random) -> str:
    """Kill what the moment has, and say what."""
    try:
        children = psutil.Process(study.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return "nothing"
    what = number.choice(("study", "training", "all"))
    victims = [psutil.Process(study.pid)] if what != "training" else []
    if what == "all":
        victims += children
    elif what == "training" and children:
        victims.append(number.choice(children))
    for victim in victims:
        try:
            victim.kill()
        except psutil.NoSuchProcess:
            continue
    return what


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kills", type=int, nargs="?", default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    number, wrong, kills, rounds = random.Random(arguments.seed), 0, 0, 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_study(folder, STUDY, LONG)
        began = time.monotonic()
        assert start(folder, "whole").wait() == 0
        whole = time.monotonic() - began
        while kills < arguments.kills:
            rounds += 1
            out, code = folder / f"out{rounds}", -1
            while code != 0:
                before = endings(out)
                study = start(folder, out.name)
                if kills < arguments.kills:
                    time.sleep(number.uniform(0.05, 0.8) * whole)
                    kills += 1
                    print(f"{kills}: {kill(study, number)}, {len(endings(out))} ended", flush=True)
                code = study.wait()
                after = endings(out)
                if any(after[path] != when for path, when in before.items()):
                    print("a training that had ended was made again")
                    wrong += 1
            if measured(out) != measured(folder / "whole"):
                print(f"round {rounds} has measured something else")
                wrong += 1
    print(f"{kills} kills in {rounds} studies, {wrong} wrong")
    return wrong


if __name__ == "__main__":
    sys.exit(main())

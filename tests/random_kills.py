"""Trainings that are killed at random, and must end as if nothing had been.

    python -m tests.random_kills 30 --seed 0

Each case has one to three processes. One of them, chosen by the seed, kills itself with SIGKILL in
data loading, in the backward pass, when gradients are exchanged, or while a state is written. The run is
resumed, and all of its state is compared with that of a run that was never interrupted.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.training_runs import DEADLY, RECIPE, ROOT, difference, finish, newest, train, write_files

PLACES = {
    "archspec.training.pictures.batches:Pictures.__getitem__": 40,
    "archspec.training.loop:_backward": 40,
    "archspec.training.loop:update": 40,
    "archspec.training.processes:Processes.any": 40,
    "torch.distributed:all_reduce": 40,
    "archspec.training.run_folder:os.fsync": 16,
    "archspec.training.run_folder:os.replace": 16,
}
"""Where a process can kill itself, and the greatest number of calls before."""


def case(number: random.Random, folder: Path, whole: dict[int, Path]) -> str | None:
    """What was not equal; None if all was."""
    count = number.choice((1, 2, 3))
    place = number.choice(list(PLACES))
    calls = number.randrange(1, PLACES[place])
    rank = 0 if "run_folder" in place else number.randrange(count)  # the first one writes
    run = folder / "run"
    (folder / "sitecustomize.py").write_text(DEADLY.format(place=place, calls=calls, rank=rank))
    arguments = [*write_files(folder), "--out", str(run), "--workers", str(number.choice((0, 1)))]
    arguments += ["--set", "accumulate=1"]
    process = train(*arguments, processes=count, PYTHONPATH=f"{folder}:{ROOT}")
    code, output = finish(process)
    (folder / "sitecustomize.py").unlink()
    died = (folder / "died").exists()
    print(
        f"{count} processes, rank {rank}, {place} call {calls}: {'killed' if died else 'ended'}",
        end="",
    )
    if died:
        has_begun = (run / "run.json").exists()
        again = ["--resume", str(run)] if has_begun else arguments
        code, output = finish(train(*again, processes=count))
    if code:
        return output
    return difference(newest(whole[count] / "run"), newest(run))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="?", default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    number, wrong = random.Random(arguments.seed), 0
    with tempfile.TemporaryDirectory() as place:
        whole = {}
        for count in (1, 2, 3):
            whole[count] = Path(place) / f"whole{count}"
            whole[count].mkdir()
            files = write_files(whole[count], recipe=RECIPE)
            options = ["--out", str(whole[count] / "run"), "--set", "accumulate=1"]
            code, output = finish(train(*files, *options, processes=count))
            assert code == 0, output
        for index in range(arguments.cases):
            folder = Path(place) / f"case{index}"
            folder.mkdir()
            problem = case(number, folder, whole)
            print("" if problem is None else f"\n{problem}", flush=True)
            wrong += problem is not None
    print(f"{arguments.cases} cases, {wrong} wrong")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())

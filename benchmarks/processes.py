"""Whole processes, timed from outside: wall seconds and the peak of their memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

_CHILD = (
    "import resource, subprocess, sys, time\n"
    "start = time.perf_counter()\n"
    "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)\n"
    "seconds = time.perf_counter() - start\n"
    "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024\n"
    "print(seconds, peak, done.returncode)\n"
    "sys.stderr.write(done.stderr.decode()[-500:])\n"
)


@dataclass(frozen=True)
class Cost:
    seconds: float
    mebibytes: float


def cost(command: Sequence[str]) -> Cost:
    """One run. Raises RuntimeError if it fails."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *command], capture_output=True, text=True, check=True
    )
    seconds, mebibytes, code = done.stdout.split()
    if code != "0":
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr}")
    return Cost(float(seconds), float(mebibytes))


def interleave(commands: Mapping[str, Sequence[str]], runs: int) -> dict[str, Cost]:
    """Medians of all commands, run in turn, after one round that is not counted."""
    found: dict[str, list[Cost]] = {name: [] for name in commands}
    for round_number in range(runs + 1):
        for name, command in commands.items():
            measured = cost(command)
            if round_number:
                found[name].append(measured)
    return {
        name: Cost(median(c.seconds for c in costs), median(c.mebibytes for c in costs))
        for name, costs in found.items()
    }


def table(costs: Mapping[str, Cost], unit: str) -> None:
    """A row each, with the ratio to the one called ``unit``."""
    width = max(map(len, costs))
    print(f"{'':{width}}  seconds  {'÷ ' + unit:>16}     MiB")
    for name, measured in costs.items():
        ratio = measured.seconds / costs[unit].seconds
        print(f"{name:{width}}  {measured.seconds:7.3f}  {ratio:16.3f}  {measured.mebibytes:6.0f}")

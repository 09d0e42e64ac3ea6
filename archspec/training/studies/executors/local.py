"""Trainings on this machine, each in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, final

from archspec.training.studies.executors.executor import MAX_RETRIES, TICK
from archspec.training.studies.task import Ended, Task, Work

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

GRACE: Final = 20.0
"""Seconds that a training has to save its state after its study has died."""


@final
@dataclass(frozen=True, slots=True)
class _Child:
    task: Task
    process: SpawnProcess
    slot: int


@final
class Local:
    """So many processes side by side; one that is killed is begun again."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def run(
        self, tasks: Sequence[Task], work: Work, stopped: Callable[[], int]
    ) -> Iterator[Ended | None]:
        waiting, lost = deque(tasks), Counter[Task]()
        running: dict[connection.Connection, _Child] = {}
        try:
            while running or (waiting and not stopped()):
                while waiting and len(running) < self.jobs and not stopped():
                    slots = set(range(self.jobs)) - {child.slot for child in running.values()}
                    pipe, child = _start(waiting.popleft(), work, min(slots))
                    running[pipe] = child
                if stopped():
                    for child in running.values():
                        _interrupt(child.process)
                ready = connection.wait(list(running), timeout=TICK)
                for pipe in [each for each in running if each in ready]:
                    child = running.pop(pipe)
                    ended = _end(pipe, child)
                    if ended is None and not stopped() and lost[child.task] < MAX_RETRIES:
                        lost[child.task] += 1
                        waiting.appendleft(child.task)
                    else:
                        yield ended or _lost(child, stopped())
                yield None
        finally:
            for child in running.values():
                child.process.kill()
                child.process.join()


def _start(task: Task, work: Work, slot: int) -> tuple[connection.Connection, _Child]:
    """A process that trains, and the pipe that ends with it."""
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_train, args=(there, task, work, slot), name=task.name)
    with _signals_wait():
        process.start()
    there.close()
    return here, _Child(task, process, slot)


def _end(pipe: connection.Connection, child: _Child) -> Ended | None:
    """What a process has sent at its end; None if it was killed."""
    try:
        ended: Ended | None = pipe.recv()
    except (EOFError, OSError):
        ended = None
    child.process.join()
    pipe.close()
    return ended


def _lost(child: _Child, stopped: int) -> Ended:
    if stopped:
        return Ended(child.task, "stopped")
    code = child.process.exitcode or 0
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    return Ended(child.task, "failed", f"its process {how}, {MAX_RETRIES + 1} times")


def _interrupt(process: SpawnProcess) -> None:
    """Ask to save and to stop; once it has noticed, further signals are ignored."""
    if process.pid is not None and process.is_alive():
        os.kill(process.pid, signal.SIGINT)


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Hold SIGINT back, here and in a process that is started meanwhile."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# In the process that trains.


def _train(pipe: connection.Connection, task: Task, work: Work, slot: int) -> None:
    os.setsid()  # Ctrl-C of the terminal reaches the study only, which asks its trainings to stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_end_with_parent, daemon=True).start()
    _silence()
    _choose_gpu(slot)
    pipe.send(work(task))


def _end_with_parent() -> None:
    """If the study is killed, save and stop; then its next call may go on at once."""
    parent: Any = parent_process()
    connection.wait([parent.sentinel])
    last = monotonic() + GRACE
    while monotonic() < last:
        os.kill(os.getpid(), signal.SIGINT)
        sleep(TICK)
    os._exit(1)


def _silence() -> None:
    """What a training prints would tear the progress of the study."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    nothing = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nothing, number)


def _choose_gpu(slot: int) -> None:
    """Trainings side by side take turns with the GPUs, if there are some."""
    import torch

    if torch.cuda.is_available():
        os.environ["LOCAL_RANK"] = str(slot % torch.cuda.device_count())

"""Trainings on a Ray cluster: that of RAY_ADDRESS, or one that is started on this machine."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, final

from archspec.diagnostics import failure
from archspec.training.studies.executors.executor import MAX_RETRIES, TICK
from archspec.training.studies.task import Ended, Task, Work


def require_ray() -> Any:
    """The module. Raises SpecError where it is not installed."""
    try:
        return import_module("ray")
    except ImportError:
        message = "the executor 'ray' needs Ray, which is not installed"
        raise failure("bad-option", message, help="pip install 'archspec-nn[ray]'") from None


@final
class Ray:
    """Ray tasks, each of which begins in a fresh process. Ray begins them again elsewhere when a worker
    or its machine is lost; they then go on from their newest state."""

    def __init__(self, jobs: int | None, threads: int, *, gpu: bool) -> None:
        self.jobs, self.threads, self.gpu = jobs, threads, gpu

    def run(
        self, tasks: Sequence[Task], work: Work, stopped: Callable[[], int]
    ) -> Iterator[Ended | None]:
        ray = require_ray()
        with self._cluster(ray):
            remote = ray.remote(
                num_cpus=self.threads,
                num_gpus=int(self.gpu),
                max_calls=1,
                max_retries=MAX_RETRIES,
            )(work)
            waiting = deque(tasks)
            running: dict[Any, Task] = {}
            cancelled: set[Any] = set()
            while running or (waiting and not stopped()):
                while waiting and not stopped() and len(running) < (self.jobs or len(tasks)):
                    task = waiting.popleft()
                    running[remote.options(name=task.name).remote(task)] = task
                for reference in running.keys() - cancelled if stopped() else ():
                    ray.cancel(reference)  # SIGINT in its process: it saves and stops
                    cancelled.add(reference)
                done, _ = ray.wait(list(running), timeout=TICK)
                for reference in done:
                    yield _end(ray, reference, running.pop(reference), stopped())
                yield None

    @contextmanager
    def _cluster(self, ray: Any) -> Iterator[None]:
        """A connection to the cluster; nothing is asked for if there is one already."""
        if ray.is_initialized():
            yield
            return
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
        if not os.environ.get("RAY_ADDRESS"):
            cores = self.jobs * self.threads if self.jobs else None
            options |= {"num_cpus": cores, "include_dashboard": False}
        try:
            ray.init(**options)
        except (OSError, RuntimeError, ValueError) as error:
            message = f"Ray cannot be reached: {str(error).splitlines()[0]}"
            raise failure("bad-option", message, help="RAY_ADDRESS names a cluster") from None
        try:
            yield
        finally:
            ray.shutdown()


def _end(ray: Any, reference: Any, task: Task, stopped: int) -> Ended:
    """How a task ended, which may have been lost more often than it is begun again."""
    try:
        ended: Ended = ray.get(reference)
    except ray.exceptions.RayError as error:
        if stopped:
            return Ended(task, "stopped")
        return Ended(task, "failed", f"{type(error).__name__}: {str(error).splitlines()[0]}")
    return ended

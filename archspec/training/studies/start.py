"""From what a user asks of a study to its trainings: those that are left."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, final

import torch

from archspec.diagnostics import Diagnostic, SpecError
from archspec.training.loop import noticing_signals
from archspec.training.processes import Processes, processes
from archspec.training.resume import changes_of
from archspec.training.run_folder import RECIPE, SPEC
from archspec.training.studies.check import CheckedRow, check, is_elsewhere
from archspec.training.studies.executors.executor import Executor
from archspec.training.studies.executors.local import Local
from archspec.training.studies.executors.ray import Ray, require_ray
from archspec.training.studies.folder import (
    RowRecord,
    StudyFolder,
    StudyRecord,
    ending,
    folder_names,
    steps_made,
)
from archspec.training.studies.request import StudyRequest
from archspec.training.studies.rows import Plan, plan
from archspec.training.studies.task import Ended, Task, Work


class StudyWatcher(Protocol):
    """Whoever shows how a study goes."""

    def checks(self, row: str) -> None: ...
    def begins(self, title: str, tasks: Sequence[Task]) -> None: ...
    def goes_on(self, steps: int) -> None: ...
    def ended(self, ended: Ended) -> None: ...
    def note(self, text: str) -> None: ...


@final
@dataclass(frozen=True)
class StudyOutcome:
    """How the trainings of a study ended."""

    stopped: int = 0
    """The signal that stopped it; 0 if there was none."""
    failed: tuple[Ended, ...] = ()
    """Trainings that ended before their time, other than by diverging."""


def train_study(request: StudyRequest, work: Work, watcher: StudyWatcher) -> StudyOutcome:
    """Make the trainings of a study that have not ended.

    Raises SpecError before the first of them if anything is wrong with any.
    """
    if request.executor == "ray":
        require_ray()
    folder = StudyFolder(Path(request.out))
    folder.require_free()
    if request.data is None and folder.is_study():
        request = replace(request, data=folder.record().data_folder)
    planned = plan(request)
    with processes("cpu" if is_elsewhere(request) else request.device) as group:
        rows = check(request, planned, group, watcher.checks)
        with folder.locked():
            record = _open(request, planned, rows, folder)
            tasks = list(_tasks(request, record, folder, planned))
            watcher.begins(_title(record, planned), tasks)
            left = [task for task in tasks if ending(Path(task.run)) is None]
            if not left:
                return StudyOutcome()
            for note in (
                *dict.fromkeys(n for row in rows for n in row.notes),
                *_notes(request, left),
            ):
                watcher.note(note)
            return _run(_executor(request, group), left, tasks, work, watcher)


def _run(
    executor: Executor, left: list[Task], tasks: list[Task], work: Work, watcher: StudyWatcher
) -> StudyOutcome:
    """Run what is left. What has ended is counted once, what runs is looked at again and again."""
    failed: list[Ended] = []
    pending = dict.fromkeys(left, 0)
    made = sum(task.steps for task in tasks if task not in pending)
    with noticing_signals() as stopped:
        for ended in executor.run(left, work, stopped):
            if ended is not None:
                pending.pop(ended.task, None)
                made += ended.task.steps if ended.state != "stopped" else 0
                failed += [ended] if ended.state == "failed" else []
                watcher.ended(ended)
            else:
                pending = {task: steps_made(Path(task.run)) for task in pending}
            watcher.goes_on(made + sum(pending.values()))
        return StudyOutcome(stopped(), tuple(failed))


def _executor(request: StudyRequest, group: Processes) -> Executor:
    if request.executor == "local":
        return Local(request.jobs or 1)
    gpu = request.device == "cuda" or group.device.type == "cuda"
    return Ray(request.jobs, request.threads, gpu=gpu)


def _notes(request: StudyRequest, left: Sequence[Task]) -> Iterator[str]:
    """What the user may want to do otherwise."""
    cores = os.cpu_count() or 1
    used = (request.jobs or 1) * request.threads
    more = min(len(left), cores // request.threads)
    on_cpu = request.device == "cpu" or not torch.cuda.is_available()
    if request.executor == "local" and on_cpu and used < cores and more > (request.jobs or 1):
        are = "is" if used == 1 else "are"
        yield f"{used} of {cores} cores {are} used; --jobs {more} uses more, with the same results"


def _title(record: StudyRecord, planned: Plan) -> str:
    """What is trained, in a line."""
    rows = [row for row in record.rows if row.name in planned.chosen]
    seeds = planned.seeds
    each = f"{seeds} {'seed' if seeds == 1 else 'seeds'}"
    folds = f" × {record.folds} folds" if record.folds else ""
    many = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}"
    return f"{record.name}: {many} × {each}{folds}, on {record.data}"


# The folder.


def _open(
    request: StudyRequest, planned: Plan, rows: Sequence[CheckedRow], folder: StudyFolder
) -> StudyRecord:
    """Make the folder of a study, or add to the one that is there. Raises SpecError if it is that of
    another study."""
    old = folder.record() if folder.is_study() else None
    if old is not None:
        _require_same(request, planned, rows, old, folder)
    known = {row.name: row for row in old.rows} if old else {}
    wanted = [row.planned.name for row in rows]
    names = folder_names({name: row.folder for name, row in known.items()}, wanted)
    for row in rows:
        if row.planned.name not in known:
            folder.write_row(names[row.planned.name], row.files)
    now = {row.planned.name: _row_record(row, planned, names, known) for row in rows}
    order = [row.name for row in planned.rows]
    merged = {**known, **now}
    ordered = sorted(merged, key=lambda name: order.index(name) if name in order else len(order))
    record = _record(request, planned, rows, tuple(merged[name] for name in ordered))
    folder.write_record(record)
    return record


def _row_record(
    row: CheckedRow, planned: Plan, names: dict[str, str], known: dict[str, RowRecord]
) -> RowRecord:
    name = row.planned.name
    before = known[name].seeds if name in known else ()
    seeds = range(row.first_seed, row.first_seed + planned.seeds)
    return RowRecord(
        name=name,
        folder=names[name],
        network=row.planned.network,
        point=dict(row.planned.point),
        seeds=tuple(sorted({*before, *seeds})),
        steps=row.steps,
        params=row.params,
        macs=row.macs,
        changes=row.changes,
        published=row.published,
        note=row.note,
    )


def _record(
    request: StudyRequest, planned: Plan, rows: Sequence[CheckedRow], records: tuple[RowRecord, ...]
) -> StudyRecord:
    return StudyRecord(
        name=planned.name,
        description=planned.description,
        cite=planned.cite,
        spec=request.spec,
        recipe=", ".join(dict.fromkeys(row.recipe for row in rows)),
        dataset=rows[0].dataset,
        dataset_title=rows[0].dataset_title,
        data_folder=None if request.data is None else str(Path(request.data).resolve()),
        folds=planned.folds,
        threads=request.threads,
        archspec=version("archspec-nn"),
        torch=torch.__version__,
        command=" ".join(["archspec", *sys.argv[1:]]),
        rows=records,
    )


def _require_same(
    request: StudyRequest,
    planned: Plan,
    rows: Sequence[CheckedRow],
    old: StudyRecord,
    folder: StudyFolder,
) -> None:
    """Raises SpecError with all in which the study of a folder is another one."""
    help = f"it was begun by '{old.command}'; name another folder with --out"
    found: list[str] = []
    pairs: list[tuple[str, Any, Any]] = [
        ("the study", old.name, planned.name),
        ("the data set", old.dataset, rows[0].dataset),
        ("the number of folds", old.folds or "none", planned.folds or "none"),
        ("the number of threads", old.threads, request.threads),
    ]
    found += [
        f"{what} in '{folder.path}' is {was}, and not {now}"
        for what, was, now in pairs
        if was != now
    ]
    known = {row.name: row for row in old.rows}
    for row in rows if old.name == planned.name else ():
        name = row.planned.name
        if name in known:
            before = folder.read_row(known[name].folder, row.files)
            for file, text in row.files.items():
                what = {SPEC: "spec", RECIPE: "recipe"}.get(file, f"part '{file}'")
                found += changes_of(before[file], text, f"{what} of {name}", "the study")
    if found:
        raise SpecError([Diagnostic("bad-run", message, help=help) for message in found])


def _tasks(
    request: StudyRequest, record: StudyRecord, folder: StudyFolder, planned: Plan
) -> Iterator[Task]:
    """The trainings that are asked for: all rows with their first seed, then with the next."""
    rows = [row for row in record.rows if row.name in planned.chosen]
    folds: list[int | None] = list(range(record.folds)) if record.folds else [None]
    for number in range(max(len(row.seeds) for row in rows)):
        for fold in folds:
            for row in rows:
                if number < len(row.seeds):
                    yield _task(request, record, folder, row, row.seeds[number], fold)


def _task(
    request: StudyRequest,
    record: StudyRecord,
    folder: StudyFolder,
    row: RowRecord,
    seed: int,
    fold: int | None,
) -> Task:
    held = "" if fold is None else f", fold {fold}"
    return Task(
        name=f"{row.name}, seed {seed}{held}",
        row=str(folder.row(row.folder).resolve()),
        run=str(folder.run(row.folder, seed, fold).resolve()),
        seed=seed,
        fold=fold,
        folds=record.folds,
        data=record.data_folder,
        steps=row.steps,
        device=request.device,
        threads=request.threads,
        workers=request.workers,
        force=request.force,
    )

"""Everything that can be wrong with a study, found before anything is trained."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, final

import yaml

from archspec.analyses.diff import changes, summary
from archspec.analyses.study import WORDS
from archspec.datasets import Dataset
from archspec.diagnostics import Diagnostic, SpecError, failure
from archspec.language.program import Written
from archspec.recipe.load import load_recipe
from archspec.recipe.model import Recipe
from archspec.text import Origin, Source
from archspec.training.fitting.memory import require_memory
from archspec.training.prepare import Setting, prepare
from archspec.training.processes import Processes
from archspec.training.request import TrainingRequest
from archspec.training.run_folder import RECIPE, SPEC
from archspec.training.start import setting_of
from archspec.training.studies.request import StudyRequest
from archspec.training.studies.rows import Plan, PlannedRow
from archspec.workspace.standalone import files_of_parts, standalone
from archspec.workspace.workspace import Workspace

MAX_CHANGES: Final = 6
"""Kinds of changes of a network that a row lists."""


@final
@dataclass(frozen=True)
class CheckedRow:
    """A row that can be trained: all that it is made of, as text."""

    planned: PlannedRow
    files: dict[str, str]
    """The spec and the recipe, resolved; and the files of the spec's parts."""
    params: int
    macs: int
    steps: int
    recipe: str
    """The name of its recipe."""
    first_seed: int
    changes: str
    dataset: str
    """The name of the data set."""
    dataset_title: str
    notes: tuple[str, ...]
    """What was fitted to the data."""

    @property
    def published(self) -> dict[str, Any]:
        found = self.planned.text.published
        return {name: value for name, value in found.items() if name not in WORDS}

    @property
    def note(self) -> str | None:
        note = self.planned.text.published.get("note")
        return None if note is None else str(note)


def check(
    request: StudyRequest, plan: Plan, group: Processes, seen: Callable[[str], None]
) -> list[CheckedRow]:
    """The rows that are asked for, each as far as its first step. ``seen`` is called with the name of
    each. Raises SpecError with all that is wrong with any of them."""
    opened: dict[str | None, Dataset] = {}
    found: list[CheckedRow] = []
    problems: list[tuple[str, Diagnostic]] = []
    for row in plan.rows:
        if row.name not in plan.chosen:
            continue
        seen(row.name)
        try:
            found.append(_checked(request, plan, row, group, opened))
        except SpecError as error:
            problems += [(row.name, each) for each in error.diagnostics]
    if problems:
        raise SpecError(_once(problems, len(plan.chosen)))
    titles = sorted({row.dataset for row in found})
    if len(titles) > 1:
        message = f"the rows of the study are trained on different data: {', '.join(titles)}"
        raise failure("bad-data", message, help="one study, one data set")
    return found


def _checked(
    request: StudyRequest,
    plan: Plan,
    row: PlannedRow,
    group: Processes,
    opened: dict[str | None, Dataset],
) -> CheckedRow:
    """One row, prepared as its training will be."""
    asked = _training(request, plan, row)
    data = load_recipe(asked.recipe or "", asked.of_recipe).recipe.data
    setting = setting_of(asked, group, opened.get(data))
    if data != "synthetic":
        opened[data] = setting.dataset
    if not request.force and not is_elsewhere(request):
        require_memory(setting.graph, setting.recipe, group, request.jobs or 1)
    parts = prepare(setting)
    if not parts.evaluators:
        message = f"{setting.dataset.title} has no test pictures, and none are held out"
        raise failure("bad-data", message, help="--set validation=0.1, or --folds 5")
    return CheckedRow(
        row,
        _files(setting, load_recipe(row.recipe, _of_recipe(row)).recipe),
        setting.graph.at("inference").total_params,
        setting.graph.at("inference").total_macs,
        parts.course.steps,
        setting.recipe.name,
        setting.recipe.seed,
        _changes(row, plan),
        setting.dataset.name,
        setting.dataset.title,
        parts.notes,
    )


def is_elsewhere(request: StudyRequest) -> bool:
    """Whether other machines train, whose memory is not known here."""
    return request.executor == "ray" and bool(os.environ.get("RAY_ADDRESS"))


def _training(request: StudyRequest, plan: Plan, row: PlannedRow) -> TrainingRequest:
    """The first training of a row."""
    settings = dict(row.settings)
    if plan.folds:
        held = {"folds": plan.folds, "fold": 0}
        settings["validation"] = Written(
            held, Origin(Source("--folds", str(plan.folds), data=held))
        )
    return TrainingRequest(
        spec=row.reference,
        recipe=row.recipe,
        data=request.data,
        settings=settings,
        workers=request.workers,
        device=request.device,
        force=request.force,
    )


def _of_recipe(row: PlannedRow) -> dict[str, Written[Any]]:
    return TrainingRequest(settings=row.settings).of_recipe


def _files(setting: Setting, recipe: Recipe) -> dict[str, str]:
    """What a row is made of. Words about it do not count: they may change while it is trained."""
    program = replace(setting.fitted.program, description=None, cite=None)
    silent = recipe.model_copy(update={"description": None, "cite": None, "networks": ()})
    return {
        **files_of_parts(setting.fitted.program),
        SPEC: standalone(program),
        RECIPE: yaml.safe_dump(silent.to_data(), sort_keys=False),
    }


def _changes(row: PlannedRow, plan: Plan) -> str:
    """What makes the network another one than that of the study's file."""
    workspace = Workspace()
    base, graph = workspace.graph(str(plan.path)), workspace.graph(row.reference)
    found = summary(changes(base, graph))
    more = f", and {len(found) - MAX_CHANGES} more" if len(found) > MAX_CHANGES else ""
    return ", ".join(map(str, found[:MAX_CHANGES])) + more


def _once(problems: Iterable[tuple[str, Diagnostic]], rows: int) -> list[Diagnostic]:
    """Each problem once; those of some rows only with their names, unless they show their place."""
    of: dict[tuple[Any, ...], list[str]] = {}
    first: dict[tuple[Any, ...], Diagnostic] = {}
    for name, each in problems:
        key = (each.code, each.message, str(each.span))  # each row reads the files anew
        of.setdefault(key, []).append(name)
        first.setdefault(key, each)
    return [
        each
        if each.labels or len(of[key]) == rows
        else replace(each, message=f"{', '.join(of[key][:3])}: {each.message}")
        for key, each in first.items()
    ]

"""A run that goes on: its own files, its newest state, and what has changed since it began."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import yaml

from archspec.datasets import Dataset, open_dataset, synthetic
from archspec.diagnostics import Diagnostic, SpecError, failure
from archspec.elaborate import elaborate
from archspec.recipe.load import load_recipe
from archspec.training.fitting.spec import Fitted, fit
from archspec.training.prepare import Setting, pipeline, shape_of
from archspec.training.processes import Processes, restarts
from archspec.training.request import TrainingRequest
from archspec.training.run_folder import RECIPE, RUN, SPEC, RunFolder
from archspec.training.session import Session
from archspec.training.watching.watchers import Watcher
from archspec.workspace.settings import settings_of
from archspec.workspace.standalone import standalone
from archspec.workspace.workspace import Workspace

FORCE: Final = "--force ignores that, and goes on with '{}'"


def resumed(request: TrainingRequest, folder: RunFolder, group: Processes) -> Setting:
    """What an old run is made of, by its own files. Raises SpecError if the user's say otherwise."""
    run = folder.read_json(RUN)
    written = load_recipe(str(folder.path / RECIPE))
    if written.recipe.data == "synthetic":
        channels, height, width = run["input"]
        dataset = synthetic((channels, height, width), len(run["classes"]))
    else:
        folder_of_data = request.data or run["data_folder"]
        dataset = open_dataset(written.recipe.data, folder_of_data, ("train", "test"))
    program = Workspace().program(str(folder.path / SPEC))
    fitted = Fitted(elaborate(program), program)
    if not request.force:
        group.on_main(lambda: _require_unchanged(request, folder, run, dataset, group))
    # Where nothing had been saved the run begins as it began.
    weights = None if folder.checkpoints() else run["weights"]
    return Setting(fitted, written, dataset, group, request.workers, weights)


def go_on(session: Session, folder: RunFolder, watcher: Watcher) -> None:
    """Load the newest state that is whole."""
    group = session.setting.processes
    state, broken = folder.latest()
    for path in broken:
        watcher.note(f"'{path}' is damaged, and is passed over")
    if state is None:
        watcher.note("no state had been saved: the run begins again")
        group.on_main(lambda: folder.forget_after(0))
        return
    group.on_main(lambda: folder.mend_best(state))
    session.resume(state)
    watcher.note(f"goes on after step {state['step']:,}")


def _require_unchanged(
    request: TrainingRequest,
    folder: RunFolder,
    run: Mapping[str, Any],
    dataset: Dataset,
    group: Processes,
) -> None:
    """Raises SpecError if the spec or the recipe has become another one since the run began."""
    if run.get("processes") != group.count and restarts() == 0:
        raise failure(
            "bad-run",
            f"the run has {run.get('processes')} processes, and now there are {group.count}",
            help="with another number the weights become others; --force goes on all the same",
        )
    found: list[Diagnostic] = []
    for name, now in _written_now(request, folder, run, dataset):
        found += [
            Diagnostic("bad-run", change, help=FORCE.format(folder.path / name))
            for change in changes_of(folder.read_text(name), now, Path(name).stem)
        ]
    if found:
        raise SpecError(found)


def _written_now(
    request: TrainingRequest, folder: RunFolder, run: Mapping[str, Any], dataset: Dataset
) -> Iterator[tuple[str, str]]:
    """The spec and the recipe as the user's files have them now, as far as they are still there."""
    settings = {**settings_of(run["settings"]), **request.settings}
    asked = replace(
        request,
        spec=request.spec or run["spec"],
        recipe=request.recipe or run["recipe"],
        settings=settings,
        input=request.input or run["input_option"],
    )
    assert asked.spec is not None
    assert asked.recipe is not None
    written = load_recipe(str(folder.path / RECIPE))
    with _unless_gone(request.recipe):
        written = load_recipe(asked.recipe, asked.of_recipe)
        yield RECIPE, yaml.safe_dump(written.recipe.to_data(), sort_keys=False)
    with _unless_gone(request.spec):
        shape = pipeline(written, train=False).output_shape(shape_of(dataset))
        fitted = fit(asked.spec, asked.of_spec, asked.input, shape, len(dataset.classes))
        yield SPEC, standalone(fitted.program)


@contextmanager
def _unless_gone(asked: str | None) -> Iterator[None]:
    """A file of the first call may be gone; one that is named now may not."""
    try:
        yield
    except SpecError as error:
        if asked is not None or {each.code for each in error.diagnostics} != {"not-found"}:
            raise


def changes_of(old: str, new: str, what: str, began: str = "the run") -> Iterator[str]:
    """Each stretch of lines that has changed since something began, in a sentence."""
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for _, a, b, c, d in (each for each in matcher.get_opcodes() if each[0] != "equal"):
        was, now = (_on_one_line(lines) for lines in (before[a:b], after[c:d]))
        if was and now:
            yield f"the {what} has changed since {began} began: '{was}' is now '{now}'"
        elif now:
            yield f"the {what} has changed since {began} began: '{now}' is new"
        else:
            yield f"the {what} has changed since {began} began: '{was}' is gone"


def _on_one_line(lines: Sequence[str]) -> str:
    return "; ".join(line.strip() for line in lines)

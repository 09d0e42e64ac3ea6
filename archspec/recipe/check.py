"""What a recipe's keys must be to each other."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Label, SpecError
from archspec.recipe.model import Folds, Recipe
from archspec.recipe.part import Entries
from archspec.recipe.schedules import OneCycleLR


def check(recipe: Recipe, entries: Entries) -> None:
    """Raises SpecError with all that does not go together."""
    found = []
    for key, message, help in _problems(recipe):
        at = entries[key].origin if key in entries else entries["name"].origin
        found.append(Diagnostic("bad-recipe", message, (Label(at.value),), help))
    if found:
        raise SpecError(found)


def _problems(recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """The key to blame, what is wrong, what to do."""
    if (recipe.epochs is None) == (recipe.steps is None):
        key = "steps" if recipe.steps else "name"
        yield key, "a run has a length in either 'epochs' or 'steps'", "epochs: 90"
    yield from _schedule_problems(recipe)
    yield from _validation_problems(recipe.validation)
    if len(recipe.normalize.mean) != len(recipe.normalize.std):
        yield (
            "normalize",
            "'mean' and 'std' have different numbers of channels",
            "one number a channel",
        )
    if recipe.checkpoint.epochs and recipe.checkpoint.steps:
        yield "checkpoint", "'epochs' and 'steps' exclude each other", "checkpoint: {epochs: 1}"
    for step in recipe.op_schedules:
        if step.op is None and step.path is None:
            yield (
                "op_schedules",
                "a schedule of an argument needs 'op' or 'path'",
                "{op: DropBlock2d, ...}",
            )


def _validation_problems(validation: int | float | Folds | None) -> Iterator[tuple[str, str, str]]:
    if isinstance(validation, Folds) and validation.fold >= validation.folds:
        last = validation.folds - 1
        yield (
            "validation",
            f"fold {validation.fold} of {validation.folds}",
            f"they are counted from 0 to {last}",
        )
    if isinstance(validation, float) and not 0 < validation < 1:
        yield (
            "validation",
            f"a part of {validation:g} cannot be held out",
            "0.1, or how many pictures: 5000",
        )
    if isinstance(validation, int) and validation < 1:
        yield (
            "validation",
            f"{validation} pictures cannot be held out",
            "leave it out to train on all",
        )


def _schedule_problems(recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    schedule, warmup = recipe.schedule, recipe.warmup
    if schedule is not None:
        length = recipe.epochs if schedule.unit == "epoch" else recipe.steps
        last = schedule.last()
        if length is not None and last is not None and last > length:
            name, unit = type(schedule).__name__, f"{schedule.unit}s"
            yield (
                "schedule",
                f"{name} is longer than the run: {last:,} of {length:,} {unit}",
                f"'unit' is what it counts in; the run has {length:,} {unit}",
            )
    if warmup is None:
        return
    if (warmup.epochs is None) == (warmup.steps is None):
        yield (
            "warmup",
            "a warm-up has a length in either 'epochs' or 'steps'",
            "warmup: {epochs: 5}",
        )
    if isinstance(schedule, OneCycleLR):
        yield "warmup", "OneCycleLR begins with a warm-up of its own", "its length is 'pct_start'"
    lengths: list[tuple[float | None, int | None]] = [
        (warmup.epochs, recipe.epochs),
        (warmup.steps, recipe.steps),
    ]
    for part, whole in lengths:
        if part is not None and whole is not None and part >= whole:
            problem = f"the warm-up is as long as the run: {part:g} of {whole:,}"
            yield "warmup", problem, "make it shorter"

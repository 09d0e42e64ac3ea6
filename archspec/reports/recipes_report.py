"""The shipped recipes: a table and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archspec.escaping import json_text
from archspec.reports.table import Column, Table

if TYPE_CHECKING:
    from archspec.recipe.model import Recipe


def recipes_table(recipes: Sequence[Recipe]) -> Table:
    """A row a recipe, with what it was written for."""
    columns = (
        Column("name"),
        Column("data"),
        Column("length", right=True),
        Column("batch", right=True),
        Column("optimizer", rank=2, missed="optimizers"),
        Column("networks", wraps=True, rank=1, missed="networks"),
        Column("description", wraps=True, rank=3, missed="descriptions"),
    )
    return Table(columns, tuple(map(_row, recipes)), notes=((f"{len(recipes)} recipes",),))


def _row(recipe: Recipe) -> tuple[str, ...]:
    return (
        recipe.name,
        recipe.data or "",
        length(recipe),
        str(recipe.batch_size),
        f"{type(recipe.optimizer).__name__} {recipe.optimizer.lr:g}",
        ", ".join(recipe.networks),
        " ".join((recipe.description or "").split()),
    )


def length(recipe: Recipe) -> str:
    """``90 epochs`` or ``64,000 steps``."""
    if recipe.steps is not None:
        return f"{recipe.steps:,} steps"
    return "1 epoch" if recipe.epochs == 1 else f"{recipe.epochs:,} epochs"


def recipes_json(recipes: Sequence[Recipe]) -> str:
    """What each recipe says, without defaults."""
    return json_text([recipe.to_data() for recipe in recipes], indent=2)

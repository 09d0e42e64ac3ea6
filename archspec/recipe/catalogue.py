"""The shipped recipes, as a list shows them."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import failure, near
from archspec.recipe.load import load_recipe, shipped_recipes
from archspec.recipe.model import Recipe
from archspec.workspace.zoo import is_match


def entries(pattern: str | None = None) -> list[Recipe]:
    """The recipes whose name, data, networks or description has the pattern in it, or whose name
    matches it as a glob; all without one. Raises SpecError if there is none."""
    found = [recipe for recipe in _all() if pattern is None or _matches(recipe, pattern)]
    if pattern is not None and not found:
        raise failure(
            "not-found",
            f"no recipe matches '{pattern}'",
            help=near(pattern, shipped_recipes()) or "'archspec recipes' lists all",
        )
    return found


def written_for(network: str | None) -> list[Recipe]:
    """The recipes that name a network; all if none does."""
    return [recipe for recipe in _all() if network in recipe.networks] or list(_all())


def _all() -> Iterator[Recipe]:
    for name in shipped_recipes():
        yield load_recipe(name).recipe


def _matches(recipe: Recipe, pattern: str) -> bool:
    texts = (recipe.data or "", recipe.description or "", *recipe.networks)
    return is_match(pattern, recipe.name, *texts)

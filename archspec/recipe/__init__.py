"""Recipes: how a network is trained, as YAML that is checked like a spec."""

from archspec.recipe.load import WrittenRecipe, load_recipe
from archspec.recipe.model import Recipe

__all__ = ["Recipe", "WrittenRecipe", "load_recipe"]

"""JSON Schema of recipes, with which an editor completes and checks one while it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from archspec.language.schema import DRAFT
from archspec.recipe.augmentations import AUGMENTATIONS
from archspec.recipe.model import NORMALIZE, RECIPE_VERSION, Recipe
from archspec.recipe.optimizers import OPTIMIZERS
from archspec.recipe.part import OP, RecipePart
from archspec.recipe.schedules import SCHEDULES


def recipe_schema() -> dict[str, Any]:
    """The schema of a recipe file."""
    whole = Recipe.model_json_schema()
    properties = whole["properties"]
    properties["optimizer"] = _one_of(OPTIMIZERS)
    properties["schedule"] = _one_of(SCHEDULES)
    for key in ("transform", "augment"):
        properties[key] = {"type": "array", "items": _one_of(AUGMENTATIONS)}
    own = {"anyOf": [{"enum": list(NORMALIZE)}, {"$ref": "#/$defs/Normalize"}]}
    properties["normalize"] = own
    properties["recipe"] = {"description": "the version of recipes", "const": RECIPE_VERSION}
    properties["extends"] = {
        "description": "the recipe that this one is a change of: a file, or a shipped one",
        "type": "string",
    }
    del whole["required"]
    return {
        "$schema": DRAFT,
        **whole,
        "title": "archspec recipe",
        "anyOf": [{"required": ["recipe", "batch_size", "optimizer"]}, {"required": ["extends"]}],
    }


def recipe_schema_json() -> str:
    return json.dumps(recipe_schema(), indent=2, ensure_ascii=False)


def _one_of(classes: Mapping[str, type[RecipePart]]) -> dict[str, Any]:
    """The name of a class, or its name with arguments."""
    return {"anyOf": [{"enum": list(classes)}, *(_call(cls) for cls in classes.values())]}


def _call(cls: type[RecipePart]) -> dict[str, Any]:
    form = cls.model_json_schema()
    name = {OP: {"const": cls.__name__}}
    return {**form, "properties": {**name, **form["properties"]}, "required": [OP]}

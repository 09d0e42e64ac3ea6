"""What a user asks of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from archspec.language.program import Written
from archspec.recipe.load import is_recipe_key
from archspec.training.processes import DeviceName


@final
@dataclass(frozen=True)
class TrainingRequest:
    """What a user asks for."""

    spec: str | None = None
    recipe: str | None = None
    data: str | None = None
    out: str | None = None
    resume: str | None = None
    settings: Mapping[str, Written[Any]] = field(default_factory=dict)
    input: list[int] | None = None
    weights: str | None = None
    workers: int | None = None
    device: DeviceName = "auto"
    force: bool = False
    tensorboard: bool = False

    @property
    def of_recipe(self) -> dict[str, Written[Any]]:
        return {name: value for name, value in self.settings.items() if is_recipe_key(name)}

    @property
    def of_spec(self) -> dict[str, Written[Any]]:
        return {name: value for name, value in self.settings.items() if not is_recipe_key(name)}

"""What changes the weights: the optimizer of a recipe, its parameter groups, its learning rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import torch
from torch import nn
from torch.optim import lr_scheduler

from archspec.analyses.freezing import matching, proposal
from archspec.diagnostics import failure
from archspec.graph import Graph
from archspec.op.base import Role
from archspec.recipe.load import WrittenRecipe
from archspec.recipe.model import Recipe
from archspec.recipe.schedules import OneCycleLR, ReduceLROnPlateau, Schedule


def freeze(module: nn.Module, graph: Graph, written: WrittenRecipe) -> list[nn.Module]:
    """Take the frozen layers' parameters out of training. Returns those layers: their statistics
    stay as they are, too. Raises SpecError for globs that match nothing."""
    frozen = []
    for glob in written.recipe.freeze:
        for path in matched(glob, graph, written, "freeze"):
            if graph.nodes[path].op.is_tensor:
                module.get_parameter(path).requires_grad_(False)
                continue
            layer = module.get_submodule(path)
            layer.requires_grad_(False)
            frozen.append(layer)
    return frozen


def matched(glob: str, graph: Graph, written: WrittenRecipe, key: str) -> list[str]:
    """Paths of the layers with weights that a glob matches, or that are in a part that it matches."""
    weighted = [node.path for node in graph.layers if node.cost.parameters or node.cost.buffers]
    found = matching(glob, weighted)
    if not found:
        at = written.at(key)
        raise failure(
            "bad-recipe",
            f"'{glob}' matches no layer with weights",
            at=at.value if at else None,
            help=proposal(glob, weighted),
        )
    return found


def parameter_groups(
    module: nn.Module, graph: Graph, written: WrittenRecipe
) -> list[dict[str, Any]]:
    """Groups of equal learning rate and weight decay, in the order in which they first occur."""
    recipe = written.recipe
    factors = _lr_factors(graph, written)
    norms = {node.path for node in graph.layers if node.op.role is Role.NORM}
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            path, _, tensor = name.rpartition(".")
            kind = "norms" if path in norms else "biases" if tensor == "bias" else None
            group = factors.get(path, 1.0), kind not in recipe.no_decay
            groups.setdefault(group, []).append(parameter)
    if not groups:
        at = written.at("freeze")
        raise failure("bad-recipe", "nothing is left that learns", at=at.value if at else None)
    return [
        {
            "params": parameters,
            "lr": recipe.optimizer.lr * factor,
            "weight_decay": recipe.optimizer.weight_decay if decays else 0.0,
        }
        for (factor, decays), parameters in groups.items()
    ]


def _lr_factors(graph: Graph, written: WrittenRecipe) -> Mapping[str, float]:
    """The factor of the learning rate by path; the last glob that matches holds."""
    return {
        path: factor
        for glob, factor in written.recipe.lr_factors.items()
        for path in matched(glob, graph, written, "lr_factors")
    }


def make_optimizer(recipe: Recipe, groups: Sequence[dict[str, Any]]) -> torch.optim.Optimizer:
    options = dict(recipe.optimizer)
    cls = getattr(torch.optim, type(recipe.optimizer).__name__)
    made: torch.optim.Optimizer = cls(groups, **options)
    return made


@final
class LearningRates:
    """The schedule of a recipe, after a warm-up. Both multiply the rates that groups began with."""

    def __init__(
        self, optimizer: torch.optim.Optimizer, recipe: Recipe, steps: int, per_epoch: int
    ) -> None:
        self._optimizer = optimizer
        self._warmup = _warmup(optimizer, recipe, per_epoch)
        self._schedule = recipe.schedule
        self._scheduler: Any = None
        if recipe.schedule is not None:
            self._scheduler = _scheduler(optimizer, recipe.schedule, steps, per_epoch)

    @property
    def first(self) -> float:
        """The learning rate of the first group."""
        return float(self._optimizer.param_groups[0]["lr"])

    def after_step(self) -> None:
        if self._warmup is not None:
            self._warmup.step()
        if self._schedule is not None and self._schedule.unit == "step":
            self._scheduler.step()

    def after_epoch(self, error: float) -> None:
        """The error of the validation, in percent, is what ReduceLROnPlateau goes by."""
        if isinstance(self._schedule, ReduceLROnPlateau):
            self._scheduler.step(error)
        elif self._schedule is not None and self._schedule.unit == "epoch":
            self._scheduler.step()

    def state_dict(self) -> dict[str, Any]:
        parts = {"warmup": self._warmup, "schedule": self._scheduler}
        return {name: part.state_dict() for name, part in parts.items() if part is not None}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        for name, part in (("warmup", self._warmup), ("schedule", self._scheduler)):
            if part is not None:
                part.load_state_dict(state[name])


def _warmup(optimizer: torch.optim.Optimizer, recipe: Recipe, per_epoch: int) -> Any:
    warmup = recipe.warmup
    if warmup is None:
        return None
    steps = warmup.steps or max(1, round((warmup.epochs or 0) * per_epoch))
    return lr_scheduler.LinearLR(optimizer, warmup.start_factor, total_iters=steps)


def _scheduler(
    optimizer: torch.optim.Optimizer, schedule: Schedule, steps: int, per_epoch: int
) -> Any:
    """torch's own, with the run's length where it is not given."""
    options = {key: value for key, value in schedule if key != "unit"}
    length = steps if schedule.unit == "step" else max(1, steps // per_epoch)
    for name in ("T_max", "total_iters"):
        if name in options and options[name] is None:
            options[name] = length
    if isinstance(schedule, OneCycleLR):
        first, *_ = (group["lr"] for group in optimizer.param_groups)
        options["total_steps"] = steps
        options["max_lr"] = [
            schedule.max_lr * (group["lr"] / first if first else 1)
            for group in optimizer.param_groups
        ]
        options["cycle_momentum"] &= any(key in optimizer.defaults for key in ("momentum", "betas"))
    return getattr(lr_scheduler, type(schedule).__name__)(optimizer, **options)

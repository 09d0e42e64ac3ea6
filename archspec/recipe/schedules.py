"""The schedules of the learning rate that a recipe can name: those of torch.optim.lr_scheduler."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from archspec.recipe.part import RecipePart

Factor = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Unit = Literal["epoch", "step"]


class Schedule(RecipePart):
    """What every schedule has."""

    unit: Unit = "epoch"
    """What it counts in: it changes the learning rate after each epoch, or after each step."""

    def last(self) -> int | None:
        """The latest epoch or step that it names; None if it names none."""
        return None


class StepLR(Schedule):
    """Times gamma every ``step_size`` epochs."""

    step_size: Count
    gamma: Factor = 0.1

    def last(self) -> int:
        return self.step_size


class MultiStepLR(Schedule):
    """Times gamma at each milestone."""

    milestones: Annotated[tuple[Count, ...], Field(min_length=1)]
    gamma: Factor = 0.1

    def last(self) -> int:
        return max(self.milestones)


class ExponentialLR(Schedule):
    """Times gamma after each epoch."""

    gamma: Factor


class LinearLR(Schedule):
    """From ``start_factor`` to ``end_factor`` of the learning rate in a straight line."""

    start_factor: Factor = 1 / 3
    end_factor: Annotated[float, Field(ge=0)] = 1.0
    total_iters: Count | None = None
    """By default to the end of the run."""

    def last(self) -> int | None:
        return self.total_iters


class PolynomialLR(Schedule):
    """(1 − t / total_iters) to the power."""

    total_iters: Count | None = None
    """By default to the end of the run."""
    power: Factor = 1.0

    def last(self) -> int | None:
        return self.total_iters


class CosineAnnealingLR(Schedule):
    """Half a cosine down to ``eta_min`` (Loshchilov and Hutter 2016, https://arxiv.org/abs/1608.03983)."""

    T_max: Count | None = None
    """By default to the end of the run."""
    eta_min: Annotated[float, Field(ge=0)] = 0.0

    def last(self) -> int | None:
        return self.T_max


class CosineAnnealingWarmRestarts(Schedule):
    """Cosines one after the other, each T_mult as long as the one before."""

    T_0: Count
    T_mult: Count = 1
    eta_min: Annotated[float, Field(ge=0)] = 0.0

    def last(self) -> int:
        return self.T_0


class OneCycleLR(Schedule):
    """Up to ``max_lr`` and down again, over all steps (Smith and Topin 2017, https://arxiv.org/abs/1708.07120)."""

    unit: Literal["step"] = "step"
    max_lr: Factor
    pct_start: Annotated[float, Field(gt=0, lt=1)] = 0.3
    anneal_strategy: Literal["cos", "linear"] = "cos"
    cycle_momentum: bool = True
    base_momentum: Annotated[float, Field(ge=0, lt=1)] = 0.85
    max_momentum: Annotated[float, Field(ge=0, lt=1)] = 0.95
    div_factor: Factor = 25.0
    final_div_factor: Factor = 10000.0
    three_phase: bool = False


class ReduceLROnPlateau(Schedule):
    """Times ``factor`` when the validation error has not fallen for more than ``patience`` epochs: AlexNet's and
    VGG's "when the error stops improving"."""

    unit: Literal["epoch"] = "epoch"
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    patience: Annotated[int, Field(ge=0)] = 10
    threshold: Annotated[float, Field(ge=0)] = 1e-4
    cooldown: Annotated[int, Field(ge=0)] = 0
    min_lr: Annotated[float, Field(ge=0)] = 0.0


SCHEDULES: Final[dict[str, type[Schedule]]] = {
    cls.__name__: cls
    for cls in (
        StepLR,
        MultiStepLR,
        ExponentialLR,
        LinearLR,
        PolynomialLR,
        CosineAnnealingLR,
        CosineAnnealingWarmRestarts,
        OneCycleLR,
        ReduceLROnPlateau,
    )
}


class Warmup(RecipePart):
    """The learning rate grows in a straight line, step by step, before the schedule begins."""

    epochs: Annotated[float, Field(gt=0)] | None = None
    steps: Count | None = None
    start_factor: Annotated[float, Field(gt=0, le=1)] = 0.01

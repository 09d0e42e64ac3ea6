"""A recipe: how a network is trained, as one frozen value."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, final

from pydantic import Field, SerializeAsAny

from archspec.recipe.optimizers import Fraction, Optimizer, Rate
from archspec.recipe.part import RecipePart
from archspec.recipe.schedules import Count, Factor, Schedule, Warmup

RECIPE_VERSION: Final = 1

Numbers = Annotated[tuple[float, ...], Field(min_length=1, max_length=64)]


@final
class Normalize(RecipePart):
    """Pixels from 0 to 1, minus the mean, divided by the standard deviation, channel by channel."""

    mean: Numbers
    std: Annotated[tuple[Factor, ...], Field(min_length=1, max_length=64)]


NORMALIZE: Final = {
    "none": Normalize(mean=(0.0,), std=(1.0,)),
    "imagenet": Normalize(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    "cifar10": Normalize(mean=(0.4914, 0.4822, 0.4465), std=(0.2470, 0.2435, 0.2616)),
    "cifar100": Normalize(mean=(0.5071, 0.4865, 0.4409), std=(0.2673, 0.2564, 0.2762)),
    "mnist": Normalize(mean=(0.1307,), std=(0.3081,)),
    "fashion_mnist": Normalize(mean=(0.2860,), std=(0.3530,)),
}
"""What is usual for a data set, by its name."""


@final
class Folds(RecipePart):
    """k-fold cross-validation: the training pictures in equal parts, one of them held out."""

    folds: Annotated[int, Field(ge=2, le=100)]
    fold: Annotated[int, Field(ge=0)] = 0


@final
class OpSchedule(RecipePart):
    """An argument of layers that changes in a straight line over the run: DropBlock's probability."""

    op: str | None = None
    path: str | None = None
    argument: str
    start: float
    end: float


@final
class Checkpoints(RecipePart):
    """When the state of a run is saved, and how many states are kept beside the best."""

    epochs: Count | None = None
    steps: Count | None = None
    keep: Count = 3


@final
class Recipe(RecipePart):
    """How a network is trained."""

    name: str = Field("recipe", description="what the lists of recipes and runs call it")
    description: str | None = Field(None, description="what it is for, in a sentence")
    cite: str | None = Field(None, description="the paper or the source that it follows")
    networks: tuple[str, ...] = Field((), description="the networks that it was written for")

    data: str | None = Field(None, description="the data set; by default what the folder holds")
    validation: int | float | Folds | None = Field(
        None,
        description="training pictures that are held out: how many, which part, or {folds, fold}",
    )
    train_size: Count | None = Field(
        None, description="how many training pictures to learn from; all that are not held out"
    )
    normalize: Normalize = Field(
        NORMALIZE["none"], description="the name of a data set, or {mean: [...], std: [...]}"
    )
    transform: tuple[SerializeAsAny[RecipePart], ...] = Field(
        (), description="what every picture goes through before the network"
    )
    augment: tuple[SerializeAsAny[RecipePart], ...] | None = Field(
        None, description="what training pictures go through instead"
    )

    batch_size: Count = Field(description="pictures of one process in one step")
    accumulate: Count = Field(1, description="batches whose gradients are averaged before a step")
    epochs: Count | None = Field(None, description="how often the training pictures are seen")
    steps: Count | None = Field(None, description="length of the run in steps, instead of epochs")

    optimizer: SerializeAsAny[Optimizer] = Field(
        description="one of torch.optim: {op: SGD, lr: 0.1}"
    )
    no_decay: tuple[Literal["biases", "norms"], ...] = Field(
        (), description="what weight decay leaves alone"
    )
    l1: Rate = Field(0.0, description="factor of the sum of absolute weights in the loss")
    schedule: SerializeAsAny[Schedule] | None = Field(
        None, description="one of torch.optim.lr_scheduler: {op: CosineAnnealingLR}"
    )
    warmup: Warmup | None = Field(None, description="{epochs: 5}: a slow beginning")

    label_smoothing: Fraction = Field(
        0.0, description="probability that is spread over all classes"
    )
    mixup: Rate = Field(0.0, description="alpha of mixup; 0 for none")
    loss_weights: dict[str, Rate] = Field(
        {}, description="factors of the losses of training-only outputs: {aux1: 0.3}"
    )
    op_schedules: tuple[OpSchedule, ...] = Field(
        (), description="arguments of layers that change over the run"
    )
    clip_norm: Factor | None = Field(None, description="largest norm of the gradient")
    clip_value: Factor | None = Field(None, description="largest entry of the gradient")
    ema: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="decay of averaged weights, which are then what is evaluated"
    )

    precision: Literal["float32", "bfloat16", "float16"] = Field(
        "float32", description="what convolutions compute in (autocast)"
    )
    compile: bool = Field(False, description="run the network through torch.compile")
    channels_last: bool = Field(False, description="keep maps with their channels last")
    memory_efficient: bool = Field(False, description="recompute what is cheap to save memory")

    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(0, description="of all random numbers")
    checkpoint: Checkpoints = Field(
        Checkpoints(), description="{epochs: 1, keep: 3}: when the run is saved"
    )

    freeze: tuple[str, ...] = Field((), description="layers that do not learn, as globs of paths")
    lr_factors: dict[str, Rate] = Field(
        {}, description="factors of the learning rate, by globs of paths: {'features.*': 0.1}"
    )

    def to_data(self) -> dict[str, Any]:
        """As a recipe file says it, without what has its default."""
        data: dict[str, Any] = {"recipe": RECIPE_VERSION}
        for key in type(self).model_fields:
            value = getattr(self, key)
            if value != type(self).model_fields[key].default:
                data[key] = _plain(value, with_op=key in _NAMED)
        return data


_NAMED: Final = frozenset({"optimizer", "schedule", "transform", "augment"})
"""Keys under which ``op`` names a class."""


def _plain(value: Any, *, with_op: bool) -> Any:
    if isinstance(value, tuple):
        return [_plain(item, with_op=with_op) for item in value]
    if not isinstance(value, RecipePart):
        return value
    named = {"op": type(value).__name__} if with_op else {}
    fields = {key: _plain(getattr(value, key), with_op=False) for key in type(value).model_fields}
    kept = {
        key: item
        for key, item in fields.items()
        if getattr(value, key) != type(value).model_fields[key].default
    }
    return {**named, **kept}

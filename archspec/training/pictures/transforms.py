"""Changes of pictures that torchvision makes, with its random numbers bound to each picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, final

import torch

from archspec.diagnostics import failure
from archspec.recipe.augmentations import Augmentation
from archspec.training.pictures.batched import grouped
from archspec.training.pictures.counters import Counters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@final
class Transform:
    """A class of torchvision.transforms.v2, a picture at a time."""

    def __init__(self, augmentation: Augmentation) -> None:
        self.name = type(augmentation).__name__
        self.transform = _transform(self.name, dict(augmentation))

    def __call__(self, pictures: NDArray[np.uint8], counters: Counters) -> list[NDArray[np.uint8]]:
        seeds = counters.bits(0).tolist()
        with _own_generator():
            return grouped(
                [self._changed(p, seed) for p, seed in zip(pictures, seeds, strict=True)]
            )

    def _changed(self, picture: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
        torch.default_generator.manual_seed(seed)
        try:
            changed: NDArray[np.uint8] = self.transform(torch.from_numpy(picture)).numpy()
        except (TypeError, ValueError, IndexError, RuntimeError) as error:
            shape = "×".join(map(str, picture.shape))
            reason = str(error).strip().partition("\n")[0].rstrip(".")
            raise failure(
                "bad-data",
                f"{self.name} does not fit pictures of {shape}: {reason}",
                help="the recipe's transform and augment say what pictures go through",
            ) from None
        return changed


@contextmanager
def _own_generator() -> Iterator[None]:
    """The generator of the process, which is the training's too, is afterwards as it was.

    ``torch.manual_seed`` would seed those of the GPUs as well.
    """
    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)


def _transform(name: str, arguments: dict[str, Any]) -> Any:
    try:
        from torchvision.transforms import (  # type: ignore[import-untyped]
            AutoAugmentPolicy,
            InterpolationMode,
            v2,
        )
    except ImportError:
        raise failure(
            "no-torch",
            f"{name} is one of torchvision's, which is not installed",
            help="pip install torchvision",
        ) from None
    if "interpolation" in arguments:
        arguments["interpolation"] = InterpolationMode(arguments["interpolation"])
    if "policy" in arguments:
        arguments["policy"] = AutoAugmentPolicy(arguments["policy"])
    try:
        return getattr(v2, name)(**arguments)
    except (TypeError, ValueError) as error:
        raise failure("bad-argument", f"{name}: {error}") from None

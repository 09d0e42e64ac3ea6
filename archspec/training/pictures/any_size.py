"""Pictures of any size on their way to a network that reads one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from archspec.datasets.dataset import Shape
from archspec.diagnostics import failure
from archspec.training.pictures.augment import Pipeline

MARGIN: Final = 256 / 224
"""How much longer than the crop a picture's short side is made, as usual for ImageNet."""
SMALL: Final = 64
"""Below this size nothing is cropped away from the short side."""
Steps = Sequence[tuple[str, Mapping[str, Any]]]
"""Names of transforms with their arguments."""


def fitting_steps(steps: Steps, wanted: Shape) -> Steps:
    """Steps that make of pictures of any size what a network reads. Raises SpecError.

    Where the given ones resize and crop by themselves, nothing is done before them.
    """
    pipeline, (channels, height, width) = Pipeline(steps, 0), wanted
    if pipeline.output_shape(None, channels) == wanted:
        return steps
    squares = ((channels, side, side) for side in range(1, 2 * max(height, width) + 1))
    for shape in (wanted, *squares):
        if pipeline.output_shape(shape) == wanted:
            return [*_resize_and_crop(*shape[1:]), *steps]
    read = "×".join(map(str, wanted))
    message = f"the recipe's 'transform' makes no picture of {read}, which the network reads"
    raise failure("bad-data", message, help="--recipe with another one, or --input")


def _resize_and_crop(height: int, width: int) -> Steps:
    """The middle of a picture, with a margin as usual for ImageNet; of small ones, all of it."""
    side = max(height, width)
    short = round(side * MARGIN) if min(height, width) >= SMALL else side
    return [("Resize", {"size": short}), ("CenterCrop", {"size": (height, width)})]


def in_words(steps: Steps) -> str:
    """``Resize(256), CenterCrop(224×224)``, without what has its default."""
    return ", ".join(f"{name}({', '.join(map(_value, given.values()))})" for name, given in steps)


def _value(value: Any) -> str:
    return "×".join(map(str, value)) if isinstance(value, tuple) else str(value)

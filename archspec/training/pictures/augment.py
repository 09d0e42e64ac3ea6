"""Pictures on their way to a network: every random number is a function of seed, epoch and index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

from archspec.datasets.dataset import ArrayImages, Images, Shape
from archspec.diagnostics import failure
from archspec.recipe.augmentations import AUGMENTATIONS, HERE, Augmentation, Extent
from archspec.training.pictures.batched import BATCHED, grouped
from archspec.training.pictures.counters import Counters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Step = Callable[["NDArray[np.uint8]", Counters], "list[NDArray[np.uint8]]"]
"""Equally large pictures (N, C, H, W) and their random numbers, to one array if the results are
equally large, else to one for each of them."""


@final
class Pipeline:
    """A sequence of changes, each by the name of its class and its arguments.

    What becomes of a picture depends on nothing but the seed, the epoch and the picture's number:
    not on the batch that it is in, nor on the process that reads it.
    """

    def __init__(self, steps: Sequence[tuple[str, Mapping[str, Any]]], seed: int) -> None:
        self._augmentations = [AUGMENTATIONS[name](**arguments) for name, arguments in steps]
        self._seed = seed
        self._steps: list[Step] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_steps": None}  # each process makes its own

    def __call__(self, images: Images, indices: NDArray[np.int64], epoch: int) -> NDArray[np.uint8]:
        """The pictures with these numbers, in one array (N, C, H, W). Raises SpecError."""
        if self._steps is None:
            self._steps = [_step(augmentation) for augmentation in self._augmentations]
        groups = _read(images, indices)
        for position, step in enumerate(self._steps):
            groups = _apply(step, groups, Counters.of(self._seed, epoch, position, indices))
        if len(groups) > 1:
            raise _unequal(groups)
        import numpy as np

        return np.ascontiguousarray(groups[0])

    def output_shape(self, shape: Shape | None, channels: int = 3) -> Shape | None:
        """What comes out for pictures of a shape, or of any size with so many channels; None if
        that has no single answer."""
        extent: Extent = (channels, None, None) if shape is None else shape
        for augmentation in self._augmentations:
            extent = augmentation.output(extent)
        count, height, width = extent
        return None if height is None or width is None else (count, height, width)


def _read(images: Images, indices: NDArray[np.int64]) -> list[NDArray[np.uint8]]:
    if isinstance(images, ArrayImages):
        return [images.array[indices]]
    return grouped([images[int(index)] for index in indices])


def _apply(
    step: Step, groups: list[NDArray[np.uint8]], counters: Counters
) -> list[NDArray[np.uint8]]:
    if len(groups) == 1:
        return step(groups[0], counters)
    done = [step(group, counters.only(number)) for number, group in enumerate(groups)]
    return grouped([picture for (group,) in done for picture in group])


def _step(augmentation: Augmentation) -> Step:
    if (name := type(augmentation).__name__) in HERE:
        change = BATCHED[name]
        return lambda pictures, counters: [change(augmentation, pictures, counters)]
    from archspec.training.pictures.transforms import Transform

    return Transform(augmentation)


def _unequal(groups: Sequence[NDArray[np.uint8]]) -> Exception:
    sizes = sorted({group.shape[2:] for group in groups})
    some = ", ".join(f"{height}×{width}" for height, width in sizes[:3])
    channels = {group.shape[1] for group in groups}
    if len(channels) > 1:
        some = " and ".join(f"{count} channels" for count in sorted(channels))
    return failure(
        "bad-data",
        f"the pictures of a batch have different sizes: {some}{', ...' if sizes[3:] else ''}",
        help="crop or resize them to one size: the recipe's transform and augment say how",
    )

"""Arguments that commands on what a network sees share, and the picture before it."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from archspec.cli.trained import Asked, DeviceName, normalization

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from archspec.training.classifier import Classifier

Picture = Annotated[
    str, typer.Argument(metavar="IMAGE", help="A file of a picture.", show_default=False)
]
PictureFile = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="The picture that is drawn: .svg, .pdf or .png.",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite FILE.")]


class Sight(NamedTuple):
    """A network with weights, and a picture before it."""

    classifier: "Classifier"
    pixels: "NDArray[np.uint8]"
    """Channels, height, width, as the network reads them."""
    x: "Tensor"
    """The same, normalised: (1, C, H, W)."""


def before_picture(found: Asked, image: str, normalize: str | None, device: DeviceName) -> Sight:
    """A picture as it comes to a network that is asked for, prepared as for a prediction. Raises
    SpecError."""
    from pathlib import Path

    import numpy as np
    import torch

    from archspec.cli.trained import steps_of
    from archspec.datasets import FileImages
    from archspec.training.classifier import open_classifier
    from archspec.training.fitting.trained import picture_shape
    from archspec.training.pictures.any_size import fitting_steps
    from archspec.training.pictures.augment import Pipeline

    shape = picture_shape(found.graph)
    steps = fitting_steps(steps_of(found.recipe), shape)
    dataset = found.record.dataset if found.record is not None else None
    _, chosen = normalization(normalize, found, dataset)
    pixels = Pipeline(steps, 0)(FileImages((Path(image),), shape[0]), np.array([0]), 0)
    classifier = open_classifier(found.graph, found.weights, chosen, steps, device)
    return Sight(classifier, pixels[0], classifier.to_input(torch.from_numpy(pixels)))

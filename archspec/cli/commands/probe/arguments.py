"""Arguments that commands on what a network sees share, and the picture before it."""

from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.trained import Asked, DeviceName, normalization

if TYPE_CHECKING:
    from archspec.training.classifier import Classifier
    from archspec.training.probing.sight import Sight

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


def before_picture(
    found: Asked, image: str, normalize: str | None, device: DeviceName
) -> "tuple[Classifier, Sight]":
    """A network that is asked for, and a picture as it comes to it, prepared as for a prediction.
    Raises SpecError."""
    from pathlib import Path

    from archspec.cli.trained import steps_of
    from archspec.training.classifier import open_classifier
    from archspec.training.fitting.trained import picture_shape
    from archspec.training.pictures.any_size import fitting_steps
    from archspec.training.probing.sight import read_pixels, sight

    shape = picture_shape(found.graph)
    steps = fitting_steps(steps_of(found.recipe), shape)
    dataset = found.record.dataset if found.record is not None else None
    _, chosen = normalization(normalize, found, dataset)
    pixels = read_pixels(Path(image), steps, shape[0])
    classifier = open_classifier(found.graph, found.weights, chosen, steps, device)
    return classifier, sight(classifier, pixels)

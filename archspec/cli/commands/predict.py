"""``archspec predict``."""

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archspec.cli.arguments import Input, Settings
from archspec.cli.trained import (
    Asked,
    ClassNames,
    Device,
    DeviceName,
    NormalizeOption,
    Quiet,
    RecipeOption,
    Trained,
    Weights,
    normalization,
)

if TYPE_CHECKING:
    from pathlib import Path

    from archspec.diagnostics import Diagnostic
    from archspec.reports.run.prediction_report import Prediction


def predict(
    trained: Trained,
    images: Annotated[
        list[str],
        typer.Argument(metavar="IMAGE", help="Files of pictures, or folders that have some below."),
    ],
    weights: Weights = None,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="So many classes an image.")] = 5,
    classes: ClassNames = None,
    recipe: RecipeOption = None,
    normalize: NormalizeOption = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    device: Device = "auto",
    format: Annotated[
        Literal["table", "json"], typer.Option(help="Format of the result.")
    ] = "table",
    quiet: Quiet = False,
) -> None:
    """Say what pictures show: the most probable classes of each.

    A picture is resized until it covers the network's input, with a margin as usual for ImageNet if
    that is at least 64 pixels wide, and its middle is cropped. Of a recipe, what it does to pictures
    follows. What cannot be read is reported, and the others go on.

    \b
    archspec predict runs/resnet20 cat.jpg
    archspec predict resnet50 photos --weights resnet50.pth --classes imagenet --top 3
    """
    from archspec.cli.printing import print_data, print_table
    from archspec.cli.trained import asked, class_names
    from archspec.datasets.loose import pictures_in
    from archspec.diagnostics.render.terminal import print_diagnostics
    from archspec.reports.run.prediction_report import prediction_json, prediction_table

    found = asked(trained, weights, recipe, settings, input)
    names = class_names(classes, found)
    paths = pictures_in(images)
    predictions, notes, broken = _predictions(found, paths, normalize, device, quiet=quiet)
    if format == "json":
        print_data(prediction_json(predictions, names, top))
    elif predictions:
        print_table(prediction_table(predictions, names, top, notes))
    sys.stdout.flush()
    print_diagnostics(broken)
    if broken:
        raise typer.Exit(1)


def _predictions(
    found: Asked, paths: "tuple[Path, ...]", option: str | None, device: DeviceName, *, quiet: bool
) -> "tuple[list[Prediction], list[str], list[Diagnostic]]":
    """What the network makes of each picture, how they were prepared, and which cannot be read."""
    from archspec.cli.trained import counting, steps_of
    from archspec.datasets import FileImages
    from archspec.diagnostics import SpecError
    from archspec.reports.run.prediction_report import Prediction
    from archspec.training.classifier import open_classifier, probabilities
    from archspec.training.fitting.trained import picture_shape
    from archspec.training.pictures.any_size import fitting_steps, in_words

    shape = picture_shape(found.graph)
    steps = fitting_steps(steps_of(found.recipe), shape)
    dataset = found.record.dataset if found.record is not None else None
    name, normalize = normalization(option, found, dataset)
    classifier = open_classifier(found.graph, found.weights, normalize, steps, device)
    images = FileImages(paths, shape[0])
    predictions: list[Prediction] = []
    broken: list[Diagnostic] = []
    with counting("looking at", len(paths), quiet=quiet) as count:
        for index, path in enumerate(paths):
            try:
                predictions.append(Prediction(path, probabilities(classifier, images, index)))
            except SpecError as error:
                broken += error.diagnostics
            count(index + 1)
    return predictions, [f"images: {in_words(steps)}, normalised: {name}"], broken

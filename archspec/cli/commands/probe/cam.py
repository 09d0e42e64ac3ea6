"""``archspec probe cam``."""

from collections.abc import Sequence
from typing import Annotated

import typer

from archspec.cli.arguments import Input, Settings
from archspec.cli.commands.probe.arguments import Force, Picture, PictureFile
from archspec.cli.trained import ClassNames, Device, NormalizeOption, RecipeOption, Trained, Weights


def cam(
    trained: Trained,
    image: Picture,
    output: PictureFile,
    weights: Weights = None,
    category: Annotated[
        list[str],
        typer.Option(
            "--class",
            metavar="CLASS",
            help="A name or a number. Can be repeated. (the most probable one)",
            show_default=False,
        ),
    ] = [],  # noqa: B006 -- typer copies it
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="LAYER",
            help="A layer or scope with maps. (the last one of more than a pixel)",
            show_default=False,
        ),
    ] = None,
    classes: ClassNames = None,
    recipe: RecipeOption = None,
    normalize: NormalizeOption = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    device: Device = "auto",
    force: Force = False,
) -> None:
    """Draw where in a picture a network sees a class: Grad-CAM (Selvaraju et al., 2017).

    \b
    archspec probe cam runs/resnet20 cat.png -o cam.png
    archspec probe cam resnet50 cat.jpg --weights resnet50.pth --classes imagenet --class tabby -o cam.png
    """
    from archspec.cli.commands.probe.arguments import before_picture
    from archspec.cli.trained import asked, class_names
    from archspec.reports.probing.pictures import activations_picture
    from archspec.reports.run.plotting import plot_format
    from archspec.training.probing.places import activation_layer
    from archspec.training.probing.sight import class_activation
    from archspec.writing import write

    kind = plot_format(output, force=force, what="pictures")
    found = asked(trained, weights, recipe, settings, input)
    node = activation_layer(found.graph.at("inference"), layer)
    names = class_names(classes, found)
    numbers: list[int | None] = [_number(each, names) for each in category]
    classifier, sight = before_picture(found, image, normalize, device)
    seen = [
        class_activation(classifier.graph, classifier.module, sight.x, node, each)
        for each in numbers or [None]
    ]
    write(activations_picture(sight.pixels, seen, names, kind), output)


def _number(category: str, names: Sequence[str]) -> int:
    """The number of a class. Raises SpecError."""
    from archspec.diagnostics import failure, near

    if category in names:
        return names.index(category)
    if category.isascii() and category.isdigit():
        return int(category)
    help = near(category, names) or (
        "a number, or --classes FILE with names" if not names else None
    )
    raise failure("bad-option", f"there is no class '{category}'", help=help)

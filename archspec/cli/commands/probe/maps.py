"""``archspec probe maps``."""

from typing import Annotated

import typer

from archspec.cli.arguments import Input, Settings
from archspec.cli.commands.probe.arguments import Force, Picture, PictureFile
from archspec.cli.trained import Device, NormalizeOption, RecipeOption, Trained, Weights


def maps(
    trained: Trained,
    image: Picture,
    output: PictureFile,
    weights: Weights = None,
    layer: Annotated[
        list[str],
        typer.Option(
            metavar="GLOB",
            help="Layers or scopes. Can be repeated. (the last layer of each resolution)",
            show_default=False,
        ),
    ] = [],  # noqa: B006 -- typer copies it
    channels: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="So many of each layer. (8; all of one)", show_default=False
        ),
    ] = None,
    recipe: RecipeOption = None,
    normalize: NormalizeOption = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    device: Device = "auto",
    force: Force = False,
) -> None:
    """Draw the feature maps of a picture: what layers make of it.

    The picture is prepared as for a prediction. Maps of a layer have one scale, from its lowest number
    to its highest.

    \b
    archspec probe maps runs/resnet20 cat.png -o maps.png
    archspec probe maps vgg16 cat.jpg --weights vgg16.pth --layer features.0 -o maps.png
    """
    from archspec.cli.commands.probe.arguments import before_picture
    from archspec.cli.trained import asked
    from archspec.reports.probing.pictures import maps_picture
    from archspec.reports.run.plotting import plot_format
    from archspec.training.probing.places import map_layers
    from archspec.training.probing.sight import feature_maps
    from archspec.writing import write

    kind = plot_format(output, force=force, what="pictures")
    found = asked(trained, weights, recipe, settings, input)
    nodes = map_layers(found.graph.at("inference"), layer)
    classifier, sight = before_picture(found, image, normalize, device)
    seen = feature_maps(classifier.graph, classifier.module, sight.x, nodes)
    write(maps_picture(sight.pixels, seen, kind, channels), output)

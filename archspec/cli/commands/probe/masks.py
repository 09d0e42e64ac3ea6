"""``archspec probe masks``."""

from typing import Annotated

import typer

from archspec.cli.arguments import Input, Settings
from archspec.cli.commands.probe.arguments import Force, Picture, PictureFile
from archspec.cli.trained import Device, NormalizeOption, RecipeOption, Trained, Weights


def masks(
    trained: Trained,
    image: Picture,
    output: PictureFile,
    weights: Weights = None,
    channel: Annotated[
        list[int],
        typer.Option(
            min=0,
            metavar="K",
            help="This channel. Can be repeated. (the four that vary most)",
            show_default=False,
        ),
    ] = [],  # noqa: B006 -- typer copies it
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn.")] = 0,
    recipe: RecipeOption = None,
    normalize: NormalizeOption = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    device: Device = "auto",
    force: Force = False,
) -> None:
    """Draw what layers with chance do in training: dropout, DropBlock, stochastic pooling.

    For each such layer: channels of the feature map of a picture, which of their numbers pass, and
    what comes out.

    \b
    archspec probe masks runs/dropblock cat.png -o masks.png
    archspec probe masks net.yaml cat.png --weights net.pth --channel 3 --seed 1 -o masks.png
    """
    from archspec.cli.commands.probe.arguments import before_picture
    from archspec.cli.trained import asked
    from archspec.reports.probing.pictures import draws_picture
    from archspec.reports.run.plotting import plot_format
    from archspec.training.probing.sight import draws
    from archspec.writing import write

    kind = plot_format(output, force=force, what="pictures")
    found = asked(trained, weights, recipe, settings, input)
    classifier, sight = before_picture(found, image, normalize, device)
    seen = draws(classifier.graph, classifier.module, sight.x, channel, seed)
    write(draws_picture(seen, kind), output)

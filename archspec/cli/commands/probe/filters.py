"""``archspec probe filters``."""

from typing import Annotated

import typer

from archspec.cli.arguments import Input, Settings
from archspec.cli.commands.probe.arguments import Force, PictureFile
from archspec.cli.trained import Trained, Weights


def filters(
    trained: Trained,
    output: PictureFile,
    weights: Weights = None,
    layer: Annotated[
        str | None,
        typer.Option(metavar="LAYER", help="A convolution. (the first one)", show_default=False),
    ] = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    force: Force = False,
) -> None:
    """Draw the filters of a convolution, by default of the first one.

    In colour if they read red, green and blue; else in grey, where a middle grey is 0.

    \b
    archspec probe filters runs/resnet20 -o filters.png
    archspec probe filters alexnet --weights alexnet.pth -o filters.png
    """
    from archspec.cli.trained import asked
    from archspec.reports.probing.pictures import filters_picture
    from archspec.reports.run.plotting import plot_format
    from archspec.training.probing.places import filters_layer
    from archspec.training.probing.sight import filters as filters_of
    from archspec.writing import write

    kind = plot_format(output, force=force, what="pictures")
    found = asked(trained, weights, None, settings, input)
    node = filters_layer(found.graph, layer)
    tensor = filters_of(found.graph, found.weights, node)
    write(filters_picture(node.path, tensor, kind), output)

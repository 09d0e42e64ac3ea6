"""``archspec draw``."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, Specs, load_networks
from archspec.cli.figure_options import figure_options
from archspec.cli.lazy import Generated

if TYPE_CHECKING:
    from archspec.graph import Graph


def draw(
    specs: Specs,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Its suffix sets the format, one of those of --format. - writes to standard output, "
            "and so does no FILE: text on a terminal, else SVG, or the format of --format.",
            show_default=False,
        ),
    ] = "-",
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Redraw on every save, and serve the page if it is one.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port where --watch serves the page. (any free one)"),
    ] = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
    **given: Annotated[Any, Generated(figure_options)],
) -> None:
    """Draw one network or several, as a paper would.

    \b
    archspec draw resnet50 -o resnet50.svg
    archspec draw resnet50 -o resnet50.html
    archspec draw densenet121 -o densenet.pdf --width column
    archspec draw googlenet -o block.tex --module Inception
    archspec draw resnet50 -o figure.tex --font document
    archspec draw resnet50 -o slide.png --background none
    archspec draw plain34 resnet34 -o a.svg --style blocks
    archspec draw vgg11 vgg16 -o table.md --style table
    archspec draw resnet50 -o a.svg --highlight layer3
    archspec draw resnet50 -o a.svg --open 'layer1.*'
    archspec draw vgg11 -o a.svg --rename conv=convolution
    archspec draw vgg11 resnet18 -o a.svg --subfigure paper
    archspec draw my.yaml -o a.svg --style-file mine.yaml
    archspec draw my.yaml --style text
    archspec draw resnet50 resnet101 --diff -o changes.svg
    archspec draw my.yaml --watch -o my.html
    """
    from archspec.diagnostics.render.terminal import escape
    from archspec.figures.draw import find_suffix, save_figure
    from archspec.figures.request import request

    if port is not None and not watch:
        raise typer.BadParameter("is for --watch", param_hint="'--port'")
    options = request(**_with_defaults(output, given))
    format = find_suffix(output, options)

    def redraw() -> "list[Graph]":
        graphs = load_networks(specs, settings, input, max_layers)
        for note in save_figure(graphs, output, options):
            print(f"note: {escape(note)}", file=sys.stderr)
        return graphs

    if watch:
        from archspec.cli.watch import watch as keep_drawing

        keep_drawing(specs, output, redraw, is_page=format == "html", port=port)
    else:
        redraw()


def _with_defaults(output: str, given: dict[str, Any]) -> dict[str, Any]:
    """Options with the style and the format that are meant where nobody names them."""
    style, format = given["style"] or ("module" if given["module"] else ""), given["format"]
    if output == "-" and format is None:
        style = style or ("text" if sys.stdout.isatty() and not given["diff"] else "paper")
        format = "txt" if style == "text" else "svg"
    return {**given, "style": style or "paper", "format": format}

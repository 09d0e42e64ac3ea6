"""Arguments that commands on files of weights share."""

from typing import Annotated, Literal

import typer

from archspec.cli.arguments import complete_spec

WeightsFormat = Annotated[
    Literal["table", "json"], typer.Option("--format", help="Format of the result.")
]
File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A file of torch.save (.pth, .pt, .th) or .safetensors.",
        show_default=False,
    ),
]
OptionalSpec = Annotated[
    str | None,
    typer.Argument(
        metavar="[SPEC]",
        help="A network for the weights: a path, path.yaml:variant, a network from the zoo, or -.",
        autocompletion=complete_spec,
        show_default=False,
    ),
]
Expand = Annotated[bool, typer.Option("--expand", help="Show every row.")]

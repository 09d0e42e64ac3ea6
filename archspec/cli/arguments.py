"""Arguments that several commands share, and the networks that they name."""

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from archspec.diagnostics import Diagnostic
    from archspec.graph import Graph

Mode = Literal["inference", "training"]


def complete_spec(incomplete: str) -> list[str]:
    from archspec.cli.completion import specs

    return specs(incomplete)


def complete_recipe() -> list[str]:
    from archspec.recipe.load import shipped_recipes

    return list(shipped_recipes())


def _complete_param(ctx: typer.Context) -> list[str]:
    from archspec.cli.completion import params
    from archspec.diagnostics import SpecError

    found: list[str] = []
    for spec in completed_specs(ctx):
        with suppress(SpecError):  # another argument, such as a file of weights
            found += params(spec)
    return found


def completed_specs(ctx: typer.Context) -> list[str]:
    """The specs in front of the word that is completed. Behind an option without its value they
    are arguments that nobody has taken yet."""
    found = ctx.params.get("specs") or [ctx.params.get("spec")]
    return [spec for spec in (*found, *ctx.args) if spec and spec != "-"]


Spec = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="A path, path.yaml:variant, a network from the zoo, or -.",
        autocompletion=complete_spec,
        show_default=False,
    ),
]
Specs = Annotated[
    list[str],
    typer.Argument(
        metavar="SPEC",
        help="Paths, path.yaml:variant, networks from the zoo, or -.",
        autocompletion=complete_spec,
        show_default=False,
    ),
]
Settings = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a parameter of the spec to a value written as in YAML. Can be repeated.",
        autocompletion=_complete_param,
        show_default=False,
    ),
]
MemoryEfficient = Annotated[
    bool,
    typer.Option(
        "--memory-efficient",
        help="Train in less memory: compute BatchNorm2d and ReLU again in the backward pass.",
    ),
]
MaxLayers = Annotated[
    int | None,
    typer.Option("--max-layers", metavar="N", min=1, help="Allow more layers than 150,000."),
]
Input = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="[NAME=]SHAPE",
        help="Change the input shape: 3x256x256, or 784 for a vector. Of a network with several "
        "inputs: left=1x28x28, repeated for more.",
        show_default=False,
    ),
]


def load_networks(
    specs: Sequence[str],
    settings: Sequence[str],
    input: Sequence[str] | None,
    max_layers: int | None,
) -> "list[Graph]":
    """The networks that were asked for. Raises SpecError with the diagnostics of all."""
    from archspec.diagnostics import SpecError
    from archspec.elaborate.expand.nodes import MAX_LAYERS
    from archspec.workspace.settings import note_on_input, setting
    from archspec.workspace.workspace import Workspace

    shape = inputs_of(input)
    for each in shape.values() if isinstance(shape, dict) else filter(None, [shape]):
        if note := note_on_input(each):
            sys.stderr.write(f"note: {note}\n")
    values = dict(map(setting, settings))
    found: list[Graph] = []
    diagnostics: list[Diagnostic] = []
    workspace = Workspace()
    with without_collection():
        for spec in specs:
            try:
                found.append(workspace.graph(spec, values, shape, max_layers or MAX_LAYERS))
            except SpecError as error:
                diagnostics += error.diagnostics
    if diagnostics:
        raise SpecError(diagnostics)
    return found


@contextmanager
def without_collection() -> Iterator[None]:
    """Networks stay to the end of a command: while they are made, there is no garbage to look for."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def inputs_of(texts: Sequence[str] | None) -> list[int] | dict[str, list[int]] | None:
    """``3x256x256``, or ``left=1x28x28`` and more: a shape, or shapes by the names of inputs."""
    named = dict[str, list[int]]()
    for text in texts or ():
        name, equals, shape = text.rpartition("=")
        if not (name and equals):
            if len(texts or ()) > 1:
                raise typer.BadParameter(
                    "several shapes need names: left=1x28x28", param_hint="'--input'"
                )
            return shape_of(text)
        if name in named:
            raise typer.BadParameter(f"{name} has two shapes", param_hint="'--input'")
        named[name] = shape_of(shape)
    return named or None


def one_shape(texts: Sequence[str] | None) -> list[int] | None:
    """The shape of a network's only input."""
    shape = inputs_of(texts)
    if isinstance(shape, dict):
        message = "a network with one input has one shape: 3x32x32"
        raise typer.BadParameter(message, param_hint="'--input'")
    return shape


def shape_of(text: str) -> list[int]:
    """``3x256x256`` or ``784`` as a shape."""
    sizes = text.lower().replace("×", "x").split("x")
    if len(sizes) <= 4 and all(size.isascii() and size.isdigit() for size in sizes):
        return [int(size) for size in sizes]
    from archspec.diagnostics.render.terminal import escape

    raise typer.BadParameter(
        f"'{escape(text)}' is not a shape: 3x256x256 (channels, height, width), 1x16000 "
        "(channels, length), or 784 for a vector",
        param_hint="'--input'",
    )

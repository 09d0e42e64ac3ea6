"""``archspec weights convert``."""

from typing import Annotated

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, load_networks
from archspec.cli.commands.weights.arguments import File, OptionalSpec
from archspec.cli.printing import print_text


def convert(
    file: File,
    spec: OptionalSpec = None,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE.safetensors",
            help="The new file: .safetensors, or .pth, .pt, .th as torch.save writes them.",
            show_default=False,
        ),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file.")] = False,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Write weights to a file without wrappers; with a network, under its names.

    \b
    archspec weights convert checkpoint.pth -o weights.safetensors
    archspec weights convert old_densenet.pth densenet121 -o densenet121.safetensors
    """
    from archspec.weights import converting
    from archspec.weights.reading.files import read_file
    from archspec.writing import check_place, write

    if not output:
        raise typer.BadParameter("name the new file", param_hint="'--output' / '-o'")
    converting.check_suffix(output)
    check_place(output)
    converting.check_free(output, force=force)
    if spec is None and (settings or input):
        option = "'--set'" if settings else "'--input'"
        raise typer.BadParameter("is for a SPEC, and none is given", param_hint=option)
    found = read_file(file)
    tensors, report = dict(found.tensors), None
    if spec is not None:
        (graph,) = load_networks([spec], settings, input, max_layers)
        tensors, report = converting.renamed(found, graph)
    write(converting.file_content(tensors, output), output)
    print_text(f"{output}: {len(tensors):,} tensors")
    if report is not None:
        print_text(f"  {report}")

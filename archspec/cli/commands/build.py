"""``archspec build``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from archspec.cli.arguments import (
    Input,
    MaxLayers,
    MemoryEfficient,
    Mode,
    Settings,
    Spec,
    load_networks,
)


def build(
    spec: Spec,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE.py",
            help="By default NAME.py. - writes to standard output.",
        ),
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="Whether to include branches that exist only in training.")
    ] = "training",
    memory_efficient: MemoryEfficient = False,
    verify: Annotated[
        bool, typer.Option(help="Run the source with PyTorch and compare it with the spec.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an edited file.")] = False,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Write PyTorch source that reads like hand-written code.

    \b
    archspec build resnet50 -o resnet50.py
    archspec build densenet121 --memory-efficient
    archspec build googlenet --mode inference --no-verify
    archspec build vgg16 -o - | less
    """
    from archspec.backends.torch.source_file import build_file
    from archspec.writing import is_standard_output

    (graph,) = load_networks([spec], settings, input, max_layers)
    progress = _progress("verifying with PyTorch ...")
    built = build_file(
        graph,
        output,
        mode=mode,
        memory_efficient=memory_efficient,
        verify=verify,
        force=force,
        while_verifying=progress,
    )
    print(built, file=sys.stderr if is_standard_output(built.place) else sys.stdout)
    for note in built.notes:
        typer.echo(f"note: {note}", err=True)


@contextmanager
def _progress(text: str) -> Iterator[None]:
    """Say on standard error what takes its time; on a terminal only until it is done."""
    passes = sys.stderr.isatty()
    print(text, end="" if passes else "\n", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        if passes:
            print(f"\r{' ' * len(text)}\r", end="", file=sys.stderr, flush=True)

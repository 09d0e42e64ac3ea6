"""``archspec train``."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archspec.cli.arguments import Input, Settings, complete_recipe, complete_spec, one_shape

if TYPE_CHECKING:
    from archspec.training.finish import Outcome
    from archspec.training.request import TrainingRequest


def train(
    spec: Annotated[
        str | None,
        typer.Argument(
            metavar="SPEC",
            help="A path, path.yaml:variant, or a network from the zoo.",
            autocompletion=complete_spec,
            show_default=False,
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="How to train: a shipped recipe (archspec recipes) or a file.",
            autocompletion=complete_recipe,
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the data set. Debian's Fashion-MNIST is found without it.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="RUN", help="Folder of the run, which must be new."),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Go on with a run that was interrupted."),
    ] = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Begin with these weights: .pth, .pt, .th, .safetensors."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Processes that read pictures. By default none for data in memory, else all cores but one.",
            show_default=False,
        ),
    ] = None,
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        typer.Option(help="Where to train: on the GPU if there is one."),
    ] = "auto",
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Go on although the spec or the recipe has changed (the run's own are used), "
            "or begin although the memory seems too small.",
        ),
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write RUN/tensorboard, too, for TensorBoard.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show nothing but errors.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Write the metrics to standard output as JSON lines.")
    ] = False,
) -> None:
    """Train a network by a recipe; without either, say what there is.

    --set NAME=VALUE sets a parameter of the spec, or a key of the recipe: epochs=3, optimizer.lr=0.05.

    \b
    archspec train resnet20_cifar --recipe fashion_mnist --out run
    archspec train my.yaml --recipe cifar10 --data cifar-10-batches-bin --out run
    archspec train --resume run
    torchrun --nproc-per-node 2 -m archspec train resnet50 --recipe imagenet_resnet --data imagenet -o run
    """
    from archspec.workspace.settings import setting

    if resume is None and (spec is None or recipe is None):
        _print_what_there_is(spec, recipe)
        return
    if resume is not None and out is not None:
        raise typer.BadParameter("--resume goes on in the folder of the run", param_hint="'--out'")
    if resume is None and out is None:
        raise typer.BadParameter("name the folder of the run", param_hint="'--out'")
    from archspec.training.request import TrainingRequest

    request = TrainingRequest(
        spec,
        recipe,
        data,
        out,
        resume,
        dict(map(setting, settings)),
        one_shape(input),
        weights,
        workers,
        device,
        force,
        tensorboard,
    )
    outcome = _run(request, quiet=quiet, json=json)
    _report(outcome, quiet=quiet or json)
    code = 128 + outcome.stopped if outcome.stopped else 0
    if "WORLD_SIZE" in os.environ:
        # Threads of process groups may outlive the interpreter, which then aborts.
        sys.stdout.flush()
        os._exit(code)
    if code:
        raise typer.Exit(code)


def _report(outcome: "Outcome", *, quiet: bool) -> None:
    """The evaluation, the curves and the page of a run; the first process of several writes them."""
    from archspec.cli.training_progress import outcome_text
    from archspec.training.processes import is_main

    if not is_main():
        return
    from archspec.reports.run.folder import save_reports

    save_reports(outcome)
    if not quiet:
        typer.echo(outcome_text(outcome), err=True)


def _run(request: "TrainingRequest", *, quiet: bool, json: bool) -> "Outcome":
    """Train. The first process of several says what is wrong."""
    # Else each process is warned of what the loop does on purpose (find_unused_parameters).
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    from archspec.cli.training_progress import progress
    from archspec.diagnostics import SpecError
    from archspec.training.processes import is_main
    from archspec.training.start import train as start

    with progress(quiet=quiet, json=json) as watcher:
        try:
            return start(request, watcher)
        except SpecError:
            if is_main():
                raise
            raise typer.Exit(1) from None


def _print_what_there_is(spec: str | None, recipe: str | None) -> None:
    """What is missing for a training, and what there is to choose from."""
    from archspec.cli.printing import print_table, print_text
    from archspec.datasets import datasets_here
    from archspec.recipe.catalogue import written_for
    from archspec.reports.recipes_report import recipes_table

    missing = [name for name, given in (("SPEC", spec), ("--recipe", recipe)) if given is None]
    print_text(f"A training needs {' and '.join(missing)}. These recipes are shipped:\n")
    print_table(recipes_table(written_for(spec)))
    print_text("\nData sets found here:\n")
    found = [f"  {each.title}: {each.folder}" for each in datasets_here()]
    print_text("\n".join(found or ["  none; --data names a folder"]))
    print_text(
        f"\narchspec train {spec or 'resnet20_cifar'} --recipe {recipe or 'fashion_mnist'} --out run"
    )

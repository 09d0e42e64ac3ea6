"""``archspec probe layers``."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archspec.cli.arguments import (
    Input,
    Settings,
    complete_recipe,
    complete_spec,
    load_networks,
    one_shape,
)
from archspec.cli.printing import ResultFormat, print_data, print_table
from archspec.cli.trained import Device, Quiet, counting, is_run

if TYPE_CHECKING:
    from archspec.training.probing.states import Choose, Probe
    from archspec.training.request import TrainingRequest


def layers(
    networks: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC|RUN",
            help="Networks: paths, path.yaml:variant, of the zoo. Or the folder of a training.",
            autocompletion=complete_spec,
        ),
    ],
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="A recipe: its first batch instead of noise, and the update of its first step.",
            autocompletion=complete_recipe,
            show_default=False,
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Weights of SPEC instead of initial ones: .safetensors, .pth, .pt, .th.",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the data set of RUN or of the recipe.",
            show_default=False,
        ),
    ] = None,
    layer: Annotated[
        list[str],
        typer.Option(
            metavar="GLOB",
            help="These layers only, by their paths. Can be repeated.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 -- typer copies it
    op: Annotated[
        list[str],
        typer.Option(
            "--op",
            metavar="OP",
            help="Layers of this op only: ReLU. Can be repeated.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 -- typer copies it
    unit: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="K",
            help="Of their outputs this channel only, or this number of vectors.",
            show_default=False,
        ),
    ] = None,
    depth: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Scopes of this depth in place of their layers. (as many as fit 60 rows)",
            show_default=False,
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Samples of the noise. (32, or fewer of large maps)",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Of initial weights and noise. (0)", show_default=False
        ),
    ] = None,
    format: ResultFormat = "table",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Draw it: .svg, .pdf or .png. Of a training, over its steps.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Look into layers: how outputs and gradients are distributed, dead units, updates.

    A network is probed with its initial weights on noise of unit variance, or as a recipe begins to
    train it; a training in each of its saved states, on its first batch.

    \b
    archspec probe lenet5_modern
    archspec probe plain.yaml:xavier plain.yaml:he --op ReLU -o depth.svg
    archspec probe resnet20_cifar --recipe resnet20_cifar10 --data cifar-10-batches-bin
    archspec probe runs/resnet20 --op ReLU -o training.svg
    """
    from archspec.reports.probing import probe_report as report
    from archspec.reports.run.plotting import plot_format
    from archspec.training.probing.choice import chosen
    from archspec.training.probing.states import probe_initial
    from archspec.workspace.settings import setting

    kind = None if output is None else plot_format(output, force=force)
    choose = partial(chosen, tuple(layer), tuple(op), unit)
    if recipe is None and not any(map(is_run, networks)):
        _refuse_data(data)
        graphs = load_networks(networks, settings, input, None)
        on_noise = partial(
            probe_initial, weights=weights, samples=samples, seed=seed or 0, device=device
        )
        found = [on_noise(graph, choose=choose) for graph in graphs]
    else:
        _refuse_noise(samples, seed)
        values, shape = dict(map(setting, settings)), one_shape(input)
        requests = [
            _request(each, recipe, data, values, shape, weights, device) for each in networks
        ]
        found = [_on_pictures(each, choose, quiet=quiet) for each in requests]
    if kind is not None:
        from archspec.reports.probing.probe_plot import probe_plot
        from archspec.writing import write

        write(probe_plot(found, kind), str(output))
    if format == "json":
        print_data(report.probe_json(found, depth))
    elif format == "csv":
        print_data(report.probe_csv(found, depth))
    elif output != "-":
        print_table(report.probe_table(found, depth), format)


def _refuse_data(data: str | None) -> None:
    if data is not None:
        message = "a recipe says how pictures become what a network reads"
        raise typer.BadParameter(f"{message}: add --recipe NAME", param_hint="'--data'")


def _refuse_noise(samples: int | None, seed: int | None) -> None:
    """Options that have no effect on pictures."""
    if samples is not None:
        raise typer.BadParameter(
            "is for noise: --set batch_size=N sets the recipe's", param_hint="'--samples'"
        )
    if seed is not None:
        raise typer.BadParameter("is for noise: the recipe has its own", param_hint="'--seed'")


def _request(
    reference: str,
    recipe: str | None,
    data: str | None,
    settings: "dict[str, Any]",
    shape: list[int] | None,
    weights: str | None,
    device: Any,
) -> "TrainingRequest":
    """One network or training, as trainings are asked for. Raises SpecError."""
    from pathlib import Path

    from archspec.reports.run.runs import read_record
    from archspec.training.request import TrainingRequest

    if is_run(reference):
        given = {"--recipe": recipe, "--weights": weights, "--set": settings, "--input": shape}
        if other := [name for name, value in given.items() if value]:
            message = f"'{reference}' is a training, which has its own"
            raise typer.BadParameter(message, param_hint=f"'{other[0]}'")
        read_record(Path(reference))
        return TrainingRequest(resume=reference, data=data, device=device)
    if recipe is None:
        message = f"'{reference}' is no training: to be compared with one, it needs a recipe"
        raise typer.BadParameter(message, param_hint="'--recipe'")
    return TrainingRequest(
        reference, recipe, data, None, None, settings, shape, weights, device=device
    )


def _on_pictures(request: "TrainingRequest", choose: "Choose", *, quiet: bool) -> "Probe":
    from archspec.training.probing.states import probe_beginning, probe_run, saved_states

    if request.resume is None:
        return probe_beginning(request, choose)
    total = len(saved_states(request.resume))
    with counting("probing", total, quiet=quiet, of="state") as count:
        return probe_run(request, choose, count)

"""``archspec lesion``."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, final

import typer

from archspec.cli.arguments import Input, Settings, complete_spec
from archspec.cli.printing import ResultFormat, TableFormat
from archspec.cli.trained import (
    Asked,
    Device,
    DeviceName,
    NormalizeOption,
    Quiet,
    RecipeOption,
    SplitName,
    Trained,
    Weights,
    normalization,
)

if TYPE_CHECKING:
    from archspec.analyses.lesions import LesionStudy, Trials, Units
    from archspec.datasets import Dataset, Split
    from archspec.recipe.model import Normalize
    from archspec.training.pictures.any_size import Steps


@final
@dataclass(frozen=True)
class Subject:
    """A network that is to be changed, and all that is known before anything is run."""

    found: Asked
    units: "Units"
    trials: "Trials"
    dataset: "Dataset"
    split: "Split"
    steps: "Steps"
    normalize: "tuple[str, Normalize]"


def lesion(
    trained: Trained,
    weights: Weights = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the data set. By default RUN's, or where the recipe's data usually lies.",
            show_default=False,
        ),
    ] = None,
    split: Annotated[SplitName, typer.Option(help="Which images of the data set.")] = "test",
    images: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="So many of them, drawn by --seed. (all)", show_default=False
        ),
    ] = None,
    each: Annotated[
        bool,
        typer.Option("--each", help="Delete each unit alone. By default if nothing else is done."),
    ] = False,
    random: Annotated[
        str | None,
        typer.Option(
            metavar="K|K..K", help="Delete so many random units at once.", show_default=False
        ),
    ] = None,
    shuffle: Annotated[
        str | None,
        typer.Option(
            metavar="K|K..K",
            help="Let so many random pairs of equal units change places.",
            show_default=False,
        ),
    ] = None,
    repeats: Annotated[
        int, typer.Option(min=1, metavar="N", help="Trials of each number of units or pairs.")
    ] = 10,
    seed: Annotated[int, typer.Option(metavar="N", help="Of all that is random.")] = 0,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC|RUN",
            help="Another network, such as a plain one, on the same images.",
            autocompletion=complete_spec,
            show_default=False,
        ),
    ] = None,
    against_weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Its weights. By default RUN's.", show_default=False),
    ] = None,
    recipe: RecipeOption = None,
    normalize: NormalizeOption = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Images at once. (64 or 256)", show_default=False),
    ] = None,
    device: Device = "auto",
    format: ResultFormat = "table",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Also draw a plot: .svg, .pdf or .png.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    quiet: Quiet = False,
) -> None:
    """Delete parts of a trained network, and see what it still can (Veit et al., 2016).

    A unit is what is added to a shortcut; of a network without shortcuts, a layer that changes no
    shape, with its normalisation and activation. Nothing is trained again.

    \b
    archspec lesion runs/resnet20
    archspec lesion resnet56.yaml --weights resnet56.th --data cifar10 --normalize imagenet
    archspec lesion runs/resnet20 --against runs/plain20 --images 2000 -o lesion.svg
    archspec lesion runs/resnet20 --random 1..9 --shuffle 1..9 --repeats 20 --format csv
    """
    from archspec.cli.trained import asked
    from archspec.reports.run.plotting import plot_format

    drawn = None if output is None else plot_format(output, force=force)
    if against is None and against_weights is not None:
        raise typer.BadParameter("add --against SPEC", param_hint="'--against-weights'")
    deleted, pairs = _counts("--random", random), _counts("--shuffle", shuffle)
    wanted = Wanted(each, deleted, pairs, repeats, seed)
    networks = [asked(trained, weights, recipe, settings, input)]
    if against is not None:
        networks.append(asked(against, against_weights, recipe, [], None))
    subjects = [_subject(found, wanted, data, split, normalize) for found in networks]
    studies = _studies(subjects, images, seed, batch_size, device, quiet=quiet)
    _show(studies, _head(subjects, studies, split), format)
    if drawn is not None and output is not None:
        from archspec.reports.lesions.lesion_plot import lesion_plot
        from archspec.writing import write

        write(lesion_plot(studies, drawn), output)


@final
@dataclass(frozen=True)
class Wanted:
    """What is to be done with each network."""

    each: bool
    random: list[int]
    """How many units are deleted at once."""
    shuffle: list[int]
    """How many pairs change places."""
    repeats: int
    seed: int


def _counts(option: str, text: str | None) -> list[int]:
    """``3``, ``1..10`` or ``1,2,4``. Raises SpecError."""
    from archspec.analyses.search.values import values_of
    from archspec.diagnostics import failure

    values = [] if text is None else values_of(option, text)
    if all(isinstance(value, int) and value > 0 for value in values):
        return values
    message = f"'{option}' cannot be '{text:.40}'"
    raise failure("bad-option", message, help="whole numbers above 0: 3, 1..10, or 1,2,4")


def _subject(
    found: Asked, wanted: Wanted, data: str | None, split: SplitName, normalize: str | None
) -> Subject:
    """A network with its trials and its images. Raises SpecError where something does not fit."""
    from archspec.analyses.lesions import find_units
    from archspec.cli.trained import labelled_images

    units = find_units(found.graph)
    trials = _trials(found.graph.name, units, wanted)
    dataset, pictures, steps = labelled_images(found, data, split)
    how = normalization(normalize if found.record is None else None, found, dataset.name)
    return Subject(found, units, trials, dataset, pictures, steps, how)


def _trials(name: str, units: "Units", wanted: Wanted) -> "Trials":
    """What is tried with a network. Raises SpecError where there are not enough units."""
    from archspec.analyses.lesions import NOUNS, Trials, delete_each, delete_random, shuffle_pairs
    from archspec.diagnostics import failure

    if not units.units:
        reasons = "; ".join(f"{kept.path}: {kept.reason}" for kept in units.kept[:3])
        message = f"'{name}' has nothing that can be deleted alone"
        raise failure("bad-option", message, help=reasons)
    count = len(units.units)
    if wanted.random and max(wanted.random) > count:
        message = (
            f"'{name}' has {count} {NOUNS[units.kind]}s, and {max(wanted.random)} are to be deleted"
        )
        raise failure("bad-option", message, help=f"--random 1..{count}")
    if wanted.shuffle and not units.alike:
        message = (
            f"'{name}' has no two {NOUNS[units.kind]}s of equal shapes, which could change places"
        )
        raise failure("bad-option", message, help="without --shuffle")
    many, seed = wanted.repeats, wanted.seed
    return Trials(
        each=delete_each(units) if wanted.each or not (wanted.random or wanted.shuffle) else (),
        random=tuple(x for k in wanted.random for x in delete_random(units, k, many, seed)),
        shuffled=tuple(x for k in wanted.shuffle for x in shuffle_pairs(units, k, many, seed)),
    )


def _studies(
    subjects: list[Subject],
    images: int | None,
    seed: int,
    batch_size: int | None,
    device: DeviceName,
    *,
    quiet: bool,
) -> "list[LesionStudy]":
    """All weights are loaded before the first network is run. Raises SpecError."""
    from archspec.cli.trained import counting
    from archspec.training.classifier import open_classifier
    from archspec.training.lesioned.errors import sample, study

    opened = []
    for each in subjects:
        graph, normalize = each.found.graph, each.normalize[1]
        opened.append(open_classifier(graph, each.found.weights, normalize, each.steps, device))
        if not quiet:
            print(f"{opened[-1].report}", file=sys.stderr)
    studies = []
    for each, classifier in zip(subjects, opened, strict=True):
        chosen = sample(len(each.split), images, seed)
        words = f"{each.found.graph.name}: {each.trials.count + 1} networks on"
        with counting(words, len(chosen), quiet=quiet) as count:
            found = study(
                classifier,
                each.units,
                each.trials,
                each.split,
                chosen,
                batch_size=batch_size,
                after_batch=count,
            )
        studies.append(found)
    return studies


def _head(subjects: list[Subject], studies: "list[LesionStudy]", split: str) -> dict[str, Any]:
    """On what it was measured, for JSON and for the tables."""
    first = subjects[0]
    return {
        "dataset": first.dataset.title,
        "split": split,
        "images": studies[0].images,
        "weights": [str(each.found.weights) for each in subjects],
        "normalized": [each.normalize[0] for each in subjects],
    }


def _show(studies: "list[LesionStudy]", head: dict[str, Any], format: TableFormat) -> None:
    from archspec.cli.printing import print_data, print_table, print_text
    from archspec.reports.lesions import lesion_report as report

    if format == "json":
        print_data(report.lesion_json(studies, head))
        return
    if format == "csv":
        print_data(report.lesion_csv(studies))
        return
    subtitle = f"{head['images']:,} {head['split']} images of {head['dataset']}"
    for number, table in enumerate(report.lesion_tables(studies, subtitle)):
        print_text("") if number else None
        print_table(table, format)

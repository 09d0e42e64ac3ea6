"""``archspec lesion``."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, final

import typer

from archspec.cli.arguments import Input, Settings, complete_spec
from archspec.cli.printing import ResultFormat, TableFormat
from archspec.cli.trained import (
    Asked,
    DataFolder,
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
    import numpy as np
    from numpy.typing import NDArray

    from archspec.analyses.lesions import LesionStudy, Trials, Units
    from archspec.datasets import Dataset, Split
    from archspec.recipe.model import Normalize
    from archspec.training.classifier import Classifier
    from archspec.training.pictures.any_size import Steps

REPEATS: Final = 10


def lesion(
    trained: Trained,
    weights: Weights = None,
    data: DataFolder = None,
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
    gradients: Annotated[
        bool,
        typer.Option(
            "--gradients", help="Measure the gradient along random paths, by their length."
        ),
    ] = False,
    repeats: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Trials of each number of units or pairs; paths of each length. (10)",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Of all that is random. (0)", show_default=False),
    ] = None,
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
    archspec lesion runs/resnet20 --gradients --repeats 100 -o gradients.pdf
    """
    from archspec.cli.trained import asked
    from archspec.reports.lesions.lesion_plot import drawable

    drawn = None if output is None else drawable(output, force=force)
    deleted, pairs = _counts("--random", random), _counts("--shuffle", shuffle)
    each = each or not (deleted or pairs or gradients)
    wanted = LesionRequest(each, deleted, pairs, gradients, repeats or REPEATS, images, seed or 0)
    _check(wanted, against, against_weights, repeats, seed)
    networks = [asked(trained, weights, recipe, settings, input)]
    if against is not None:
        own = Path(against).is_dir()
        networks.append(asked(against, against_weights, None if own else recipe, [], None))
    subjects = [_subject(networks[0], wanted, data, split, normalize)]
    subjects += (_beside(subjects[0], found, wanted, data, normalize) for found in networks[1:])
    studies = _studies(subjects, wanted, batch_size, device, quiet=quiet)
    _show(studies, _head(subjects, split), format)
    if drawn is not None and output is not None:
        from archspec.reports.lesions.lesion_plot import lesion_plot
        from archspec.writing import write

        write(lesion_plot(studies, drawn), output)


@final
@dataclass(frozen=True)
class LesionRequest:
    """What is to be done with each network."""

    each: bool
    random: list[int]
    """How many units are deleted at once."""
    shuffle: list[int]
    """How many pairs change places."""
    gradients: bool
    repeats: int
    images: int | None
    seed: int


@final
@dataclass(frozen=True)
class Subject:
    """A network that is to be changed, and all that is known before anything is run."""

    found: Asked
    units: "Units"
    trials: "Trials"
    dataset: "Dataset"
    split: SplitName
    pictures: "Split"
    indices: "NDArray[np.int64]"
    """The pictures that are looked at."""
    steps: "Steps"
    normalize: "tuple[str, Normalize]"


def _check(
    wanted: LesionRequest,
    against: str | None,
    against_weights: str | None,
    repeats: int | None,
    seed: int | None,
) -> None:
    """Refuse what has no effect."""
    if against is None and against_weights is not None:
        raise typer.BadParameter("add --against SPEC", param_hint="'--against-weights'")
    is_random = wanted.random or wanted.shuffle or wanted.gradients
    if repeats is not None and not is_random:
        message = "is for --random, --shuffle and --gradients"
        raise typer.BadParameter(message, param_hint="'--repeats'")
    if seed is not None and not is_random and wanted.images is None:
        message = "is for --images, --random, --shuffle and --gradients"
        raise typer.BadParameter(message, param_hint="'--seed'")


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
    found: Asked, wanted: LesionRequest, data: str | None, split: SplitName, normalize: str | None
) -> Subject:
    """A network with its trials and its images. Raises SpecError where something does not fit."""
    from archspec.analyses.lesions import find_units
    from archspec.cli.trained import labelled_images
    from archspec.training.lesioned.errors import sample
    from archspec.training.lesioned.gradients import require_chain

    units = find_units(found.graph)
    trials = _trials(found.graph.name, units, wanted)
    if wanted.gradients:
        require_chain(found.graph, units)
    dataset, pictures, steps = labelled_images(found, data, split)
    how = normalization(normalize, found, dataset.name)
    indices = sample(len(pictures), wanted.images, wanted.seed)
    return Subject(found, units, trials, dataset, split, pictures, indices, steps, how)


def _beside(
    first: Subject, found: Asked, wanted: LesionRequest, data: str | None, normalize: str | None
) -> Subject:
    """Another network on the same images, with what can be tried with it."""
    from archspec.analyses.lesions import find_units
    from archspec.diagnostics import failure

    units = find_units(found.graph)
    possible = replace(
        wanted,
        random=[count for count in wanted.random if count <= len(units.units)],
        shuffle=wanted.shuffle if units.alike else [],
        gradients=wanted.gradients and units.kind == "residual",
    )
    own = normalize if found.record is None else None
    folder = data or (str(first.dataset.folder) if first.dataset.folder else None)
    subject = _subject(found, possible, folder, first.split, own)
    if (subject.dataset.name, len(subject.pictures)) != (first.dataset.name, len(first.pictures)):
        message = f"{first.dataset.title} is not what {found.graph.name} is to be tried on"
        raise failure("bad-data", message, help="--data DIR for both networks")
    return subject


def _trials(name: str, units: "Units", wanted: LesionRequest) -> "Trials":
    """What is tried with a network. Raises SpecError where there are not enough units."""
    from archspec.analyses.lesions import NOUNS, Trials, delete_each, delete_random, shuffle_pairs
    from archspec.diagnostics import failure

    count, nouns = len(units.units), f"{NOUNS[units.kind]}s"
    if not count:
        reasons = "; ".join(f"{kept.path}: {kept.reason}" for kept in units.kept[:3])
        message = f"'{name}' has nothing that can be deleted alone"
        raise failure("bad-option", message, help=reasons)
    if most := max(filter(count.__lt__, wanted.random), default=0):
        message = f"'{name}' has {count} {nouns}, and {most} are to be deleted"
        raise failure("bad-option", message, help=f"--random 1..{count}")
    if wanted.shuffle and not units.alike:
        message = f"'{name}' has no two {nouns} of equal shapes, which could change places"
        raise failure("bad-option", message, help="without --shuffle")
    many, seed = wanted.repeats, wanted.seed
    return Trials(
        each=delete_each(units) if wanted.each else (),
        random=tuple(x for k in wanted.random for x in delete_random(units, k, many, seed)),
        shuffled=tuple(x for k in wanted.shuffle for x in shuffle_pairs(units, k, many, seed)),
    )


def _studies(
    subjects: list[Subject],
    wanted: LesionRequest,
    batch_size: int | None,
    device: DeviceName,
    *,
    quiet: bool,
) -> "list[LesionStudy]":
    """All weights are loaded before the first network is run. Raises SpecError."""
    from archspec.training.classifier import open_classifier

    opened = []
    for each in subjects:
        graph, normalize = each.found.graph, each.normalize[1]
        opened.append(open_classifier(graph, each.found.weights, normalize, each.steps, device))
        if not quiet:
            print(f"{opened[-1].report}", file=sys.stderr)
    return [
        _study(subject, classifier, wanted, batch_size, quiet=quiet)
        for subject, classifier in zip(subjects, opened, strict=True)
    ]


def _study(
    subject: Subject,
    classifier: "Classifier",
    wanted: LesionRequest,
    batch_size: int | None,
    *,
    quiet: bool,
) -> "LesionStudy":
    from archspec.cli.trained import counting
    from archspec.training.lesioned.errors import study
    from archspec.training.lesioned.gradients import BATCH, path_gradients

    name, indices = classifier.graph.name, subject.indices
    units, pictures = subject.units, subject.pictures
    lesions = subject.trials.count
    words = f"{name} and {lesions} lesions of it on" if lesions else f"{name} on"
    with counting(words, len(indices), quiet=quiet) as count:
        found = study(
            classifier,
            units,
            subject.trials,
            pictures,
            indices,
            batch_size=batch_size,
            after_batch=count,
        )
    if not wanted.gradients or units.kind == "layer":
        return found
    words = f"{name}: gradients along {len(units.units) + 1} paths for each of"
    with counting(words, wanted.repeats * min(BATCH, len(indices)), quiet=quiet) as count:
        gradients = path_gradients(
            classifier,
            units,
            pictures,
            indices,
            repeats=wanted.repeats,
            seed=wanted.seed,
            after_batch=count,
        )
    return replace(found, gradients=gradients)


def _head(subjects: list[Subject], split: str) -> dict[str, Any]:
    """On what it was measured, for JSON and for the tables."""
    first = subjects[0]
    return {
        "dataset": first.dataset.title,
        "split": split,
        "images": len(first.indices),
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

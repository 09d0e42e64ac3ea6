"""``archspec evaluate``."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from archspec.cli.arguments import Input, Settings
from archspec.cli.trained import (
    Asked,
    Device,
    NormalizeOption,
    Quiet,
    RecipeOption,
    Trained,
    Weights,
    normalization,
)

if TYPE_CHECKING:
    from archspec.datasets import Dataset, Split
    from archspec.recipe.model import Normalize
    from archspec.training.pictures.any_size import Steps

SplitName = Literal["test", "train"]


def evaluate(
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
    recipe: RecipeOption = None,
    normalize: NormalizeOption = None,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Images at once. (64 or 256)", show_default=False),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="N", help="Processes that read files of images.", show_default=False
        ),
    ] = None,
    device: Device = "auto",
    format: Annotated[
        Literal["table", "json"], typer.Option(help="Format of the result.")
    ] = "table",
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="Also write evaluation.json and report.html, with pictures of mistakes, there.",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Measure a trained network on labelled images: accuracy, loss, confusion, calibration.

    \b
    archspec evaluate runs/resnet20
    archspec evaluate resnet20_cifar --weights resnet20.th --data cifar-10-batches-bin
    archspec evaluate resnet50 --weights resnet50.pth --data imagenet --format json
    """
    from archspec.cli.printing import print_data, print_table, print_text
    from archspec.cli.trained import asked, counting
    from archspec.reports.run import evaluation_report as reports
    from archspec.reports.run.evaluation_folder import check_folder, save_evaluation
    from archspec.training.classifier import evaluate_split, open_classifier

    if output is not None:
        check_folder(output)
    found = asked(trained, weights, recipe, settings, input)
    dataset, images, steps = _images(found, data, split)
    how = normalization(normalize, found, dataset.name)
    classifier = open_classifier(found.graph, found.weights, how[1], steps, device)
    if not quiet:
        print(f"{classifier.report}", file=sys.stderr)
    with counting("evaluating", len(images), quiet=quiet) as count:
        evaluation = evaluate_split(
            classifier, images, len(dataset.classes), batch_size, workers, after_batch=count
        )
    head = _head(found, dataset, split, how, steps)
    if output is not None:
        save_evaluation(output, evaluation, found.graph, dataset.classes, head, images.images)
    if format == "json":
        print_data(reports.evaluation_json(evaluation, dataset.classes, head))
        return
    title = f"{found.graph.name} on {dataset.title}: {len(images):,} {split} images"
    subtitle = f"{head['weights']}; {head['preparation']}"
    tables = reports.evaluation_tables(evaluation, dataset.classes, title, subtitle)
    for number, table in enumerate(tables):
        print_text("") if number else None
        print_table(table)


def _images(found: Asked, folder: str | None, name: SplitName) -> "tuple[Dataset, Split, Steps]":
    """The images, and what makes them such as the network reads. Raises SpecError."""
    from archspec.cli.trained import steps_of
    from archspec.datasets import open_dataset, synthetic
    from archspec.training.fitting.spec import classes_of
    from archspec.training.fitting.trained import picture_shape, require_classes, require_shape
    from archspec.training.pictures.any_size import fitting_steps
    from archspec.training.pictures.augment import Pipeline

    record, recipe = found.record, found.recipe
    kind = recipe.data if recipe is not None else None
    if record is not None:
        folder = folder or record.data_folder
        kind = kind or record.dataset or None
    shape = picture_shape(found.graph)
    if kind == "synthetic":
        dataset = synthetic(shape, classes_of(found.graph))
    else:
        dataset = open_dataset(kind, folder, [name], channels=shape[0])
    split = dataset.train if name == "train" else dataset.test
    assert split is not None
    require_classes(found.graph, dataset, record.classes if record is not None else ())
    steps, size = steps_of(recipe), split.images.shape
    if size is None:
        return dataset, split, fitting_steps(steps, shape)
    require_shape(found.graph, Pipeline(steps, 0).output_shape(size) or size)
    return dataset, split, steps


def _head(
    found: Asked,
    dataset: "Dataset",
    split: SplitName,
    how: "tuple[str, Normalize]",
    steps: "Steps",
) -> dict[str, Any]:
    """What was evaluated, for JSON and for the page."""
    from archspec.training.pictures.any_size import in_words

    name, normalize = how
    done = f"{in_words(steps)}, " if steps else ""
    return {
        "network": found.graph.name,
        "weights": str(found.weights),
        "dataset": dataset.name,
        "data_folder": None if dataset.folder is None else str(dataset.folder),
        "split": split,
        "input": list(found.graph.inputs[0].output.shape),
        "normalize": {"mean": list(normalize.mean), "std": list(normalize.std)},
        "preparation": f"{done}normalised: {name}",
    }

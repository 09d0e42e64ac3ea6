"""``archspec evaluate``."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from archspec.cli.arguments import Input, Settings
from archspec.cli.trained import (
    Asked,
    DataFolder,
    Device,
    NormalizeOption,
    Quiet,
    RecipeOption,
    SplitName,
    Trained,
    Weights,
    normalization,
)

if TYPE_CHECKING:
    from archspec.datasets import Dataset
    from archspec.recipe.model import Normalize
    from archspec.training.pictures.any_size import Steps


def evaluate(
    trained: Trained,
    weights: Weights = None,
    data: DataFolder = None,
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
    from archspec.cli.trained import asked, counting, labelled_images
    from archspec.reports.run import evaluation_report as reports
    from archspec.reports.run.evaluation_folder import check_folder, save_evaluation
    from archspec.training.classifier import evaluate_split, open_classifier

    if output is not None:
        check_folder(output)
    found = asked(trained, weights, recipe, settings, input)
    dataset, images, steps = labelled_images(found, data, split)
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

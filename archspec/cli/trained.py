"""What ``evaluate`` and ``predict`` share: which network, which weights, how pictures are prepared."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, final

import typer

from archspec.cli.arguments import complete_recipe, complete_spec

if TYPE_CHECKING:
    from archspec.datasets import Dataset, Split
    from archspec.graph import Graph
    from archspec.recipe.model import Normalize, Recipe
    from archspec.reports.run.runs import RunRecord
    from archspec.training.pictures.any_size import Steps

CLASS_NAMES_OF_IMAGENET: Final = "imagenet"

Trained = Annotated[
    str,
    typer.Argument(
        metavar="SPEC|RUN",
        help="A path, path.yaml:variant, a network from the zoo; or the folder of a training.",
        autocompletion=complete_spec,
        show_default=False,
    ),
]
Weights = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Weights: .safetensors, .pth, .pt, .th. By default those of RUN.",
        show_default=False,
    ),
]
DataFolder = Annotated[
    str | None,
    typer.Option(
        metavar="DIR",
        help="Folder of the data set. By default RUN's, or where the recipe's data usually lies.",
        show_default=False,
    ),
]
ClassNames = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|imagenet",
        help="Names of the classes, one a line. By default RUN's, else numbers.",
        show_default=False,
    ),
]
RecipeOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        autocompletion=complete_recipe,
        help="A recipe whose 'transform' and 'normalize' prepare the pictures. By default RUN's.",
        show_default=False,
    ),
]
NormalizeOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|MEAN/STD",
        help="imagenet, cifar10, ..., none; or numbers of pixels between 0 and 1: "
        "0.485,0.456,0.406/0.229,0.224,0.225.",
        show_default=False,
    ),
]
SplitName = Literal["test", "train"]
DeviceName = Literal["auto", "cpu", "cuda"]
Device = Annotated[DeviceName, typer.Option(help="Where it runs: the GPU, if there is one.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show results and errors only.")]


@final
@dataclass(frozen=True)
class Asked:
    """A network that somebody trained, as a user names it."""

    reference: str
    record: "RunRecord | None"
    """Of the folder of a training, if it is one."""
    graph: "Graph"
    recipe: "Recipe | None"
    weights: Path


def is_run(reference: str) -> bool:
    """Whether a user means the folder of a training, and no network."""
    from archspec.training.run_folder import RUN
    from archspec.workspace.locate import zoo_names

    folder = Path(reference)
    return folder.is_dir() and ((folder / RUN).exists() or reference not in zoo_names())


def asked(
    reference: str,
    weights: str | None,
    recipe: str | None,
    settings: Sequence[str],
    input: list[str] | None,
) -> Asked:
    """What a user asks for, read. Raises SpecError."""
    from archspec.cli.arguments import load_networks
    from archspec.diagnostics import failure
    from archspec.recipe.load import is_recipe_key, load_recipe
    from archspec.reports.run.runs import read_record
    from archspec.training.run_folder import RECIPE, SPEC, WEIGHTS
    from archspec.workspace.settings import setting

    folder = Path(reference)
    record = read_record(folder) if is_run(reference) else None
    if weights is None and record is None:
        message = "without weights a network predicts nothing"
        raise failure("bad-option", message, help="--weights FILE, or the folder of a training")
    file = folder / WEIGHTS if weights is None else Path(weights)
    if weights is None and not file.exists():
        help = f"archspec train --resume {reference} finishes it; or name a file: --weights FILE"
        raise failure("bad-run", f"'{reference}' has no {WEIGHTS}: it is not finished", help=help)
    if not file.is_file():
        raise failure("bad-weights", f"there is no file '{file}'")
    of_recipe = [each for each in settings if is_recipe_key(each.partition("=")[0])]
    of_spec = [each for each in settings if each not in of_recipe]
    if recipe is None and record is not None and (folder / RECIPE).exists():
        recipe = str(folder / RECIPE)
    written = None if recipe is None else load_recipe(recipe, dict(map(setting, of_recipe)))
    if written is None and of_recipe:
        message = f"'{of_recipe[0]}' sets a key of a recipe, and there is none"
        raise failure("bad-option", message, help="--recipe NAME, or --normalize for the mean")
    spec = reference if record is None else str(folder / SPEC)
    (graph,) = load_networks([spec], of_spec, input, None)
    return Asked(reference, record, graph, written and written.recipe, file)


# Which pictures, and how they are prepared.


def labelled_images(
    found: Asked, folder: str | None, name: SplitName
) -> "tuple[Dataset, Split, Steps]":
    """The images, and what makes them such as the network reads. Raises SpecError."""
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


def normalization(option: str | None, found: Asked, dataset: str | None) -> "tuple[str, Normalize]":
    """What is subtracted and divided by, with its name: as asked for, as the recipe or the run says,
    else what is usual for the data. Raises SpecError."""
    from archspec.diagnostics import failure
    from archspec.recipe.model import NORMALIZE

    channels = found.graph.inputs[0].output.channels
    if option is not None:
        name, chosen = _named(option)
    elif found.recipe is not None:
        name, chosen = "as the recipe says", found.recipe.normalize
    else:
        usual = "imagenet" if dataset in (None, "images") else dataset
        name = (
            usual if usual in NORMALIZE and channels in (1, len(NORMALIZE[usual].mean)) else "none"
        )
        if len(NORMALIZE[name].mean) > channels:
            name = "none"
        chosen = NORMALIZE[name]
    if len(chosen.mean) not in (1, channels):
        what = "channel" if channels == 1 else "channels"
        message = f"{len(chosen.mean)} means do not fit pictures of {channels} {what}"
        raise failure("bad-option", message, help="--normalize sets others")
    return name, chosen


def _named(option: str) -> "tuple[str, Normalize]":
    from archspec.diagnostics import failure, near
    from archspec.recipe.model import NORMALIZE, Normalize

    if option in NORMALIZE:
        return option, NORMALIZE[option]
    try:
        mean, std = (tuple(map(float, part.split(","))) for part in option.split("/"))
        if len(mean) == len(std):
            return option, Normalize(mean=mean, std=std)
    except ValueError:
        pass
    names = ", ".join(NORMALIZE)
    help = near(option, NORMALIZE) or f"one of {names}, or 0.485,0.456,0.406/0.229,0.224,0.225"
    raise failure("bad-option", f"'{option}' is no mean and deviation", help=help)


def steps_of(recipe: "Recipe | None") -> "Steps":
    """What the recipe does to pictures before the network."""
    if recipe is None:
        return []
    return [
        (type(step).__name__, step.model_dump(exclude_defaults=True)) for step in recipe.transform
    ]


def class_names(option: str | None, found: Asked) -> tuple[str, ...]:
    """The names of the classes, as far as there are some. Raises SpecError."""
    from archspec.diagnostics import failure
    from archspec.training.fitting.spec import classes_of

    if option is None:
        return found.record.classes if found.record is not None else ()
    if option == CLASS_NAMES_OF_IMAGENET and not Path(option).exists():
        models = import_module("torchvision.models")
        names = tuple(models.AlexNet_Weights.DEFAULT.meta["categories"])
    else:
        try:
            names = tuple(Path(option).read_text("utf-8").splitlines())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise failure("bad-file", f"'{option}' cannot be read: {reason.lower()}") from None
    if len(names) != classes_of(found.graph):
        message = (
            f"'{option}' names {len(names)} classes, and the network has {classes_of(found.graph)}"
        )
        raise failure("bad-option", message, help="one name a line, in the order of the outputs")
    return names


# What is seen meanwhile.


@contextmanager
def counting(
    words: str, total: int, *, quiet: bool, of: str = "image"
) -> Iterator[Callable[[int], None]]:
    """A function that is called with the number of images so far: a bar on a terminal."""
    words = f"{words} {total:,} {of if total == 1 else f'{of}s'}"
    if quiet or not sys.stderr.isatty():
        if not quiet:
            print(f"{words} ...", file=sys.stderr, flush=True)
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=total)
        yield lambda done: bar.update(task, completed=done)

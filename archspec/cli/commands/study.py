"""``archspec study``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from archspec.cli.arguments import complete_recipe, without_collection
from archspec.cli.printing import ResultFormat, TableFormat, print_data, print_table, print_text
from archspec.cli.trained import Device

if TYPE_CHECKING:
    from archspec.training.studies.request import Grid, Settings, StudyRequest


def _complete_study(incomplete: str) -> list[str]:
    from archspec.cli.completion import studies

    return studies(incomplete)


def _complete_row(ctx: typer.Context) -> list[str]:
    from archspec.cli.completion import rows

    files = [ctx.params.get("file"), *ctx.args]
    return next((rows(file) for file in files if file), [])


def study(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="A spec file, or an included study.",
            autocompletion=_complete_study,
        ),
    ] = None,
    train: Annotated[
        bool, typer.Option("--train", help="Train what is left of the study in --out.")
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder of the trainings; without --train, report what is there.",
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="How to train, instead of what FILE says.",
            autocompletion=complete_recipe,
        ),
    ] = None,
    data: Annotated[str | None, typer.Option(metavar="DIR", help="Folder of the data set.")] = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, max=1000, metavar="N", help="How often each row is trained. (1)"),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(min=2, max=100, metavar="K", help="Choose a row by K-fold cross-validation."),
    ] = None,
    settings: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Set a key of the recipe or a parameter of the spec, for all rows.",
        ),
    ] = [],  # noqa: B006 -- typer copies it
    vary: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=VALUES",
            help="A row for each value: optimizer.lr=0.01,0.1. Can be repeated: all combinations.",
        ),
    ] = [],  # noqa: B006
    only: Annotated[
        list[str],
        typer.Option(
            metavar="NAME",
            help="Rows, perhaps as a glob. Can be repeated. (all)",
            autocompletion=_complete_row,
        ),
    ] = [],  # noqa: B006
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, metavar="N", help="Trainings side by side. (1)"),
    ] = None,
    executor: Annotated[
        Literal["local", "ray"], typer.Option(help="Where they run: here, or on a Ray cluster.")
    ] = "local",
    threads: Annotated[int, typer.Option(min=1, metavar="N", help="Threads of each training.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Processes of each that read pictures."),
    ] = None,
    device: Device = "auto",
    force: Annotated[
        bool, typer.Option("--force", help="Begin although the memory seems too small.")
    ] = False,
    format: ResultFormat = "table",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show results and errors only.")
    ] = False,
) -> None:
    """Compare a network with its variants: counts, changes, published results; and train them all.

    \b
    archspec study activations
    archspec study my.yaml --format csv
    archspec study my.yaml --train --recipe fashion_mnist --seeds 3 --out studies/my
    archspec study my.yaml --train --vary optimizer.lr=0.01,0.1 --jobs 4 --out studies/rates
    archspec study --out studies/my
    """
    if train:
        from archspec.training.studies.request import StudyRequest

        if file is None or out is None:
            missing = "FILE" if file is None else "--out"
            raise typer.BadParameter(
                "training a study needs FILE and --out DIR", param_hint=missing
            )
        request = StudyRequest(
            file,
            out,
            recipe,
            data,
            seeds,
            folds,
            _settings(settings),
            _grid(vary),
            only,
            executor,
            jobs,
            threads,
            workers,
            device,
            force,
        )
        code = _train(request, quiet=quiet)
        _report(out, format, quiet=quiet)
        raise typer.Exit(code)
    counts = {"--seeds": seeds, "--folds": folds, "--jobs": jobs, "--workers": workers}
    words = {"--recipe": recipe, "--data": data, "--set": settings, "--vary": vary, "--only": only}
    if extra := [name for name, value in (*counts.items(), *words.items()) if value]:
        raise typer.BadParameter("is for --train", param_hint=f"'{extra[0]}'")
    if out is not None:
        _require_study_of(file, out)
        _report(out, format, quiet=quiet)
    else:
        _print_counts(file, format)


def _settings(texts: list[str]) -> "Settings":
    from archspec.workspace.settings import setting

    return dict(map(setting, texts))


def _grid(texts: list[str]) -> "Grid":
    """``NAME=VALUES``, each value as if it were set."""
    from archspec.analyses.search.values import choice_of
    from archspec.language.program import Written
    from archspec.text import Origin, Source

    found = {}
    for text in texts:
        name, values = choice_of(text)
        shown = [Source("--vary", f"{name}={value}", data=value) for value in values]
        found[name] = [Written(source.data, Origin(source)) for source in shown]
    return found


def _train(request: "StudyRequest", *, quiet: bool) -> int:
    """Train. Returns the exit code; what has failed is said at the end, too."""
    from archspec.cli.study_progress import study_progress
    from archspec.diagnostics.render.terminal import escape
    from archspec.reports.studies.work import train_and_report
    from archspec.training.studies.start import train_study

    with study_progress(quiet=quiet) as watcher:
        outcome = train_study(request, train_and_report, watcher)
    for each in outcome.failed:
        typer.echo(f"{escape(each.task.name)} failed: {escape(each.problem)}", err=True)
    if outcome.failed or outcome.stopped:
        typer.echo("the same command goes on with what is left", err=True)
    return 128 + outcome.stopped if outcome.stopped else int(bool(outcome.failed))


def _require_study_of(file: str | None, out: str) -> None:
    """Raises SpecError if a folder is that of the study of another file."""
    from archspec.analyses.study import study_file
    from archspec.diagnostics import failure
    from archspec.training.studies.folder import StudyFolder

    record = StudyFolder(Path(out)).record()
    if file is not None and study_file(file).stem != record.name:
        message = f"'{out}' is the folder of the study {record.name}"
        raise failure("bad-run", message, help=f"archspec study --out {out}")


def _report(out: str, format: TableFormat, *, quiet: bool) -> None:
    """What there is so far, on the screen and in files."""
    from archspec.reports.studies import results_report as report
    from archspec.reports.studies.comparison import compare_rows
    from archspec.reports.studies.results import read_results
    from archspec.reports.studies.save import save_results

    found = read_results(out)
    compared = compare_rows(found)
    if format == "json":
        print_data(report.results_json(found, compared))
    elif format == "csv":
        print_data(report.results_csv(found))
    else:
        print_table(report.results_table(found, compared), format)
    save_results(found, compared, out)
    if not quiet:
        files = f"{out}/results.md, .json and .csv, {out}/plot.svg, .pdf and .png"
        typer.echo(f"also in {files}", err=True)


def _print_counts(file: str | None, format: TableFormat) -> None:
    from archspec.analyses import study as studies
    from archspec.reports import study_report

    if file is None:
        print_text("\n".join(studies.shipped()))
        return
    with without_collection():
        found = studies.study(file)
    if format == "json":
        print_data(study_report.study_json(found))
    elif format == "csv":
        print_data(study_report.study_csv(found))
    else:
        print_table(study_report.study_table(found), format)

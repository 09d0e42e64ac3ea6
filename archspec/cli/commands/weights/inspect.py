"""``archspec weights inspect``."""

from typing import TYPE_CHECKING, Annotated

import typer

from archspec.cli.arguments import Input, MaxLayers, Settings, load_networks
from archspec.cli.commands.weights.arguments import Expand, File, OptionalSpec, WeightsFormat
from archspec.cli.printing import print_data, print_table

if TYPE_CHECKING:
    from archspec.graph import Graph


def inspect(
    file: File,
    spec: OptionalSpec = None,
    partial: Annotated[
        bool,
        typer.Option(
            "--partial",
            help="Match as training does: a new head and deeper layers stay fresh.",
        ),
    ] = False,
    expand: Expand = False,
    format: WeightsFormat = "table",
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Show the tensors in a file, or how they match a network. Nothing in the file is run.

    \b
    archspec weights inspect resnet18.pth
    archspec weights inspect resnet18.pth resnet18
    archspec weights inspect vgg11.pth vgg16 --partial
    """
    if spec is None:
        _refuse_settings(settings, input, partial=partial)
        _print_tensors(file, format, expand=expand)
    else:
        (graph,) = load_networks([spec], settings, input, max_layers)
        _print_match(file, graph, format, partial=partial, expand=expand)


def _print_tensors(file: str, format: str, *, expand: bool) -> None:
    from archspec.reports.weights import inventory_report
    from archspec.weights.inventory import entries
    from archspec.weights.reading.files import read_file

    found = read_file(file)
    if format == "json":
        print_data(inventory_report.inventory_json(file, found.content.wrappers, entries(found)))
    else:
        origin = found.content.origin
        print_table(inventory_report.inventory_table(file, origin, entries(found), expand=expand))


def _print_match(file: str, graph: "Graph", format: str, *, partial: bool, expand: bool) -> None:
    """How a file fits a network; or what does not fit, in full, and then the error."""
    from archspec.reports.weights import match_report
    from archspec.weights.loading import check_numbers, file_task, report, under_all_keys
    from archspec.weights.matching.match import match
    from archspec.weights.mismatch import mismatch_error, mismatches
    from archspec.weights.reading.files import read_file

    found = under_all_keys(read_file(file), graph)
    work = file_task(found, graph, partial=partial)
    matched = match(work)
    if matched is None:
        missed = list(mismatches(work))
        if format == "json":
            print_data(match_report.mismatch_json(missed))
        elif missed:
            names = found.path.name, graph.name
            print_table(match_report.mismatch_table(names, missed, work, expand=expand))
        raise mismatch_error(found, work, graph)
    check_numbers(found, graph, matched)
    made = report(found, graph, work, matched)
    if format == "json":
        print_data(match_report.match_json(made))
    else:
        print_table(match_report.match_table(made, expand=expand))


def _refuse_settings(settings: list[str], input: list[str] | None, *, partial: bool) -> None:
    """Refuse what has no effect without a network."""
    options = {"'--set'": settings, "'--input'": input, "'--partial'": partial}
    for option, value in options.items():
        if value:
            raise typer.BadParameter("is for a SPEC, and none is given", param_hint=option)

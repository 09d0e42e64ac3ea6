"""``archspec stats``."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from archspec.cli.arguments import (
    Input,
    MaxLayers,
    MemoryEfficient,
    Mode,
    Settings,
    Specs,
    load_networks,
)
from archspec.cli.printing import ResultFormat, TableFormat, print_data, print_table

if TYPE_CHECKING:
    from archspec.analyses.stats import Stats

_NONE: dict[str, Any] = {"show_default": False}


def complete_columns(incomplete: str) -> list[str]:
    from archspec.analyses.views.measures import MEASURES

    before, comma, begun = incomplete.rpartition(",")
    return [f"{before}{comma}{key}" for key in MEASURES if key.startswith(begun)]


def stats(
    specs: Specs,
    mode: Annotated[
        Mode, typer.Option(help="Whether to count branches that exist only in training.")
    ] = "inference",
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME",
            help="Columns of the table: operation, input, kernel, output, layers, params, "
            "params_share, macs, macs_share, flops, elementwise, buffers, activation_bytes, "
            "saved_bytes, read_bytes, written_bytes, intensity, receptive_field, receptive_stride.",
            autocompletion=complete_columns,
            **_NONE,
        ),
    ] = None,
    by: Annotated[
        Literal["layer", "block", "stage", "op"] | None,
        typer.Option(help="A row for each of these; several networks side by side.", **_NONE),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Sort rows by a column, the largest first.",
            autocompletion=complete_columns,
            **_NONE,
        ),
    ] = None,
    top: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="The first rows only.", **_NONE)
    ] = None,
    units: Annotated[
        Literal["exact", "K", "M", "G", "auto"],
        typer.Option(help="Units of counts and bytes in tables, with three digits."),
    ] = "exact",
    batch: Annotated[
        int, typer.Option(min=1, max=1_000_000, metavar="N", help="Samples that are counted.")
    ] = 1,
    dtype: Annotated[
        Literal["float32", "float16", "bfloat16", "int8", "mixed"],
        typer.Option(help="The precision that bytes are of."),
    ] = "float32",
    freeze: Annotated[
        list[str],
        typer.Option(metavar="GLOB", help="Layers that do not learn. Can be repeated.", **_NONE),
    ] = [],  # noqa: B006 -- typer copies it
    counting: Annotated[
        Literal["fvcore", "thop", "ptflops", "calflops", "torchinfo", "torch", "keras"] | None,
        typer.Option(
            metavar="TOOL",
            help="The number that another tool would print, and why: fvcore, thop, ptflops, "
            "calflops, torchinfo, torch or keras.",
            **_NONE,
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Estimate the time of a forward pass on a device: v100, t4, a100, h100, h200, "
            "rtx3090, rtx4090, or peaks: 19.5TFLOPS,1555GB/s.",
            **_NONE,
        ),
    ] = None,
    memory_efficient: MemoryEfficient = False,
    format: ResultFormat = "table",
    depth: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Open scopes down to this many levels.", **_NONE),
    ] = None,
    expand: Annotated[bool, typer.Option("--expand", help="One row for every layer.")] = False,
    settings: Settings = [],  # noqa: B006 -- typer copies it
    input: Input = None,
    max_layers: MaxLayers = None,
) -> None:
    """Count parameters, multiply-accumulates and bytes.

    Several specs are compared, one row a network; with --by or --depth side by side.

    \b
    archspec stats resnet50
    archspec stats resnet18 resnet34 --format markdown
    archspec stats my.yaml --set n=10 --input 3x32x32
    archspec stats densenet121 --memory-efficient
    archspec stats vgg16 --by op --sort params --units auto
    archspec stats alexnet resnet50 --counting fvcore
    archspec stats resnet50 --device a100 --batch 32
    archspec stats vgg16 --columns macs,saved_bytes --top 5
    """
    from archspec.analyses.stats import stats as count

    choices = _choices(columns=columns, by=by, sort=sort, top=top, units=units)
    _check_rows(len(specs), format, depth, expand=expand, by=by)
    _check_effects(format, units, choices)
    if counting is not None:
        _check_alone(
            "--counting",
            device=device,
            **choices,
            depth=depth,
            expand=expand,
            memory_efficient=memory_efficient,
            freeze=freeze,
            dtype=None if dtype == "float32" else dtype,
        )
    if device is not None:
        _check_device(
            len(specs), **{**choices, "top": None}, depth=depth, expand=expand,
            memory_efficient=memory_efficient, freeze=freeze,
        )  # fmt: skip
    graphs = load_networks(specs, settings, input, max_layers)
    counted = [
        count(
            graph, mode, memory_efficient=memory_efficient, batch=batch, dtype=dtype, freeze=freeze
        )
        for graph in graphs
    ]
    if counting is not None:
        _show_counting(counted, counting, format)
    elif device is not None:
        _show_roofline(counted[0], device, top, format)
    elif choices or (len(counted) > 1 and depth is not None):
        _show_view(counted, choices, format, depth, expand=expand)
    elif len(counted) == 1:
        _show_one(counted[0], format, depth, expand=expand)
    else:
        _show_all(counted, format)


def _choices(**choices: Any) -> dict[str, Any]:
    """Those that differ from what is usual."""
    return {name: value for name, value in choices.items() if value not in (None, "exact")}


def _show_one(counted: "Stats", format: TableFormat, depth: int | None, *, expand: bool) -> None:
    from archspec.reports import stats_report
    from archspec.screen import screen

    if format == "json":
        print_data(stats_report.stats_json(counted))
    elif format == "csv":
        print_data(stats_report.stats_csv(counted))
    else:
        width = screen(sys.stdout).width
        table = stats_report.stats_table(counted, depth=depth, expand=expand, width=width)
        print_table(table, format)


def _show_all(counted: "list[Stats]", format: TableFormat) -> None:
    from archspec.reports import comparison_report

    if format == "json":
        print_data(comparison_report.all_json(counted))
    elif format == "csv":
        print_data(comparison_report.comparison_csv(counted))
    else:
        print_table(comparison_report.comparison_table(counted), format)


def _show_counting(counted: "list[Stats]", counting: str, format: TableFormat) -> None:
    from archspec.analyses.views.counting import counting_of
    from archspec.reports.analyses import counting_report as report

    way = counting_of(counting)
    if format == "json":
        print_data(report.counting_json(counted, way))
    elif format == "csv":
        print_data(report.counting_csv(counted, way))
    else:
        print_table(report.counting_table(counted, way), format)


def _show_roofline(counted: "Stats", device: str, top: int | None, format: TableFormat) -> None:
    from archspec.analyses.views.roofline import device_of, roofline
    from archspec.reports.analyses import roofline_report as report

    found = roofline(counted, device_of(device, counted.dtype))
    if format == "json":
        print_data(report.roofline_json(found, top))
    elif format == "csv":
        print_data(report.roofline_csv(found, top))
    else:
        print_table(report.roofline_table(found, top), format)


def _check_device(specs: int, **options: Any) -> None:
    """Refuse what has no effect on an estimate."""
    if specs > 1:
        message = f"is for one network, and {specs} are given"
        raise typer.BadParameter(message, param_hint="'--device'")
    _check_alone("--device", **options)


def _check_alone(view: str, **options: Any) -> None:
    """Refuse options without effect on a view that has its own columns."""
    for name, value in options.items():
        if value is not None and value is not False and value != []:
            option = f"'--{name.replace('_', '-')}'"
            raise typer.BadParameter(f"has no effect with {view}", param_hint=option)


def _show_view(
    counted: "list[Stats]",
    choices: dict[str, Any],
    format: TableFormat,
    depth: int | None,
    *,
    expand: bool,
) -> None:
    from archspec.reports.views.compared import compared
    from archspec.reports.views.view import view_of

    if len(counted) == 1:
        view: Any = view_of(counted[0], depth=depth, expand=expand, **choices)
    else:
        view = compared(counted, depth=depth, **choices)
    if format == "json":
        print_data(view.json())
    elif format == "csv":
        print_data(view.csv())
    else:
        print_table(view.table(), format)


def _check_rows(
    specs: int, format: TableFormat, depth: int | None, *, expand: bool, by: str | None
) -> None:
    """Refuse what has no effect on rows."""
    option = "'--expand'" if expand else "'--depth'"
    if depth is None and not expand:
        return
    if depth is not None and expand:
        raise typer.BadParameter(
            "--expand opens everything: give one of them", param_hint="'--depth'"
        )
    if by is not None:
        message = f"has no effect on rows by {by}: give one of them"
        raise typer.BadParameter(message, param_hint=option)
    if specs > 1 and expand:
        message = f"is for one network, and {specs} are compared: --by layer, or --depth N"
        raise typer.BadParameter(message, param_hint=option)
    if format in ("json", "csv"):
        message = f"is for tables; {format.upper()} has a row for every layer"
        raise typer.BadParameter(message, param_hint=option)


def _check_effects(format: TableFormat, units: str, choices: dict[str, Any]) -> None:
    """Refuse units where they have no effect."""
    if format in ("json", "csv") and units != "exact":
        message = f"is for tables; {format.upper()} has exact numbers"
        raise typer.BadParameter(message, param_hint="'--units'")
